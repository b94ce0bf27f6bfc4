"""The life of sources: who may change one, and what happens to the drafts and approved replies that rest on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app import failures, holding, review, source_view, sourcing
from app.failures import Asked
from app.governance.decision import Action
from app.review import Actor
from app.sourcing import Became
from app.store import outbox, patterns, sources, staff
from app.store.outbox import Refusal
from app.store.tables import source as table
from tests.builders import SOURCE, resting_on
from tests.house import House, answers, claim

FASTER = SOURCE.replace("3 to 5 days", "2 to 4 days")
RENEWED = SOURCE.replace("2027-03-31", "2027-09-30")
UNNAMED = SOURCE.replace('id = "shipping-times"', 'id = "gift-cards"')
INTERNAL = UNNAMED.replace('"public"', '"internal"')


@pytest.fixture
def ana(house: House) -> Actor:
    return house.ana


@pytest.fixture
def rosa(house: House) -> Actor:
    """A second admin."""
    with house.deps.engine.begin() as tx:
        staff.set_role(tx, house.rosa.member.email, "admin")
        member = staff.by_email(tx, house.rosa.member.email)
    assert member is not None
    return Actor(member, "settings")


def changed(house: House, text: str, author: Actor, approver: Actor) -> Became:
    """Asked for by one, approved by another."""
    asked = sourcing.add(house.deps, text, "shipping-times.md", author, "the carrier is faster now").request
    assert asked is not None
    return sourcing.approve(house.deps, asked.id, approver, asked.sha256)


def texts(house: House) -> list[str]:
    with house.deps.readers.begin() as tx:
        return [one.text for one in sources.history(tx, "shipping-times", "en")]


def reasons(house: House, item: str) -> dict[str, str]:
    with house.deps.readers.begin() as tx:
        decision, _ = review.judged(house.deps, tx, house.stored(item), house.clock.now())
    return {reason.rule: reason.text for reason in decision.reasons}


# --- who may -------------------------------------------------------------------------------------------------------------


def test_what_customers_read_takes_two_people(house: House, ana: Actor, rosa: Actor) -> None:
    asked = sourcing.add(house.deps, FASTER, "shipping-times.md", ana, "the carrier is faster now").request
    assert asked is not None
    assert texts(house) == [SOURCE]
    with pytest.raises(review.Refused, match="never approves it"):
        sourcing.approve(house.deps, asked.id, ana, asked.sha256)
    with pytest.raises(review.Changed):
        sourcing.approve(house.deps, asked.id, rosa, "0" * 64)
    sourcing.approve(house.deps, asked.id, rosa, asked.sha256)
    assert texts(house) == [FASTER, SOURCE]


def test_the_database_refuses_an_author_as_second_person_and_a_widening_without_one(house: House) -> None:
    for said in ({"approved_by": "ana"}, {"widens": True}):
        with pytest.raises(sa.exc.IntegrityError), house.deps.engine.begin() as tx:
            sources.add(tx, FASTER, "a.md", "ana", house.clock.now(), **said)


def test_nothing_changes_a_version(house: House) -> None:
    with pytest.raises(sa.exc.DBAPIError, match="never changes"), house.deps.engine.begin() as tx:
        tx.execute(table.update().values(text="another"))


def test_a_text_that_no_category_names_takes_one(house: House, ana: Actor) -> None:
    assert sourcing.add(house.deps, UNNAMED, "gift-cards.md", ana).in_force
    assert sourcing.add(house.deps, UNNAMED, "gift-cards.md", None).change == "unchanged"


def test_a_review_that_changes_no_word_takes_one_and_holds_nothing_back(house: House, ana: Actor) -> None:
    item = house.propose()
    house.approve(item)
    became = sourcing.add(house.deps, RENEWED, "shipping-times.md", ana)
    assert (became.in_force, became.change, became.held) == (True, "renewed", 0)
    house.after_undo()
    assert house.state(item) == "sent"


def test_the_operator_alone_changes_nothing_that_customers_read(house: House) -> None:
    with pytest.raises(review.Forbidden, match="signed-in person"):
        sourcing.add(house.deps, FASTER, "shipping-times.md", None)


def test_one_person_retires_a_public_source_and_two_an_internal_one(house: House, ana: Actor) -> None:
    sourcing.retire(house.deps, "shipping-times", "en", "", ana)
    with house.deps.engine.begin() as tx:
        assert sources.current(tx) == ()
        sources.add(tx, INTERNAL, "gift-cards.md", "ana", house.clock.now())
    assert sourcing.retire(house.deps, "gift-cards", "en", "over", ana).request is not None


def test_a_newer_request_takes_the_place_of_an_older_one(house: House, ana: Actor, rosa: Actor) -> None:
    older = sourcing.add(house.deps, FASTER, "a.md", ana, "faster").request
    assert older is not None
    sourcing.add(house.deps, FASTER.replace("2 to 4", "1 to 2"), "a.md", ana, "faster still")
    with pytest.raises(review.Changed, match="superseded"):
        sourcing.approve(house.deps, older.id, rosa, older.sha256)


# --- what it does to drafts ------------------------------------------------------------------------------------------------


def test_an_approved_reply_goes_back_to_people_when_its_source_changes(house: House, ana: Actor, rosa: Actor) -> None:
    item, other = house.propose(), house.propose(passages=(), draft=None)
    house.approve(item)
    assert changed(house, FASTER, ana, rosa).held == 1
    assert house.state(item) == "offered"
    house.after_undo()
    assert answers(house) == []
    assert "Delivery changed since this was written" in reasons(house, item)["source-changed"]
    assert "source-changed" not in reasons(house, other)
    with pytest.raises(review.Refused, match="changed since this was written"):
        house.approve(item)


def test_the_claim_refuses_by_itself_what_nobody_held_back(house: House) -> None:
    """As if the hold had been forgotten: the row is still READY, and the source another."""
    item = house.propose()
    house.approve(item)
    house.clock.tick(6)
    with house.deps.engine.begin() as tx:
        sources.add(tx, FASTER, "shipping-times.md", "ana", house.clock.now())
        row = outbox.due(tx, house.clock.now())[-1]  # after the note to people
    refusal = claim(house, row)
    assert isinstance(refusal, Refusal)
    assert [reason.rule for reason in refusal.reasons] == ["source-changed"]
    assert house.state(item) == "offered"


def stale(house: House) -> None:
    house.clock.tick(2 * 365 * 86400)


def retired(house: House) -> None:
    sourcing.retire(house.deps, "shipping-times", "en", "", house.ana)


def ownerless(house: House) -> None:
    with house.deps.engine.begin() as tx:
        sources.add(tx, SOURCE.replace('"rosa@acme.example"', '""'), "a.md", "ana", house.clock.now())


def disputed(house: House) -> None:
    facts = 'language = "en"\nfacts = { days = %s }'
    with house.deps.engine.begin() as tx:
        for text, days in ((SOURCE, "5"), (UNNAMED, "7")):
            sources.add(tx, text.replace('language = "en"', facts % days), "a.md", "ana", house.clock.now())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (stale, "it was to be reviewed by 2027-03-31"),
        (retired, "was retired"),
        (ownerless, "nobody owns it"),
        (disputed, "another approved source says something else about days"),
    ],
)
def test_a_draft_is_held_while_its_source_may_not_be_used(house: House, wrong: Any, why: str) -> None:
    item = house.propose()
    wrong(house)
    assert why in reasons(house, item)["source-changed"]


def test_a_draft_that_cites_what_was_never_approved_is_held(house: House) -> None:
    item = house.propose(**resting_on(UNNAMED))
    assert "no approved source" in reasons(house, item)["source-changed"]
    assert house.stored(item).action is Action.OFFER_DRAFT


def test_a_source_that_the_draft_does_not_cite_may_change(house: House, ana: Actor) -> None:
    item = house.propose()
    house.approve(item)
    sourcing.add(house.deps, UNNAMED, "gift-cards.md", ana)
    house.after_undo()
    assert answers(house)


# --- somebody looks ----------------------------------------------------------------------------------------------------


def held(house: House, item: str) -> source_view.Held:
    found = source_view.held(house.deps, item)
    assert found is not None
    return found


def test_a_person_sees_what_changed_and_finds_the_draft_still_right(house: House, ana: Actor, rosa: Actor) -> None:
    item = house.propose()
    changed(house, FASTER, ana, rosa)
    shown = held(house, item)
    assert [(one.kind, one.text) for one in shown.shifts[0].pieces if one.kind != "same"] == [
        ("gone", "Standard delivery takes 3 to 5 days."),
        ("added", "Standard delivery takes 2 to 4 days."),
    ]
    holding.confirm(house.deps, item, shown.against, rosa)
    assert source_view.held(house.deps, item) is None
    house.approve(item)
    house.after_undo()
    assert house.state(item) == "sent"


def test_a_confirmation_is_for_the_text_that_was_shown(house: House, ana: Actor, rosa: Actor) -> None:
    item = house.propose()
    changed(house, FASTER, ana, rosa)
    shown = held(house, item)
    changed(house, FASTER.replace("2 to 4", "1 to 2"), ana, rosa)
    with pytest.raises(review.Changed):
        holding.confirm(house.deps, item, shown.against, rosa)
    holding.confirm(house.deps, item, held(house, item).against, rosa)
    changed(house, FASTER, rosa, ana)
    assert "source-changed" in reasons(house, item)


def test_nobody_confirms_a_draft_on_a_retired_source(house: House, rosa: Actor) -> None:
    item = house.propose()
    retired(house)
    assert not held(house, item).mendable
    with pytest.raises(review.Refused, match="was retired"):
        holding.confirm(house.deps, item, held(house, item).against, rosa)


def test_a_held_draft_is_written_anew_on_request(house: House, ana: Actor, rosa: Actor) -> None:
    item = house.propose()
    changed(house, FASTER, ana, rosa)
    house.bell.rung.clear()
    holding.redo(house.deps, item, rosa)
    assert (house.state(item), [job for job, _ in house.bell.rung]) == ("working", ["handle"])


def test_a_fix_goes_to_the_sources_owner_and_off_the_list_when_it_is_done(house: House, ana: Actor) -> None:
    sourcing.ask_fix(house.deps, "Say what Saturday delivery costs", ana, "shipping-times")
    (fix,) = source_view.shelf(house.deps).fixes
    assert (fix.owner, fix.source_id) == ("rosa@acme.example", "shipping-times")
    sourcing.fixed(house.deps, fix.id, ana)
    assert source_view.shelf(house.deps).fixes == ()
    assert sourcing.ask_fix(house.deps, "Nothing says where the shop is", ana)
    assert source_view.shelf(house.deps).fixes[0].owner == "team-leads@acme.example"


# --- failure patterns ----------------------------------------------------------------------------------------------------

WRONG = Asked(name="invents days", description="It says 3 to 5 days everywhere", phrases=("3 to 5 days",))


def test_an_open_pattern_stops_what_matches_until_two_people_close_it(house: House, ana: Actor, rosa: Actor) -> None:
    item = house.propose()
    house.approve(item)
    pattern = failures.open_pattern(house.deps, WRONG, ana)
    house.after_undo()
    assert answers(house) == []
    assert "known-failure" in reasons(house, item)
    assert open_names(house) == ("invents days",)
    assert not failures.close_pattern(house.deps, pattern, "the source says which countries", ana)
    assert not failures.close_pattern(house.deps, pattern, "the same person again", ana)
    with pytest.raises(review.Changed, match="just asked"):
        failures.close_pattern(house.deps, pattern, "", rosa, granting=False)
    assert failures.close_pattern(house.deps, pattern, "", rosa)
    assert open_names(house) == ()
    house.approve(item)
    house.after_undo()
    assert house.state(item) == "sent"


def open_names(house: House) -> tuple[str, ...]:
    with house.deps.readers.begin() as tx:
        return patterns.open_patterns(tx, "delivery-times")


def test_a_pattern_that_names_a_category_gives_its_approved_replies_back(house: House, ana: Actor) -> None:
    item = house.propose()
    house.approve(item)
    failures.open_pattern(house.deps, replace(WRONG, phrases=(), categories=("delivery-times",)), ana)
    assert house.state(item) == "offered"
    assert "freeze" in reasons(house, item)


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (replace(WRONG, name=" "), "give it a name"),
        (replace(WRONG, phrases=(" ",)), "name words"),
        (replace(WRONG, categories=("nothing",)), "no category nothing"),
    ],
)
def test_a_pattern_that_says_nothing_is_refused(house: House, ana: Actor, asked: Asked, why: str) -> None:
    with pytest.raises(review.Refused, match=why):
        failures.open_pattern(house.deps, asked, ana)
