"""Sign-in with Google, for one question only: which verified address is this?"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlencode

from app.host import AccessLost, HostError, WebhookRejected
from integrations.gmail.oauth import asked
from integrations.gmail.oidc import GoogleTokens


class GoogleSignIn:
    """By the OAuth client of the mailboxes. Google tells who somebody is; what they may do here is not its business."""

    title = "Google"

    def __init__(self, client: tuple[str, str], consent_url: str, token_url: str, google: GoogleTokens) -> None:
        self._client_id, self._client_secret = client
        self._consent_url, self._token_url = consent_url, token_url
        self._google = google

    def address(self, state: str, challenge: str, back: str) -> str:
        """Google's page, where people choose an account."""
        told = {"response_type": "code", "client_id": self._client_id, "redirect_uri": back, "scope": "openid email"}
        proof = {"state": state, "code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{self._consent_url}?{urlencode({**told, **proof, 'prompt': 'select_account'})}"

    def who(self, code: str, verifier: str, back: str) -> str:
        """The address, from a token that Google signed for this client."""
        client = {"client_id": self._client_id, "client_secret": self._client_secret}
        given = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier, "redirect_uri": back}
        try:
            token = asked(self._token_url, {**client, **given}, "the sign-in").get("id_token")
            return self._google.of_person(str(token), self._client_id, datetime.now(UTC)).email
        except (AccessLost, WebhookRejected):
            raise HostError("Google refused the sign-in", permanent=True) from None
