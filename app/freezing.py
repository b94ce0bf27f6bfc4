"""Freezing as people and the clock do it: a person's freeze at once, a thaw by two, and hygiene that comes and goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import review
from app.deps import Deps
from app.governance.decision import Freeze, Reason
from app.governance.freezing import HYGIENE, LEVELS, Health, Kind, cure, lapsed, least, lifting
from app.governance.policy import Mode, Policy
from app.store import drills, events, freezes, heartbeats, outcomes, policies, replies, staff, turns
from app.store.freezes import Scope

SILENT = timedelta(minutes=10)  # a host that tells nothing for so long is a gap in what we know
_SEEN = timedelta(hours=1)  # by then an answer of ours was read back with its ticket, or nobody looks at what it does
_RECENT = timedelta(days=2)
_LOG = "self-verification"
_UNSAID = "no reason was given yet"


def freeze(deps: Deps, scope: Scope, level: Freeze, reason: str, actor_id: str) -> int:
    """A person's freeze: whoever may stop may do it, and it waits for nobody. Raises NotFound."""
    with turns.ahead_of_all(deps.engine), deps.engine.begin() as tx:
        now = deps.clock.now()
        policy = policies.in_force(tx, now)
        if policy is None or not _is_known(policy, scope):
            raise review.NotFound(Reason("scope", f"the policy in force knows no {scope}"))
        cause = reason.strip() or _UNSAID
        return freezes.freeze(tx, scope, level, Kind.PERSON, cause, actor_id, now)


def _is_known(policy: Policy, scope: Scope) -> bool:
    queue = scope.queue is None or policy.queue(scope.queue) is not None
    return queue and (scope.category is None or policy.category(scope.category) is not None)


def thaw(deps: Deps, freeze_id: int, reason: str, actor: review.Actor, *, granting: bool = True) -> bool:
    """The first admin asks and says why, a second one grants. True: it is lifted. Hygiene lifts itself, for nobody else."""
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        frozen = freezes.held(tx, freeze_id)
        if frozen is None:
            raise review.NotFound(Reason("freeze", f"there is no freeze {freeze_id} in force"))
        if frozen.kind in HYGIENE:
            raise review.Refused(Reason("hygiene", f"it lifts itself when its cause is cured: {frozen.cause}"))
        asking = frozen.thaw_asked_by in {None, actor.member.id}
        if asking and not reason.strip():
            raise review.Refused(Reason("reason", "say how the cause was resolved, or why it is accepted"))
        try:
            return freezes.thaw(tx, frozen, actor.member.id, reason.strip(), deps.clock.now(), granting=granting)
        except freezes.AskedMeanwhile as asked:
            words = "somebody has just asked for this: look again before you grant it"
            raise review.Changed(Reason("changed", words)) from asked


# --- what people see ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """A freeze as people see it: what, why, since when, whose, and what ends it."""

    id: int
    scope: str
    queue: str | None
    category: str | None
    level: str
    kind: str
    cause: str
    opened_by: str
    opened_at: datetime
    owner: str
    cure: str
    lifting: str
    lifts_itself: bool
    thaw_asked_by: str | None
    thaw_reason: str | None

    @property
    def is_in_their_words(self) -> bool:
        """The cause is what a person wrote, and no text of ours."""
        return self.kind == Kind.PERSON and self.cause != _UNSAID


def in_force(deps: Deps) -> list[Shown]:
    """Every freeze, the furthest first."""
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
        return [_shown(tx, frozen, policy) for frozen in freezes.still_open(tx)]


def _shown(tx: Connection, frozen: freezes.Frozen, policy: Policy | None) -> Shown:
    return Shown(
        id=frozen.id,
        scope=str(frozen.scope),
        queue=frozen.queue,
        category=frozen.category,
        level=frozen.level,
        kind=frozen.kind,
        cause=frozen.cause,
        opened_by=_name(tx, frozen.opened_by),
        opened_at=frozen.opened_at,
        owner=policy.owners.rollback if policy else "nobody",
        cure=cure(frozen.kind),
        lifting=lifting(frozen.kind),
        lifts_itself=frozen.kind in HYGIENE,
        thaw_asked_by=_name(tx, frozen.thaw_asked_by) if frozen.thaw_asked_by else None,
        thaw_reason=frozen.thaw_reason,
    )


def _name(tx: Connection, member_id: str) -> str:
    member = staff.by_id(tx, member_id)
    return member.name if member else member_id.capitalize()


def is_draft_only(found: Sequence[Shown], category: str) -> bool:
    """Is nothing sent of that category, in any queue?"""
    deep = (one for one in found if one.level == LEVELS[Freeze.DRAFT_ONLY] and one.queue is None)
    return any(one.category in {None, category} for one in deep)


def in_words(found: Sequence[Shown]) -> str:
    """For people, one line each."""
    lines = [f"{one.id:>4}  {one.scope:<24} {one.level:<10}  {one.cause}. {one.cure} {one.lifting}" for one in found]
    return "\n".join(lines) or "nothing is frozen"


# --- hygiene -----------------------------------------------------------------------------------------------------------


def keep_clean(deps: Deps) -> None:
    """Once a minute: what lapsed freezes auto-send, what was cured thaws by itself."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        found = lapsed(health(tx, deps, policy, now)) if policy else ()
        open_ones = [frozen for frozen in freezes.still_open(tx) if frozen.kind in HYGIENE]
    wanted = {(kind, Scope(category=category)): cause for kind, category, cause in found}
    there = {(frozen.kind, frozen.scope): frozen.id for frozen in open_ones}
    for kind, scope in wanted.keys() - there.keys():
        with deps.engine.begin() as tx:
            freezes.freeze(tx, scope, least(kind), kind, wanted[kind, scope], "countersign", now)
    if policy is not None:  # without a policy nobody could tell what is cured
        _lift(deps, [row_id for key, row_id in there.items() if key not in wanted], now)


def _lift(deps: Deps, cured: list[int], now: datetime) -> None:
    for row_id in cured:
        with deps.engine.begin() as tx:
            frozen = freezes.held(tx, row_id)
            if frozen is not None:
                freezes.lift(tx, frozen, now)


def health(tx: Connection, deps: Deps, policy: Policy, now: datetime) -> Health:
    """What hygiene looks at, as SQL says now."""
    owner = staff.by_email(tx, policy.owners.rollback)
    began, log = replies.began(tx), heartbeats.of(tx, _LOG)
    return Health(
        now=now,
        review_by=policy.review_by,
        rehearsed=drills.drill_state(tx, policy),
        silent=_silent(tx, deps, began, now),
        verified_at=log.at if log and log.trouble is None else None,
        running_since=began if log is None else None,
        owner=policy.owners.rollback,
        owner_is_here=owner is not None and owner.may("agent"),
        unlabelled=outcomes.unlabelled(
            tx,
            sorted(category.name for category in policy.categories if category.ceiling is Mode.AUTO),
            now - policy.reviews.labelled_data,
        ),
    )


def _silent(tx: Connection, deps: Deps, began: datetime | None, now: datetime) -> list[str]:
    """Hosts that nobody could ask for a while what their webhooks lost."""
    silent = []
    for name in sorted(deps.hosts):
        beat = heartbeats.of(tx, f"poll:{name}")
        last = (beat and (beat.since if beat.trouble else beat.at)) or began
        if last is None or now - last > SILENT:
            silent.append(name.title())
    unseen = events.unseen(tx, now - _RECENT, now - _SEEN)
    return [*silent, f"{unseen} tickets that were answered automatically"] if unseen else silent
