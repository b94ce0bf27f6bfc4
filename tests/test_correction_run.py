"""A correction run: everybody who has the wrong answer is found, each is told once, after a person's yes to exactly that."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import approving, correcting, correction_run, review, sweep
from app.export.write import write
from app.governance.decision import Freeze
from app.governance.freezing import Kind
from app.governance.proposal import Tier
from app.host import HostError, Person
from app.pipeline import consider
from app.store import checkpoints, escalations, freezes, handling, proposals, received
from app.store.received import Sought
from tests.export.test_verify import check, files_of
from tests.fakes import CASEY
from tests.house import House, answers

BOTH = pytest.mark.parametrize("database_url", ["sqlite", "postgresql"], indirect=True)
LONG = 60.0  # seconds: longer than a slow machine takes
TEXT = "Hello {{ticket.requester.first_name}},\n\nwe told you 3 to 5 days. Delivery takes 5 to 7 days at the moment."
NAMES = ("Ines Ito", "Olu Okafor", "Pia Park")


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest) -> str:
    """One kind of database is enough for most of it."""
    return str(request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database"))


@pytest.fixture
def wronged(house: House) -> list[str]:
    """Three customers who were told something wrong, each on a ticket of their own."""
    return [told(house, name) for name in NAMES]


def told(house: House, name: str, **changes: Any) -> str:
    who = Person(id=f"c-{name}", name=name, email=f"{name[:3].lower()}@customer.example")
    house.host.people[who.id] = who
    one = house.prepare(house.host.new_ticket("When will my parcel come?", author=who), **changes)
    house.approve(one)
    house.after_undo()
    assert house.state(one) == proposals.SENT
    return one


def sought(house: House, kind: str = received.IN_CATEGORY, what: str = "delivery-times", days: int = 1) -> Sought:
    return Sought(kind, what, house.clock.now() - timedelta(days=days))


def begun(house: House, text: str = TEXT) -> str:
    run = correction_run.begin(house.deps, sought(house), text, house.ana)
    correction_run.go_on(house.deps, run, house.ana, LONG)
    return run


def items(house: House, run: str) -> list[Any]:
    return list(correction_run.standing(house.deps, run).items)


def made(house: House, run: str) -> list[str]:
    return [one.made for one in items(house, run) if one.made]


def set_right(house: House) -> list[str]:
    """The first lines of what customers were told anew."""
    return sorted(text.splitlines()[0] for text in answers(house) if "5 to 7" in text)


def each_is_in_the_log(house: House, folder: Path) -> dict[str, Any]:
    """What a stranger makes of the whole export."""
    with house.deps.engine.begin() as tx:
        checkpoints.sign(tx, house.deps.keys, "test", house.clock.now())
    write(house.deps, folder / "log", "ana", texts=True)
    return check(files_of(folder / "log"))


def approve(house: House, ids: list[str]) -> list[str | None]:
    batch = approving.begin(house.deps, [(one, house.seen(one)) for one in ids], None, house.ana)
    return [result.why for result in approving.go_on(house.deps, batch, house.ana)]


# --- who has it --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "what", "count"),
    [
        (received.IN_CATEGORY, "delivery-times", 3), (received.IN_CATEGORY, "refund-exception", 0),
        (received.SOURCE, "shipping-times", 3), (received.SOURCE, "shipping-times#standard", 3),
        (received.SOURCE, "shipping-times#express", 0), (received.ANSWER, "takes 3  to 5 days", 3),
        (received.ANSWER, "takes 30 days", 0),
    ],
)  # fmt: skip
def test_whoever_has_it_is_found(house, wronged, kind, what, count):
    assert len(correction_run.find(house.deps, sought(house, kind, what)).received) == count


@BOTH
def test_only_since_then_and_each_customer_once(house, wronged):
    house.clock.tick(7200)
    again = house.prepare(house.host.new_ticket("And now?", author=house.host.people["c-Ines Ito"]))
    house.approve(again)
    house.after_undo()
    found = correction_run.find(house.deps, sought(house)).received
    assert [one.name for one in found] == ["Ines Ito", "Pia Park", "Olu Okafor"]
    assert found[0].proposal_id == again
    late = Sought(received.IN_CATEGORY, "delivery-times", house.clock.now() - timedelta(hours=1))
    assert [one.name for one in correction_run.find(house.deps, late).received] == ["Ines Ito"]


def test_what_a_person_sent_from_our_draft_is_found_too(house):
    one = house.propose()
    ref, draft = house.ref(one), house.stored(one).proposal.draft
    house.host.says(ref, house.host.people["3"], draft.text, by_hand=True)
    consider(house.deps, None, house.host.fetch(ref), house.clock.now())
    (found,) = correction_run.find(house.deps, sought(house, received.ANSWER, "3 to 5 days")).received
    assert (found.proposal_id, found.text, found.unclear) == (one, draft.text, False)


def test_where_a_colleague_wrote_since_somebody_is_to_read_that_first(house, wronged):
    house.host.says(house.ref(wronged[1]), house.host.people["3"], "Sorry, it is 5 to 7 days.", by_hand=True)
    found = {one.proposal_id: (one.made is not None, one.why) for one in items(house, begun(house))}
    assert found == {one: (True, correction_run.READ_FIRST if one == wronged[1] else None) for one in wronged}


# --- what they are told ------------------------------------------------------------------------------------------------
@BOTH
def test_each_is_told_once_in_their_name_after_a_yes_of_its_own(house, wronged, tmp_path):
    run = begun(house)
    house.after_undo()
    assert set_right(house) == []  # nothing goes by itself
    assert approve(house, made(house, run)) == [None] * 3
    house.after_undo()
    house.deliver_due()
    assert set_right(house) == ["Hello Ines,", "Hello Olu,", "Hello Pia,"]
    assert each_is_in_the_log(house, tmp_path)["by_category"].keys() == {"delivery-times", "(correction)"}


def test_a_correction_is_never_corrected_and_a_second_run_finds_the_answer_again(house, wronged):
    run = begun(house)
    approve(house, made(house, run))
    house.after_undo()
    assert {one.proposal_id for one in correction_run.find(house.deps, sought(house)).received} == set(wronged)
    second = begun(house, "We were wrong twice, and we are sorry: it is 6 days.")
    assert len(made(house, second)) == 3


def test_two_who_go_on_at_once_make_each_message_once(house, wronged):
    run = correction_run.begin(house.deps, sought(house), TEXT, house.ana)
    before = correction_run.standing(house.deps, run)
    correction_run.go_on(house.deps, run, house.ana, LONG)
    for one in before.waiting:
        correction_run._one(house.deps, before, one, house.ana)
    assert len(set(made(house, run))) == 3


def test_one_that_waits_is_not_written_twice(house, wronged):
    begun(house)
    assert {one.why for one in items(house, begun(house))} == {correction_run.ANOTHER}


@BOTH
def test_of_two_who_began_at_once_one_tells_each_customer(house, wronged):
    mine, theirs = (correction_run.begin(house.deps, sought(house), TEXT, house.ana) for _ in range(2))
    correction_run.go_on(house.deps, mine, house.ana, LONG)
    approve(house, made(house, mine))
    house.after_undo()
    correction_run.go_on(house.deps, theirs, house.ana, LONG)
    assert {one.why for one in items(house, theirs)} == {correction_run.ANOTHER}
    assert set_right(house) == ["Hello Ines,", "Hello Olu,", "Hello Pia,"]


def test_a_customer_with_two_tickets_is_told_on_one_of_them(house, wronged):
    again = house.prepare(
        house.host.new_ticket("And now?", author=house.host.people["c-Ines Ito"]), tier=Tier.JUDGEMENT
    )
    begun(house)
    house.approve(again)
    house.after_undo()
    found = {one.proposal_id: one.why for one in items(house, begun(house))}
    assert found[again] == correction_run.ANOTHER


# --- what stands in the way --------------------------------------------------------------------------------------------
@BOTH
def test_off_in_the_middle_sends_nothing_more_and_what_came_back_can_be_made_again(house, wronged):
    run = begun(house)
    first, *rest = made(house, run)
    approve(house, [first])
    house.after_undo()
    approve(house, rest)
    review.roll_back(house.deps, "*", "ana")
    house.after_undo()
    assert len(set_right(house)) == 1
    later = correction_run.begin(house.deps, sought(house), TEXT, house.ana)
    with pytest.raises(review.Refused, match="the switch is off"):
        correction_run.go_on(house.deps, later, house.ana, LONG)
    sweep.drain(house.deps)
    for one in (house.ana, replace(house.rosa, member=replace(house.rosa.member, role="admin"))):
        review.restore(house.deps, "*", one)
    correction_run.again(house.deps, run, house.ana)
    assert correction_run.go_on(house.deps, run, house.ana, LONG) == 0
    assert approve(house, rest) == [None, None]
    house.after_undo()
    assert len(set_right(house)) == 3


def test_stale_threads_and_one_host_error_are_told_and_the_others_go(house, wronged):
    gone, asked, fine = wronged
    house.host.delete(house.ref(gone))
    house.host.says(house.ref(asked), CASEY, "And one more thing")
    run = begun(house)
    why = {one.proposal_id: one.why for one in items(house, run)}
    assert why == {
        gone: "no such ticket",
        asked: "the customer wrote again: answer that message, and set it right there",
        fine: None,
    }
    assert approve(house, made(house, run)) == [None]


def test_a_host_that_is_away_is_tried_again(house, wronged):
    house.host.faults.down = HostError("away")
    run = begun(house)
    assert {one.why for one in items(house, run)} == {"away: try again"}
    house.host.faults.down = None
    assert correction_run.go_on(house.deps, run, house.ana, LONG) == 0
    assert len(made(house, run)) == 3


@pytest.mark.parametrize("event", ["customer", "agent", "closed"])
def test_whatever_happens_after_the_yes_voids_it(house, event):
    told(house, NAMES[0])
    (one,) = made(house, begun(house))
    approve(house, [one])
    if event == "closed":
        house.host.change(house.ref(one), status="closed")
    else:
        who = CASEY if event == "customer" else house.host.people["3"]
        house.host.says(house.ref(one), who, "By the way")
    house.after_undo()
    assert set_right(house) == []
    assert house.state(one) in {proposals.SUPERSEDED, proposals.HUMAN}


def test_a_closed_ticket_says_so(house, wronged):
    house.host.change(house.ref(wronged[0]), status="closed")
    assert "closed" in str({one.proposal_id: one.why for one in items(house, begun(house))}[wronged[0]])


def test_what_was_escalated_last_is_peoples_however_it_ended(house, wronged):
    first, ref = wronged[0], house.ref(wronged[0])
    house.host.says(ref, house.host.people["c-Ines Ito"], "My lawyer will write to you.")
    threat = house.prepare(ref, tier=Tier.HIGH_STAKES, draft=None, findings=None)
    assert house.state(threat) == proposals.ESCALATED
    with house.deps.engine.begin() as tx:
        place = escalations.place_of(tx, threat)
        (matter, *_) = handling.hold(tx, house.deps.keys, place.id)
        handling.close(tx, house.deps.keys, matter, handling.Ending(None, "we talked"), house.ana.member, matter.due_at)
    house.host.says(ref, house.host.people["3"], "As we said on the phone.")
    why = {one.proposal_id: one.why for one in items(house, begun(house))}
    assert (why.pop(first), set(why.values())) == (
        "what the customer wrote last is for people only: write to them by hand", {None}
    )  # fmt: skip


def test_a_ticket_given_to_somebody_else_takes_no_correction_whoever_says_yes(house):
    told(house, NAMES[0])
    (one,) = made(house, begun(house))
    approve(house, [one])
    house.host.change(house.ref(one), requester=CASEY)
    house.after_undo()
    assert house.state(one) == proposals.HUMAN
    assert "it is human now" in str(approve(house, [one]))
    assert set_right(house) == []


def test_news_of_a_ticket_leaves_a_correction_that_still_fits(house, wronged):
    (one, *_) = made(house, begun(house))
    consider(house.deps, None, house.host.fetch(house.ref(one)), house.clock.now())
    assert house.state(one) == proposals.OFFERED
    house.host.says(house.ref(one), house.host.people["3"], "I called them.")
    consider(house.deps, None, house.host.fetch(house.ref(one)), house.clock.now())
    assert house.state(one) == proposals.SUPERSEDED


def test_a_freeze_of_the_category_lets_people_set_it_right_and_one_of_the_queue_does_not(house, wronged):
    now = house.clock.now()
    with house.deps.engine.begin() as tx:
        freezes.freeze(tx, freezes.Scope(None, "delivery-times"), Freeze.DRAFT_ONLY, Kind.PERSON, "wrong", "ana", now)
    one, *rest = made(house, begun(house))
    assert approve(house, [one]) == [None]
    with house.deps.engine.begin() as tx:
        freezes.freeze(tx, freezes.Scope("support", None), Freeze.DRAFT_ONLY, Kind.PERSON, "wrong", "ana", now)
    assert approve(house, rest[:1]) == ["frozen to draft only"]


def test_what_is_written_is_checked_and_in_the_customers_language(house):
    told(house, NAMES[0])
    told(house, NAMES[1])
    run = begun(house, "Die Lieferung dauert 5 bis 7 Tage, und es tut uns leid, dass wir etwas anderes gesagt haben.")
    assert all("the checks object" in str(why) for why in approve(house, made(house, run)))


def test_nobody_has_a_correction_judged_anew(house):
    told(house, NAMES[0])
    (one,) = made(house, begun(house))
    with pytest.raises(review.Refused, match="people wrote this correction"):
        correcting.correct(house.deps, one, correcting.Asked(redo="shorter"), house.ana)


def test_an_agent_begins_none(house, wronged):
    agent = replace(house.rosa, member=replace(house.rosa.member, role="agent"))
    with pytest.raises(review.Forbidden):
        correction_run.begin(house.deps, sought(house), TEXT, agent)
