"""Each reply of ours at the host has its row; one that has none is a critical event and stops its queue."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from app import reconcile, sweep, troubles
from app.governance.decision import Switch
from app.host import HostError, Marker, TicketRef
from app.store import outbox, replies
from app.store.tables import audit
from tests.fakes import BOT, CASEY, ROSA
from tests.house import House, answers, scope


@pytest.fixture(autouse=True)
def today(house: House) -> None:
    house.host.started = house.clock.now()


def answered(house: House) -> str:
    item = house.propose()
    house.approve(item)
    house.after_undo()
    assert len(answers(house)) == 1
    return item


def look(house: House) -> replies.Round:
    reconcile.reconcile(house.deps, "zendesk")
    with house.deps.engine.begin() as tx:
        found = replies.last(tx, "zendesk")
    assert found is not None
    return found


def planted(house: House, ref: TicketRef, marker: Marker | None) -> None:
    """Somebody who has our token writes to the customer, past our door."""
    said = house.host.says(ref, BOT, "Trust me.")
    written = house.host.tickets[ref.ticket].written
    written[-1] = replace(written[-1], comment=replace(said, marker=marker))


def holes(house: House) -> list[str]:
    with house.deps.engine.begin() as tx:
        return [one.why for one in replies.still_unexplained(tx)]


def test_what_we_sent_is_explained(house: House) -> None:
    answered(house)
    found = look(house)
    assert (found.ours, found.unexplained, holes(house)) == (1, 0, [])
    assert scope(house, "support").state is Switch.LIVE


def test_what_a_person_types_as_the_integration_user_is_a_human_answer(house: House) -> None:
    house.host.says(house.host.new_ticket("Hello?"), BOT, "By hand.", by_hand=True)
    found = look(house)
    assert (found.by_hand, found.unexplained, holes(house)) == (1, 0, [])


def test_colleagues_and_customers_are_not_our_business(house: House) -> None:
    ref = house.host.new_ticket("Hello?")
    house.host.says(ref, ROSA, "Hello!", by_hand=True)
    house.host.says(ref, CASEY, "Thanks")
    found = look(house)
    assert (found.tickets, found.ours, found.by_hand, found.unexplained) == (1, 0, 0, 0)


PLANTED = {
    "through the API, without a mark": (None, "no row of ours"),
    "with our mark, of no row": (Marker("test", "01JFORGED"), "our marker, and no row of ours"),
}


@pytest.mark.parametrize(("marker", "why"), PLANTED.values(), ids=PLANTED)
@pytest.mark.threat("unlogged-reply")
def test_a_reply_past_our_door_is_a_critical_event(house: House, marker: Marker | None, why: str) -> None:
    item = house.propose()
    planted(house, house.ref(item), marker)
    assert look(house).unexplained == 1
    assert why in holes(house)[0]
    support = scope(house, "support")
    assert (support.state, support.changed_by) == (Switch.OFF, reconcile.WATCH)
    assert "no row explains" in (support.reason or "")
    assert scope(house, "billing").state is Switch.LIVE
    assert any("no row explains" in trouble for trouble in troubles.told(house.deps))
    with house.deps.engine.begin() as tx:
        actions = set(tx.execute(sa.select(audit.c.action)).scalars())
    assert {"reply.unexplained", "switch.off", "replies.reconciled"} <= actions


@pytest.mark.threat("unlogged-reply")
def test_on_a_ticket_that_we_never_saw_all_queues_of_the_host_stop(house: House) -> None:
    planted(house, house.host.new_ticket("Hello?"), None)
    look(house)
    assert {scope(house, name).state for name in ("support", "billing")} == {Switch.OFF}


def test_it_is_found_once_and_stops_once(house: House) -> None:
    planted(house, house.ref(house.propose()), None)
    look(house)
    sweep.drain(house.deps)
    with house.deps.engine.begin() as tx:
        tx.execute(sa.text("UPDATE switch SET state = 'LIVE'"))
    house.host.says(house.host.new_ticket("Hello?"), CASEY, "Anybody?")
    house.clock.tick(3600)
    assert look(house).unexplained == 0
    assert (len(holes(house)), scope(house, "support").state) == (1, Switch.LIVE)


def test_a_person_who_knows_where_it_came_from_ends_it(house: House) -> None:
    planted(house, house.ref(house.propose()), None)
    look(house)
    with house.deps.engine.begin() as tx:
        (hole,) = replies.still_unexplained(tx)
        assert replies.explain(tx, hole.id, house.rosa.member.id, house.clock.now())
        assert not replies.explain(tx, hole.id, house.rosa.member.id, house.clock.now())
    assert troubles.told(house.deps) == []


def test_a_row_that_says_never_sent_does_not_explain_a_reply(house: House) -> None:
    item = house.propose()
    house.approve(item)
    with house.deps.engine.begin() as tx:
        send_id = tx.execute(sa.text("SELECT send_id FROM outbox WHERE purpose = 'answer'")).scalar_one()
        outbox.give_back_answer(tx, item, "undone", house.clock.now())
    planted(house, house.ref(item), Marker("test", str(send_id)))
    assert look(house).unexplained == 1
    assert "our row says otherwise" in holes(house)[0]


def test_the_same_row_does_not_explain_two_replies(house: House) -> None:
    item = answered(house)
    with house.deps.engine.begin() as tx:
        send_id = tx.execute(sa.text("SELECT send_id FROM outbox WHERE purpose = 'answer'")).scalar_one()
    planted(house, house.ref(item), Marker("test", str(send_id)))
    found = look(house)
    assert (found.ours, found.unexplained) == (1, 1)


def test_one_that_nobody_could_settle_explains_what_is_there(house: House) -> None:
    item = house.propose()
    house.host.faults.drop_metadata = True
    house.host.faults.lost_after = 1
    house.approve(item)
    house.after_undo()
    written = house.host.tickets[house.ref(item).ticket].written
    written[-1] = replace(written[-1], comment=replace(written[-1].comment, author=BOT))
    found = look(house)
    assert (found.ours, found.unexplained) == (1, 0)


def test_another_deployments_reply_is_counted_apart(house: House) -> None:
    planted(house, house.host.new_ticket("Hello?"), Marker("staging", "01J"))
    found = look(house)
    assert (found.foreign, found.unexplained) == (1, 0)


def test_what_was_there_before_us_is_not_ours_to_explain(house: House) -> None:
    house.host.started = house.clock.now().replace(year=2025)
    planted(house, house.host.new_ticket("Hello?"), None)
    assert look(house).unexplained == 0


def test_it_looks_once_an_hour_and_goes_on_where_it_was(house: House) -> None:
    answered(house)
    look(house)
    asked = house.host.calls.count("traces")
    house.clock.tick(55 * 60 - 1)
    look(house)
    assert house.host.calls.count("traces") == asked
    house.clock.tick(1)
    assert look(house).tickets == 0


def test_a_host_that_is_away_loses_no_ticket(house: House) -> None:
    planted(house, house.ref(house.propose()), None)
    house.host.faults.down = HostError("no answer", retry_after=40)
    reconcile.reconcile(house.deps, "zendesk")
    assert holes(house) == []
    house.host.faults.down = None
    assert look(house).unexplained == 1


def test_a_deleted_ticket_holds_up_nobody(house: House) -> None:
    gone, other = house.host.new_ticket("One"), house.propose()
    poll = house.host.poll

    def and_then_it_is_deleted(*args: object) -> object:
        found = poll(*args)  # type: ignore[arg-type]
        house.host.delete(gone)
        return found

    house.host.poll = and_then_it_is_deleted  # type: ignore[method-assign,assignment]
    planted(house, house.ref(other), None)
    assert look(house).unexplained == 1
