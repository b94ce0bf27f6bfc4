"""Second reviews: another person says what they find, and disagreements are settled. The gate counts both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from app.deps import Deps
from app.governance import second
from app.governance.decision import Reason
from app.governance.reviews import EvidencePlan, Outcome, Review
from app.review import Actor, Changed, Forbidden, NotFound, Refused
from app.store import evidence, glance, lineup, outcomes, plans, policies, proposals, second_reviews
from app.store.glance import once
from app.store.record import Stored

AGAIN, DISPUTE, OWN = "again", "dispute", "own answer"


@dataclass(frozen=True, slots=True)
class Task:
    """A review that wants another look. Of what others said, only a dispute shows anything."""

    kind: str
    id: str
    category: str
    subject: str
    customer_text: str
    draft: str
    found: tuple[Outcome, ...]


def tasks(deps: Deps, actor: Actor) -> tuple[Task, ...]:
    """What this person may look at again: of what they judged themselves, disputes only, where they may give in."""
    actor.must_be("reviewer")
    with deps.readers.begin() as tx:
        glance.begin(tx)
        asked = [(plan, kind, one) for plan, found in _open(tx, deps) for kind, one in _asked(plan, found)]
        ids = list({one.proposal for _, _, one in asked})
        stored = {one.id: one for one in lineup.opened(tx, deps.keys, ids)}
        outcomes.look(tx, ids)
        second_reviews.look(tx, ids)
        made = (_task(stored.get(one.proposal), plan, kind, one) for plan, kind, one in asked)
        mine = actor.member.id
        return tuple(task for task in made if task and (task.kind == DISPUTE or mine not in _heard(tx, task.id)))


def _open(tx: Connection, deps: Deps) -> list[tuple[EvidencePlan, list[Review]]]:
    """The plans that reviews are counted under now, with all of their reviews."""
    policy = policies.in_force(tx, deps.clock.now())
    if policy is not None:
        evidence.look(tx, policy)
    newest = [once(tx, plans.newest, category.name) for category in policy.categories] if policy else []
    return [(one.plan, once(tx, evidence.reviews, one.plan)) for one in newest if one is not None]


def _asked(plan: EvidencePlan, reviews: Sequence[Review]) -> list[tuple[str, Review]]:
    kinds = ((DISPUTE, second.disputed), (AGAIN, second.wanted), (OWN, second.own_answers))
    return [(kind, one) for kind, which in kinds for one in which(reviews, plan)]


def _heard(tx: Connection, proposal_id: str) -> frozenset[str]:
    """Everybody who has said something of that draft."""
    row = once(tx, outcomes.of, proposal_id)
    first = frozenset({row.by}) if row is not None and row.by else frozenset[str]()
    return first | once(tx, second_reviews.by_whom, proposal_id)


def _task(stored: Stored | None, plan: EvidencePlan, kind: str, one: Review) -> Task | None:
    if stored is None or stored.record.first is None:
        return None  # its words were erased: nobody can look at it again
    shown = stored.proposal
    found = tuple(said for said in (one.outcome, one.second) if said) if kind == DISPUTE else ()
    text, draft = shown.text or "", stored.record.first.text
    return Task(kind, one.proposal, plan.category, shown.subject, text, draft, found)


def say(deps: Deps, proposal_id: str, said: str, actor: Actor) -> str:
    """What this person finds, without knowing what the first one found. Returns which question it answered."""
    actor.must_be("reviewer")
    outcome = _outcome(said)
    with deps.engine.begin() as tx:
        proposals.hold(tx, deps.keys, proposal_id)
        kind, review = _which(tx, deps, proposal_id)
        now = deps.clock.now()
        gives_in = kind == DISPUTE and not outcome.is_good  # to count it as failed is the cautious side: one is enough
        if actor.member.id in _heard(tx, proposal_id) and not gives_in:
            raise Forbidden(Reason("second", "you judged this draft before: another person looks again"))
        if second.is_too_quick(review.words, outcome, second_reviews.last_of(tx, actor.member.id), now):
            raise Refused(Reason("hurried", f"nobody reads {review.words} words so quickly: look again"))
        name = second_reviews.SECOND if kind == AGAIN else second_reviews.SETTLED
        if not second_reviews.add(tx, proposal_id, name, outcome, actor.member.id, now):
            raise Changed(Reason("changed", "somebody said so a moment ago"))
    return kind


def _outcome(said: str) -> Outcome:
    if said not in second.SAYS:
        raise Refused(Reason("outcome", f"say one of: {', '.join(second.SAYS)}"))
    return Outcome(said)


def _which(tx: Connection, deps: Deps, proposal_id: str) -> tuple[str, Review]:
    for plan, reviews in _open(tx, deps):
        for kind, one in _asked(plan, reviews):
            if one.proposal == proposal_id:
                return kind, one
    if outcomes.of(tx, proposal_id) is None:
        raise NotFound(Reason("not-found", "there is no such review"))
    raise Refused(Reason("not-drawn", "this review is not among those that the plan drew for a second look"))
