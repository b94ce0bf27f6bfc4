"""Sessions: a secret that is kept nowhere, an end that nothing outlives."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from app.host import Person
from app.store import sessions, staff
from app.store.tables import session
from tests.fakes import ANA, ROSA

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def member(tx: Connection, person: Person = ROSA) -> staff.Member:
    return staff.meet(tx, "zendesk", person, NOW)


def whose(tx: Connection, secret: str, now: datetime = NOW, kind: str = sessions.WEB) -> str | None:
    found = sessions.read(tx, secret, kind, now)
    return found.member.email if found else None


def test_a_session_is_its_persons_until_it_ends(engine: Engine) -> None:
    with engine.begin() as tx:
        secret = sessions.open_one(tx, member(tx), NOW)
        assert whose(tx, secret) == ROSA.email
        assert whose(tx, secret, NOW + HOUR) is None
        found = sessions.read(tx, secret, sessions.WEB, NOW)
        assert found
        sessions.end(tx, found, NOW)
        assert whose(tx, secret) is None


def test_the_table_holds_no_secret(engine: Engine) -> None:
    with engine.begin() as tx:
        secret = sessions.open_one(tx, member(tx), NOW)
        assert secret not in str(tx.execute(sa.select(session)).all())


def test_use_prolongs_it_up_to_eight_hours(engine: Engine) -> None:
    with engine.begin() as tx:
        secret, now = sessions.open_one(tx, member(tx), NOW), NOW
        while found := sessions.read(tx, secret, sessions.WEB, now):
            sessions.renew(tx, found, now)
            now += timedelta(minutes=30)
        assert now == NOW + sessions.LONGEST


def test_who_leaves_or_is_signed_out_has_nothing_open(engine: Engine) -> None:
    with engine.begin() as tx:
        rosa, ana = (sessions.open_one(tx, member(tx, person), NOW) for person in (ROSA, ANA))
        staff.leave(tx, "zendesk", ROSA.id, NOW + HOUR / 4)
        staff.sign_out(tx, member(tx, ANA).id, NOW + HOUR / 4)
        assert (whose(tx, rosa, NOW + HOUR / 2), whose(tx, ana, NOW + HOUR / 2)) == (None, None)
        assert sessions.open_now(tx, NOW + HOUR / 2) == []


def test_coming_back_opens_nothing_again(engine: Engine) -> None:
    with engine.begin() as tx:
        secret = sessions.open_one(tx, member(tx), NOW)
        staff.leave(tx, "zendesk", ROSA.id, NOW + HOUR / 4)
        assert staff.present(tx) == []
        assert staff.meet(tx, "zendesk", ROSA, NOW + HOUR / 3).role == "agent"
        assert whose(tx, secret, NOW + HOUR / 2) is None


def test_a_command_line_waits_for_its_person(engine: Engine) -> None:
    with engine.begin() as tx:
        secret, code = sessions.ask(tx, "rosa on laptop", NOW)
        assert re.fullmatch(r"[B-Z]{4}-[B-Z]{4}", code)
        assert whose(tx, secret, kind=sessions.COMMAND_LINE) is None
        assert sessions.confirm(tx, code.lower(), member(tx), NOW)
        assert not sessions.confirm(tx, code, member(tx, ANA), NOW)
        assert whose(tx, secret, NOW + 7 * HOUR, kind=sessions.COMMAND_LINE) == ROSA.email
        assert [one.label for one in sessions.open_now(tx, NOW)] == ["rosa on laptop"]


@pytest.mark.parametrize("code", ["", "BCDF-GHJK", "None"])
def test_no_code_but_a_waiting_one_is_confirmed(engine: Engine, code: str) -> None:
    with engine.begin() as tx:
        secret, right = sessions.ask(tx, "x", NOW)
        assert not sessions.confirm(tx, code, member(tx), NOW)
        assert not sessions.confirm(tx, right, member(tx), NOW + sessions.ANSWER_WITHIN)
        assert whose(tx, secret, kind=sessions.COMMAND_LINE) is None


def test_one_caller_in_half_a_minute_waits_for_a_host(engine: Engine) -> None:
    with engine.begin() as tx:
        rosa = member(tx)
        asked = [staff.may_ask(tx, rosa.id, NOW + timedelta(seconds=seconds)) for seconds in (0, 1, 29, 30, 31)]
        assert asked == [True, False, False, True, False]
