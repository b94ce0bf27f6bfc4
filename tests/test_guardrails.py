"""A source goes wrong: customers come back, auto-send is frozen, the log has the numbers, the owner hears of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import board, by_hand, freezing, guardrails, history, notices, ramping, tallying
from app.export import verify
from app.export.write import write
from app.governance import ramp
from app.governance.freezing import Kind
from app.governance.guardrails import Alarm
from app.governance.metrics import judge
from app.host import TicketRef
from app.store import audit, events, freezes, policies, proposals
from app.store import ramp as steps
from app.store.engine import connect
from app.store.tables import audit as log
from app.store.tables import figures, notice, outbox
from tests import earned
from tests.export.conftest import admin
from tests.fakes import CASEY, STARTED
from tests.house import POLICY, House

DAY = timedelta(days=1)


@pytest.fixture
def house(sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[House]:
    made = House(connect(sqlite_database), clock, tmp_path)
    yield made
    made.deps.engine.dispose()
    made.deps.readers.dispose()


def alone(house: House, *, comes_back: bool = False) -> TicketRef:
    """An answer that nobody clicked, as auto-send leaves its row; read back from its ticket."""
    item = house.propose()
    house.approve(item)
    house.after_undo()
    ref = house.ref(item)
    with house.deps.engine.begin() as tx:
        tx.execute(outbox.update().where(outbox.c.proposal_id == item).values(approval_id=None))
    look(house, ref)
    if comes_back:
        house.clock.tick(60)
        house.host.says(ref, CASEY, "And to Norway?")
        look(house, ref)
    return ref


def look(house: House, ref: TicketRef) -> None:
    ticket = house.host.fetch(ref)
    by_hand.notice(house.deps, ticket)
    history.note(house.deps, ticket)


def frozen(house: House) -> list[tuple[str, str | None]]:
    with house.deps.readers.begin() as tx:
        return [(one.kind, one.category) for one in freezes.still_open(tx)]


def logged(house: House, action: str) -> list[dict[str, Any]]:
    with house.deps.readers.begin() as tx:
        assert audit.verify(tx).broken_at is None
        rows = tx.execute(sa.select(log.c.stored).where(log.c.action == action).order_by(log.c.seq)).scalars()
        return [json.loads(row)["header"] for row in rows]


def goes_wrong(house: House) -> None:
    for _ in range(6):
        alone(house, comes_back=True)


def test_customers_who_come_back_freeze_auto_send_once(house: House) -> None:
    alone(house)
    assert guardrails.look(house.deps) == ()
    goes_wrong(house)
    (alarm,) = guardrails.look(house.deps)
    assert (alarm.kind, frozen(house)) == (Kind.GUARDRAIL, [("guardrail", "delivery-times")])
    assert guardrails.look(house.deps) == ()
    (told,) = logged(house, "guardrail.crossed")
    assert told == {"kind": "guardrail", "category": "delivery-times", "metric": "recontact", "bad": 6, "of": 7}
    with house.deps.readers.begin() as tx:
        (one,) = freezes.still_open(tx)
    assert "more customers came back than usual (6 of 7 automatic answers" in one.cause


def test_the_owner_hears_of_it(house: House) -> None:
    with house.deps.engine.begin() as tx:
        text = POLICY.replace("[notify]", '[notify]\nwebhook = "http://127.0.0.1:9/hook"')
        policies.publish(tx, text, "ana", "ben", house.clock.now())
    notices.compose(house.deps)
    goes_wrong(house)
    guardrails.look(house.deps)
    notices.compose(house.deps)
    with house.deps.readers.begin() as tx:
        told = [row.body for row in tx.execute(sa.select(notice))]
    assert any(
        "Delivery times: nothing is sent by itself (more customers came back than usual (6 of 6" in body
        for body in told
    )


def test_two_people_lift_it_and_old_news_does_not_ring_again(house: House) -> None:
    goes_wrong(house)
    guardrails.look(house.deps)
    with house.deps.readers.begin() as tx:
        (one,) = freezes.still_open(tx)
    house.clock.tick(3600)
    freezing.thaw(house.deps, one.id, "the source was mended", house.ana)
    assert guardrails.look(house.deps) == ()
    freezing.thaw(house.deps, one.id, "", admin(house))
    assert (guardrails.look(house.deps), frozen(house)) == ((), [])
    house.host.started = house.clock.now()  # the host has a clock of its own
    goes_wrong(house)
    assert [alarm.kind for alarm in guardrails.look(house.deps)] == [Kind.GUARDRAIL]


def test_it_never_widens(house: House) -> None:
    goes_wrong(house)
    guardrails.look(house.deps)
    for _ in range(3):
        house.clock.tick(30 * 24 * 3600)
        guardrails.look(house.deps)
    assert frozen(house) == [("guardrail", "delivery-times")]


def test_the_unthinkable_leaves_only_drafts_everywhere(house: House) -> None:
    alarm = Alarm(Kind.CRITICAL, None, "1 answer above tier 1 went out without a person", {"answers": 1})
    assert guardrails._freeze(house.deps, alarm)
    with house.deps.readers.begin() as tx:
        (one,) = freezes.still_open(tx)
    assert (one.kind, one.level, one.scope) == (Kind.CRITICAL, "draft-only", freezes.EVERYTHING)


def test_a_clock_that_was_set_back_rings_nothing_and_breaks_nothing(house: House) -> None:
    goes_wrong(house)
    house.clock.tick(-2 * 24 * 3600)
    assert guardrails.look(house.deps) == ()  # from its own future nobody has heard yet


def test_answers_that_nobody_reads_back_are_a_gap_and_no_good_news(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.after_undo()
    with house.deps.engine.begin() as tx:
        tx.execute(outbox.update().where(outbox.c.purpose == "answer").values(approval_id=None))

    def unseen() -> int:
        now = house.clock.now()
        with house.deps.readers.begin() as tx:
            return events.unseen(tx, now - 2 * DAY, now - timedelta(hours=1))

    assert unseen() == 0
    house.clock.tick(2 * 3600)
    assert unseen() == 1
    look(house, house.ref(item))
    assert unseen() == 0


# --- the real road -----------------------------------------------------------------------------------------------------


def test_what_was_held_out_is_counted_apart(earner: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    earned.raised(earner)
    monkeypatch.setattr(ramp, "is_held_out", lambda *_: True)
    item = earner.prepare(earner.host.new_ticket("When will my parcel come?", author=earned.customer(earner, 500)))
    assert earner.state(item) == proposals.OFFERED
    earner.approve(item)
    earner.after_undo()
    look(earner, earner.ref(item))
    with earner.deps.readers.begin() as tx:
        history = judge(events.read(tx, earner.deps.keys, STARTED), earner.clock.now())
        drawn = steps.drawn(tx, "delivery-times", earner.clock.now() - DAY, earner.clock.now())
    assert [one.answer.label for one in history.judged] == ["held-out"]
    assert drawn[0] == 1
    assert earned.log(earner, "answer.intent")[-1]["mode"] == "assisted"  # somebody approved it
    write(earner.deps, tmp_path / "export", earner.ana.member.id)
    assert verify.main([str(tmp_path / "export")]) == 0


def test_auto_send_that_goes_wrong_is_taken_back_by_itself(earner: House) -> None:
    """Earned by reviews, raised by two people, sent by itself; customers come back; the next message waits for a person."""
    earned.raised(earner)
    for number in range(6):
        item = earned.inbound(earner, 500 + number)
        earner.clock.tick(120)
        earner.deliver_due()
        assert earner.state(item) == proposals.SENT, earner.stored(item).record.reasons
        ref = earner.ref(item)
        look(earner, ref)
        earner.host.says(ref, earner.host.fetch(ref).requester, "And to Norway?")
        look(earner, ref)
        earner.clock.tick(8 * 3600)
    (alarm,) = guardrails.look(earner.deps)
    assert (alarm.kind, alarm.seen["bad"], alarm.seen["of"]) == (Kind.GUARDRAIL, 6, 6)
    assert earner.state(earned.inbound(earner, 600)) == proposals.OFFERED
    (stands,) = ramping.standings(earner.deps)
    assert any("more customers came back than usual (6 of 6" in words for words in stands.objections)


def test_the_clock_reads_what_became_of_the_answers_once_for_guardrails_and_board(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(house)
    goes_wrong(house)
    read = list[object]()
    whole = events.read
    monkeypatch.setattr(events, "read", lambda *about: read.append(about) or whole(*about))
    tallying.tally(house.deps)
    assert len(read) == 1
    assert frozen(house) == [("guardrail", "delivery-times")]
    monkeypatch.setattr(board, "QUICK", 0)
    (group,) = (one for one in board.board(house.deps, 13).groups if one.category == "delivery-times")
    assert [(line.mode, line.figures.volume) for line in group.lines] == [("auto", 7)]
    assert len(read) == 1, "the page shows what the clock counted"


def test_a_guardrail_that_breaks_keeps_nobody_from_the_board(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    alone(house)
    monkeypatch.setattr(guardrails.guardrails, "alarms", lambda *_: 1 // 0)
    monkeypatch.setattr(board, "QUICK", 0)
    with pytest.raises(ZeroDivisionError):
        tallying.tally(house.deps)
    monkeypatch.undo()
    with house.deps.readers.begin() as tx:
        assert tx.execute(sa.select(figures.c.weeks)).scalars().all()
