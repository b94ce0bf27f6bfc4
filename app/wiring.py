"""The one place that names concrete classes: settings in, dependencies out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app import config, forgetting
from app.accounts import ZendeskSettings
from app.config import MANIFEST, Settings, SettingsError
from app.connecting import Connection, NotSet
from app.deps import Deps
from app.doorbell import Doorbell
from app.fetching import Allowed
from app.governance.sources import parse_source
from app.grants import Grant, Grants, TokenStore
from app.host import Host, Person
from app.limits import RedisCounts
from app.lookups import LookUps
from app.presence import RedisPresence
from app.sign_in import SignIn
from app.store import engine, keyring, policies, sources, staff
from app.store.keys import Keys
from app.store.staff import Member
from app.store.vectors import StoredVectors
from app.tokens import FixedToken, RenewedToken
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from integrations.zendesk.oauth import ZendeskOAuth
from integrations.zendesk.sign_in import ZendeskSignIn

if TYPE_CHECKING:
    from app.minds import Minds


class SystemClock:
    """The time of this machine."""

    def now(self) -> datetime:
        """Aware, in UTC."""
        return datetime.now(UTC)


def deps(settings: Settings) -> Deps:
    """Everything above the store, for any process."""
    settings.home.mkdir(parents=True, exist_ok=True)
    writing = engine.connect(settings.database_url)
    reading, clock = engine.readers(writing), SystemClock()
    keys = Keys(settings.key, keyring.finder(reading, settings.key))

    def kept(host: str, grants: Grants) -> TokenStore:
        return RenewedToken(host, writing, reading, keys, clock, grants)

    def team() -> tuple[Person, ...]:
        with reading.begin() as tx:
            return tuple(map(_colleague, staff.present(tx)))

    hosts, sign_ins, panel = dict[str, Host](), dict(_sign_ins(settings)), None
    if account := settings.zendesk:
        given = account.grant and kept("zendesk", _client(account))
        hosts["zendesk"] = _zendesk(account, settings.deployment, given or FixedToken(account.token))
    if settings.gmail:
        from app import mailboxes  # Google's libraries: only where there is a mailbox

        google = mailboxes.signatures(settings.gmail)
        hosts |= mailboxes.hosts(settings, settings.gmail, google, kept, team)
        panel = mailboxes.panel(settings, settings.gmail, google)
        if not settings.sandbox and (place := mailboxes.sign_in(settings.gmail, google)):
            sign_ins[staff.HERE] = place
    return Deps(
        settings=settings,
        engine=writing,
        readers=reading,
        keys=keys,
        hosts=hosts,
        ring=Doorbell(settings.redis_url),
        clock=clock,
        sign_ins=sign_ins,
        panel=panel,
        presence=RedisPresence(settings.redis_url),
        counts=RedisCounts(settings.redis_url),
    )


def connection(settings: Settings, host: str) -> Connection:
    """How to connect `zendesk` or `gmail:ADDRESS` anew. Raises NotSet."""
    kind, _, address = host.partition(":")
    if kind == "gmail" and settings.gmail and address in settings.gmail.mailboxes:
        from app import mailboxes

        return mailboxes.connection(settings.gmail, host, address)
    account = settings.zendesk
    if host != "zendesk" or account is None:
        raise NotSet("GMAIL_MAILBOXES does not name it" if kind == "gmail" else "ZENDESK_SUBDOMAIN is not set")
    if not account.grant:
        raise NotSet("the token is in ZENDESK_TOKEN: set ZENDESK_GRANT, or replace it there")
    client, user = _client(account), account.integration_user_id
    consent = client if account.grant == "authorization_code" else None
    return Connection(
        host, client, consent, user, "the user whom Countersign shall act as", lambda grant: _whose(account, grant)
    )


def _client(account: ZendeskSettings) -> ZendeskOAuth:
    by_itself = account.grant == "client_credentials"
    client = (account.client_id, account.client_secret, account.scope)
    return ZendeskOAuth(account.base_url, *client, by_itself, _marketplace(account))


def _whose(account: ZendeskSettings, grant: Grant) -> str:
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


def _colleague(member: Member) -> Person:
    """Gmail does not tell who works in a mailbox; whoever is staff of ours does."""
    return Person(member.host_id, member.name, member.email, "admin" if member.may("admin") else "agent")


def minds(deps: Deps) -> Minds:
    """What the AI stages know; only the process that runs them pays for it."""
    from app.ai.alarms import Alarms
    from app.ai.embed import Embedder  # the models' libraries: not for the web process
    from app.ai.familiar import Familiar
    from app.ai.model import Model
    from app.minds import Minds

    settings = deps.settings
    if settings.model:
        config.quiet_litellm()
    key = deps.keys.derived("placeholder")
    model = Model(settings.model, settings.model_fallbacks, key=key) if settings.model else None
    embedder, records = Embedder(store=StoredVectors(deps.engine)), look_ups(deps)
    return Minds(deps.readers, embedder, model, Alarms.load(), settings.home, records, Familiar.load())


def look_ups(deps: Deps) -> LookUps:
    """Where this deployment's facts are. Raises SettingsError."""
    try:
        allowed = Allowed.of(deps.settings.lookup_hosts)
    except ValueError as error:
        raise SettingsError(f"settings: COUNTERSIGN_LOOKUP_HOSTS: {error}") from error
    return LookUps(deps.settings.home / "lookups", allowed, deps.clock.now)


def prepare(deps: Deps) -> None:
    """Schema up to date, the key the right one, the erased still erased; at first the starter policy and sources.

    Several processes may start at once: the second waits and finds it done. Raises KeyLost.
    """
    engine.upgrade(deps.engine)
    with deps.engine.begin() as tx:
        engine.one_at_a_time(tx, "prepare")
        keyring.prepare(tx, deps.settings.key)
    forgetting.repeat(deps)
    with deps.engine.begin() as tx:
        engine.one_at_a_time(tx, "prepare")
        now = deps.clock.now()  # after our turn has come: what another process installed is in force
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
        people = () if name.startswith("gmail:") else host.staff()  # there it is us who say who that is
        with deps.engine.begin() as tx:
            for person in people:
                if person.email:
                    staff.meet(tx, name, person, now)


def _text(name: str) -> str:
    return (MANIFEST / name).read_text(encoding="utf-8")
