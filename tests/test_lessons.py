"""People's edits and rejections are offered to leads; nothing of it reaches a draft until a person, or two, say so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app import failures, lessons, review, sourcing
from app.ai.tools import tools
from app.store import evidence, policies, sources, staff, subjects
from app.store.engine import connect
from tests import builders
from tests.fakes import ANA
from tests.house import House

SAID = "Standard delivery takes 3 to 5 days."
SLOWER = "Standard delivery takes 4 to 6 days, call +49 30 901820."


@pytest.fixture
def house(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[House]:
    engine = connect(sqlite_database)
    yield House(engine, clock, tmp_path)
    engine.dispose()


def edited(house: House, words: str = SLOWER) -> None:
    made = house.propose()
    review.edit(house.deps, made, words, house.seen(made), house.rosa)
    house.approve(made)
    house.after_undo()


def mark(house: House) -> str | None:
    """What drafts of the category are evidence for now."""
    now = house.clock.now()
    with house.deps.engine.begin() as tx:
        return evidence.fingerprint_of(tx, builders.proposal(), policies.in_force(tx, now), tools(None, None), now)


def test_an_edit_of_meaning_is_offered_as_its_sources_fix_without_anybodys_number(house: House) -> None:
    edited(house)
    (fix,) = lessons.taught(house.deps).fixes
    assert (fix.source, fix.was) == ("shipping-times", SAID)
    assert fix.became == ("Standard delivery takes 4 to 6 days, call [phone].",)


def test_nothing_is_learned_from_words_whose_time_is_over(house: House) -> None:
    edited(house)
    house.clock.tick(1)
    with house.deps.engine.begin() as tx:
        now = house.clock.now()
        assert subjects.expire(tx, house.deps.keys, now, now) == 1
    assert lessons.taught(house.deps).fixes == ()


def test_a_lesson_changes_nothing_until_two_people_change_the_source_and_then_evidence_starts_anew(
    house: House,
) -> None:
    before = mark(house)
    edited(house)
    sourcing.ask_fix(house.deps, f"“{SAID}” → 4 to 6 days", house.rosa, "shipping-times")
    assert lessons.taught(house.deps).fixes == ()  # its owner sees to it
    assert mark(house) == before
    text = builders.SOURCE.replace("3 to 5", "4 to 6")
    asked = sourcing.add(house.deps, text, "a.md", house.ana, "edits say so").request
    assert asked is not None
    assert mark(house) == before
    with house.deps.engine.begin() as tx:
        other = replace(ANA, id="77", name="Ben", email="ben@acme.example")
        ben = review.Actor(staff.meet(tx, "zendesk", other, house.clock.now()), "settings")
    sourcing.approve(house.deps, asked.id, ben, asked.sha256)
    assert mark(house) != before


def test_what_the_source_no_longer_says_is_learned_already(house: House) -> None:
    edited(house)
    with house.deps.engine.begin() as tx:
        sources.add(tx, builders.SOURCE.replace("3 to 5", "4 to 6"), "a.md", "ana", house.clock.now())
    assert lessons.taught(house.deps).fixes == ()


def test_rejections_are_offered_as_a_pattern_that_stops_drafts_only_once_somebody_opens_it(house: House) -> None:
    review.reject(house.deps, house.propose(), "wrong answer", house.rosa)
    (failure,) = lessons.taught(house.deps).failures
    assert (failure.category, failure.reason, failure.phrases) == ("delivery-times", "wrong answer", (SAID,))
    house.approve(house.propose())
    asked = failures.Asked(name="old days", description="they changed", phrases=failure.phrases)
    failures.open_pattern(house.deps, asked, replace(house.rosa, member=house.ana.member))
    assert lessons.taught(house.deps).failures == ()
    with pytest.raises(review.Refused, match="known failure"):
        house.approve(house.propose())


def test_what_is_older_than_thirty_days_is_past(house: House) -> None:
    edited(house)
    house.clock.tick(31 * 86_400)
    assert lessons.taught(house.deps) == lessons.Lessons()
