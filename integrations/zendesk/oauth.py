"""OAuth at Zendesk: where the integration's own token comes from, and how it is replaced and given back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import requests

from app.grants import Grant
from app.host import AccessLost, HostError

TIMEOUT = 10.0
DENIED = frozenset({"invalid_client", "invalid_grant", "invalid_scope", "unauthorized_client"})


@dataclass(frozen=True, slots=True)
class ZendeskOAuth:
    """One OAuth client of one account: local, or global with the marketplace headers.

    `by_itself`: it asks for its tokens with its own secret (client_credentials). Otherwise an admin consents once, and
    each token replaces the one before.
    """

    base_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    by_itself: bool
    headers: Mapping[str, str] = field(default_factory=dict)
    life: int | None = None  # seconds, of a token that is needed for a moment only

    def first(self) -> Grant:
        """With our own secret; not where an admin has to consent."""
        if not self.by_itself:
            raise AccessLost("Zendesk is not connected: run `countersign connect zendesk`")
        return self._granted(grant_type="client_credentials", scope=self.scope)

    def next(self, refresh: str | None) -> Grant:
        """Zendesk kills the old access and refresh token in the same moment."""
        if refresh is None:
            return self.first()
        return self._granted(grant_type="refresh_token", refresh_token=refresh)

    def address(self, state: str, challenge: str, back: str) -> str:
        """Zendesk's consent page, for an admin's browser."""
        asked = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": back,
            "scope": self.scope,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self.base_url}/oauth/authorizations/new?{urlencode(asked)}"

    def by_code(self, code: str, verifier: str, back: str) -> Grant:
        """What the admin consented to; a code is good for two minutes."""
        given = {"code": code, "code_verifier": verifier, "redirect_uri": back, "scope": self.scope}
        return self._granted(
            grant_type="authorization_code", **given, **({"expires_in": self.life} if self.life else {})
        )

    def _granted(self, **given: str | int) -> Grant:
        told = self._asked({"client_id": self.client_id, "client_secret": self.client_secret, **given})
        access, refresh, seconds = told.get("access_token"), told.get("refresh_token"), told.get("expires_in")
        if not isinstance(access, str) or not access or not isinstance(seconds, int) or seconds <= 0:
            raise HostError("Zendesk's answer to the token request cannot be read")
        self._compare(told.get("scope"))
        return Grant(access, refresh if isinstance(refresh, str) and refresh else None, seconds)

    def _compare(self, scope: object) -> None:
        """A scope that Zendesk drops silently makes a token that is refused here and there, or everywhere."""
        missing = set(self.scope.split()) - set(str(scope or "").split())
        if missing:
            raise AccessLost(f"Zendesk left out the scope {', '.join(sorted(missing))}: allow it for the OAuth client")

    def _asked(self, body: Mapping[str, str | int]) -> dict[str, Any]:
        """One request, to this address only, following nothing. Branch on the documented error names and the status."""
        with requests.Session() as session:
            session.trust_env = self.base_url.startswith("https:")  # no proxy stands between us and this machine
            try:
                answer = session.post(
                    f"{self.base_url}/oauth/tokens",
                    json=dict(body),
                    headers=dict(self.headers),
                    timeout=TIMEOUT,
                    allow_redirects=False,
                )
                told = answer.json()
            except (requests.RequestException, ValueError):
                raise HostError("Zendesk did not answer the token request") from None
        why = told.get("error") if isinstance(told, dict) else None
        if isinstance(why, str) and why in DENIED:
            raise AccessLost(f"Zendesk refuses to give a token ({why}): connect Zendesk again")
        if not answer.ok or not isinstance(told, dict):
            raise HostError(f"Zendesk refused the token request ({answer.status_code})")
        return told
