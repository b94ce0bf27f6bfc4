"""Drills below the processes: who may start one, what it leaves behind, and what comes back after one on a real queue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine

from app import canary as host
from app import desk, drills, escalating, freezing, review, sweep
from app.governance import canary
from app.governance.decision import Freeze, Switch
from app.store import drills as kept
from app.store import outbox, policies, switch
from app.store.engine import connect
from app.store.freezes import EVERYTHING
from app.store.tables import canary as canaries
from app.store.tables import outcome
from tests.house import House, answers


@pytest.fixture
def house(sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[House]:
    made = House(connect(sqlite_database), clock, tmp_path)
    yield made
    made.deps.engine.dispose()
    made.deps.readers.dispose()


def state(house: House) -> Any:
    with house.deps.engine.begin() as tx:
        return kept.drill_state(tx, policies.in_force(tx, house.clock.now()))


def scopes(house: House) -> list[str]:
    with house.deps.engine.begin() as tx:
        return [scope.scope for scope in switch.scopes(tx)]


def hanging(_row: int) -> Popen[bytes]:
    """A sender that never sends."""
    return Popen(["sleep", "60"])


@pytest.fixture
def nobody_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drills, "ASKED_WITHIN", 0.1)
    monkeypatch.setattr(drills, "WATCHED", 0.0)


@pytest.mark.usefixtures("nobody_sends")
def test_a_drill_without_workers_stops_and_proves_nothing(house: House) -> None:
    house.deps = replace(house.deps, settings=replace(house.deps.settings, undo_seconds=0))
    done = drills.run(house.deps, drills.begin(house.deps, canary.QUEUE, house.ana), house.ana, hanging)
    assert done.passed is False
    assert done.seen["to_humans"] == 4
    assert "no running sender took a canary: are the workers alive?" in done.seen["why"]
    assert (state(house).at, scopes(house), answers(house)) == (None, ["*", "billing", "support"], [])


@pytest.mark.usefixtures("nobody_sends")
def test_a_drill_that_a_freeze_forbids_says_so(house: House) -> None:
    freezing.freeze(house.deps, EVERYTHING, Freeze.DRAFT_ONLY, "", "ana")
    done = drills.run(house.deps, drills.begin(house.deps, canary.QUEUE, house.ana), house.ana, hanging)
    assert (done.passed, done.seen["refused"]) == (False, "frozen to draft only")


def test_nobody_starts_a_second_drill_beside_the_first(house: House) -> None:
    drills.begin(house.deps, canary.QUEUE, house.ana)
    with pytest.raises(review.Refused, match="a drill is running"):
        drills.begin(house.deps, "support", house.ana)


def test_there_is_nothing_to_rehearse_with_while_it_is_off(house: House) -> None:
    review.roll_back(house.deps, "*", "ana")
    for queue in (canary.QUEUE, "support"):
        with pytest.raises(review.Refused, match="not LIVE"):
            drills.begin(house.deps, queue, house.ana)
    with pytest.raises(review.NotFound):
        drills.begin(house.deps, "no such queue", house.ana)


@pytest.mark.threat("drill")
def test_a_canary_is_in_no_list_and_outside_a_drill_it_gets_no_permit(house: House) -> None:
    drill_id = drills.begin(house.deps, canary.QUEUE, house.ana)
    row = drills._approved(house.deps, drills._find(house.deps, drill_id), "held", house.ana)
    assert desk.queue(house.deps) == []
    assert [scope.scope for scope in desk.switches(house.deps)] == ["*", "billing", "support"]
    house.clock.tick(6)
    with house.deps.engine.begin() as tx:
        assert outbox.due(tx, house.clock.now()) == []  # a drill calls for its canaries itself
        tx.execute(sa.text("DELETE FROM switch WHERE scope = '(canary)'"))
        order = outbox.order(tx, row)
        assert order is not None
        standing = host.blank(order.ref, house.clock.now()).standing(order.comment, "test")
        refused = outbox.claim(tx, house.deps.keys, row, standing, house.clock.now())
    assert isinstance(refused, outbox.Refusal)
    assert "rollback" in {reason.rule for reason in refused.reasons}


def test_a_drill_whose_process_died_is_told_as_failed_and_leaves_nothing(
    engine: Engine, clock: Any, tmp_path: Path
) -> None:
    house = House(engine, clock, tmp_path)
    drill_id = drills.begin(house.deps, canary.QUEUE, house.ana)
    drills._approved(house.deps, drills._find(house.deps, drill_id), "held", house.ana)
    drills.tidy(house.deps)
    assert drills._find(house.deps, drill_id).ended_at is None
    house.clock.tick(16 * 60)
    drills.tidy(house.deps)
    found = drills._find(house.deps, drill_id)
    assert (found.passed, found.seen["refused"], scopes(house)) == (
        False,
        "its process died",
        ["*", "billing", "support"],
    )
    with house.deps.engine.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(outcome)).scalar() == 0
        assert tx.execute(sa.select(sa.func.count()).select_from(canaries)).scalar() == 1


def test_what_a_drill_on_a_real_queue_stopped_is_offered_again_after_two_restored(
    engine: Engine, clock: Any, tmp_path: Path
) -> None:
    house = House(engine, clock, tmp_path)
    stopped, rejected = house.propose(), house.propose()
    house.approve(stopped)
    house.approve(rejected)
    drill_id = drills.begin(house.deps, "support", house.ana)
    review.roll_back(house.deps, "support", house.ana.member.id, "a rehearsal")
    sweep.drain(house.deps)
    escalating.escalate(house.deps, rejected, "ben@acme.example", house.clock.now().replace(year=2030), house.ana)
    with house.deps.engine.begin() as tx:
        gen = switch.read(tx, "support").generations[1]
    drills._certify(house.deps, drills._find(house.deps, drill_id), drills.Measured(), {"off_gen": gen})
    ben = review.Actor(replace(house.ana.member, id="ben"), "settings")
    assert [review.restore(house.deps, "support", who) for who in (house.ana, ben)] == [False, True]
    assert (house.state(stopped), house.state(rejected)) == ("offered", "escalated")
    house.approve(stopped)
    house.after_undo()
    assert len(answers(house)) == 1
    with house.deps.engine.begin() as tx:
        assert switch.read(tx, "support").state is Switch.LIVE
