"""The token that renews itself: one rotation for any number of workers, nothing readable at rest, revoked means revoked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app.grants import Grant
from app.host import AccessLost, HostError
from app.store import host_tokens
from app.store.engine import readers
from app.store.keys import KeyLost, Keys
from app.store.tables import audit, host_token
from app.tokens import RenewedToken

KEYS = Keys(bytes(range(32)))


class Authority:
    """Gives out pairs and kills the one before, as Zendesk does; `trouble` is what it says instead."""

    def __init__(self, *, by_itself: bool = True, refreshing: bool = True) -> None:
        self.asked: list[str | None] = []
        self.trouble: HostError | None = None
        self.slow = threading.Event()
        self.slow.set()
        self._by_itself, self._refreshing = by_itself, refreshing

    def first(self) -> Grant:
        if not self._by_itself:
            raise AccessLost("connect it")
        return self._given(None)

    def next(self, refresh: str | None) -> Grant:
        if refresh is not None and refresh != f"refresh-{len(self.asked)}":
            raise AccessLost("invalid_grant")
        return self._given(refresh)

    def _given(self, refresh: str | None) -> Grant:
        self.slow.wait(5)
        if self.trouble is not None:
            raise self.trouble
        self.asked.append(refresh)
        number = len(self.asked)
        return Grant(f"access-{number}", f"refresh-{number}" if self._refreshing else None, 1800)


class Vault:
    def __init__(self, engine: Engine, clock: Any, authority: Authority) -> None:
        self.engine, self.clock, self.authority = engine, clock, authority
        self.reading = readers(engine)

    def worker(self) -> RenewedToken:
        """As another process would have it."""
        return RenewedToken("zendesk", self.engine, self.reading, KEYS, self.clock, self.authority)

    def kept(self) -> host_tokens.Kept:
        with self.engine.begin() as tx:
            found = host_tokens.read(tx, KEYS, "zendesk", self.clock.now())
        assert found is not None
        return found


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def vault(engine: Engine, clock: Any, authority: Authority) -> Any:
    made = Vault(engine, clock, authority)
    yield made
    made.reading.dispose()


def test_the_first_token_is_asked_for_once_and_then_used(vault: Vault) -> None:
    assert [vault.worker().access_token() for _ in range(3)] == ["access-1"] * 3
    assert vault.authority.asked == [None]


def test_it_is_replaced_before_it_expires_by_its_own_refresh_token(vault: Vault) -> None:
    vault.worker().access_token()
    vault.clock.tick(1800 - 290)
    assert vault.worker().access_token() == "access-2"
    assert vault.authority.asked == [None, "refresh-1"]


def test_without_a_refresh_token_another_one_is_asked_for(vault: Vault) -> None:
    vault.authority._refreshing = False
    vault.worker().access_token()
    vault.clock.tick(1800)
    assert vault.worker().access_token() == "access-2"
    assert vault.authority.asked == [None, None]


def test_many_workers_rotate_once_and_nobody_waits_inside(vault: Vault) -> None:
    vault.worker().access_token()
    vault.clock.tick(1700)
    vault.authority.slow.clear()

    def ask(_: int) -> str:
        try:
            return vault.worker().access_token()
        except HostError as error:
            return "later" if error.retry_after else "nobody says when"

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(8)]
        while sum(one.done() for one in asked) < 7:
            threading.Event().wait(0.01)
        vault.authority.slow.set()
        assert sorted(one.result() for one in asked) == ["access-2"] + ["later"] * 7
    assert vault.authority.asked == [None, "refresh-1"]
    assert vault.worker().access_token() == "access-2"


def test_whoever_died_while_renewing_holds_up_nobody_for_long(vault: Vault) -> None:
    vault.worker().access_token()
    vault.clock.tick(1700)
    with vault.engine.begin() as tx:
        assert host_tokens.hold(tx, "zendesk", 1, vault.clock.now())
    with pytest.raises(HostError):
        vault.worker().access_token()
    vault.clock.tick(31)
    assert vault.worker().access_token() == "access-2"


def test_a_host_that_is_away_while_renewing_is_asked_again(vault: Vault) -> None:
    vault.worker().access_token()
    vault.clock.tick(1700)
    vault.authority.trouble = HostError("no answer")
    with pytest.raises(HostError) as away:
        vault.worker().access_token()
    assert not isinstance(away.value, AccessLost)
    vault.authority.trouble = None
    assert vault.worker().access_token() == "access-2"


def test_a_refresh_that_is_refused_needs_an_admin_and_is_not_tried_again(vault: Vault) -> None:
    vault.worker().access_token()
    vault.clock.tick(1700)
    vault.authority.trouble = AccessLost("invalid_grant")
    for _ in range(3):
        with pytest.raises(AccessLost, match="invalid_grant"):
            vault.worker().access_token()
    vault.authority.trouble = None
    with pytest.raises(AccessLost):
        vault.worker().access_token()
    assert vault.kept().access is None


def test_a_token_revoked_at_the_host_is_not_replaced_behind_its_admins_back(vault: Vault) -> None:
    token = vault.worker().access_token()
    assert not vault.worker().refused(token)
    with pytest.raises(AccessLost, match="revoked"):
        vault.worker().access_token()
    assert vault.authority.asked == [None]


def test_a_refused_token_that_was_replaced_meanwhile_is_nobodys_fault(vault: Vault) -> None:
    old = vault.worker().access_token()
    vault.clock.tick(1700)
    with vault.engine.begin() as tx:
        host_tokens.hold(tx, "zendesk", 1, vault.clock.now())
    assert vault.worker().refused(old)
    with vault.engine.begin() as tx:
        host_tokens.put(tx, KEYS, "zendesk", Grant("new", None, 1800), vault.clock.now())
    assert vault.worker().refused(old)
    assert vault.worker().access_token() == "new"


def test_a_token_that_died_of_age_is_renewed(vault: Vault) -> None:
    old = vault.worker().access_token()
    vault.clock.tick(7200)
    assert vault.worker().refused(old)
    assert vault.worker().access_token() == "access-2"


def test_who_connects_anew_ends_the_trouble(vault: Vault) -> None:
    token = vault.worker().access_token()
    vault.worker().refused(token)
    with vault.engine.begin() as tx:
        host_tokens.put(tx, KEYS, "zendesk", Grant("anew", None, 1800), vault.clock.now(), "operator")
    assert vault.worker().access_token() == "anew"
    with vault.engine.begin() as tx:
        told = tx.execute(sa.select(audit.c.actor, audit.c.action).order_by(audit.c.seq)).all()
    assert [tuple(row) for row in told] == [
        ("countersign", "token.put"), ("countersign", "token.lost"), ("operator", "token.put")
    ]  # fmt: skip


def test_where_an_admin_must_consent_nobody_helps_himself(vault: Vault) -> None:
    vault.authority._by_itself = False
    with pytest.raises(AccessLost, match="connect"):
        vault.worker().access_token()


def test_at_rest_neither_token_can_be_read(vault: Vault) -> None:
    vault.worker().access_token()
    with vault.engine.begin() as tx:
        row = tx.execute(sa.select(host_token)).one()
        assert b"access-1" not in row.sealed
        assert b"refresh-1" not in row.sealed
        with pytest.raises(KeyLost):
            host_tokens.read(tx, Keys(b"x" * 32), "zendesk", vault.clock.now())


def test_no_words_about_a_token_hold_it(vault: Vault) -> None:
    vault.worker().access_token()
    assert "access-1" not in f"{vault.kept()} {Grant('access-1', 'refresh-1', 5)}"
