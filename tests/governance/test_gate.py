"""The gate: what counts, six lines with one next step, and never a pass by leaving something out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governance.gate import FIRST, Gate, Standing, bar_of, gate
from app.governance.reviews import EvidencePlan, Outcome, Review, hurried, reading_floor, tally

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLAN = EvidencePlan(
    category="delivery-times",
    tier=1,
    queues=("support",),
    languages=("en",),
    fingerprint="f" * 64,
    registered_at=START,
    seed="5eed",
)
CLEAN = Standing(
    now=START + 20 * DAY,
    fingerprint=PLAN.fingerprint,
    patterns=(),
    contradictions=0,
    rollback_owner="ben@acme.example",
    drilled_at=START,
    cannot_answer=True,
    critical=0,
)


def review(number: int = 0, **changes: Any) -> Review:
    """An accepted one; six a day, an hour apart, by three reviewers in turn, each of another customer."""
    at = START + (number // 6) * DAY + (number % 6 + 1) * HOUR
    made = Review(
        proposal=f"p{number}",
        offered_at=at - timedelta(minutes=20),
        at=at,
        outcome=Outcome.ACCEPTED,
        reviewer=("rosa", "ana", "ben")[number % 3],
        customer=f"c{number}",
        words=60,
        fingerprint=PLAN.fingerprint,
        sources=("shipping-times",),
        second=Outcome.ACCEPTED if number % 8 == 0 else None,
    )
    return replace(made, **changes)


def clean(count: int = 90) -> list[Review]:
    return [review(number) for number in range(count)]


def judged(reviews: list[Review], plan: EvidencePlan = PLAN, **changes: Any) -> Any:
    return gate(plan, tally(reviews, plan), replace(CLEAN, **changes))


def but(number: int, **changes: Any) -> list[Review]:
    """The clean sample with one review changed."""
    reviews = clean()
    reviews[number] = replace(reviews[number], **changes)
    return reviews


def test_ninety_clean_reviews_in_a_fortnight_pass():
    verdict = judged(clean())
    assert (verdict.outcome, verdict.next_step, verdict.needed) == (Gate.PASS, None, 0)
    assert [line.name for line in verdict.lines] == "days reviews patterns contradictions owner cannot-answer".split()


def test_a_new_plan_says_what_is_to_be_done_first():
    verdict = judged([])
    assert verdict.outcome is Gate.INCONCLUSIVE
    assert verdict.next_step == "88 more good reviews needed; at most 1 in 20 may need correcting."


def test_the_words_of_the_design():
    step = judged(clean(47)).next_step
    assert step == "41 more good reviews needed; at most 1 in 20 may need correcting."


MISSING = {
    "a known failure is open": ("patterns", {"patterns": ("invents a refund",)}, "Close known failure patterns: invents"),
    "no list of failures is kept": ("patterns", {"patterns": None}, "Start a list of known failure patterns"),
    "critical events unread": ("patterns", {"critical": None}, "Critical events were not counted"),
    "the policy contradicts itself": ("contradictions", {"contradictions": 2}, "Resolve 2 open contradictions"),
    "the policy was not checked": ("contradictions", {"contradictions": None}, "The policy was not checked"),
    "nobody owns the rollback": ("owner", {"rollback_owner": ""}, "Name who owns the rollback"),
    "no drill was done": ("owner", {"drilled_at": None}, "Rehearse a rollback."),
    "the drill is old": ("owner", {"drilled_at": START - 71 * DAY}, "Rehearse a rollback: the last was over 90 days"),
    "no rule without a source": ("cannot-answer", {"cannot_answer": False}, "Publish a rule for what the sources"),
    "the drafts are made otherwise now": ("reviews", {"fingerprint": "0" * 64}, "Model, prompts, rules or sources"),
    "the last review is old": ("days", {"now": START + 50 * DAY}, "No review in the last 30 days"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "changes", "words"), MISSING.values(), ids=MISSING)
def test_one_thing_missing_is_one_line_and_the_next_step(name, changes, words):
    verdict = judged(clean(), **changes)
    assert verdict.outcome is Gate.INCONCLUSIVE
    assert [line.name for line in verdict.lines if not line.done] == [name]
    assert verdict.next_step.startswith(words)


def test_a_world_that_nobody_read_passes_nothing():
    verdict = gate(PLAN, tally(clean(), PLAN), Standing(now=CLEAN.now))
    assert verdict.outcome is Gate.INCONCLUSIVE
    assert [line.name for line in verdict.lines if line.done] == ["days"]


def test_every_line_can_be_the_next_step():
    assert sorted(FIRST) == sorted(line.name for line in judged([]).lines)


def test_a_critical_event_fails_at_once():
    verdict = judged(clean(), critical=1)
    assert (verdict.outcome, verdict.next_step) == (
        Gate.FAIL,
        "Something happened that never must: find the cause, then start a new plan.",
    )


def test_too_many_failures_stop_the_reviewing():
    verdict = judged([review(number, outcome=Outcome.REJECTED) for number in range(4)])
    assert (verdict.outcome, verdict.next_step[:34]) == (Gate.FAIL, "Stop reviewing and fix the drafts:")


# --- what counts -------------------------------------------------------------------------------------------------------
COUNTED = {
    "a light edit is good": ({"outcome": Outcome.LIGHT_EDIT}, 90, 0),
    "a material edit is a failure": ({"outcome": Outcome.MATERIAL_EDIT}, 89, 1),
    "a rejection is a failure": ({"outcome": Outcome.REJECTED}, 89, 1),
    "an own answer is a failure": ({"outcome": Outcome.OWN_ANSWER}, 89, 1),
    "an own answer that a reviewer cleared is good": (
        {"outcome": Outcome.OWN_ANSWER, "settled": Outcome.ACCEPTED},
        90,
        0,
    ),
    "never reviewed is a failure": ({"outcome": Outcome.UNREVIEWED, "reviewer": None, "at": None}, 89, 1),
    "still waiting counts for nothing": ({"outcome": None, "reviewer": None, "at": None}, 89, 0),
    "found wrong by a second reviewer": ({"second": Outcome.REJECTED}, 89, 1),
    "a second reviewer does not mend": ({"outcome": Outcome.REJECTED, "second": Outcome.ACCEPTED}, 89, 1),
    "settled as good after a dispute": ({"second": Outcome.REJECTED, "settled": Outcome.ACCEPTED}, 90, 0),
    "replaced by a newer message before anybody looked": ({"outcome": Outcome.UNREVIEWED, "withdrawn": True}, 89, 0),
    "on the screen for two seconds": ({"shown": timedelta(seconds=2)}, 89, 0),
    "on the screen for ten seconds": ({"shown": timedelta(seconds=10)}, 90, 0),
    "of another fingerprint": ({"fingerprint": "0" * 64}, 89, 0),
    "a failure of another fingerprint": ({"fingerprint": "0" * 64, "outcome": Outcome.REJECTED}, 89, 0),
    "offered before the plan": ({"offered_at": START - HOUR}, 89, 0),
}


@pytest.mark.parametrize(("changes", "good", "failed"), COUNTED.values(), ids=COUNTED)
def test_what_a_review_counts_for(changes, good, failed):
    count = tally(but(3, **changes), PLAN)
    assert (count.good, count.failed) == (good, failed)
    left_out = count.waiting + count.hurried + count.surplus + count.withdrawn + count.elsewhere
    assert count.counted + left_out == 90  # nothing drops out in silence


def test_a_dispute_stands_in_the_way_until_it_is_settled():
    reviews = but(3, second=Outcome.REJECTED) + [review(number) for number in range(90, 180)]
    assert judged(reviews).next_step == "1 disagreement to settle."
    reviews[3] = replace(reviews[3], settled=Outcome.MATERIAL_EDIT)
    assert judged(reviews).outcome is Gate.PASS


def test_forty_approvals_in_a_minute_are_no_evidence():
    at = START + 5 * HOUR
    quick = [review(n, at=at + n * timedelta(seconds=1.5), offered_at=START + HOUR, reviewer="rosa") for n in range(40)]
    count = tally(quick, PLAN)
    assert (count.good, count.hurried) == (1, 39)  # before the first one she had four hours


def test_a_batch_shares_the_time_that_there_was():
    at, floor = START + 2 * HOUR, reading_floor(60)
    batch = [review(n, at=at, batch="b", offered_at=at - 20 * floor, reviewer="rosa") for n in range(20)]
    assert tally(batch, PLAN).good == 20
    late = [replace(one, offered_at=at - 19 * floor) for one in batch]
    assert (tally(late, PLAN).good, tally(late, PLAN).hurried) == (0, 20)


def test_a_hurried_edit_or_rejection_still_counts():
    at = START + 5 * HOUR
    acts = (Outcome.REJECTED, Outcome.LIGHT_EDIT, Outcome.ACCEPTED)
    run = [review(n, at=at + n * timedelta(seconds=1), reviewer="rosa", outcome=act) for n, act in enumerate(acts)]
    count = tally(run, PLAN)
    assert (count.good, count.failed, count.hurried) == (1, 1, 1)


def test_one_customer_is_not_half_of_the_sample():
    count = tally([review(n, customer="busy" if n % 2 else f"c{n}") for n in range(88)], PLAN)
    assert (count.good, count.surplus) == (44 + PLAN.per_customer, 44 - PLAN.per_customer)


def test_every_failure_of_a_frequent_customer_counts():
    reviews = [review(n, customer="c0", outcome=Outcome.REJECTED if n > 20 else Outcome.ACCEPTED) for n in range(30)]
    assert tally(reviews, PLAN).failed == 9


def test_one_reviewer_alone_proves_nothing():
    verdict = judged([review(n, reviewer="rosa") for n in range(90)])
    assert verdict.next_step == "1 more reviewer needed (1 of 2)."
    busy = judged([review(n, reviewer="ana" if n == 0 else "rosa") for n in range(90)])
    assert busy.next_step == "One person did 89 of 90 reviews; at most 80% may be one's."


def test_too_few_customers():
    verdict = judged([review(n, customer=f"c{n % 20}") for n in range(90)])
    assert verdict.next_step == "10 more customers needed (20 of 30)."


def test_second_reviews_are_asked_for():
    verdict = judged([replace(one, second=None) for one in clean()])
    assert verdict.next_step == "9 more second reviews needed (0 of 9)."


def test_a_quiet_fortnight_proves_nothing():
    same_day = [review(n, at=START + (n + 1) * timedelta(minutes=5), offered_at=START) for n in range(90)]
    assert judged(same_day).next_step == "13 more days with reviews needed (1 of 14)."


def test_a_day_is_a_day_in_utc_when_clocks_change():
    spring = datetime.fromisoformat("2026-03-29T01:30:00+01:00")
    later = datetime.fromisoformat("2026-03-29T03:30:00+02:00")  # an hour later by the sun
    reviews = [review(0, at=spring), review(1, at=later), review(2, at=later + DAY)]
    assert tally(reviews, PLAN).days == 2


def test_failures_are_shown_by_source():
    reviews = [review(n, outcome=Outcome.REJECTED, sources=("carriers", f"s{n}")) for n in range(3)]
    assert tally(reviews, PLAN).failed_sources[0] == ("carriers", 3)


def test_practice_drafts_raise_the_bar_and_are_asked_for():
    plan = replace(PLAN, practice=20)
    assert judged(clean(), plan).next_step == "20 more practice drafts needed."
    assert bar_of(plan, replace(CLEAN, caught=20, seeded=20)).p0 == pytest.approx(0.95842, abs=1e-5)
    step = judged(clean(), plan, caught=20, seeded=20).next_step
    assert step == "37 more good reviews needed; at most 1 in 20 may need correcting."
    blind = judged(clean(), plan, caught=0, seeded=20).next_step
    assert blind == "Reviewers miss too many bad drafts for any number of reviews to count."


def test_the_strict_promise():
    strict = replace(PLAN, p0=0.98, floor=224)
    assert judged(clean(), strict).next_step == "134 more good reviews needed; at most 1 in 50 may need correcting."


some = st.tuples(st.sampled_from([*Outcome, None]), st.integers(0, 400), st.sampled_from("abc"), st.integers(0, 6))


@given(st.lists(some, max_size=60), st.sets(st.integers(0, 59)))
def test_leaving_out_a_good_review_never_helps(given_reviews, left_out):
    plan = replace(PLAN, per_customer=5)
    reviews = [
        review(n, outcome=outcome, offered_at=START, at=START + seconds * timedelta(seconds=2), reviewer=who, customer=str(c))
        for n, (outcome, seconds, who, c) in enumerate(given_reviews)
    ]  # fmt: skip
    stays = hurried(reviews) | {one.proposal for one in reviews if one.final and not one.final.is_good}
    kept = [one for n, one in enumerate(reviews) if n not in left_out or one.proposal in stays]
    everything, rest = tally(reviews, plan), tally(kept, plan)
    assert (rest.failed, rest.good <= everything.good) == (everything.failed, True)


def test_a_review_ends_as_it_was_settled_and_else_as_the_worse_of_the_two_who_looked():
    each = (*Outcome, None)
    for first, second, settled in product(each, each, each):
        found = [one for one in (first, second) if one is not None]
        worse = min(found, key=lambda one: one.is_good) if first else None
        assert review(outcome=first, second=second, settled=settled).final is (settled or worse)


def test_the_plan_has_one_hash_and_every_field_is_in_it():
    changed = {
        "category": "x", "tier": 2, "queues": ("x",), "languages": ("de",), "fingerprint": "x", "seed": "x", "p0": 0.9,
        "registered_at": START + HOUR, "alpha": 0.1, "sampling": "x", "failure": "x", "practice": 20, "floor": 1,
        "days": 1, "customers": 1, "per_customer": 1, "reviewers": 1, "reviewer_share": 1.0, "doubled_share": 0.2,
        "fresh": DAY,
    }  # fmt: skip
    assert set(changed) == set(PLAN.__dataclass_fields__)
    assert len({PLAN.sha256, *(replace(PLAN, **{name: value}).sha256 for name, value in changed.items())}) == 21
