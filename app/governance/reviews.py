"""Reviews as evidence: the plan that says beforehand what will be counted, and the count."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import groupby

from app.governance.canonical import canonical

CLAIMS = {"standard": 0.95, "strict": 0.98}
"""What the policy's word for a category promises: at least this share of its drafts is good."""


class Outcome(StrEnum):
    """What people made of a draft that was offered to them."""

    ACCEPTED = "accepted"
    LIGHT_EDIT = "light edit"
    MATERIAL_EDIT = "material edit"
    REJECTED = "rejected"
    OWN_ANSWER = "own answer"
    UNREVIEWED = "unreviewed"  # for seven days

    @property
    def is_good(self) -> bool:
        """Everything else is a failure: no draft drops out in silence."""
        return self is Outcome.ACCEPTED or self is Outcome.LIGHT_EDIT


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """One sampled draft and what became of it. `outcome` None: it still waits, and counts for nothing yet.

    `second`: a second reviewer's finding. `settled`: what both agreed on, or how a reviewer cleared an own answer.
    """

    proposal: str
    offered_at: datetime
    at: datetime | None
    outcome: Outcome | None
    reviewer: str | None
    customer: str
    words: int
    fingerprint: str
    sources: tuple[str, ...] = ()
    batch: str | None = None
    second: Outcome | None = None
    settled: Outcome | None = None
    shown: timedelta | None = None  # how long it was on their screen, where the page said so
    withdrawn: bool = False  # a newer message took its place before anybody judged it

    @property
    def final(self) -> Outcome | None:
        """As settled, else the worse of the two findings."""
        if self.settled is not None or self.outcome is None:
            return self.settled
        found_wrong = self.second is not None and self.outcome.is_good and not self.second.is_good
        return self.second if found_wrong else self.outcome

    @property
    def is_disputed(self) -> bool:
        """Two reviewers differ, and nobody has settled it."""
        differ = self.outcome and self.second and self.outcome.is_good != self.second.is_good
        return bool(differ) and self.settled is None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePlan:
    """Written and hashed before the first review; a change is a new plan, which starts at zero."""

    category: str
    tier: int
    queues: tuple[str, ...]
    languages: tuple[str, ...]
    fingerprint: str
    registered_at: datetime
    seed: str  # of the draw which reviews a second person repeats
    p0: float = 0.95
    alpha: float = 0.05
    sampling: str = "every draft that is offered in this category"
    failure: str = "material edit, rejected, own answer not cleared, unreviewed for 7 days, or found wrong later"
    practice: int = 0  # announced bad drafts that measure the reviewers
    floor: int = 88
    days: int = 14
    customers: int = 30
    per_customer: int = 9  # so many good reviews of one customer count
    reviewers: int = 2
    reviewer_share: float = 0.8
    doubled_share: float = 0.1
    fresh: timedelta = timedelta(days=30)

    def document(self) -> dict[str, object]:
        """What is hashed and shown: no floats, for 0.1 has no one spelling."""
        shares = ("p0", "alpha", "reviewer_share", "doubled_share")
        lists = {"queues": list(self.queues), "languages": list(self.languages)}
        plain = ("category", "tier", "fingerprint", "seed", "sampling", "failure", "practice", "floor", "days")
        more = ("customers", "per_customer", "reviewers")
        return {
            **{name: getattr(self, name) for name in (*plain, *more)},
            **{name: format(getattr(self, name), "g") for name in shares},
            **lists,
            "registered_at": self.registered_at.astimezone(UTC).isoformat(timespec="microseconds"),
            "fresh_days": self.fresh.days,
        }

    @property
    def sha256(self) -> str:
        """The name under which the audit log knows it."""
        return hashlib.sha256(canonical(self.document())).hexdigest()


def reading_floor(words: int) -> timedelta:
    """Nobody has read a draft in less: ten words a second, and two seconds to look."""
    return timedelta(seconds=max(2.0, words / 10))


def hurried(reviews: Iterable[Review]) -> frozenset[str]:
    """Acceptances for which the reviewer had less time than reading takes; an edit or a no shows that they read.

    The time between two acts of one person is all there was for the second; a batch shares it.
    """
    acts = [(one.reviewer, one.at, one) for one in reviews if one.reviewer and one.at]
    acts.sort(key=lambda act: act[:2])
    own = groupby(acts, key=lambda act: act[0])
    return frozenset(name for _, theirs in own for name in _hurried_of([(at, one) for _, at, one in theirs]))


def _hurried_of(acts: Iterable[tuple[datetime, Review]]) -> Iterator[str]:
    before: datetime | None = None
    for _, group in groupby(acts, key=lambda act: act[1].batch or act[0]):
        together = list(group)
        done, offered = together[-1][0], min(one.offered_at for _, one in together)
        time = (done - (max(before, offered) if before else offered)) / len(together)
        for _, one in together:
            had = time if one.shown is None else min(time, one.shown)
            if one.outcome is Outcome.ACCEPTED and had < reading_floor(one.words):
                yield one.proposal
        before = done


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The reviews counted as the plan says. Left out, and said so: waiting, hurried, surplus, withdrawn and elsewhere."""

    good: int = 0
    failed: int = 0
    waiting: int = 0
    hurried: int = 0  # accepted faster than anybody reads
    surplus: int = 0  # good ones of a customer who has had their share
    withdrawn: int = 0
    elsewhere: int = 0  # of another fingerprint, or offered before the plan
    days: int = 0
    customers: int = 0
    reviewers: int = 0
    busiest: int = 0  # how many of them one reviewer did
    doubled: int = 0
    disputed: tuple[str, ...] = ()
    newest: datetime | None = None
    failed_sources: tuple[tuple[str, int], ...] = ()

    @property
    def counted(self) -> int:
        """All that the test looks at: good and failed."""
        return self.good + self.failed


def tally(reviews: Sequence[Review], plan: EvidencePlan) -> Tally:
    """A failure always counts; a good review only if somebody read it and its customer has not had their share."""
    here = under(reviews, plan)
    mine = [one for one in here if not one.withdrawn]
    good, failed, read = _sorted_out(mine, plan)
    ended = [one for one in mine if one.final is not None]
    counted = [*good, *failed]
    acts = Counter(one.reviewer for one in counted if one.reviewer)
    sources = Counter(source for one in failed for source in one.sources)
    return Tally(
        good=len(good),
        failed=len(failed),
        waiting=len(mine) - len(ended),
        hurried=len(ended) - len(failed) - read,
        surplus=read - len(good),
        withdrawn=len(here) - len(mine),
        elsewhere=len(reviews) - len(here),
        days=len({_day(one) for one in counted if one.reviewer}),
        customers=len({one.customer for one in counted}),
        reviewers=len(acts),
        busiest=max(acts.values(), default=0),
        doubled=sum(one.second is not None for one in counted),
        disputed=tuple(one.proposal for one in ended if one.is_disputed),
        newest=max((one.at for one in counted if one.at and one.reviewer), default=None),
        failed_sources=tuple(sources.most_common()),
    )


def under(reviews: Iterable[Review], plan: EvidencePlan) -> list[Review]:
    """Those that were offered under this plan: of its fingerprint, and not before it."""
    return [one for one in reviews if one.fingerprint == plan.fingerprint and one.offered_at >= plan.registered_at]


def counted_of(reviews: Iterable[Review], plan: EvidencePlan) -> list[Review]:
    """All that the test looks at."""
    good, failed, _ = _sorted_out([one for one in under(reviews, plan) if not one.withdrawn], plan)
    return [*good, *failed]


def _sorted_out(mine: Iterable[Review], plan: EvidencePlan) -> tuple[list[Review], list[Review], int]:
    """(good, failed, how many good ones somebody read)."""
    ended = sorted((one for one in mine if one.final is not None), key=lambda one: one.at or one.offered_at)
    quick = hurried(ended)
    read = [one for one in ended if _good(one) and one.proposal not in quick]
    return list(_shared(read, plan.per_customer)), [one for one in ended if not _good(one)], len(read)


def _good(review: Review) -> bool:
    return review.final is not None and review.final.is_good


def _shared(good: Iterable[Review], each: int) -> Iterator[Review]:
    had: Counter[str] = Counter()
    for review in good:
        had[review.customer] += 1
        if had[review.customer] <= each:
            yield review


def _day(review: Review) -> date:
    """In UTC: a change of clocks makes no day longer or twice."""
    return (review.at or review.offered_at).astimezone(UTC).date()
