"""The mailboxes, put together: each a host of its own. Loaded only where there is one, for Google's libraries are large."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from app.accounts import GmailSettings
from app.config import Settings
from app.connecting import Connection
from app.grants import Grant, Grants, TokenStore
from app.host import Arrival, Host, Person
from app.panel import SidePanel
from app.sign_in import SignIn
from app.tokens import FixedToken
from integrations.gmail import history, oauth, push
from integrations.gmail.addon import GmailAddOn
from integrations.gmail.client import GmailClient
from integrations.gmail.host import GmailHost
from integrations.gmail.oauth import Delegation, GoogleOAuth
from integrations.gmail.oidc import GoogleTokens, published
from integrations.gmail.oidc import Keys as GoogleKeys
from integrations.gmail.sign_in import GoogleSignIn

Team = Callable[[], tuple[Person, ...]]


def connection(account: GmailSettings, host: str, address: str) -> Connection:
    """How that mailbox is connected: by its own consent, or by the service account's key."""
    client = _client(account, address)
    consent = client if isinstance(client, GoogleOAuth) else None
    return Connection(host, client, consent, address, address, lambda grant: _whose(account, grant))


def _client(account: GmailSettings, address: str) -> GoogleOAuth | Delegation:
    if account.delegate:
        return Delegation.of(address, account.delegate, account.token_url)
    return GoogleOAuth(address, account.client_id, account.client_secret, account.consent_url, account.token_url)


def _whose(account: GmailSettings, grant: Grant) -> str:
    client = GmailClient(FixedToken(grant.access), base_url=account.base_url)
    return str(client.profile().get("emailAddress", "")).lower()


def signatures(account: GmailSettings) -> GoogleTokens:
    """Google's keys, shared by all that it calls."""
    return GoogleTokens(GoogleKeys(lambda: published(account.certificates_url)))


def panel(settings: Settings, account: GmailSettings, google: GoogleTokens) -> SidePanel | None:
    """The add-on; None: there is none."""
    if not account.addon_account:
        return None
    return GmailAddOn(google, settings.app_url, account.addon_account, account.addon_client_id)


def sign_in(account: GmailSettings, google: GoogleTokens) -> SignIn | None:
    """Where people prove an address; None: there is no OAuth client."""
    if not account.client_id:
        return None
    client = (account.client_id, account.client_secret)
    return GoogleSignIn(client, account.consent_url, account.token_url, google)


def hosts(
    settings: Settings, account: GmailSettings, google: GoogleTokens, kept: Callable[[str, Grants], TokenStore], team: Team
) -> Mapping[str, Host]:  # fmt: skip
    """One host for each. Any of them may be asked whether a push is genuine."""
    endpoint = f"{settings.app_url}/webhooks/gmail"

    def receive(headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        return push.arrivals(
            headers, body, now, lambda token, at: google.of_account(token, endpoint, account.push_account, at)
        )

    def mailbox(address: str) -> Host:
        name = f"{push.KIND}:{address}"
        tokens = kept(name, _client(account, address))
        client = GmailClient(tokens, base_url=account.base_url)
        return GmailHost(
            client,
            address=address,
            deployment=settings.deployment,
            team=team,
            receive=receive,
            poll=lambda cursor, now: history.changes(client, name, cursor, now),
            announce=lambda: push.renewed(client.watch(account.topic)),
            revoke=None if account.delegate else lambda: oauth.revoke(account.revoke_url, tokens.access_token()),
        )

    return {host.name: host for host in map(mailbox, account.mailboxes)}
