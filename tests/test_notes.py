"""Notes in tickets: written for people, so nothing in them is called by a name out of the policy's text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app import notes
from app.governance.decision import decide
from app.governance.proposal import Trigger
from tests.builders import OPEN, PASSAGE, policy, proposal

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_the_note_of_a_draft_names_its_category_and_its_sources_as_people_do():
    shown = proposal()
    said = notes.offer(shown, decide(shown, policy(), replace(OPEN, ramped=False)))
    assert "waits for a person: Delivery times is in assisted mode" in said
    assert f"Sources: {PASSAGE.title}\n" in said
    assert "delivery-times" not in said
    assert PASSAGE.id not in said


def test_a_hand_over_names_its_trigger_as_people_do():
    shown = proposal(triggers=(Trigger("asks-for-person", "a real person"),))
    found = notes.matter(shown, decide(shown, policy(), OPEN), policy(), NOW)
    assert (found.trigger, found.why) == ("asks-for-person", "Asks for person: “a real person”")
    assert "Why: Asks for person: “a real person”" in notes.hand_over(found, shown)


def test_a_trigger_of_which_no_heading_can_be_made_has_words_of_its_own():
    shown = proposal(triggers=(Trigger("selfharm", "kill myself"),))
    assert notes.matter(shown, decide(shown, policy(), OPEN), policy(), NOW).why == "Self-harm: “kill myself”"
