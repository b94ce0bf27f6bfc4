"""People's data: shown to whoever asks, forgotten for good, kept for the courts; and the log still verifies."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import forgetting, pipeline
from app.export import verify
from app.export.write import write
from app.store import audit, inbox, subjects
from app.store.subjects import InFlight
from app.store.tables import escalation, outbox, proposal, subject_address, subject_key
from tests.house import House, answers, claimed

CANARY = "my kitchen is painted vermilion-canary"
CASEY = "casey@customer.example"
BY = "ana"


def sent(house: House) -> str:
    proposal_id = house.propose(CANARY)
    house.approve(proposal_id)
    house.after_undo()
    return proposal_id


def rows(house: House, table: sa.Table) -> list[Any]:
    with house.deps.engine.begin() as tx:
        return list(tx.execute(sa.select(table)).all())


def verifies(house: House) -> bool:
    with house.deps.engine.begin() as tx:
        return audit.verify(tx).broken_at is None


# --- to see it ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", [CASEY, "Casey@Customer.example ", "zendesk:1"])
def test_a_person_sees_everything_that_is_kept_of_them(house: House, who: str) -> None:
    sent(house)
    kept = forgetting.person(house.deps, who, BY)
    assert [message["state"] for message in kept["messages"]] == ["sent"]
    assert len(kept["answers"]) == 1
    assert answers(house)[0] in kept["answers"][0]


def test_nobody_is_found_under_an_unknown_name(house: House) -> None:
    sent(house)
    for who in ("nobody@customer.example", "zendesk:999", "what"):
        with pytest.raises(forgetting.Unknown):
            forgetting.erase(house.deps, who, "other", BY)


# --- forgotten -----------------------------------------------------------------------------------------------------------
def test_whoever_is_forgotten_has_no_words_and_no_key_and_the_log_still_verifies(house: House) -> None:
    proposal_id = sent(house)
    assert forgetting.erase(house.deps, CASEY, "consent withdrawn", BY).messages == 1
    assert rows(house, subject_key) == rows(house, subject_address) == []
    assert [(row.id, row.state, row.sealed) for row in rows(house, proposal)] == [(proposal_id, "sent", None)]
    assert {row.body_sealed for row in rows(house, outbox)} == {b""}
    assert verifies(house)


def test_an_export_after_erasure_still_passes_the_strangers_check(house: House, tmp_path: Path) -> None:
    sent(house)
    forgetting.erase(house.deps, CASEY, "other", BY)
    write(house.deps, tmp_path / "log", BY, texts=True)
    assert verify.main([str(tmp_path / "log")]) == 0
    assert (tmp_path / "log" / "texts.jsonl").read_text() == ""


def test_what_was_approved_and_not_sent_is_not_sent_any_more(house: House) -> None:
    house.approve(house.propose(CANARY))
    forgetting.erase(house.deps, CASEY, "other", BY)
    house.after_undo()
    assert answers(house) == []


def test_while_a_reply_is_on_its_way_nothing_is_deleted(house: House) -> None:
    house.approve(house.propose(CANARY, group="Billing"))
    house.clock.tick(6)
    claimed(house)
    with pytest.raises(InFlight):
        forgetting.erase(house.deps, CASEY, "other", BY)
    assert len(rows(house, subject_key)) == 1


def test_the_same_message_is_not_prepared_again(house: House) -> None:
    proposal_id = sent(house)
    ref = house.ref(proposal_id)
    forgetting.erase(house.deps, CASEY, "other", BY)
    with house.deps.engine.begin() as tx:
        (again,) = inbox.add(tx, house.deps.keys, "zendesk", [inbox.again(ref, "again")], house.clock.now())
    pipeline.handle(house.deps, None, again)  # type: ignore[arg-type] - no mind is asked: that is the point
    assert len(rows(house, proposal)) == 1


def test_an_escalations_note_goes_too(house: House) -> None:
    from app import escalating

    proposal_id = house.propose(CANARY)
    due = house.clock.now() + timedelta(hours=1)
    escalating.escalate(house.deps, proposal_id, "legal@acme.example", due, house.rosa, "she said canary")
    forgetting.erase(house.deps, CASEY, "other", BY)
    assert [row.note for row in rows(house, escalation)] == [None]


# --- the files -----------------------------------------------------------------------------------------------------------
GREP = """
import pathlib, sys
folder, wanted = pathlib.Path(sys.argv[1]), [bytes.fromhex(text) for text in sys.argv[2:]]
print(sum(file.read_bytes().count(needle) for file in folder.rglob("*") if file.is_file() for needle in wanted))
"""


def found(folder: Path, *needles: bytes) -> int:
    run = subprocess.run(
        [sys.executable, "-c", GREP, str(folder), *(needle.hex() for needle in needles)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return int(run.stdout)


@pytest.mark.threat("log-leak")
def test_no_byte_of_the_key_is_left_in_any_file(sqlite_database: str, clock: Any, tmp_path: Path) -> None:
    from app.store.engine import connect

    house = House(connect(sqlite_database), clock, tmp_path)
    sent(house)
    ((wrapped,),) = [(row.wrapped,) for row in rows(house, subject_key)]
    sealed = next(row.sealed for row in rows(house, proposal))[:40]
    assert found(tmp_path, wrapped, sealed) > 0
    assert found(tmp_path, CANARY.encode(), CASEY.encode()) == 0  # never in the clear, from the first day
    erased = forgetting.erase(house.deps, CASEY, "other", BY)
    assert erased.leftovers is None
    assert found(tmp_path, wrapped, sealed, CANARY.encode(), CASEY.encode()) == 0


def test_what_a_database_keeps_beyond_our_reach_is_said(postgres_database: str, clock: Any, tmp_path: Path) -> None:
    from app.store.engine import connect

    house = House(connect(postgres_database), clock, tmp_path)
    sent(house)
    assert "PostgreSQL" in str(forgetting.erase(house.deps, CASEY, "other", BY).leftovers)
    house.deps.engine.dispose()


@pytest.mark.threat("words-come-back")
def test_a_restored_backup_does_not_bring_the_erased_back(sqlite_database: str, clock: Any, tmp_path: Path) -> None:
    from app.store.engine import connect

    file, backup = Path(sqlite_database.removeprefix("sqlite:///")), tmp_path / "backup"
    house = House(connect(sqlite_database), clock, tmp_path)
    sent(house)
    forgetting.scrub(house.deps)
    shutil.copyfile(file, backup)
    forgetting.erase(house.deps, CASEY, "other", BY)
    house.deps.engine.dispose()
    house.deps.readers.dispose()
    for old in tmp_path.glob("countersign.db*"):
        old.unlink()
    shutil.copyfile(backup, file)
    assert len(rows(house, subject_key)) == 1
    assert forgetting.repeat(house.deps) == 1
    assert rows(house, subject_key) == []
    assert forgetting.repeat(house.deps) == 0
    assert verifies(house)


def test_the_keeper_remembers_whom_a_whole_restored_folder_has_forgotten_to_forget(
    sqlite_database: str, clock: Any, tmp_path: Path
) -> None:
    from app.store.engine import connect

    keeper = tmp_path / "keeper"
    keeper.mkdir()
    house = House(connect(sqlite_database), clock, tmp_path / "home")
    (tmp_path / "home").mkdir()
    house.deps = replace(house.deps, settings=replace(house.deps.settings, keeper=keeper))
    sent(house)
    forgetting.scrub(house.deps)
    file, backup = Path(sqlite_database.removeprefix("sqlite:///")), tmp_path / "backup"
    shutil.copyfile(file, backup)
    forgetting.erase(house.deps, CASEY, "other", BY)
    house.deps.engine.dispose()
    house.deps.readers.dispose()
    for old in [*tmp_path.glob("countersign.db*"), tmp_path / "home" / "erasures.txt"]:
        old.unlink()
    shutil.copyfile(backup, file)
    assert forgetting.repeat(house.deps) == 1
    assert rows(house, subject_key) == []
    house.deps.engine.dispose()
    house.deps.readers.dispose()


def test_whoever_came_back_and_was_forgotten_again_stays_forgotten(
    sqlite_database: str, clock: Any, tmp_path: Path
) -> None:
    from app.store.engine import connect

    house = House(connect(sqlite_database), clock, tmp_path)
    sent(house)
    forgetting.erase(house.deps, CASEY, "other", BY)
    house.clock.tick(60)
    sent(house)  # they write again, and this is what the backup holds
    with house.deps.engine.begin() as tx:
        again = {name: at + timedelta(days=1) for name, at in subjects.forgotten(tx).items()}
    (tmp_path / "erasures.txt").write_text("".join(f"{name} {at.isoformat()}\n" for name, at in again.items()))
    assert forgetting.repeat(house.deps) == 1
    assert rows(house, subject_key) == []
    house.deps.engine.dispose()
    house.deps.readers.dispose()


# --- held and expired ----------------------------------------------------------------------------------------------------
def test_under_a_legal_hold_a_request_waits_and_is_done_when_it_is_lifted(house: House) -> None:
    sent(house)
    forgetting.hold(house.deps, CASEY, "case 7", BY)
    waits = forgetting.erase(house.deps, CASEY, "objection", BY)
    assert waits.held is not None
    assert waits.held.reason == "case 7"
    assert len(rows(house, subject_key)) == 1
    assert forgetting.lift(house.deps, CASEY, BY) == 1
    assert rows(house, subject_key) == []
