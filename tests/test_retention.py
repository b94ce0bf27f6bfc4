"""Retention: words go first, then what the log says of messages; the chain holds, and a stranger checks that it was time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import entries, escalating, forgetting, retention, story
from app.export import verify
from app.export.write import write
from app.store import audit, checkpoints, policies, proposals, pruning
from app.store.engine import connect
from app.store.tables import audit as log
from app.store.tables import audit_text, escalation, outbox, proposal
from tests.house import POLICY, House
from tests.test_forgetting import CASEY, rows, sent, verifies

DECISIONS = timedelta(days=95)


@pytest.fixture
def house(house: House) -> House:
    return hasty(house)


def hasty(house: House) -> House:
    """A policy that keeps decisions for a season: a source does not grow stale meanwhile."""
    with house.deps.engine.begin() as tx:
        policies.publish(
            tx, POLICY.replace('decisions = "P24M"', 'decisions = "P95D"'), "ana", "ben", house.clock.now()
        )
    return house


def signed(house: House) -> int:
    with house.deps.engine.begin() as tx:
        return checkpoints.sign(tx, house.deps.keys, "test", house.clock.now()).size


def pruned(house: House) -> set[int]:
    return {row.seq for row in rows(house, log) if row.action == audit.PRUNED}


# --- words -------------------------------------------------------------------------------------------------------------
def test_words_expire_after_their_time_and_the_decision_stays(house: House) -> None:
    proposal_id = sent(house)
    waiting = house.propose("still open")
    house.clock.moment += timedelta(days=91)
    retention.expire(house.deps)
    kept = {row.id: (row.sealed is None, row.state) for row in rows(house, proposal)}
    assert kept == {proposal_id: (True, proposals.SENT), waiting: (False, proposals.OFFERED)}
    assert b"" in {row.body_sealed for row in rows(house, outbox)}
    assert verifies(house)


def test_of_what_was_committed_to_only_the_salt_is_left(house: House) -> None:
    proposal_id = sent(house)
    assert forgetting.person(house.deps, CASEY, "ana")["answers"] != []
    house.clock.moment += timedelta(days=91)
    retention.expire(house.deps)
    assert forgetting.person(house.deps, CASEY, "ana")["answers"] == []
    (kept,) = rows(house, audit_text)
    with house.deps.engine.begin() as tx:
        salt, text = audit.words_of(house.deps.keys.of(tx, kept.subject), kept.sealed)
    assert (len(salt), text) == (32, b"")
    found = story.receipt(house.deps, proposal_id)
    assert found is not None
    assert "their time was over" in story.in_words(found)


def test_a_closed_escalations_note_expires_and_an_open_ones_stays(house: House) -> None:
    due = house.clock.now() + timedelta(hours=1)
    for item in (house.propose(), house.propose("and?")):
        escalating.escalate(house.deps, item, "legal@acme.example", due, house.rosa, "she said canary")
    with house.deps.engine.begin() as tx:
        tx.execute(escalation.update().where(escalation.c.id == 1).values(state="DOCUMENTED"))
    house.clock.moment += timedelta(days=91)
    retention.expire(house.deps)
    assert {row.id: row.note is None for row in rows(house, escalation)} == {1: True, 2: False}


def test_a_legal_hold_beats_retention(house: House) -> None:
    sent(house)
    signed(house)
    forgetting.hold(house.deps, CASEY, "case 7", "ana")
    house.clock.moment += DECISIONS + timedelta(days=1)
    retention.expire(house.deps)
    assert all(row.sealed for row in rows(house, proposal))
    assert pruned(house) == set()


# --- entries -----------------------------------------------------------------------------------------------------------
def test_what_the_log_says_of_old_messages_goes_and_the_chain_holds(house: House) -> None:
    old = sent(house)
    upto = signed(house)
    house.clock.moment += DECISIONS + timedelta(days=1)
    young = sent(house)
    retention.expire(house.deps)
    retention.expire(house.deps)
    said = rows(house, log)
    assert {row.action for row in said if row.object == old} == {"proposal.approved"}
    assert max(pruned(house)) <= upto
    assert {row.action for row in said if row.object == young} >= {"proposal.begun", "answer.outcome"}
    assert [row.action for row in said].count("log.pruned") == 1
    assert {"policy.published", "switch.installed"} <= {row.action for row in said}
    assert verifies(house)
    assert story.receipt(house.deps, old) is not None
    assert all(one.action != audit.PRUNED for one in entries.find(house.deps, entries.Wanted()))


def test_nothing_goes_before_a_checkpoint_is_old_enough(house: House) -> None:
    sent(house)
    house.clock.moment += DECISIONS + timedelta(days=1)
    signed(house)
    retention.expire(house.deps)
    assert pruned(house) == set()


def test_a_message_that_is_still_talked_about_stays_whole(house: House) -> None:
    old = house.propose()
    signed(house)
    house.clock.moment += DECISIONS + timedelta(days=1)
    house.approve(old)
    retention.expire(house.deps)
    assert pruned(house) == set()


@pytest.mark.threat("log-edited")
def test_an_entry_that_only_vanished_is_found(house: House) -> None:
    sent(house)
    with house.deps.engine.begin() as tx:
        tx.execute(log.update().where(log.c.seq == 4).values(stored=b"", action=audit.PRUNED, object="", actor=""))
        verdict = audit.verify(tx)
    assert (verdict.broken_at, "no entry says" in verdict.why) == (4, True)


# --- much of it --------------------------------------------------------------------------------------------------------
def test_much_goes_a_slice_at_a_time_and_the_rest_in_the_next_round(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "_MESSAGES", 1)
    monkeypatch.setattr(retention, "_ENTRIES", 2)
    old = {sent(house) for _ in range(3)}
    signed(house)
    house.clock.moment += DECISIONS + timedelta(days=1)
    left = []
    while retention.expire(house.deps, seconds=0):
        left.append((sum(row.sealed is not None for row in rows(house, proposal)), len(pruned(house))))
    assert left[:3] == [(2, 0), (1, 0), (0, 0)]
    assert [gone for _, gone in left if gone][:2] == [2, 4]
    assert {row.action for row in rows(house, log) if row.object in old} == {"proposal.approved"}
    assert verifies(house)


def test_a_slice_looks_at_no_other_message(sqlite_database: str, clock: Any, tmp_path: Path) -> None:
    house = hasty(House(connect(sqlite_database), clock, tmp_path / "home"))
    sent(house)
    signed(house)
    clock.moment += DECISIONS + timedelta(days=1)
    with house.deps.readers.begin() as tx:
        policy = policies.in_force(tx, clock.now())
        assert policy is not None
        (due,) = pruning.due(tx, policy.logs, clock.now())
    said = list[tuple[str, Any]]()
    sa.event.listen(house.deps.engine, "before_cursor_execute", lambda *told: said.append((told[2], told[3])))
    with house.deps.engine.begin() as tx:
        assert pruning.prune(tx, due, clock.now()) > 0
        asked = [one for one in said if not one[0].startswith("INSERT")]
        plans = [row[3] for one in asked for row in tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {one[0]}", one[1])]
    house.deps.readers.dispose()
    house.deps.engine.dispose()
    assert {plan for plan in plans if plan.startswith("SCAN")} <= {"SCAN audit_tail", "SCAN legal_hold"}


# --- for a stranger ------------------------------------------------------------------------------------------------------
@pytest.fixture
def exported(sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[tuple[House, Path]]:
    house = hasty(House(connect(sqlite_database), clock, tmp_path / "home"))
    sent(house)
    signed(house)
    clock.moment += DECISIONS + timedelta(days=1)
    sent(house)
    retention.expire(house.deps)
    write(house.deps, tmp_path / "log", house.ana.member.id, texts=True)
    yield house, tmp_path / "log"
    house.deps.readers.dispose()
    house.deps.engine.dispose()


def test_a_pruned_log_passes_the_strangers_check(
    exported: tuple[House, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify.main([str(exported[1])]) == 0
    said = capsys.readouterr().out
    assert "older messages were pruned" in said
    assert "replies sent: 1\n" in said


def test_a_stranger_believes_no_pruning_before_its_time(
    exported: tuple[House, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    house, _ = exported
    with house.deps.engine.begin() as tx:  # the operator hides a reply of today, and says that its time was over
        upto = checkpoints.sign(tx, house.deps.keys, "test", house.clock.now()).size
        (young,) = tx.execute(sa.select(log.c.object).where(log.c.action == "answer.intent")).scalars()
        gone = {"stored": b"", "action": audit.PRUNED, "object": "", "actor": ""}
        tx.execute(log.update().where(log.c.object == young).values(**gone))
        audit.append(tx, house.clock.now(), "countersign", "log.pruned", "log", {"upto": upto, "entries": 1})
    folder = exported[1].parent / "again"
    write(house.deps, folder, house.ana.member.id)
    assert verify.main([str(folder), "--json"]) == 1
    assert "no checkpoint there is older than" in json.loads(capsys.readouterr().out)["why"]
