"""The e-value of the gate: the vectors of the design, equality with scipy, and that a failure never helps."""

from __future__ import annotations

from math import exp, log
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.governance import binomial
from app.governance.evidence import (
    NEVER,
    Bar,
    adjusted,
    futility,
    is_futile,
    log_e,
    lower_bound,
    still_needed,
    together,
)

VECTORS = {
    (1, 0, 0.98): "1.0102", (0, 1, 0.98): "0.5000", (50, 0, 0.98): "1.7313", (100, 0, 0.98): "3.2477",
    (200, 0, 0.98): "13.8998", (100, 5, 0.98): "0.2309", (223, 0, 0.98): "19.9792", (224, 0, 0.98): "20.3008",
    (338, 1, 0.98): "19.8723", (339, 1, 0.98): "20.1619", (437, 2, 0.98): "20.0326", (87, 0, 0.95): "19.4899",
    (88, 0, 0.95): "20.2964", (133, 1, 0.95): "20.1329", (449, 0, 0.99): "20.0375", (320, 0, 0.98): "99.8752",
    (321, 0, 0.98): "101.6000", (0, 0, 0.98): "1.0000",
}  # fmt: skip
BOUNDS = {
    (50, 0): ".914271", (100, 0): ".956021", (200, 0): ".977724", (199, 1): ".966279", (198, 2): ".956548",
    (398, 2): ".978074", (339, 1): ".980032",
}  # fmt: skip
NEEDED = {
    (0.95, 0.05): (88, 134, 174, 210, 244, 277),
    (0.98, 0.05): (224, 340, 439, 531, 617, 700),
    (0.98, 0.01): (321, 446, 553, 650, 742, 830),
    (0.99, 0.05): (449, 683, 882, 1065, 1238, 1404),
}
STILL = {
    (0, 0, 0.98): 224, (100, 0, 0.98): 124, (150, 1, 0.98): 189, (200, 3, 0.98): 328,
    (47, 0, 0.95): 41, (60, 1, 0.95): 73, (100, 3, 0.95): 107,
}  # fmt: skip
PRACTICE = {  # caught, seeded: d at 95 %, d at 97.5 %, the bar for 98 %, reviews with 0, 1, 2 failures
    (20, 20): (".8609", ".8316", ".98337", (321, 466, 589)),
    (18, 20): (".7174", ".6830", ".98634", (391, 568, 719)),
    (38, 40): (".8508", ".8308", ".98338", (321, 466, 590)),
    (40, 40): (".9278", ".9119", ".98176", (292, 424, 537)),
    (60, 60): (".9513", ".9404", ".98119", (283, 412, 521)),
}
PRACTICE_95 = {(20, 20): (".95842", (127, 184, 234)), (40, 40): (".95440", (115, 168, 213))}
counts = st.integers(0, 2000)
shares = st.floats(0.5, 0.999)


def digits(value: float, places: int) -> str:
    """As the tables print a share: without the zero before the point."""
    return f"{value:.{places}f}".removeprefix("0")


@pytest.mark.parametrize(("given", "expected"), VECTORS.items())
def test_e_to_the_digits_of_the_design(given, expected):
    assert f"{exp(log_e(*given)):.4f}" == expected


@pytest.mark.parametrize(("given", "expected"), BOUNDS.items())
def test_the_lower_bound_to_the_digits_of_the_design(given, expected):
    assert digits(lower_bound(*given), 6) == expected


@pytest.mark.parametrize(("claim", "expected"), NEEDED.items())
def test_reviews_needed_with_so_many_failures(claim, expected):
    assert tuple(failed + still_needed(0, failed, *claim) for failed in range(6)) == expected


@pytest.mark.parametrize(("given", "expected"), STILL.items())
def test_still_needed_if_all_pass(given, expected):
    good, failed, p0 = given
    assert still_needed(good, failed, p0, 0.05) == expected
    assert Bar(p0, 0.05).reached(good + expected, failed)
    assert not Bar(p0, 0.05).reached(good + expected - 1, failed)


@pytest.mark.parametrize(("seen", "expected"), PRACTICE.items())
def test_practice_drafts_raise_the_bar(seen, expected):
    one_sided, halved, share, needed = expected
    bar = adjusted(Bar(0.98, 0.05), *seen)
    assert digits(binomial.share_at_least(*seen, 0.95), 4) == one_sided
    assert digits(binomial.share_at_least(*seen, 0.975), 4) == halved
    assert (digits(bar.p0, 5), bar.alpha) == (share, 0.025)
    assert tuple(failed + bar.needed(0, failed) for failed in range(3)) == needed


@pytest.mark.parametrize(("seen", "expected"), PRACTICE_95.items())
def test_practice_drafts_raise_the_default_bar(seen, expected):
    bar = adjusted(Bar(0.95, 0.05), *seen)
    assert (digits(bar.p0, 5), tuple(f + bar.needed(0, f) for f in range(3))) == expected


def test_reviewers_who_catch_nothing_can_prove_nothing():
    bar = adjusted(Bar(0.95, 0.05), 0, 20)
    assert (bar.p0, bar.needed(0, 0)) == (1.0, NEVER)


def test_equal_to_scipy_on_a_thousand_random_counts():
    chance = Random(20261123)
    compared = 0
    while compared < 1000:
        good, failed = chance.randrange(1500), chance.choice((0, 1, 3, 20, 200)) * chance.randrange(4)
        p0 = chance.uniform(0.5, 0.999)
        n = good + failed
        tail = stats.binom.logcdf(good, n + 1, p0)
        if tail < -600:
            continue  # scipy's own tail has no digits left there
        compared += 1
        theirs = tail - log(n + 1) - log(1 - p0) - stats.binom.logpmf(good, n, p0)
        assert log_e(good, failed, p0) == pytest.approx(theirs, rel=1e-9, abs=1e-9)


@given(counts, counts, shares)
def test_a_good_review_never_speaks_against_and_a_failure_never_for(good, failed, p0):
    here = log_e(good, failed, p0)
    assert log_e(good + 1, failed, p0) > here - 1e-12
    assert log_e(good, failed + 1, p0) < here


@given(counts, counts, shares, shares)
def test_a_higher_promise_is_harder_to_keep(good, failed, one, other):
    low, high = sorted((one, other))
    assert log_e(good, failed, high) <= log_e(good, failed, low) + 1e-12


@given(st.integers(1, 400), st.integers(0, 30))
def test_the_bound_is_where_the_test_turns(good, failed):
    bound = lower_bound(good, failed)
    assert log_e(good, failed, bound) >= log(20) or bound < 1e-300
    assert bound == 0 or log_e(good, failed, bound + 1e-9) < log(20)


def test_it_is_a_fair_bet_when_the_promise_is_just_not_kept():
    for n in range(1, 60):  # the mean of E over all outcomes is 1 at p = p0: nobody gains by looking
        mean = sum(stats.binom.pmf(good, n, 0.9) * exp(log_e(good, n - good, 0.9)) for good in range(n + 1))
        assert mean == pytest.approx(1.0, abs=1e-9)


def test_the_futility_line():
    assert [next(n for n in range(1000) if futility(n - f, f, 0.98) >= log(20)) for f in range(3)] == [198, 290, 382]
    assert is_futile(0, 3, 0.95, 0.05)
    assert not is_futile(0, 2, 0.95, 0.05)
    assert not is_futile(88, 0, 0.95, 0.05)


def test_several_categories_together():
    assert together([log(e) for e in (90, 45, 30, 3)]) == 3
    assert together([log(e) for e in (45, 30, 12, 3)]) == 0
    assert together([]) == 0


# --- counting beneath it ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize("p", [0.02, 0.3, 0.95])
@pytest.mark.parametrize("k", [0, 1, 7, 40])
def test_tails_as_scipy_has_them(k, p):
    assert binomial.at_most(k, 40, p) == pytest.approx(stats.binom.cdf(k, 40, p), rel=1e-9)
    assert binomial.at_least(k, 40, p) == pytest.approx(stats.binom.sf(k - 1, 40, p), rel=1e-9)
    assert binomial.p_unlike(k, 40, p) == pytest.approx(stats.binomtest(k, 40, p).pvalue, rel=1e-6)


def test_a_certain_share_has_no_tail():
    assert (binomial.at_most(3, 10, 0.0), binomial.at_most(3, 10, 1.0), binomial.at_most(10, 10, 1.0)) == (1, 0, 1)


@pytest.mark.parametrize(("before", "after"), [((3, 100), (12, 110)), ((0, 40), (1, 40)), ((5, 50), (5, 50))])
def test_a_rise_as_scipy_has_it(before, after):
    (k0, n0), (k1, n1) = before, after
    theirs = stats.fisher_exact([[k1, n1 - k1], [k0, n0 - k0]], alternative="greater").pvalue
    assert binomial.p_rise(before, after) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (3, 41), (41, 41)])
def test_whiskers_as_scipy_has_them(k, n):
    theirs = stats.binomtest(k, n).proportion_ci(method="wilson")
    assert binomial.wilson(k, n) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_whiskers_of_nothing_span_everything():
    assert binomial.wilson(0, 0) == (0.0, 1.0)
