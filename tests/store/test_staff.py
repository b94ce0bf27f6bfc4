"""Staff: the host says who answers; an admin may say what they may do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Engine

from app.host import Person
from app.store import staff
from tests.fakes import ANA, CASEY, ROSA

MOMENT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def meet(tx: Connection, person: Person) -> staff.Member:
    return staff.meet(tx, "zendesk", person, MOMENT)


def test_a_hosts_agent_is_an_agent_and_its_admin_an_admin(engine: Engine) -> None:
    with engine.begin() as tx:
        assert (meet(tx, ROSA).role, meet(tx, ANA).role) == ("agent", "admin")


def test_a_customer_is_nobody_here(engine: Engine) -> None:
    with engine.begin() as tx, pytest.raises(PermissionError):
        meet(tx, CASEY)


def test_an_agent_without_an_address_is_nobody_here(engine: Engine) -> None:
    with engine.begin() as tx, pytest.raises(PermissionError):
        meet(tx, replace(ROSA, email=None))


def test_an_admins_word_stands_whatever_the_host_says_later(engine: Engine) -> None:
    with engine.begin() as tx:
        meet(tx, ROSA)
        staff.set_role(tx, "Rosa@ACME.example", "reviewer")
        assert meet(tx, ROSA).role == "reviewer"
        assert meet(tx, replace(ROSA, role="admin")).role == "reviewer"


def test_the_hosts_word_is_the_one_of_today(engine: Engine) -> None:
    with engine.begin() as tx:
        before = meet(tx, ANA)
        after = meet(tx, replace(ANA, role="agent"))
        assert (before.id, after.role) == (after.id, "agent")


def test_an_address_is_one_person_however_it_is_written(engine: Engine) -> None:
    with engine.begin() as tx:
        assert meet(tx, ROSA).id == meet(tx, replace(ROSA, email="ROSA@acme.example")).id
        found = staff.by_email(tx, "Rosa@Acme.Example")
        assert found == staff.by_id(tx, meet(tx, ROSA).id)
        assert [member.name for member in staff.everybody(tx)] == [ROSA.name]


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("agent", {"agent"}),
        ("reviewer", {"agent", "reviewer"}),
        ("admin", {"agent", "reviewer", "admin"}),
        ("owner", set()),
    ],
)
def test_a_role_may_what_it_ranks_for_and_an_unknown_one_nothing(role: str, allowed: set[str]) -> None:
    member = staff.Member("1", "rosa@acme.example", "Rosa", "zendesk", "3", role)
    assert {wanted for wanted in staff.RANK if member.may(wanted)} == allowed


def test_a_new_address_is_the_same_person(engine: Engine) -> None:
    """Else one admin could ask for a restore and grant it."""
    with engine.begin() as tx:
        before = meet(tx, ANA)
        after = meet(tx, replace(ANA, email="ana.new@acme.example"))
        assert (after.id, after.email) == (before.id, "ana.new@acme.example")


def test_whoever_takes_over_an_address_inherits_nothing(engine: Engine) -> None:
    with engine.begin() as tx:
        meet(tx, ANA)
        with pytest.raises(PermissionError):
            meet(tx, replace(ROSA, email=ANA.email))
