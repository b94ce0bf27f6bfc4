"""Freezes: the claim obeys, what waited is back with people, and lifting takes its cure or two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from app import freezing, review
from app.governance.decision import Freeze
from app.governance.freezing import Kind
from app.store import audit, freezes, heartbeats, outbox
from app.store.engine import connect
from app.store.freezes import Scope
from app.store.tables import freeze as table
from tests.house import House, answers, claim


@pytest.fixture
def house(sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[House]:
    """One kind of database will do for most of it."""
    made = House(connect(sqlite_database), clock, tmp_path)
    yield made
    made.deps.engine.dispose()
    made.deps.readers.dispose()


@pytest.fixture
def either(engine: Engine, clock: Any, tmp_path: Path) -> House:
    return House(engine, clock, tmp_path)


def freeze(house: House, level: Freeze, queue: str | None = None, category: str | None = None) -> int:
    return freezing.freeze(house.deps, Scope(queue, category), level, "days are invented", house.ana.member.id)


def kinds(house: House) -> list[str]:
    with house.deps.engine.begin() as tx:
        return [frozen.kind for frozen in freezes.still_open(tx)]


def logged(house: House, action: str) -> list[str]:
    with house.deps.engine.begin() as tx:
        assert audit.verify(tx).broken_at is None
        rows = tx.execute(sa.text("SELECT object FROM audit WHERE action = :action ORDER BY seq"), {"action": action})
        return list(rows.scalars())


@pytest.mark.parametrize("place", [{"queue": "support"}, {"category": "delivery-times"}])
def test_draft_only_takes_back_what_was_approved_and_leaves_the_draft(either: House, place: dict[str, str]) -> None:
    house = either
    proposal = house.propose()
    house.approve(proposal)
    row = freeze(house, Freeze.DRAFT_ONLY, **place)
    assert (house.state(proposal), answers(house)) == ("offered", [])
    house.clock.tick(6)
    house.deliver_due()
    assert answers(house) == []
    with pytest.raises(review.Refused, match="frozen to draft only"):
        house.approve(proposal)
    assert logged(house, "freeze.opened") == [f"freeze:{row}"]


@pytest.mark.parametrize("place", [{"queue": "billing"}, {"category": "refund-exception"}])
def test_a_freeze_elsewhere_stops_nothing_here(house: House, place: dict[str, str]) -> None:
    house.approve(house.propose())
    freeze(house, Freeze.DRAFT_ONLY, **place)
    house.after_undo()
    assert len(answers(house)) == 1


def test_auto_off_leaves_alone_what_a_person_approved(house: House) -> None:
    house.approve(house.propose())
    freeze(house, Freeze.AUTO_OFF)
    house.after_undo()
    assert len(answers(house)) == 1


def test_a_claim_after_the_freeze_gets_no_permit(house: House) -> None:
    proposal = house.propose()
    house.approve(proposal)
    with house.deps.engine.begin() as tx:
        (row,) = tx.execute(sa.select(outbox.table.c.id).where(outbox.table.c.purpose == "answer")).scalars()
        values = {
            "level": "draft-only",
            "kind": "person",
            "cause": "x",
            "opened_by": "a",
            "opened_at": house.clock.now(),
        }
        tx.execute(table.insert().values(**values))  # as if it had committed after the row was put
    house.clock.tick(6)
    refused = claim(house, row)
    assert isinstance(refused, outbox.Refusal)
    assert "freeze" in [reason.rule for reason in refused.reasons]


def test_the_same_cause_is_one_freeze_and_a_further_one_is_another(house: House) -> None:
    ids = [freeze(house, level) for level in (Freeze.AUTO_OFF, Freeze.AUTO_OFF, Freeze.DRAFT_ONLY, Freeze.AUTO_OFF)]
    assert (ids[0] == ids[1], ids[2] == ids[0], ids[3] in ids[:3]) == (True, False, True)


@pytest.mark.threat("one-person-thaws")
def test_a_thaw_takes_two_admins_and_a_reason(house: House) -> None:
    row = freeze(house, Freeze.DRAFT_ONLY)
    ben = review.Actor(_admin(house), "settings")
    with pytest.raises(review.Forbidden):
        freezing.thaw(house.deps, row, "mended", house.rosa)
    with pytest.raises(review.Refused, match="say how"):
        freezing.thaw(house.deps, row, " ", house.ana)
    assert [freezing.thaw(house.deps, row, "mended", house.ana) for _ in range(2)] == [False, False]
    with pytest.raises(review.Changed):
        freezing.thaw(house.deps, row, "", ben, granting=False)
    assert kinds(house) == ["person"]
    assert freezing.thaw(house.deps, row, "", ben)
    assert (kinds(house), logged(house, "freeze.lifted")) == ([], [f"freeze:{row}"])
    house.approve(house.propose())


def _admin(house: House) -> Any:
    return replace(house.ana.member, id="ben")


@pytest.mark.threat("one-person-thaws")
def test_the_database_itself_refuses_that_one_person_lifts(house: House) -> None:
    row = freeze(house, Freeze.DRAFT_ONLY)
    freezing.thaw(house.deps, row, "mended", house.ana)
    with pytest.raises(IntegrityError), house.deps.engine.begin() as tx:
        tx.execute(table.update().values(lifted_by=house.ana.member.id))


def test_hygiene_comes_and_goes_with_its_cause_and_no_person_lifts_it(house: House) -> None:
    freezing.keep_clean(house.deps)
    freezing.keep_clean(house.deps)
    assert sorted(kinds(house)) == [Kind.DRILL_OVERDUE, Kind.OWNER_LEFT]
    with house.deps.engine.begin() as tx:
        found = {frozen.kind: frozen.id for frozen in freezes.still_open(tx)}
    with pytest.raises(review.Refused, match="lifts itself"):
        freezing.thaw(house.deps, found[Kind.OWNER_LEFT], "mended", house.ana)
    with house.deps.engine.begin() as tx:
        tx.execute(sa.text("UPDATE staff SET email = 'ben@acme.example' WHERE email = 'ana@acme.example'"))
    freezing.keep_clean(house.deps)
    assert kinds(house) == [Kind.DRILL_OVERDUE]
    assert logged(house, "freeze.lifted") == [f"freeze:{found[Kind.OWNER_LEFT]}"]


def test_a_silent_host_and_an_unverified_log_freeze_auto_send_until_they_speak(house: House) -> None:
    house.clock.tick(timedelta(hours=25).total_seconds())
    freezing.keep_clean(house.deps)
    assert {Kind.DATA_GAP, Kind.LOG_UNVERIFIED} <= set(kinds(house))
    with house.deps.engine.begin() as tx:
        for name in ("poll:zendesk", "self-verification"):
            heartbeats.beat(tx, name, house.clock.now())
    freezing.keep_clean(house.deps)
    assert not {Kind.DATA_GAP, Kind.LOG_UNVERIFIED} & set(kinds(house))
