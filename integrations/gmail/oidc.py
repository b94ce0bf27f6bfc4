"""Google's signed tokens: which of its services is calling, and which person clicked."""

from __future__ import annotations

import re
import threading
from base64 import urlsafe_b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from google.auth import crypt

from app.governance.foreign import from_json
from app.host import HostError, WebhookRejected

CERTIFICATES = "https://www.googleapis.com/oauth2/v1/certs"
ISSUERS = frozenset({"accounts.google.com", "https://accounts.google.com"})
SKEW = timedelta(seconds=10)  # the two clocks may differ so much
LONGEST_TOKEN = 8192
KEPT = timedelta(hours=1)  # where Google does not say for how long
SOONEST = timedelta(minutes=1)  # between two looks for a key that is not there
TIMEOUT = 5.0


class TokenRefused(WebhookRejected):
    """The token does not hold. Whoever sent it learns no more than that."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom Google names in a token that held: a service account or a person, by a verified address."""

    subject: str
    email: str


@dataclass(frozen=True, slots=True)
class Published:
    """Google's certificates by key id, and until when they may be kept."""

    certificates: Mapping[str, str]
    lasts: timedelta


def published(url: str = CERTIFICATES) -> Published:
    """Ask for them. Raises HostError where they cannot be had: nobody is let in meanwhile."""
    try:
        answer = requests.get(url, timeout=TIMEOUT, allow_redirects=False)
        found = answer.json()
    except requests.RequestException as error:
        raise HostError("Google's certificates cannot be read") from error
    if answer.status_code != requests.codes.ok or not isinstance(found, dict):
        raise HostError(f"Google answered {answer.status_code} where its certificates are")
    age = re.search(r"max-age=(\d{1,6})", answer.headers.get("Cache-Control", ""))
    return Published(found, timedelta(seconds=int(age[1])) if age else KEPT)


class Keys:
    """Google's public keys, read again when they are old or when a token names one that is new."""

    def __init__(self, ask: Callable[[], Published] = published) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._verifiers: dict[str, Any] = {}
        self._good_until = self._not_before = datetime.min.replace(tzinfo=UTC)

    def verifier(self, key_id: str, now: datetime) -> Any:
        """Raises TokenRefused for a key that Google does not name, HostError where it cannot be asked."""
        with self._lock:
            known = key_id in self._verifiers and now < self._good_until
            if not known and (now >= self._good_until or now >= self._not_before):
                self._read(now)
            if key_id not in self._verifiers:
                raise TokenRefused("no such key")
            return self._verifiers[key_id]

    def _read(self, now: datetime) -> None:
        self._not_before = now + SOONEST
        told = self._ask()
        try:
            self._verifiers = {name: crypt.RSAVerifier.from_string(pem) for name, pem in told.certificates.items()}
        except (ValueError, TypeError) as error:
            raise HostError("Google's certificates cannot be read") from error
        self._good_until = now + told.lasts


class GoogleTokens:
    """The one place that judges them. Audiences and accounts are compared to the letter; an empty one matches nothing."""

    def __init__(self, keys: Keys | None = None) -> None:
        self._keys = keys or Keys()

    def of_account(self, token: str, audience: str, account: str, now: datetime) -> Identity:
        """A service of Google acting as `account`. Raises TokenRefused.

        Google signs for every service account of the world: the address is what tells ours apart.
        """
        found = self.of_person(token, audience, now)
        if not account or found.email != account.lower():
            raise TokenRefused("the token of another account")
        return found

    def of_person(self, token: str, audience: str, now: datetime) -> Identity:
        """Whoever signed in at Google, for our client only. Raises TokenRefused."""
        claims = self._signed(token, now)
        if claims.get("iss") not in ISSUERS:
            raise TokenRefused("not from Google")
        if not audience or claims.get("aud") != audience:
            raise TokenRefused("meant for somebody else")
        if not _moment(claims, "iat") - SKEW <= now < _moment(claims, "exp") + SKEW:
            raise TokenRefused("outside its time")
        email = claims.get("email")
        if claims.get("email_verified") is not True or not isinstance(email, str) or not email:
            raise TokenRefused("no verified address")
        return Identity(str(claims.get("sub", "")), email.lower())

    def _signed(self, token: str, now: datetime) -> dict[str, Any]:
        """What it says, once its signature held. The token's own word on its algorithm and key counts for nothing more."""
        try:
            head, body, signature = token.split(".")
            header, claims = _part(head), _part(body)
            signed = _bytes(signature)
        except ValueError as error:
            raise TokenRefused("not a token") from error
        if header.get("alg") != "RS256" or len(token) > LONGEST_TOKEN:
            raise TokenRefused("not signed as Google signs")
        verifier = self._keys.verifier(str(header.get("kid")), now)
        if not verifier.verify(f"{head}.{body}".encode(), signed):
            raise TokenRefused("the signature does not hold")
        return claims


def _part(text: str) -> dict[str, Any]:
    found = from_json(_bytes(text))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found


def _bytes(text: str) -> bytes:
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (NotBase64, UnicodeEncodeError) as error:
        raise ValueError("not base64") from error


def _moment(claims: Mapping[str, Any], name: str) -> datetime:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TokenRefused("a time that is no number")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise TokenRefused("a time that is none") from error
