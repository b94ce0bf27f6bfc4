"""What happens on tickets becomes events once, told in the log without a word of the customer, and then figures."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import by_hand, escalating, history, metrics, pipeline, review
from app.governance.metrics import History
from app.host import HostError, TicketRef
from app.store import events, inbox, turns
from app.store.engine import connect
from app.store.tables import audit as log
from app.store.tables import event
from tests.fakes import BOT, CASEY, ROSA
from tests.house import House

WEEK = timedelta(days=7)


def look(house: House, ref: TicketRef) -> None:
    """What a worker does first with a ticket that was announced."""
    ticket = house.host.fetch(ref)
    by_hand.notice(house.deps, ticket)
    history.note(house.deps, ticket)


def found(house: House) -> History:
    return metrics.history(house.deps, house.clock.now() - 90 * timedelta(days=1))


def kinds(house: House) -> list[str]:
    with house.deps.readers.begin() as tx:
        return list(tx.execute(sa.select(event.c.kind).order_by(event.c.id)).scalars())


def noted(house: House) -> list[dict[str, Any]]:
    with house.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(log.c.stored).where(log.c.action == "ticket.noted").order_by(log.c.seq)).scalars()
        return [entry for row in rows for entry in json.loads(row)["header"]["events"]]


def answered(house: House, **how: Any) -> TicketRef:
    """Casey asked, Rosa approved, the answer went out and was read back."""
    item = house.propose()
    history.note(house.deps, house.host.fetch(house.ref(item)))
    house.clock.tick(60)
    house.approve(item, **how)
    house.after_undo()
    look(house, house.ref(item))
    return house.ref(item)


def bad(house: House) -> list[str]:
    return sorted(metric for one in found(house).judged for metric in one.bad)


def test_an_approved_answer_is_one_answer_of_its_mode(house: House) -> None:
    answered(house)
    (one,) = found(house).judged
    assert (one.answer.mode, one.answer.category, one.answer.tier, one.answer.edited) == (
        "assisted",
        "delivery-times",
        1,
        False,
    )
    assert one.first_after is not None
    assert kinds(house) == ["opened", "message", "answered"]


def test_however_often_a_ticket_is_read_each_thing_is_noted_once(house: House) -> None:
    ref = answered(house)
    before = (kinds(house), len(noted(house)))
    for _ in range(3):
        look(house, ref)
    assert (kinds(house), len(noted(house))) == before


def test_a_customer_who_writes_again_reopens(house: House) -> None:
    ref = answered(house, status="solved")
    house.clock.tick(3600)
    house.host.says(ref, CASEY, "And what does it cost to Norway?")
    look(house, ref)
    assert bad(house) == ["recontact", "reopened"]


def test_thanks_are_thanks(house: House) -> None:
    ref = answered(house, status="solved")
    house.clock.tick(3600)
    house.host.says(ref, CASEY, "Thank you very much!")
    look(house, ref)
    assert bad(house) == ["thanked"]


def test_the_same_question_again_was_not_understood(house: House) -> None:
    ref = answered(house)
    house.clock.tick(60)
    house.host.says(ref, CASEY, "When will my parcel come?")
    look(house, ref)
    assert "confusion" in bad(house)


def test_a_person_who_changed_the_meaning_has_a_mode_of_their_own(house: House) -> None:
    item = house.propose()
    review.edit(house.deps, item, "Standard delivery takes 9 days.", house.seen(item), house.rosa)
    house.approve(item)
    house.after_undo()
    look(house, house.ref(item))
    (one,) = found(house).judged
    assert one.answer.label == "draft-edited"


@pytest.mark.parametrize(
    ("text", "mode"), [("Standard delivery takes 3 to 5 days.", "draft"), ("Please call us about that lamp.", "own")]
)
def test_what_rosa_sent_by_hand_is_told_from_her_own_words(house: House, text: str, mode: str) -> None:
    item = house.propose()
    house.clock.tick(60)
    house.host.says(house.ref(item), ROSA, text, by_hand=True)
    look(house, house.ref(item))
    (one,) = found(house).judged
    assert one.answer.mode == mode


def test_a_bot_of_the_hosts_answers_nothing(house: House) -> None:
    item = house.propose()
    house.host.says(house.ref(item), BOT, "We have received your request.")
    look(house, house.ref(item))
    assert found(house).judged == ()


def test_a_ticket_that_is_gone_is_not_counted_as_good(house: House) -> None:
    ref = answered(house)
    with house.deps.engine.begin() as tx:
        (row,) = inbox.add(tx, house.deps.keys, "zendesk", [inbox.again(ref, "x")], house.clock.now())
    house.host.faults.down = HostError("no such ticket", permanent=True)
    pipeline.handle(house.deps, None, row)  # type: ignore[arg-type]
    house.clock.tick(20 * 24 * 3600)
    (one,) = found(house).judged
    assert (one.removed, "recontact" in one.out) == (True, True)


def test_the_log_tells_the_events_and_no_word_of_the_customer(house: House) -> None:
    ref = answered(house)
    told = noted(house)
    assert [entry["kind"] for entry in told] == kinds(house)
    written = json.dumps(told)
    for secret in ("parcel", "Casey", "casey@", f'"{ref.ticket}"'):
        assert secret not in written


def test_a_bad_rating_speaks_of_the_answer_before_it_and_of_none_where_there_is_none(house: House) -> None:
    ref = answered(house)
    house.clock.tick(60)
    alone = house.host.new_ticket("Nobody answered me")
    for rated in (ref, alone, ref):
        history.note(house.deps, replace(house.host.fetch(rated), rating="bad"))
    assert (bad(house), found(house).unplaced) == (["confusion"], 1)


def test_a_reply_to_a_closed_ticket_reopens_the_answer_there(house: House) -> None:
    ref = answered(house)
    house.clock.tick(3600)
    next_one = house.host.new_ticket("It still has not come")
    history.note(house.deps, replace(house.host.fetch(next_one), follows=ref.ticket))
    assert "reopened" in bad(house)


def test_a_pressed_escalate_is_told_from_one_before_anything_was_sent(house: House) -> None:
    item = house.propose()
    history.note(house.deps, house.host.fetch(house.ref(item)))
    escalating.escalate(house.deps, item, "leads@acme.example", house.clock.now() + WEEK, house.rosa)
    assert len(found(house).caught) == 1
    assert bad(house) == []


def test_the_log_tells_every_event_to_the_last_fact(house: House) -> None:
    answered(house, status="solved")
    with house.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(event).order_by(event.c.id)).all()
    stored = [
        (row.kind, house.deps.keys.host_id(row.ref), row.at.isoformat(timespec="microseconds"), json.loads(row.facts))
        for row in rows
    ]
    assert [(one["kind"], one["ref"], one["at"], one["facts"]) for one in noted(house)] == stored


def test_nothing_that_happened_is_nothing(house: House) -> None:
    with house.deps.readers.begin() as tx:
        assert events.read(tx, house.deps.keys, house.clock.now()) == []
    document = metrics.as_json(found(house), house.clock.now(), house.clock.now())
    assert metrics.in_words(document).startswith("no answer since then")


class Thinking(Exception):
    """As far as that a worker comes here."""


class _Minds:
    def mind(self, _policy: Any) -> Any:
        raise Thinking


def test_two_workers_who_have_one_ticket_in_hand_never_wait_in_a_ring(
    postgres_database: str, clock: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "_ABREAST", 1_000_000)  # a lane each
    house = House(connect(postgres_database), clock, tmp_path)
    ticket, written = house.host.fetch(house.host.new_ticket("When does it come?")), threading.Event()

    def pause(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "FROM audit_tail" in statement and threading.current_thread() is not threading.main_thread():
            written.set()
            time.sleep(0.3)  # meanwhile the other one comes as far as it can

    sa.event.listen(house.deps.engine, "before_cursor_execute", pause)
    with ThreadPoolExecutor(1) as pool:
        noted = pool.submit(history.note, house.deps, ticket)
        assert written.wait(10)
        with pytest.raises(Thinking):
            pipeline.consider(house.deps, _Minds(), ticket, clock.now())  # type: ignore[arg-type]
        noted.result(10)
    house.deps.engine.dispose()
