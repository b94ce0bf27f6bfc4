"""Approving many: a list of single approvals, written down first, so that nothing is lost when somebody leaves or something ends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from app import desk, practice, review
from app.deps import Deps
from app.governance.decision import Reason
from app.governance.naming import in_words
from app.governance.reviews import Outcome
from app.review import Actor
from app.store import batches, outcomes, proposals, readings
from app.store.batches import Asking, Batch, Seen

LATELY = timedelta(hours=1)
_IN_SHORT = {
    "failed-checks": "the checks object to the draft"
}  # their own words may quote a customer, and this is kept in the open
NO_ANSWER = "the database did not answer: look whether it was approved"
_GOING = (proposals.APPROVED, proposals.HELD, proposals.SENDING)


@dataclass(frozen=True, slots=True)
class Result:
    """What asking for one approval came to. No `why`: it was approved."""

    proposal_id: str
    why: str | None


@dataclass(frozen=True, slots=True)
class Shown:
    """One of many as its asker sees it now. `how`: waiting, going, sent or left."""

    proposal_id: str
    subject: str
    how: str
    words: str
    shown_ms: int | None
    hurried: bool  # no evidence: approved faster than anybody reads


@dataclass(frozen=True, slots=True)
class Standing:
    """A batch as it stands."""

    batch: Batch
    items: tuple[Shown, ...]

    def counted(self, how: str) -> int:
        """How many are there."""
        return sum(one.how == how for one in self.items)


def begin(
    deps: Deps, items: Sequence[Seen], status: str | None, actor: Actor, shown: Mapping[str, int] | None = None
) -> str:
    """Write it down; nothing is approved yet. `shown`: for how many milliseconds each was on their screen."""
    with deps.engine.begin() as tx:
        return batches.begin(tx, list(dict(items).items()), shown or {}, status, actor.member.id, deps.clock.now())


def go_on(deps: Deps, batch_id: str, actor: Actor) -> list[Result]:
    """Approve what nobody came to yet, one by one, each exactly as it was seen when the batch was asked for."""
    with deps.readers.begin() as tx:
        batch = batches.read(tx, batch_id)
    if batch is None or batch.by != actor.member.id:
        raise review.NotFound(Reason("not-found", "there is no such batch of yours"))
    todo = [asking for asking in batch.items if asking.tried_at is None]
    return [_one(deps, batch, one, replace(actor, via=outcomes.BATCH, shown_ms=one.shown_ms)) for one in todo]


def _one(deps: Deps, batch: Batch, asking: Asking, actor: Actor) -> Result:
    try:
        why = _why_not(deps, batch, asking, actor)
        with deps.engine.begin() as tx:
            batches.tried(tx, batch.id, asking.proposal_id, why, deps.clock.now())
    except OperationalError:  # it stays to be tried: a second yes to the same is the same yes
        return Result(asking.proposal_id, NO_ANSWER)
    return Result(asking.proposal_id, why)


def _why_not(deps: Deps, batch: Batch, asking: Asking, actor: Actor) -> str | None:
    """Approve it. In words why it was not, if it was not."""
    if told := practice.judged(deps, asking.proposal_id, "approve", "", actor):
        return told
    try:
        review.approve(deps, asking.proposal_id, asking.seen, actor, status=batch.status_after)
    except review.Refusal as error:
        return "; ".join(_IN_SHORT.get(reason.rule, reason.text) for reason in error.reasons)
    return None


# --- as it stands -----------------------------------------------------------------------------------------------------


def standing(deps: Deps, actor: Actor) -> Standing | None:
    """The last batch of this person, while it is of today's work."""
    with deps.readers.begin() as tx:
        batch = batches.newest(tx, actor.member.id, deps.clock.now() - LATELY)
    return Standing(batch, tuple(_shown(deps, batch))) if batch else None


def _shown(deps: Deps, batch: Batch) -> Iterator[Shown]:
    found = {item.id: item for item in desk.these(deps, [asking.proposal_id for asking in batch.items])}
    for asking in batch.items:
        item = found.get(asking.proposal_id)
        how, words = _how(asking, item)
        length = len((item.draft or "").split()) if item else 0
        hurried = how != "left" and readings.is_hurried(Outcome.ACCEPTED, asking.shown_ms, length)
        yield Shown(asking.proposal_id, item.subject if item else "", how, words, asking.shown_ms, hurried)


def _how(asking: Asking, item: desk.Item | None) -> tuple[str, str]:
    if asking.why is not None:
        return "left", f"not approved: {in_words(asking.why, item.category if item else None)}"
    if asking.tried_at is None:
        return "waiting", "nobody came to it yet"
    if item is None:
        return "left", "its words were erased"
    if item.state == proposals.SENT:
        return "sent", "sent"
    if item.state in _GOING:
        return "going", "on its way"
    return "left", item.outcome or "approved, then taken back"
