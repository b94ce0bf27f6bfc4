"""Auto-send: earned by reviews, allowed by two people, held, judged again, sent once; and every way in which it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from app import deliver as door
from app import desk, escalating, figures, ramping, review, second_review, sweep
from app.governance import ramp as pure
from app.governance.decision import Freeze
from app.governance.gate import Gate
from app.governance.proposal import MachineMail, Tier, Trigger
from app.governance.ramp import Step
from app.host import Fate, HostError, TicketRef
from app.store import audit, escalations, outbox, policies, proposals, waits
from app.store.handling import Ending
from app.store.tables import outbox as rows
from tests import earned
from tests.earned import CATEGORY, STANDARD, actor, failing, frozen, inbound, log, offered
from tests.house import House, answers, claim

LINE = "Sent automatically. Reply 'person' to reach a colleague."
BODY = f"Standard delivery takes 3 to 5 days.\n\n{LINE}"


@pytest.fixture
def house(earner: House) -> House:
    """A category that has passed the gate, and a draw that keeps few back."""
    return earner


@pytest.fixture
def raised(house: House) -> House:
    assert earned.raised(house) is Step.FIVE_A_DAY
    return house


def hold_over(house: House) -> list[Any]:
    house.clock.tick(120)
    return house.deliver_due()


def why_not(house: House, item: str) -> set[str]:
    return {reason.rule for reason in house.stored(item).record.reasons}


# --- the road ----------------------------------------------------------------------------------------------------------
def test_the_gate_is_passed_by_reviews_alone(house: House) -> None:
    (report,) = figures.evidence(house.deps)
    assert report.verdict.outcome is Gate.PASS, report.verdict.next_step
    assert report.verdict.tally.good == 98
    assert report.verdict.next_step is None


def test_passing_the_gate_sends_nothing_by_itself(house: House) -> None:
    item = inbound(house)
    assert house.state(item) == proposals.OFFERED
    hold_over(house)
    assert answers(house) == []


def test_one_message_is_answered_by_itself_once(raised: House) -> None:
    item = inbound(raised)
    assert raised.state(item) == proposals.HELD
    assert raised.deliver_due() == []  # it waits
    assert hold_over(raised) == [Fate.SENT]
    assert (answers(raised), raised.state(item)) == ([BODY], proposals.SENT)
    assert hold_over(raised) == []
    (intent,) = [header for header in log(raised, "answer.intent") if header["mode"] == "auto"]
    assert (intent["tier"], intent["approval"], intent["good"], intent["step"]) == (1, None, 98, 1)
    with raised.deps.readers.begin() as tx:
        assert audit.verify(tx).broken_at is None


def test_what_nobody_reviewed_is_no_evidence(raised: House) -> None:
    inbound(raised)
    hold_over(raised)
    (report,) = figures.evidence(raised.deps)
    assert (report.verdict.tally.good, report.verdict.tally.withdrawn) == (98, 1)


def test_a_lost_answer_of_the_host_is_settled_and_not_sent_again(raised: House) -> None:
    item = inbound(raised)
    raised.host.faults.lost_after = 1
    hold_over(raised)
    raised.clock.tick(60)
    sweep.settle_stuck(raised.deps)
    raised.deliver_due()
    assert (len(answers(raised)), raised.state(item)) == (1, proposals.SENT)


def test_a_refused_attempt_is_held_again_and_goes_once(raised: House) -> None:
    item = inbound(raised)
    raised.host.faults.lost_before = 1
    hold_over(raised)
    assert raised.state(item) == proposals.HELD
    raised.deliver_due()
    assert len(answers(raised)) == 1


# --- while it is held --------------------------------------------------------------------------------------------------
def test_the_switch_in_the_hold_ends_it(raised: House) -> None:
    item = inbound(raised)
    review.roll_back(raised.deps, "*", "ben")
    hold_over(raised)
    assert (answers(raised), raised.state(item)) == ([], proposals.HUMAN)


def test_a_host_that_is_away_when_the_hold_begins_does_not_shorten_it(raised: House) -> None:
    inbound(raised)
    raised.host.faults.down = HostError("away")
    for _, row in raised.bell.rung:
        door.deliver(raised.deps, row)
    raised.host.faults.down = None
    raised.clock.tick(60)
    assert raised.deliver_due() == []
    raised.clock.tick(60)
    assert raised.deliver_due() == [Fate.SENT]


def test_what_is_held_is_not_prepared_at_the_host_before_its_time(raised: House) -> None:
    inbound(raised)
    raised.host.calls.clear()
    for _, row in raised.bell.rung:
        assert door.deliver(raised.deps, row) is None
    assert raised.host.calls == []


@pytest.mark.parametrize("breaks", [
    lambda tx, row, now: outbox.failed(tx, row, "Broken", now),
    lambda tx, row, now: waits.ready(tx, row, now, timedelta(seconds=5), "the database was locked"),
])  # fmt: skip
def test_nothing_that_breaks_in_the_hold_shortens_it(raised: House, breaks: Any) -> None:
    inbound(raised)
    _, row = raised.bell.rung[-1]
    with raised.deps.engine.begin() as tx:
        breaks(tx, row, raised.clock.now())
    raised.clock.tick(60)
    assert raised.deliver_due() == []


def test_an_agent_cancels_and_then_a_person_decides(raised: House) -> None:
    item = inbound(raised)
    shown = desk.proposal(raised.deps, item)
    assert shown is not None
    assert shown.approval is not None
    review.undo(raised.deps, item, raised.rosa)
    assert hold_over(raised) == []
    assert (answers(raised), raised.state(item)) == ([], proposals.OFFERED)
    raised.approve(item)
    raised.after_undo()
    assert answers(raised) == ["Standard delivery takes 3 to 5 days."]  # a person sent it: no such line


def escalated(house: House, item: str) -> None:
    due = house.clock.now() + timedelta(hours=4)
    escalating.escalate(house.deps, item, "ana@acme.example", due, house.rosa)


IN_THE_HOLD: dict[str, tuple[Callable[[House, str], Any], str]] = {
    "a person rejects it": (lambda house, item: review.reject(house.deps, item, "wrong answer", house.rosa), "rejected"),
    "a person answers": (
        lambda house, item: house.host.says(house.ref(item), house.host.people["3"], "I have it", by_hand=True),
        "human",
    ),
    "the customer writes again": (
        lambda house, item: house.host.says(house.ref(item), house.host.people["10500"], "Hello?"),
        "superseded",
    ),
    "somebody is copied in": (
        lambda house, item: house.host.change(house.ref(item), cc=("boss@customer.example",), participants=("boss@customer.example",)),
        "offered",
    ),
    "the ticket is closed": (lambda house, item: house.host.change(house.ref(item), status="closed"), "human"),
    "the category is frozen": (lambda house, _: frozen(house, Freeze.AUTO_OFF), "offered"),
    "the ramp is lowered": (lambda house, _: ramping.lower(house.deps, CATEGORY, Step.OFF, "", "ben"), "offered"),
    "the hours are over": (lambda house, _: published(house, STANDARD.replace("00:00-24:00", "00:00-00:01")), "offered"),
    "the line changes": (lambda house, _: published(house, STANDARD.replace("Sent auto", "Written auto")), "offered"),
    "the policy is narrowed": (
        lambda house, _: published(house, STANDARD.replace('ceiling = "auto"', 'ceiling = "assisted"')), "offered"),
    "drafts are made by other rules": (
        lambda house, _: published(house, STANDARD.replace("How long delivery takes", "Delivery")), "offered"),
    "reviews turn out badly": (lambda house, _: failing(house), "offered"),
    "an agent escalates it": (escalated, "escalated"),
}  # fmt: skip


def published(house: House, text: str) -> None:
    with house.deps.engine.begin() as tx:
        policies.publish(tx, text, "ana", "ben", house.clock.now())


@pytest.mark.parametrize(("happens", "ends"), IN_THE_HOLD.values(), ids=IN_THE_HOLD)
def test_whatever_happens_in_the_hold_is_seen_at_its_end(raised: House, happens: Any, ends: str) -> None:
    item = inbound(raised)
    assert raised.state(item) == proposals.HELD
    happens(raised, item)
    raised.clock.tick(120)
    raised.deliver_due()
    assert BODY not in answers(raised)
    assert raised.state(item) == ends


def test_a_disagreement_in_the_hold_ends_it(raised: House) -> None:
    for number in range(13):
        item = offered(raised, 800 + number)
        raised.clock.tick(60)
        review.approve(raised.deps, item, raised.seen(item), raised.rosa)
    raised.after_undo()
    item, mei = inbound(raised), actor(raised, "mei@acme.example")
    (task, *_) = second_review.tasks(raised.deps, mei)
    second_review.say(raised.deps, task.id, "rejected", mei)
    hold_over(raised)
    assert (raised.state(item), why_not(raised, item)) == ("offered", {"evidence-missing"})


# --- what never goes by itself -----------------------------------------------------------------------------------------
NEVER: dict[str, tuple[dict[str, Any], str]] = {
    "tier 2": ({"tier": Tier.JUDGEMENT}, "unapproved"),
    "tier 3": ({"tier": Tier.HIGH_STAKES}, "high-stakes"),
    "an escalation": ({"triggers": (Trigger("legal", "my lawyer"),)}, "escalation"),
    "machine mail": ({"machine_mail": (MachineMail("auto-reply", ("header auto-submitted",)),)}, "machine-mail"),
    "mail that nobody looked at": ({"machine_mail": None}, "machine-mail"),
    "a draft with a finding": ({"findings": None}, "failed-checks"),
    "another language": ({"language": "fr"}, "language"),
    "an unsure category": ({"confidence": 0.3}, "unsure"),
}


@pytest.mark.parametrize(("changes", "rule"), NEVER.values(), ids=NEVER)
def test_what_never_goes_by_itself(raised: House, changes: dict[str, Any], rule: str) -> None:
    item = inbound(raised, **changes)
    assert raised.state(item) != proposals.HELD
    assert rule in why_not(raised, item)
    hold_over(raised)
    assert answers(raised) == []


@pytest.mark.parametrize("flags", [(0,), (2,), (3,), (4,), None])
def test_a_sender_whom_the_host_doubts_is_answered_by_people(raised: House, flags: Any) -> None:
    ref = raised.host.new_ticket("x", author=earned.customer(raised, 501))
    raised.host.says(ref, raised.host.people["10501"], "When will my parcel come?", flags=flags)
    item = raised.prepare(ref)
    assert (raised.state(item), "untrusted-sender" in why_not(raised, item)) == (proposals.OFFERED, True)


@pytest.mark.threat("recipients")
def test_somebody_else_than_the_requester_is_answered_by_people(raised: House) -> None:
    ref = raised.host.new_ticket("x", author=earned.customer(raised, 502))
    raised.host.says(ref, earned.customer(raised, 503), "When will my parcel come?")
    assert "untrusted-sender" in why_not(raised, raised.prepare(ref))


@pytest.mark.threat("mail-loop")
def test_a_thread_gets_one_and_a_customer_two_a_day(raised: House) -> None:
    for _ in range(2):
        inbound(raised, 504)
        hold_over(raised)
    third = inbound(raised, 504)
    assert (raised.state(third), len(answers(raised))) == (proposals.OFFERED, 2)
    ref = raised.ref(inbound(raised, 505))
    hold_over(raised)
    raised.host.says(ref, raised.host.people["10505"], "And on Saturdays?")
    again = raised.prepare(ref)
    assert (raised.state(again), "capped" in why_not(raised, again)) == (proposals.OFFERED, True)


def test_an_hour_and_a_day_have_their_most(raised: House) -> None:
    held = [raised.state(inbound(raised, 510 + number)) for number in range(4)]
    assert held == [*[proposals.HELD] * 3, proposals.OFFERED]  # three an hour, and what waits counts
    hold_over(raised)
    raised.clock.tick(3600)
    later = [raised.state(inbound(raised, 520 + number)) for number in range(3)]
    assert later == [*[proposals.HELD] * 2, proposals.OFFERED]  # five a day


def test_the_cap_is_counted_again_by_each_claim(raised: House) -> None:
    """Whatever let four of them wait: the fourth claim finds the hour full."""
    items = [inbound(raised, 530 + number) for number in range(3)]
    with raised.deps.engine.begin() as tx:  # a fourth, as a racing worker would have let it wait
        tx.execute(rows.update().values(not_before=raised.clock.now()))
    published(raised, STANDARD.replace("per_hour = 3", "per_hour = 2"))
    raised.deliver_due()
    assert len(answers(raised)) == 2
    assert sorted(raised.state(item) for item in items) == ["offered", "sent", "sent"]


def test_what_waited_for_hours_goes_to_people(raised: House) -> None:
    """No worker ran over noon: nobody expects that answer any more."""
    item = inbound(raised)
    raised.clock.tick(3 * 3600)
    raised.deliver_due()
    assert (answers(raised), raised.state(item)) == ([], proposals.HUMAN)


def test_a_row_whose_proposal_is_no_longer_held_goes_nowhere(raised: House) -> None:
    item = inbound(raised)
    with raised.deps.engine.begin() as tx:  # as nothing of ours leaves it
        proposals.move(tx, item, proposals.REJECTED, raised.clock.now())
    hold_over(raised)
    assert answers(raised) == []


def test_a_share_stays_with_people(raised: House) -> None:
    key = raised.deps.keys.derived("hold-out")
    while True:
        ref = raised.host.new_ticket("When will my parcel come?", author=earned.customer(raised, 540))
        comment = raised.host.fetch(ref).newest_customer_comment()
        assert comment is not None
        if pure.is_held_out(key, f"zendesk:{ref.ticket}:{comment.id}", 0.1):
            break
    item = raised.prepare(ref)
    assert (raised.state(item), why_not(raised, item)) == (proposals.OFFERED, {"held-out"})


def test_where_a_person_was_ever_wanted_nothing_goes_by_itself_again(raised: House) -> None:
    item = inbound(raised, triggers=(Trigger("asks-for-person", "person"),))
    assert raised.state(item) == proposals.ESCALATED
    with raised.deps.readers.begin() as tx:
        (matter,) = escalations.still_open(tx, raised.deps.keys)
    escalating.close(raised.deps, matter.id, Ending(None, "talked"), raised.ana)
    ref = raised.ref(item)
    raised.clock.tick(48 * 3600)
    raised.host.says(ref, raised.host.people["10500"], "And when will my parcel come?")
    again = raised.prepare(ref)
    assert (raised.state(again), "capped" in why_not(raised, again)) == (proposals.OFFERED, True)


def test_without_a_count_of_findings_nothing_goes(raised: House) -> None:
    proposal = raised.stored(inbound(raised)).proposal
    raised.clock.tick(120)
    stands = raised.host.fetch(TicketRef("zendesk", proposal.ticket)).standing(proposal.comment, "test")
    with raised.deps.engine.begin() as tx:
        (row_id,) = outbox.due(tx, raised.clock.now())
        refused = outbox.claim(tx, raised.deps.keys, row_id, stands, raised.clock.now())
    assert isinstance(refused, outbox.Refusal)
    assert "evidence-missing" in {reason.rule for reason in refused.reasons}


def test_an_approval_of_something_else_does_not_carry_it(raised: House) -> None:
    """A row that names no approval is never let through by one that lies about."""
    item = inbound(raised)
    ramping.lower(raised.deps, CATEGORY, Step.OFF, "", "ben")
    seen = raised.seen(item)
    with raised.deps.engine.begin() as tx:
        proposals.move(tx, item, proposals.OFFERED, raised.clock.now())
        (row,) = tx.execute(
            sa.select(rows.c.id).where(rows.c.proposal_id == item, rows.c.purpose == "answer")
        ).scalars()
        from app.store import approvals

        seen = raised.seen(item) if False else "x"
        approvals.add(tx, item, raised.rosa.member, "sidebar", seen, None, raised.clock.now(), raised.clock.now())
    raised.clock.tick(120)
    assert isinstance(claim(raised, row), outbox.Refusal)
