"""Freezes in words, and the hygiene that lapses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.governance.decision import Freeze
from app.governance.freezing import HYGIENE, Health, Kind, cure, lapsed, least, lifting
from app.governance.rehearsal import Rehearsed

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
CLEAN = Health(
    now=NOW,
    review_by=date(2026, 3, 2),
    rehearsed=Rehearsed(NOW - timedelta(days=90)),
    silent=(),
    verified_at=NOW - timedelta(hours=24),
    owner="ben@acme.example",
    owner_is_here=True,
)
BEGINNING = replace(CLEAN, verified_at=None, running_since=NOW - timedelta(hours=3))
CASES = {
    "nothing lacks": (CLEAN, []),
    "the policy is a day past its review": (replace(CLEAN, review_by=date(2026, 3, 1)), [Kind.POLICY_OVERDUE]),
    "a policy without a review day": (replace(CLEAN, review_by=None), []),
    "the drill was a moment too long ago": (
        replace(CLEAN, rehearsed=Rehearsed(NOW - timedelta(days=90, seconds=1))),
        [Kind.DRILL_OVERDUE],
    ),
    "never rehearsed": (replace(CLEAN, rehearsed=Rehearsed()), [Kind.DRILL_OVERDUE]),
    "a drill of tomorrow": (replace(CLEAN, rehearsed=Rehearsed(NOW + timedelta(days=1))), [Kind.DRILL_OVERDUE]),
    "a host tells nothing": (replace(CLEAN, silent=("Zendesk",)), [Kind.DATA_GAP]),
    "the log was verified long ago": (replace(CLEAN, verified_at=NOW - timedelta(hours=25)), [Kind.LOG_UNVERIFIED]),
    "the log was never verified": (replace(CLEAN, verified_at=None), [Kind.LOG_UNVERIFIED]),
    "a deployment in its first hours": (BEGINNING, []),
    "nobody owns the stop": (replace(CLEAN, owner_is_here=False), [Kind.OWNER_LEFT]),
    "drafts that nobody looks at": (replace(CLEAN, unlabelled=("a", "b")), [Kind.LABELS_OVERDUE] * 2),
    "nobody looked at anything": (
        Health(now=NOW),
        [Kind.DRILL_OVERDUE, Kind.DATA_GAP, Kind.LOG_UNVERIFIED, Kind.OWNER_LEFT],
    ),
}


@pytest.mark.parametrize(("health", "kinds"), CASES.values(), ids=CASES)
def test_what_hygiene_lacks(health, kinds):
    assert [kind for kind, _, _ in lapsed(health)] == kinds


def test_every_kind_says_how_far_it_freezes_and_what_cures_it():
    deep = {kind for kind in Kind if least(kind) is Freeze.DRAFT_ONLY}
    assert deep == {Kind.CRITICAL, Kind.PATTERN}
    assert all(cure(kind).endswith(".") and lifting(kind) for kind in Kind)
    assert all(least(kind) is Freeze.AUTO_OFF and "itself" in lifting(kind) for kind in HYGIENE)
