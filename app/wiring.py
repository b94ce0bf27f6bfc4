"""The one place that names concrete classes: settings in, dependencies out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from app import config, forgetting
from app.accounts import ZendeskSettings
from app.config import MANIFEST, Settings
from app.deps import Deps
from app.doorbell import Doorbell
from app.governance.sources import parse_source
from app.host import Grant, Host, TokenStore
from app.panel import SidePanel
from app.sign_in import SignIn
from app.store import engine, keyring, policies, sources, staff
from app.store.keys import Keys
from app.store.vectors import StoredVectors
from app.tokens import RenewedToken
from integrations.gmail.addon import GmailAddOn
from integrations.gmail.oidc import GoogleTokens, published
from integrations.gmail.oidc import Keys as GoogleKeys
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from integrations.zendesk.oauth import ZendeskOAuth
from integrations.zendesk.sign_in import ZendeskSignIn

if TYPE_CHECKING:
    from app.minds import Minds


OAuthClient = ZendeskOAuth


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A token that settings gave; `RenewedToken` is the one that renews itself."""

    token: str

    def access_token(self) -> str:
        """The same each time."""
        return self.token

    def refused(self, token: str) -> bool:
        """There is no other one."""
        return token != self.token

    def __repr__(self) -> str:
        return "FixedToken()"


def deps(settings: Settings) -> Deps:
    """Everything above the store, for any process."""
    settings.home.mkdir(parents=True, exist_ok=True)
    writing = engine.connect(settings.database_url)
    reading, clock = engine.readers(writing), SystemClock()
    keys = Keys(settings.key, keyring.finder(reading, settings.key))
    hosts = dict[str, Host]()
    if account := settings.zendesk:
        grants = grants_of(account)
        renewed = RenewedToken("zendesk", writing, reading, keys, clock, grants) if grants else None
        hosts["zendesk"] = _zendesk(account, settings.deployment, renewed or FixedToken(account.token))
    return Deps(
        settings=settings,
        engine=writing,
        readers=reading,
        keys=keys,
        hosts=hosts,
        ring=Doorbell(settings.redis_url),
        clock=clock,
        sign_ins=_sign_ins(settings),
        panel=_panel(settings),
    )


def _panel(settings: Settings) -> SidePanel | None:
    """Gmail's, where the settings name the add-on's accounts."""
    account = settings.gmail
    if account is None or not account.addon_account:
        return None
    google = GoogleTokens(GoogleKeys(partial(published, account.certificates_url)))
    return GmailAddOn(google, settings.app_url, account.addon_account, account.addon_client_id)


def grants_of(account: ZendeskSettings) -> OAuthClient | None:
    """The OAuth client that gives out our token; None: the settings hold the token itself."""
    if not account.grant:
        return None
    return _client(account)


def _client(account: ZendeskSettings) -> OAuthClient:
    by_itself = account.grant == "client_credentials"
    client = (account.client_id, account.client_secret, account.scope)
    return ZendeskOAuth(account.base_url, *client, by_itself, _marketplace(account))


Giving = Callable[[], Grant]


def whose(account: ZendeskSettings, grant: Grant) -> str:
    """The id of the user as whom that token acts, as Zendesk says. Raises HostError."""
    client = ZendeskClient(account.base_url, FixedToken(grant.access), headers=_marketplace(account))
    user = client.read("/users/me").get("user")
    return str(user.get("id") if isinstance(user, dict) else None)  # an anonymous caller is answered too: with a null


def _marketplace(account: ZendeskSettings) -> Mapping[str, str]:
    names = ("Name", "Organization-Id", "App-Id")
    return {f"X-Zendesk-Marketplace-{name}": value for name, value in zip(names, account.marketplace, strict=False)}


def _zendesk(account: ZendeskSettings, deployment: str, tokens: TokenStore) -> Host:
    return ZendeskHost(
        ZendeskClient(account.base_url, tokens, headers=_marketplace(account)),
        deployment=deployment,
        integration_user=account.integration_user_id,
        webhook_secrets=account.secrets,
        installation=account.installation_id,
    )


def _sign_ins(settings: Settings) -> Mapping[str, SignIn]:
    account = settings.zendesk
    if settings.sandbox or account is None or not account.client_id:
        return {}
    return {"zendesk": ZendeskSignIn(_client(account))}


def minds(deps: Deps) -> Minds:
    """What the AI stages know; only the process that runs them pays for it."""
    from app.ai.alarms import Alarms
    from app.ai.embed import Embedder  # the models' libraries: not for the web process
    from app.ai.model import Model
    from app.minds import Minds

    settings = deps.settings
    if settings.model:
        config.quiet_litellm()
    key = deps.keys.derived("placeholder")
    model = Model(settings.model, settings.model_fallbacks, key=key) if settings.model else None
    return Minds(deps.readers, Embedder(store=StoredVectors(deps.engine)), model, Alarms.load(), settings.home)


def prepare(deps: Deps) -> None:
    """Schema up to date, the key the right one, the erased still erased; at first the starter policy and sources.

    Raises KeyLost.
    """
    engine.upgrade(deps.engine)
    with deps.engine.begin() as tx:
        keyring.prepare(tx, deps.settings.key)
    forgetting.repeat(deps)
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        if policies.in_force(tx, now) is None:
            policies.install(tx, _text("policy.toml"), now)
            known = {one.key for one in sources.last_versions(tx)}  # whoever brought their own before keeps it
            for file in sorted((MANIFEST / "sources").glob("*.md")):
                text = file.read_text(encoding="utf-8")
                if parse_source(text, file.name).key not in known:
                    sources.add(tx, text, file.name, sources.INSTALLATION, now)


def meet_team(deps: Deps) -> None:
    """Note everybody who answers at the hosts, so that the person picker and `--by` know them."""
    now = deps.clock.now()
    for name, host in deps.hosts.items():
        people = host.staff()
        with deps.engine.begin() as tx:
            for person in people:
                if person.email:
                    staff.meet(tx, name, person, now)


def _text(name: str) -> str:
    return (MANIFEST / name).read_text(encoding="utf-8")
