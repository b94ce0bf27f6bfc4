"""OAuth at Google: where a mailbox's token comes from, how it is renewed and given back."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests
from google.auth import crypt, jwt

from app.grants import Grant
from app.host import AccessLost, HostError

SCOPE = "https://www.googleapis.com/auth/gmail.modify"  # read, draft, send, label: the least that does all of it
TIMEOUT = 10.0
DENIED = frozenset({"invalid_grant", "invalid_client", "unauthorized_client", "invalid_scope", "access_denied"})
_BY_ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AN_HOUR = 3600
_LEAVE = "let the service account act for it in the Workspace's admin console, then connect it again"


@dataclass(frozen=True, slots=True)
class GoogleOAuth:
    """One mailbox that consented once, in a browser. Google keeps the refresh token; the access token lasts an hour."""

    mailbox: str
    client_id: str
    client_secret: str = field(repr=False)
    consent_url: str
    token_url: str

    def first(self) -> Grant:
        """Somebody must consent."""
        raise AccessLost(f"{self.mailbox} is not connected: run `countersign connect gmail {self.mailbox}`")

    def next(self, refresh: str | None) -> Grant:
        """The same refresh token again, unless Google tells another one."""
        if refresh is None:
            return self.first()
        return self._granted(refresh, grant_type="refresh_token", refresh_token=refresh)

    def address(self, state: str, challenge: str, back: str) -> str:
        """Google's consent page. `prompt`: without it a second consent brings no refresh token."""
        told = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": SCOPE,
            "access_type": "offline",
            "prompt": "consent",
            "login_hint": self.mailbox,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.consent_url}?{urlencode(told)}"

    def by_code(self, code: str, verifier: str, back: str) -> Grant:
        """What was consented to."""
        grant = self._granted(
            None, grant_type="authorization_code", code=code, code_verifier=verifier, redirect_uri=back
        )
        if grant.refresh is None:
            raise AccessLost(
                "Google gave no refresh token: remove Countersign's access in the Google account, then again"
            )
        return grant

    def _granted(self, refresh: str | None, **given: str) -> Grant:
        client = {"client_id": self.client_id, "client_secret": self.client_secret}
        return _grant(asked(self.token_url, {**client, **given}, self.mailbox), refresh, self.mailbox)


@dataclass(frozen=True, slots=True)
class Delegation:
    """A service account that the Workspace's admin lets act for its users; we ask for the named mailboxes only."""

    mailbox: str
    key: Mapping[str, Any] = field(repr=False)
    token_url: str

    @classmethod
    def of(cls, mailbox: str, key: str, token_url: str) -> Delegation:
        """From the key file's text."""
        return cls(mailbox, json.loads(key), token_url)

    def first(self) -> Grant:
        """With an assertion that the service account signs; good for an hour, and asked for anew."""
        now = int(time.time())
        told = {"iss": self.key["client_email"], "sub": self.mailbox, "scope": SCOPE, "aud": self.token_url}
        try:
            signer = crypt.RSASigner.from_service_account_info(self.key)
        except ValueError:
            raise AccessLost("the service account's key cannot be read: GMAIL_DELEGATE wants the whole file") from None
        assertion = jwt.encode(signer, {**told, "iat": now, "exp": now + _AN_HOUR}).decode()
        given = {"grant_type": _BY_ASSERTION, "assertion": assertion}
        return _grant(asked(self.token_url, given, self.mailbox, _LEAVE), None, self.mailbox, compare=False)

    def next(self, refresh: str | None) -> Grant:
        """There is nothing to renew with but the key."""
        del refresh
        return self.first()


def revoke(url: str, token: str) -> None:
    """Give it back, and all that was granted with it. Raises HostError; a token that is dead already is no error."""
    answer = _post(url, {"token": token})
    if answer.status_code not in (requests.codes.ok, requests.codes.bad_request):
        raise HostError(f"Google refused to revoke the token ({answer.status_code})")


def _grant(told: Mapping[str, Any], refresh: str | None, mailbox: str, *, compare: bool = True) -> Grant:
    access, another, seconds = told.get("access_token"), told.get("refresh_token"), told.get("expires_in")
    if not isinstance(access, str) or not access or not isinstance(seconds, int) or seconds <= 0:
        raise HostError("Google's answer to the token request cannot be read")
    if compare and SCOPE not in str(told.get("scope") or "").split():  # each can be unticked on the consent page
        raise AccessLost(f"{mailbox} did not allow {SCOPE}: connect it again and leave the box ticked")
    return Grant(access, another if isinstance(another, str) and another else refresh, seconds)


def asked(url: str, body: Mapping[str, str], mailbox: str, then: str = "connect it again") -> Mapping[str, Any]:
    """Branch on the documented error names and the status. `from None`: a request's error quotes its secrets."""
    answer = _post(url, body)
    try:
        told = answer.json()
    except ValueError:
        raise HostError("Google's answer to the token request cannot be read") from None
    why = told.get("error") if isinstance(told, dict) else None
    if isinstance(why, str) and why in DENIED:
        raise AccessLost(f"Google gives no token for {mailbox} ({why}): {then}")
    if not answer.ok or not isinstance(told, dict):
        raise HostError(f"Google refused the token request ({answer.status_code})")
    return told


def _post(url: str, body: Mapping[str, str]) -> requests.Response:
    """One request, to this address only, following nothing."""
    with requests.Session() as session:
        session.trust_env = url.startswith("https:")  # no proxy stands between us and this machine
        try:
            return session.post(url, data=dict(body), timeout=TIMEOUT, allow_redirects=False)
        except requests.RequestException:
            raise HostError("Google did not answer the token request") from None
