"""Controls as SQL says now: what the pure decision needs to know of the world, read in the caller's transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app.governance import canary, corrective
from app.governance import patterns as known
from app.governance.decision import Controls, Freeze
from app.governance.freezing import LEVELS
from app.governance.lookups import expired
from app.governance.policy import Policy
from app.governance.practice import HOST
from app.governance.proposal import Proposal
from app.governance.seen import seen
from app.host import Standing
from app.store import approvals, citations, escalations, patterns, policies
from app.store.automatic import Earned, Reader
from app.store.glance import kept, once
from app.store.keys import Keys
from app.store.record import Stored
from app.store.switch import Setting
from app.store.tables import freeze

_LEVELS = {words: level for level, words in LEVELS.items()}


@dataclass(frozen=True, slots=True)
class Now:
    """Everything that a decision at this moment stands on."""

    at: datetime
    proposal: Proposal
    policy: Policy | None
    controls: Controls
    setting: Setting
    seen: str
    approval: approvals.Approval | None
    earned: Earned | None = None  # where nobody approved it

    @property
    def version(self) -> int | None:
        """Of the policy in force."""
        return self.policy.version if self.policy else None


def read(
    tx: Connection,
    keys: Keys,
    stored: Stored,
    setting: Setting,
    standing: Standing,
    now: datetime,
    automatic: Reader | None = None,
) -> Now:
    """`setting` comes from the caller: the claim reads it under a lock, a page does not.

    Without `automatic` all that only auto-send needs stays at its cautious side: what people look at waits for them.
    """
    proposal = _as_it_stands(stored, standing)
    published = canary.policy_for(proposal, kept(tx, policies.in_force, now))
    policy = corrective.policy_for(proposal, published)
    hashed = seen(keys.of(tx, stored.subject_key), proposal, policy, setting.generations)
    approval, failures = once(tx, approvals.open_for, stored.id), once(tx, patterns.open_ones)
    controls = Controls(
        switch=setting.state,
        freeze=Freeze.DRAFT_ONLY
        if known.freezes(failures, proposal.category)
        else once(tx, _freeze, proposal.queue, proposal.category),
        approved=approval is not None and approval.seen == hashed,
        category_confirmed=stored.confirmed_by is not None,
        moved_on=standing.moved_on or _stopped(tx, proposal) or _strayed(keys, stored, standing),
        practice=stored.proposal.host == HOST,
        foreign_marker=standing.foreign_marker,
        source_trouble=citations.in_words(citations.troubles(tx, stored.id, proposal, now.date()))
        or expired(proposal, now),
        failure=known.matched(failures, proposal),
        corrected=_is_touched(stored),
    )
    earned = automatic(policy, proposal) if automatic else None
    controls = earned.over(controls) if earned else controls
    return Now(now, proposal, policy, controls, setting, hashed, approval, earned)


def of_a_note(tx: Connection, stored: Stored, setting: Setting, standing: Standing, now: datetime) -> Now:
    """The switch and the policy's version; all else stays at its cautious side, for a note is none of its business."""
    policy, facts = policies.in_force(tx, now), Controls(switch=setting.state)
    return Now(now, _as_it_stands(stored, standing), policy, facts, setting, seen="", approval=None)


def _as_it_stands(stored: Stored, standing: Standing) -> Proposal:
    return replace(stored.proposal, requester=standing.requester, cc=standing.cc, participants=standing.participants)


def _is_touched(stored: Stored) -> bool:
    """Did a person correct, confirm or edit anything? Then nothing of it is ever sent without one."""
    return bool(stored.record.corrected or stored.confirmed_by or stored.edited_by)


def _stopped(tx: Connection, proposal: Proposal) -> str | None:
    stopped = once(tx, escalations.stops, proposal.host, proposal.ticket)
    return "an escalation is open on it" if stopped else None


def _strayed(keys: Keys, stored: Stored, standing: Standing) -> str | None:
    """A correction speaks of what one customer was told: nobody else may read it, whoever says yes."""
    if stored.proposal.corrects is None or keys.subject(stored.proposal.host, standing.requester) == stored.subject_key:
        return None
    return "the ticket is another customer's by now"


def _freeze(tx: Connection, queue: str | None, category: str | None) -> Freeze:
    levels = tx.execute(_LEVELS_OF, {"queue": queue, "category": category}).scalars()
    return max((_LEVELS[level] for level in levels), default=Freeze.NONE)


_LEVELS_OF = sa.select(freeze.c.level).where(
    freeze.c.lifted_at.is_(None),
    sa.or_(freeze.c.queue.is_(None), freeze.c.queue == sa.bindparam("queue")),
    sa.or_(freeze.c.category.is_(None), freeze.c.category == sa.bindparam("category")),
)
