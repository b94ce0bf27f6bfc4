"""The installation is watched: an admin's no at the host turns its queues OFF, and nothing turns them on again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app import escalating, review, sweep, troubles, watch
from app.governance.decision import Switch
from app.host import AccessLost, HostError, Installation, Leave
from app.store import policies
from app.store.tables import audit
from tests.house import POLICY, House, answers, scope

GONE = Installation(Leave.GONE, "the app is disabled")
NARROWED = Installation(Leave.NARROWED, "automation is not allowed on the app's form")


def states(house: House) -> dict[str, Switch]:
    return {name: scope(house, name).state for name in ("*", "support", "billing")}


def entries(house: House) -> list[tuple[str, str]]:
    with house.deps.engine.begin() as tx:
        rows = tx.execute(
            sa.select(audit.c.actor, audit.c.action).where(audit.c.actor == watch.WATCH).order_by(audit.c.seq)
        )
        return [(row.actor, row.action) for row in rows]


@pytest.mark.parametrize("found", [GONE, NARROWED])
@pytest.mark.threat("app-removed")
def test_what_is_not_allowed_any_more_is_off_with_its_reason(house: House, found: Installation) -> None:
    house.host.installed = found
    assert not watch.look(house.deps, "zendesk")
    assert states(house) == {"*": Switch.LIVE, "support": Switch.OFF, "billing": Switch.OFF}
    support = scope(house, "support")
    assert (support.changed_by, support.reason) == (watch.WATCH, found.why)
    assert entries(house) == [(watch.WATCH, "switch.off")] * 2 + [(watch.WATCH, f"installation.{found.leave}")]
    assert troubles.told(house.deps) == [f"Zendesk: {found.why}"]


def test_two_queues_with_work_are_stopped_without_locking_backwards(house: House) -> None:
    """On PostgreSQL the fixture watches the order of locks: proposals of the second queue come before the log, too."""
    for group in ("Support", "Billing"):
        house.approve(house.propose(group=group))
    house.host.installed = GONE
    watch.look(house.deps, "zendesk")
    house.after_undo()
    assert answers(house) == []


def test_what_was_approved_before_is_not_sent_and_confirmed_follows(house: House) -> None:
    house.approve(house.propose())
    house.host.installed = GONE
    watch.look(house.deps, "zendesk")
    house.after_undo()
    sweep.drain(house.deps)
    assert answers(house) == []
    assert (scope(house, "support").state, scope(house, "support").to_humans) == (Switch.CONFIRMED, 1)


def test_a_revoked_token_is_off_at_once(house: House) -> None:
    house.host.faults.down = AccessLost("the token was revoked")
    watch.look(house.deps, "zendesk")
    assert states(house)["support"] is Switch.OFF


def test_what_cannot_be_read_is_off_after_a_minute_and_not_before(house: House) -> None:
    house.host.faults.down = HostError("no answer")
    for _ in range(4):
        assert watch.look(house.deps, "zendesk")
        house.clock.tick(15)
    assert states(house)["support"] is Switch.LIVE
    assert not watch.look(house.deps, "zendesk")
    assert states(house)["support"] is Switch.OFF
    assert "60 s" in (scope(house, "support").reason or "")


def test_a_short_silence_changes_nothing(house: House) -> None:
    for down in (HostError("no answer"), None, HostError("no answer")):
        house.host.faults.down = down
        watch.look(house.deps, "zendesk")
        house.clock.tick(50)
    assert states(house)["support"] is Switch.LIVE


def test_allowed_again_stays_off_until_two_people_say_so(house: House) -> None:
    house.host.installed = NARROWED
    watch.look(house.deps, "zendesk")
    sweep.drain(house.deps)
    house.host.installed = Installation(Leave.ALLOWED)
    assert watch.look(house.deps, "zendesk")
    assert states(house)["support"] is Switch.CONFIRMED
    assert troubles.told(house.deps) == []
    assert not review.restore(house.deps, "support", house.ana)


def test_a_queue_restored_while_the_app_is_still_disabled_sends_nothing(house: House) -> None:
    house.host.installed = GONE
    watch.look(house.deps, "zendesk")
    with house.deps.engine.begin() as tx:
        tx.execute(sa.text("UPDATE switch SET state = 'LIVE'"))
    house.approve(house.propose())
    house.after_undo()
    assert answers(house) == []
    assert states(house)["support"] is Switch.OFF


def test_a_queue_that_is_published_while_the_app_is_disabled_goes_off_too(house: House) -> None:
    house.host.installed = GONE
    watch.look(house.deps, "zendesk")
    more = POLICY + '[[queue]]\nname = "returns"\nhosts = ["zendesk:group:Returns"]\n'
    with house.deps.engine.begin() as tx:
        policies.publish(tx, more, "ana", "ben", house.clock.now())
    watch.look(house.deps, "zendesk")
    assert scope(house, "returns").state is Switch.OFF


def test_another_hosts_queue_is_left_alone(house: House) -> None:
    more = POLICY + '[[queue]]\nname = "post"\nhosts = ["gmail:post@acme.example"]\n'
    with house.deps.engine.begin() as tx:
        policies.publish(tx, more, "ana", "ben", house.clock.now())
    house.host.installed = GONE
    watch.look(house.deps, "zendesk")
    assert (scope(house, "post").state, states(house)["support"]) == (Switch.LIVE, Switch.OFF)


@pytest.mark.threat("app-removed")
def test_with_a_dead_clock_the_sender_itself_looks_before_it_sends(house: House) -> None:
    house.approve(house.propose())
    watch.look(house.deps, "zendesk")
    house.host.installed = GONE
    house.clock.tick(61)
    house.deliver_due()
    assert answers(house) == []
    assert states(house)["support"] is Switch.OFF


def test_a_word_of_a_moment_ago_is_good_enough_to_send_on(house: House) -> None:
    house.approve(house.propose())
    house.after_undo()
    house.approve(house.propose("And mine?"))
    house.after_undo()
    assert len(answers(house)) == 2
    assert house.host.calls.count("installation") == 1


def test_an_escalations_note_still_reaches_its_owner(house: House) -> None:
    item = house.propose()
    house.host.installed = GONE
    watch.look(house.deps, "zendesk")
    due = house.clock.now().replace(year=2027)
    escalating.escalate(house.deps, item, "ben@acme.example", due, house.rosa, "please call")
    house.deliver_due()
    assert any("please call" in note for note in house.host.notes(house.ref(item)))
