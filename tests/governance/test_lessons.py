"""What people change in meaning is offered as a fix of what said it; what they refuse alike, as a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.governance.lessons import Failure, Fix, Judged, failures, fixes
from app.governance.proposal import Passage

SAYS = "Standard delivery takes 3 to 5 working days. It costs 4.90 euros."
PASSAGE = Passage("shipping-times#standard", "Delivery", SAYS, 0.9, "public", "en")
MADE = Judged("delivery-times", "en", f"Hello,\n\n{SAYS}\n\nKind regards,\nAcme", (PASSAGE,))
SLOWER = "Standard delivery takes 4 to 6 working days."


def edited(to: str) -> Judged:
    return replace(MADE, became=MADE.draft.replace("Standard delivery takes 3 to 5 working days.", to))


def test_the_same_change_of_meaning_is_one_fix_of_the_source_that_said_it() -> None:
    (fix,) = fixes([edited(SLOWER), edited(SLOWER)])
    assert fix == Fix("shipping-times", "Standard delivery takes 3 to 5 working days.", (SLOWER,), 2)


def test_what_people_take_out_has_no_new_wording() -> None:
    (fix,) = fixes([edited("")])
    assert (fix.was, fix.became) == ("Standard delivery takes 3 to 5 working days.", ())


def test_other_words_for_the_same_thing_are_no_fix() -> None:
    assert fixes([replace(MADE, became=MADE.draft.replace("Hello,", "Good morning Casey,"))]) == ()
    assert fixes([edited("Standard delivrey takes 3 to 5 working days.")]) == ()


def test_a_sentence_that_no_source_says_is_no_sources_fix() -> None:
    assert fixes([replace(edited(SLOWER), passages=())]) == ()


def test_a_customers_own_facts_teach_nothing() -> None:
    theirs = replace(PASSAGE, until=datetime(2027, 1, 1, tzinfo=UTC))
    assert fixes([replace(edited(SLOWER), passages=(theirs,))]) == ()


def test_the_most_frequent_comes_first() -> None:
    cheaper = replace(MADE, became=MADE.draft.replace("4.90", "5.90"))
    assert [fix.times for fix in fixes([cheaper, edited(SLOWER), edited(SLOWER)])] == [2, 1]


def test_drafts_refused_alike_share_what_most_of_them_say() -> None:
    wrong = replace(MADE, reason="wrong answer")
    other = replace(wrong, draft="Hello,\n\nIt costs 4.90 euros.")
    assert failures([wrong, other, replace(MADE, reason="wrong tone")]) == (
        Failure(
            "delivery-times",
            "wrong answer",
            ("It costs 4.90 euros.", "Standard delivery takes 3 to 5 working days."),
            2,
        ),
        Failure(
            "delivery-times",
            "wrong tone",
            ("Standard delivery takes 3 to 5 working days.", "It costs 4.90 euros."),
            1,
        ),
    )


def test_nothing_was_judged_nothing_is_taught() -> None:
    assert (fixes([]), failures([])) == ((), ())
