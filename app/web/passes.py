"""Passes: who is calling, until when, and since when; a bearer inside the iframe, a session elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import jwt

from app.store.staff import Member

LIFE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
_AUDIENCE = "countersign:bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One member's way in, with the role that they have now."""

    member: Member
    via: str  # sidebar, desk, web
    started: datetime
    expires: datetime
    installation: str = ""

    def renewed(self, member: Member, now: datetime) -> Pass | None:
        """The same person for another quarter of an hour; None after eight hours: sign in again."""
        end = self.started + LONGEST
        return replace(self, member=member, expires=min(now + LIFE, end)) if now < end else None


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a bearer says: whose it is, and nothing about what they may do."""

    member_id: str
    via: str
    installation: str
    started: datetime
    expires: datetime

    def held_by(self, member: Member) -> Pass:
        """The pass of that member, as the staff table knows them."""
        return Pass(
            member=member, via=self.via, started=self.started, expires=self.expires, installation=self.installation
        )


def seal(key: bytes, caller: Pass) -> str:
    """The bearer: signed by us, read only by us, never in a URL."""
    claims = {
        "aud": _AUDIENCE,
        "sub": caller.member.id,
        "via": caller.via,
        "inst": caller.installation,
        "started": caller.started.timestamp(),
        "exp": int(caller.expires.timestamp()),
    }
    return jwt.encode(claims, key, algorithm="HS256")


def unseal(key: bytes, token: str, now: datetime) -> Bearer | None:
    """What this bearer says; None when it is forged, expired or not ours."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=["HS256"],
            audience=_AUDIENCE,
            # Expiry is judged below, on the clock that the rest of the process uses.
            options={"require": ["exp", "aud", "sub"], "verify_exp": False},
        )
    except jwt.InvalidTokenError:
        return None
    started, expires = (datetime.fromtimestamp(claims[name], UTC) for name in ("started", "exp"))
    said = Bearer(claims["sub"], claims["via"], claims["inst"], started, expires)
    return said if now < said.expires else None
