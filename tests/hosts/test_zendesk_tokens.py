"""The whole life of a token against the sandbox's own OAuth: given, renewed, expired, revoked, given back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import Engine

from app.host import AccessLost, HostError
from app.store import host_tokens
from app.store.engine import connect, readers
from app.store.keys import Keys
from app.tokens import RenewedToken
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from integrations.zendesk.oauth import ZendeskOAuth
from tests.hosts.worlds import DEPLOYMENT, SECRET

KEYS = Keys(bytes(32))
SCOPE = "read tickets:write"
BACK = "http://localhost:9/connected"


@pytest.fixture
def engine(sqlite_database: str) -> Iterator[Engine]:
    made = connect(sqlite_database)
    yield made
    made.dispose()


class Account:
    """A host whose token renews itself, at the running sandbox."""

    def __init__(self, world: Any, engine: Engine, clock: Any, *, by_itself: bool = True, client: str = "countersign") -> None:  # fmt: skip
        self.world, self.engine, self.clock = world, engine, clock
        self.oauth = ZendeskOAuth(world.url, client, "sandbox-client-secret", SCOPE, by_itself)
        self.reading = readers(engine)
        self.tokens = RenewedToken("zendesk", engine, self.reading, KEYS, clock, self.oauth)
        self.host = ZendeskHost(
            ZendeskClient(world.url, self.tokens), deployment=DEPLOYMENT, integration_user=world.bot,
            webhook_secrets=[SECRET], installation=world.installation,
        )  # fmt: skip

    def consented(self) -> str:
        """What an admin's browser brings back: the code."""
        verifier = "v" * 48
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        asked = parse_qs(urlsplit(self.oauth.address("s1", challenge, BACK)).query)
        form = {name: values[0] for name, values in asked.items()} | {"decision": "allow", "user_id": self.world.bot}
        answer = requests.post(f"{self.world.url}/oauth/authorizations", data=form, allow_redirects=False, timeout=5)
        code = parse_qs(urlsplit(answer.headers["Location"]).query)["code"][0]
        with self.engine.begin() as tx:
            host_tokens.put(tx, KEYS, "zendesk", self.oauth.by_code(code, verifier, BACK), self.clock.now())
        return code


@pytest.fixture
def account(sandbox_world: Any, engine: Engine, clock: Any) -> Iterator[Account]:
    made = Account(sandbox_world, engine, clock)
    yield made
    made.reading.dispose()
    sandbox_world._control("PUT", "settings", {"dropped_scopes": []})


def test_a_local_client_connects_by_itself_and_may_do_all_that_we_do(account: Account, sandbox_world: Any) -> None:
    ref = sandbox_world.new_ticket("When does it come?")
    assert account.host.fetch(ref).comments
    assert account.host.installation().leave
    assert account.host.senders()
    assert account.host.staff()
    assert account.host.poll(None, sandbox_world.now()).arrivals


@pytest.mark.parametrize("client", ["countersign", "zdg-countersign"])
def test_after_a_consent_each_token_replaces_the_one_before(
    sandbox_world: Any, engine: Engine, clock: Any, client: str
) -> None:
    account = Account(sandbox_world, engine, clock, by_itself=False, client=client)
    with pytest.raises(AccessLost, match="countersign connect"):
        account.host.staff()
    account.consented()
    first = account.tokens.access_token()
    assert account.host.staff()
    clock.tick(1700)
    assert account.tokens.access_token() != first
    assert account.host.staff()
    dead = requests.get(f"{sandbox_world.url}/api/v2/users/me", headers={"Authorization": f"Bearer {first}"}, timeout=5)
    assert dead.status_code == 401
    account.reading.dispose()


def test_a_token_that_expired_early_at_the_host_counts_as_revoked(account: Account, sandbox_world: Any) -> None:
    account.host.staff()
    sandbox_world._control("POST", "oauth/expire", {"token": account.tokens.access_token()})
    for _ in range(2):
        with pytest.raises(AccessLost):
            account.host.staff()


def test_a_revoked_token_stays_revoked_until_somebody_connects_anew(account: Account, sandbox_world: Any) -> None:
    account.host.staff()
    sandbox_world._control("POST", "oauth/revoke", {"token": account.tokens.access_token()})
    for _ in range(2):
        with pytest.raises(AccessLost):
            account.host.staff()
    with account.engine.begin() as tx:
        host_tokens.put(tx, KEYS, "zendesk", account.oauth.first(), account.clock.now(), "operator")
    assert account.host.staff()


def test_a_scope_that_zendesk_drops_without_a_word_connects_nobody(account: Account, sandbox_world: Any) -> None:
    sandbox_world._control("PUT", "settings", {"dropped_scopes": ["tickets:write"]})
    with pytest.raises(AccessLost, match="left out the scope tickets:write"):
        account.host.staff()


def test_what_is_given_back_is_dead_and_nobody_asks_for_another(account: Account) -> None:
    token = account.tokens.access_token()
    account.host.revoke()
    with pytest.raises(AccessLost):
        account.tokens.access_token()
    me = requests.get(f"{account.world.url}/api/v2/users/me", headers={"Authorization": f"Bearer {token}"}, timeout=5)
    assert me.status_code == 401
    account.host.revoke()  # again: it is dead already


def test_a_token_that_zendesk_goes_on_accepting_is_told(sandbox_world: Any) -> None:
    """The sandbox's fixed token is no OAuth token; some accounts say yes to a revocation and do nothing."""
    with pytest.raises(HostError, match="still accepts our token"):
        sandbox_world.host.revoke()
