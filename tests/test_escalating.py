"""An escalation's life: stopped, owned, acted on, reminded, passed on, closed with a decision; each step in the log."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import deliver, escalating, notices, review
from app.governance.proposal import Trigger
from app.host import HostError
from app.store import escalations, policies, proposals, staff
from app.store.escalations import Escalation
from app.store.handling import Ending
from app.store.tables import audit
from tests import mailbox
from tests.fakes import ANA, CASEY, ROSA
from tests.house import POLICY, House, answers, claimed
from tests.mailbox import serving

LEGAL = (Trigger("legal", "my lawyer will write"),)
ROSTER = """
[[roster]]
person = "rosa@acme.example"
hours = "Mo-Fr 08:00-18:00 Europe/Berlin"
[[roster]]
person = "ana@acme.example"
"""
NOTHING = Ending(None, "a misunderstanding")


def governed(house: House, text: str) -> House:
    with house.deps.engine.begin() as tx:
        policies.publish(tx, text, "ana", "ben", house.clock.now())
    return house


def threatened(house: House) -> Escalation:
    house.propose("My lawyer will write to you.", triggers=LEGAL)
    house.deliver_due()
    return only(house)


def only(house: House) -> Escalation:
    with house.deps.readers.begin() as tx:
        (found,) = escalations.still_open(tx, house.deps.keys)
    return found


def log(house: House) -> list[str]:
    """The steps of escalations, in order."""
    with house.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(audit.c.action).where(audit.c.action.like("escalation.%")).order_by(audit.c.seq))
        return [action.removeprefix("escalation.") for action in rows.scalars()]


def passes(house: House, hours: float) -> Escalation:
    house.clock.tick(hours * 3600)
    escalating.look(house.deps)
    house.deliver_due()
    return only(house)


def assignee(house: House, one: Escalation) -> str | None:
    person = house.host.tickets[one.ticket].ticket.assignee
    return person.email if person else None


def test_a_life_from_stop_to_decision_with_each_step_in_the_log(house):
    governed(house, POLICY.replace('owner = "legal@acme.example"', 'owner = "rosa@acme.example"') + ROSTER)
    one = threatened(house)
    assert (one.owner, one.state, assignee(house, one)) == ("rosa@acme.example", "OWNED", "rosa@acme.example")
    assert one.due_at - one.opened_at == timedelta(hours=4)
    due = house.clock.now() + timedelta(hours=2)
    escalating.take(house.deps, one.id, "Call the customer", due, house.rosa)
    house.deliver_due()
    acting = only(house)
    assert (acting.state, acting.due_at, acting.next_action) == ("ACTING", due, "Call the customer")
    escalating.close(house.deps, one.id, Ending("source fix", "no source names the court"), house.rosa)
    house.deliver_due()
    with house.deps.readers.begin() as tx:
        assert escalations.still_open(tx, house.deps.keys) == []
        (closed,) = escalations.closed_since(tx, house.deps.keys, one.opened_at)
    assert (closed.state, closed.document, closed.closed_for) == (
        "DOCUMENTED",
        "source fix",
        "no source names the court",
    )
    assert log(house) == ["opened", "owned", "assigned", "acting", "closed"]
    assert [note.splitlines()[0] for note in house.host.notes(house.ref(one.proposal_id))] == [
        "Countersign: this one is for a person. Nothing is sent automatically.",
        f"Countersign: {ROSA.name} has this one.",
        f"Countersign: escalation closed by {ROSA.name}.",
    ]
    assert answers(house) == []


def test_a_threat_stops_an_approved_reply_to_an_earlier_message(house):
    first = house.propose()
    house.approve(first)
    house.clock.tick(1)
    house.host.says(house.ref(first), CASEY, "And my lawyer will write to you.")
    house.prepare(house.ref(first), triggers=LEGAL)
    assert house.state(first) == proposals.HUMAN  # at once, not only when it would have been due
    house.after_undo()
    assert answers(house) == []


def test_what_is_on_its_way_is_fenced(house):
    first = house.propose()
    house.deliver_due()
    house.approve(first)
    house.clock.tick(6)
    permit, message = claimed(house)  # a worker that is about to send
    second = house.prepare(house.host.new_ticket("something else"))
    escalating.escalate(house.deps, second, "ana@acme.example", house.clock.now() + timedelta(hours=4), house.rosa)
    assert house.state(first) == proposals.SENDING  # another ticket is no business of theirs
    with house.deps.engine.begin() as tx:
        opening = escalations.Opening(
            proposal_id=first, host="zendesk", ticket=permit.ref.ticket, trigger="legal",
            owner="ana@acme.example", due_at=house.clock.now() + timedelta(hours=4), note="",
        )  # fmt: skip
        escalations.open_one(tx, house.deps.keys, opening, "countersign", house.clock.now())
    escalating.fence(house.deps, permit.ref)
    with pytest.raises(HostError):
        house.host.send(permit, message)  # the worker wakes up too late
    house.deliver_due()
    assert answers(house) == []


def test_an_overdue_one_goes_to_the_next_on_the_roster_and_then_to_the_admins(house):
    governed(house, POLICY + ROSTER)
    one = threatened(house)
    assert one.owner == "legal@acme.example"
    passed = passes(house, 4.1)
    assert (passed.owner, assignee(house, passed)) == ("rosa@acme.example", "rosa@acme.example")
    assert passed.due_at == house.clock.now() + timedelta(hours=4)
    assert passes(house, 4.1).owner == "ana@acme.example"
    assert passes(house, 4.1).owner == "ana@acme.example"  # nobody is left: it stays hers, and everybody hears
    assert log(house)[-1] == "reminded"
    assert sum("nobody acted in time" in note for note in house.host.notes(house.ref(one.proposal_id))) == 2


def test_the_clock_passes_it_on_once_however_many_look(house):
    governed(house, POLICY + ROSTER)
    threatened(house)
    house.clock.tick(4.1 * 3600)
    for _ in range(3):
        escalating.look(house.deps)
    assert log(house).count("owned") == 2


def test_the_owner_is_reminded_once_before_it_is_due(house):
    with serving(mailbox.Smtp) as mail:
        house.deps = replace(house.deps, settings=replace(house.deps.settings, smtp_url=f"smtp://{mail.address}"))
        notices.tell(house.deps)
        threatened(house)
        for _ in range(3):
            passes(house, 1.1)
            notices.tell(house.deps)
        subjects = [(one["To"], one["Subject"]) for one in mail.arrived if one["To"] == "legal@acme.example"]
    assert len(subjects) == 2
    assert "#1001 (Legal)" in subjects[0][1]
    assert "is due by 02 Mar 13:00 UTC" in subjects[1][1]


def test_an_owner_who_has_left_owns_nothing(house):
    governed(house, POLICY.replace('owner = "legal@acme.example"', 'owner = "rosa@acme.example"') + ROSTER)
    with house.deps.engine.begin() as tx:
        staff.leave(tx, "zendesk", ROSA.id, house.clock.now())
    assert threatened(house).owner == "ana@acme.example"


def test_without_a_policy_an_admin_gets_it_from_the_clock(house):
    item = house.propose()
    opening = escalations.Opening(
        proposal_id=item, host="zendesk", ticket=house.ref(item).ticket, trigger="unclassified", owner="",
        due_at=house.clock.now() + timedelta(hours=4), note="",
    )  # fmt: skip
    with house.deps.engine.begin() as tx:
        escalations.open_one(tx, house.deps.keys, opening, "countersign", house.clock.now())
    assert only(house).state == escalations.STOPPED
    owned = passes(house, 0.1)
    assert (owned.owner, owned.state) == ("ana@acme.example", "OWNED")


def test_an_owner_whom_the_host_does_not_know_is_said_so(house):
    assert threatened(house).assigned == "unknown"
    assert log(house) == ["opened", "owned", "assigned"]


def test_a_host_that_is_away_gets_the_assignment_later(house):
    governed(house, POLICY.replace('owner = "legal@acme.example"', 'owner = "rosa@acme.example"'))
    house.propose("My lawyer will write to you.", triggers=LEGAL)
    house.host.faults.down = HostError("away")
    house.deliver_due()
    escalating.look(house.deps)
    one = passes(house, 0.1)
    assert (one.assigned, assignee(house, one)) == ("away", None)
    house.host.faults.down = None
    one = passes(house, 0.1)
    assert (one.assigned, assignee(house, one)) == ("given", "rosa@acme.example")


def later(house: House, hours: float = 1) -> datetime:
    return house.clock.now() + timedelta(hours=hours)


REFUSED: dict[str, Any] = {
    "another's": (review.Forbidden, lambda house, one: escalating.take(house.deps, one, "x", later(house), house.rosa)),
    "no words": (review.Refused, lambda house, one: escalating.take(house.deps, one, " ", later(house), house.ana)),
    "a time that is over": (
        review.Refused,
        lambda house, one: escalating.take(house.deps, one, "x", later(house, -1), house.ana),
    ),
    "a time without a zone": (
        review.Refused,
        lambda house, one: escalating.take(house.deps, one, "x", later(house).replace(tzinfo=None), house.ana),
    ),
    "nobody": (review.Refused, lambda house, one: escalating.pass_on(house.deps, one, "x", later(house), house.ana)),
    "another's end": (review.Forbidden, lambda house, one: escalating.close(house.deps, one, NOTHING, house.rosa)),
    "no reason": (review.Refused, lambda house, one: escalating.close(house.deps, one, Ending(None, " "), house.ana)),
    "an unknown document": (
        review.Refused,
        lambda house, one: escalating.close(house.deps, one, Ending("novel", "x"), house.ana),
    ),
    "an unsafe link": (
        review.Refused,
        lambda house, one: escalating.close(house.deps, one, Ending("source fix", "x", "javascript:1"), house.ana),
    ),
    "one that never was": (review.Changed, lambda house, _: escalating.close(house.deps, 99, NOTHING, house.ana)),
}


@pytest.mark.parametrize(("refusal", "step"), REFUSED.values(), ids=REFUSED)
def test_a_step_that_cannot_be_is_refused_and_changes_nothing(house, refusal, step):
    one = threatened(house)
    with pytest.raises(refusal):
        step(house, one.id)
    assert only(house) == one


def test_passing_on_names_the_next_owner_and_gives_them_the_ticket(house):
    one = threatened(house)
    escalating.pass_on(house.deps, one.id, "rosa@acme.example", later(house), house.ana)
    house.deliver_due()
    assert (only(house).owner, assignee(house, one)) == ("rosa@acme.example", "rosa@acme.example")


def test_closing_passes_through_acting_and_closes_once(house):
    one = threatened(house)
    escalating.close(house.deps, one.id, NOTHING, house.ana)
    with pytest.raises(review.Changed):
        escalating.close(house.deps, one.id, NOTHING, house.ana)
    assert log(house)[-2:] == ["acting", "closed"]


def test_the_log_names_colleagues_by_id_and_strangers_by_nothing_readable(house):
    one = threatened(house)
    escalating.pass_on(house.deps, one.id, ANA.email or "", later(house), house.ana)
    with house.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(audit.c.stored).where(audit.c.action == "escalation.owned").order_by(audit.c.seq))
        stranger, colleague = (json.loads(row)["header"]["owner"] for row in rows.scalars())
    assert "@" not in stranger
    assert colleague == house.ana.member.id


def test_the_door_is_still_the_only_road_for_a_note(house):
    """A note of an escalation is an outbox row like any other: nothing is written before its claim."""
    one = threatened(house)
    escalating.take(house.deps, one.id, "Call", later(house), house.ana)
    assert len(house.host.notes(house.ref(one.proposal_id))) == 1
    ((_, row),) = [rung for rung in house.bell.rung if rung[0] == "deliver"][-1:]
    deliver.deliver(house.deps, row)
    assert len(house.host.notes(house.ref(one.proposal_id))) == 2
