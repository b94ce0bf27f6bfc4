"""The figures from an export of the log alone are the figures of the page, to the last digit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import board, by_hand, escalating, history, metrics, pipeline, review, story
from app.behind import Point, behind
from app.commands import main
from app.export.write import write
from app.host import HostError, TicketRef
from app.store import events, inbox
from tests.fakes import CASEY, ROSA
from tests.house import House

DAY = timedelta(days=1)


def look(house: House, ref: TicketRef) -> None:
    ticket = house.host.fetch(ref)
    by_hand.notice(house.deps, ticket)
    history.note(house.deps, ticket)


def sent(house: House, text: str, status: str | None = None) -> TicketRef:
    item = house.propose(text)
    look(house, house.ref(item))
    house.clock.tick(90)
    house.approve(item, **({"status": status} if status else {}))
    house.after_undo()
    look(house, house.ref(item))
    return house.ref(item)


def says(house: House, ref: TicketRef, text: str) -> None:
    house.clock.tick(1800)
    house.host.says(ref, CASEY, text)
    look(house, ref)


def rated(house: House, ref: TicketRef, score: str) -> None:
    """The customer rated; the next read of the ticket tells."""
    history.note(house.deps, replace(house.host.fetch(ref), rating=score))


def live_through_a_month(house: House) -> None:
    """Every kind of thing that figures are made of happens at least once."""
    house.host.started = house.clock.now()
    says(house, sent(house, "When will my parcel come?", "solved"), "And to Norway?")
    says(house, sent(house, "Do you deliver on Saturdays?"), "That does not answer my question.")
    says(house, sent(house, "How long is it to Berlin?", "solved"), "Thank you very much!")
    says(house, sent(house, "And by express?"), "Let me speak to your manager")
    rated(house, sent(house, "What does it cost?"), "bad")
    by_rosa = house.propose("Which carrier is it?")
    house.clock.tick(60)
    house.host.says(house.ref(by_rosa), ROSA, "Standard delivery takes 3 to 5 days.", by_hand=True)
    look(house, house.ref(by_rosa))
    changed = house.propose("How many days?")
    review.edit(house.deps, changed, "Standard delivery takes 9 days.", house.seen(changed), house.rosa)
    house.approve(changed)
    house.after_undo()
    look(house, house.ref(changed))
    review.reject(house.deps, house.propose("Is it fast?"), "wrong answer", house.rosa)
    called = house.propose("I want somebody")
    for due in (1, 2):  # the second only moves the first one's time
        house.clock.tick(60)
        escalating.escalate(house.deps, called, "leads@acme.example", house.clock.now() + due * DAY, house.rosa)
    gone = sent(house, "Where is it now?")
    with house.deps.engine.begin() as tx:
        (row,) = inbox.add(tx, house.deps.keys, "zendesk", [inbox.again(gone, "x")], house.clock.now())
    house.host.faults.down = HostError("no such ticket", permanent=True)
    pipeline.handle(house.deps, None, row)  # type: ignore[arg-type]
    house.clock.tick(8 * 24 * 3600)


@pytest.mark.parametrize("days", [90, 5])
def test_recounted_from_the_export_they_are_the_same(house: House, tmp_path: Path, days: int) -> None:
    live_through_a_month(house)
    write(house.deps, tmp_path / "export", house.ana.member.id)
    now = house.clock.now()
    since = now - days * DAY
    ours = metrics.as_json(metrics.history(house.deps, since), since, now)
    if days == 90:  # else two empty documents would be equal too
        bad = {
            name for row in ours["answers"] for name, rate in row["rates"].items() if rate["bad"] + rate["young_bad"]
        }
        assert bad >= {"reopened", "recontact", "confusion", "escalation", "thanked"}
        assert {row["mode"] for row in ours["modes"]} == {"assisted", "draft", "draft-edited"}
        assert any(row["first_draft_seconds"]["count"] for row in ours["modes"])
        assert (ours["escalated_before_sending"], len(ours["reviews"])) == (1, 1)
    answer = CliRunner().invoke(
        main, ["metrics", "--export", str(tmp_path / "export"), "--since", f"P{days}D", "--json"]
    )
    assert (answer.exit_code, json.loads(answer.stdout)) == (0, json.loads(json.dumps(ours)))


def test_even_the_single_events_are_the_same(house: House, tmp_path: Path) -> None:
    live_through_a_month(house)
    write(house.deps, tmp_path / "export", house.ana.member.id)
    records, made = metrics.exported(tmp_path / "export")
    since = datetime(2026, 1, 1, tzinfo=made.tzinfo)
    with house.deps.readers.begin() as tx:
        ours = events.read(tx, house.deps.keys, since)
    theirs = metrics.stream.events(records, since)
    assert sorted(map(repr, ours)) == sorted(map(repr, theirs))
    assert len(ours) > 40


def test_the_messages_behind_a_point_are_those_that_it_counts(house: House) -> None:
    """They are read from their own tickets alone, and judged as if from everything."""
    says(house, sent(house, "When will my parcel come?", "solved"), "And to Norway?")
    says(house, sent(house, "Do you deliver on Saturdays?"), "That does not answer my question.")
    house.clock.tick(8 * 24 * 3600)
    sent(house, "And by express?")
    ((week, mode), counted), *_ = board.board(house.deps, 4).together.items()
    monday = datetime.fromisocalendar(int(week[:4]), int(week[6:]), 1).replace(tzinfo=UTC)
    found = {metric: behind(house.deps, Point(metric, monday, mode, None)) for metric in board.DRAWN}
    assert {metric: len(mine) for metric, mine in found.items()} == dict.fromkeys(board.DRAWN, counted.volume)
    assert {metric: sum(metric in one.bad for one in mine) for metric, mine in found.items() if metric in board.SHOWN} == {
        metric: counted.rates[metric].bad for metric in board.SHOWN
    }  # fmt: skip
    assert counted.rates["recontact"].bad == 2
    assert [one.answer.proposal for one in found["first"] if story.receipt(house.deps, one.answer.proposal or "")]


def test_a_folder_that_is_no_export_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").write_text('{"seq": 1}\n')
    answer = CliRunner().invoke(main, ["metrics", "--export", str(tmp_path)])
    assert (answer.exit_code, "no export of the log" in answer.stderr) == (2, True)
