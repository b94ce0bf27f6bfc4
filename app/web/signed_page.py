"""Zendesk's signed page: the RS256 token of the first POST, judged against what was pinned in the settings."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

LEEWAY = timedelta(seconds=10)
_USER = re.compile(r"/users/(\d+)(?:\.json)?$")


class PageRefused(Exception):
    """The token does not hold; the page is not shown and nobody learns why."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is pinned: the app's public key, the account and the installation in it."""

    public_key: str
    subdomain: str
    id: str

    @property
    def audience(self) -> str:
        """The only `aud` that we accept, to the letter."""
        return f"https://{self.subdomain}.zendesk.com/api/v2/apps/installations/{self.id}.json"

    @property
    def issuers(self) -> list[str]:
        """With and without the scheme: both have been seen."""
        return [f"{self.subdomain}.zendesk.com", f"https://{self.subdomain}.zendesk.com"]


@dataclass(frozen=True, slots=True)
class SignedPage:
    """A token that held: whose it is, and what marks it as used."""

    user: str | None  # the host's id of the user, where `sub` has the usual form
    fingerprint: str
    expires: datetime


def verify(token: str, pinned: Installation, location: str, now: datetime) -> SignedPage:
    """Signature, audience, issuer, times, product and location. `kid`, `jku` and `jwk` of the token are ignored."""
    try:
        claims = jwt.decode(
            token,
            pinned.public_key,
            algorithms=["RS256"],
            audience=pinned.audience,
            issuer=pinned.issuers,
            options={
                "require": ["exp", "iat", "aud", "iss"],
                # The times are judged below, on the clock that the rest of the process uses.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
        expires = _within_its_time(claims, now)
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError) as error:
        raise PageRefused("the token does not hold") from error
    if not _is_for(claims.get("context"), location):
        raise PageRefused("the token is for another place")
    found = _USER.search(str(claims.get("sub", "")))
    return SignedPage(found[1] if found else None, hashlib.sha256(token.encode()).hexdigest(), expires)


def _is_for(context: object, location: str) -> bool:
    wanted = {"product": "support", "location": location}
    return isinstance(context, dict) and all(context.get(key) == value for key, value in wanted.items())


def _within_its_time(claims: dict[str, Any], now: datetime) -> datetime:
    expires, issued = _moment(claims["exp"]), _moment(claims["iat"])
    begins = _moment(claims.get("nbf", claims["iat"]))
    if not max(begins, issued) - LEEWAY <= now < expires + LEEWAY:
        raise ValueError("outside its time")
    return expires


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError("a time that is no number")
    return datetime.fromtimestamp(value, UTC)
