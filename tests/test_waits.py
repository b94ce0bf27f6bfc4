"""A host that wants to be left alone is left alone for as long as it says; no try is wasted on it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app import pipeline, polling, sweep, troubles
from app.host import HostError
from app.store import inbox, proposals
from app.store.tables import inbox as inbox_table
from app.store.tables import outbox as outbox_table
from tests.house import House, answers

BUSY = HostError("slow down", retry_after=90)


def test_an_answer_waits_as_long_as_the_host_says(house: House) -> None:
    house.approve(house.propose())
    house.host.faults.down = BUSY
    house.after_undo()
    house.host.faults.down = None
    house.clock.tick(89)
    house.deliver_due()
    assert answers(house) == []
    house.clock.tick(1)
    house.deliver_due()
    assert len(answers(house)) == 1


def test_a_message_waits_as_long_as_the_host_says(house: House) -> None:
    ref = house.host.new_ticket("When does it come?")
    with house.deps.engine.begin() as tx:
        (row,) = inbox.add(tx, house.deps.keys, "zendesk", [inbox.again(ref, "once")], house.clock.now())
    house.host.faults.down = BUSY
    pipeline.handle(house.deps, None, row)  # type: ignore[arg-type]  # it does not come to thinking
    with house.deps.engine.begin() as tx:
        kept = tx.execute(sa.select(inbox_table).where(inbox_table.c.id == row)).one()
    assert (kept.state, kept.trouble) == (inbox.RECEIVED, "slow down")
    assert kept.not_before == house.clock.now() + timedelta(seconds=90)


def test_a_send_that_was_slowed_down_is_tried_again_later_and_once(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.refuse = BUSY
    house.after_undo()
    house.host.refuse = None
    assert house.state(item) == proposals.APPROVED
    house.clock.tick(89)
    assert house.deliver_due() == []
    house.clock.tick(1)
    house.deliver_due()
    assert len(answers(house)) == 1


def test_a_host_that_cannot_even_be_asked_is_not_asked_all_the_time(house: House) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.host.refuse = BUSY
    house.host.faults.before_kill = BUSY
    house.after_undo()
    with house.deps.engine.begin() as tx:
        lease = tx.execute(sa.select(outbox_table.c.lease_until).where(outbox_table.c.state == "SENDING")).scalar_one()
    assert lease == house.clock.now() + timedelta(seconds=90)
    asked = house.host.calls.count("kill")
    house.clock.tick(60)
    sweep.settle_stuck(house.deps)
    assert house.host.calls.count("kill") == asked


def test_a_poll_that_leaves_the_limit_to_replies_is_no_alarm_until_it_lasts(house: House) -> None:
    polling.poll(house.deps, "zendesk")
    house.host.faults.down = BUSY
    house.clock.tick(60)
    polling.poll(house.deps, "zendesk")
    assert troubles.told(house.deps) == []
    house.clock.tick(600)
    polling.poll(house.deps, "zendesk")
    (told,) = troubles.told(house.deps)
    assert "its rate limit is used up" in told
