"""Sign-in with Zendesk: its OAuth with state and PKCE, for one question only: who is this?"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from app.host import AccessLost, HostError
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.oauth import ZendeskOAuth

SCOPE = "users:read"  # the least that answers the question
LIFE = 300  # seconds; the shortest that Zendesk gives. The token answers one question and is kept nowhere


@dataclass(frozen=True, slots=True)
class _Once:
    """The token of one sign-in; there is no other one."""

    token: str = field(repr=False)

    def access_token(self) -> str:
        return self.token

    def refused(self, token: str) -> bool:
        return token != self.token


class ZendeskSignIn:
    """By the client's own account: whoever comes back from it belongs to this account."""

    title = "Zendesk"

    def __init__(self, client: ZendeskOAuth) -> None:
        self._client = replace(client, scope=SCOPE, by_itself=False, life=LIFE)

    def address(self, state: str, challenge: str, back: str) -> str:
        """Zendesk's consent page."""
        return self._client.address(state, challenge, back)

    def who(self, code: str, verifier: str, back: str) -> str:
        """Exchange the code, then ask with the token whose it is."""
        try:
            grant = self._client.by_code(code, verifier, back)
        except AccessLost as error:
            raise HostError("Zendesk refused the sign-in", permanent=True) from error
        account = ZendeskClient(self._client.base_url, _Once(grant.access), headers=self._client.headers)
        user = account.read("/users/me").get("user")
        number = user.get("id") if isinstance(user, dict) else None
        if not isinstance(number, int):  # Zendesk answers an anonymous caller too: with a null
            raise HostError("Zendesk does not say who that is", permanent=True)
        return str(number)
