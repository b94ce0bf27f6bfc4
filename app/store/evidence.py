"""Evidence as SQL has it: plans that nobody changes, the reviews that count under them, and where a category stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.governance.canonical import canonical
from app.governance.evidence import still_needed
from app.governance.fingerprint import Making, Tools, changes, fingerprint, rules_of
from app.governance.freezing import Kind
from app.governance.gate import Standing, Verdict, gate
from app.governance.policy import Category, Mode, Policy
from app.governance.proposal import Proposal
from app.governance.reviews import CLAIMS, EvidencePlan, Outcome, Review, tally
from app.store import audit, drills, golden, names, patterns, replies, second_reviews, sources
from app.store import plans as plans_of
from app.store.glance import once, tell
from app.store.golden import Check, newest_check
from app.store.plans import Registered, marks_of, newest, plan_of, plans
from app.store.tables import approval, evidence_plan, freeze, proposal
from app.store.tables import outcome as ended

ALPHA = 0.05
_WITHDRAWN = ("superseded", "sent without a click")


# --- the plan ----------------------------------------------------------------------------------------------------------


def fingerprint_of(
    tx: Connection, made: Proposal, policy: Policy | None, tools: Tools | None, now: datetime
) -> str | None:
    """What this draft is evidence for. Registers the plan before the first draft under it is offered.

    None: it is evidence for nothing, because no category fits it, nothing was drafted or its tier is not the category's.
    """
    category = policy.category(made.category) if policy else None
    if policy is None or category is None or tools is None or made.draft is None or made.tier is not category.tier:
        return None
    making = making_of(tx, policy, category, tools)
    register(tx, policy, category, making, now)
    return fingerprint(making)


def making_of(tx: Connection, policy: Policy, category: Category, tools: Tools) -> Making:
    """What that category's drafts are made of, with these tools."""
    found = once(tx, sources.last_versions, category.sources)
    texts = {f"{one.source_id} {one.language}": one.says for one in found if one.in_force}
    return Making(tools=tools, rules=rules_of(category, policy), sources=texts)


def register(tx: Connection, policy: Policy, category: Category, making: Making, now: datetime) -> None:
    """Write the plan down, once for each fingerprint that carries on no older one; the ones before stay as they were."""
    mark = fingerprint(making)
    if plan_of(tx, category.name, mark) is not None:
        return
    before = newest(tx, category.name)
    plan = plan_for(policy, category, mark, now)
    values = {"category": category.name, "fingerprint": mark, "sha256": plan.sha256, "registered_at": now}
    texts = {"document": canonical(plan.document()).decode(), "making": canonical(making.parts()).decode()}
    by = f"policy version {policy.version}"
    tx.execute(evidence_plan.insert().values(**values, **texts, registered_by=by))
    why = list(changes(before.making, making)) if before else []
    promise = {"p0": format(plan.p0, "g"), "alpha": format(plan.alpha, "g")}
    header = {"sha256": plan.sha256, "fingerprint": mark, "policy_version": policy.version, "changed": why, **promise}
    audit.append(tx, now, "countersign", "evidence.planned", category.name, header)


def plan_for(policy: Policy, category: Category, mark: str, now: datetime) -> EvidencePlan:
    """What will be counted, as the policy's word for the category promises it."""
    p0 = CLAIMS[category.evidence]
    floor = still_needed(0, 0, p0, ALPHA)
    return EvidencePlan(
        category=category.name,
        tier=int(category.tier),
        queues=category.queues or tuple(queue.name for queue in policy.queues),
        languages=category.languages,
        fingerprint=mark,
        registered_at=now,
        seed=names.new(now),
        p0=p0,
        alpha=ALPHA,
        floor=floor,
        per_customer=ceil(floor / 10),
    )


# --- what counts -------------------------------------------------------------------------------------------------------


def reviews(tx: Connection, plan: EvidencePlan) -> list[Review]:
    """Every draft that was offered under it, with what became of it. None is ever left out here."""
    marks = once(tx, marks_of, plan)
    again = second_reviews.under(tx, marks)
    return list(_reviews(_offered(tx, marks), plan, again))


def look(tx: Connection, policy: Policy) -> None:
    """All that reports on these categories will ask for, in one statement each, for a glance."""
    names = [category.name for category in policy.categories]
    counting = {plan: once(tx, marks_of, plan) for plan in plans_of.look(tx, names)}
    golden.look(tx, names)
    shelf = sources.last_versions(tx)
    own = {
        (one.sources,): [version for version in shelf if version.source_id in one.sources] for one in policy.categories
    }
    tell(tx, sources.last_versions, own)
    marks = frozenset[str]().union(*counting.values())
    rows, again = _offered(tx, marks), second_reviews.under(tx, marks)
    found = {
        (plan,): list(_reviews((row for row in rows if row.fingerprint in mine), plan, again))
        for plan, mine in counting.items()
    }
    tell(tx, reviews, found)


def _offered(tx: Connection, marks: frozenset[str]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Every draft of these fingerprints."""
    of = (proposal.c.id, proposal.c.subject_key, proposal.c.state, proposal.c.created_at, proposal.c.fingerprint)
    then = (ended.c.outcome, ended.c.how, ended.c.by, ended.c.reason, ended.c.hurried, ended.c.words)
    clicked = sa.and_(approval.c.proposal_id == proposal.c.id, approval.c.voided_at.is_(None))
    click = sa.select(sa.func.max(approval.c.created_at)).where(clicked).correlate(proposal).scalar_subquery()
    acted = sa.func.coalesce(click, ended.c.at).label("acted_at")  # the sending comes later
    joined = proposal.outerjoin(ended, ended.c.proposal_id == proposal.c.id)
    mine = proposal.c.fingerprint.in_(marks)  # whatever category it was given later
    return tx.execute(sa.select(*of, *then, acted).select_from(joined).where(mine).order_by(proposal.c.id)).all()


def _reviews(rows: Iterable[Row[*tuple[Any, ...]]], plan: EvidencePlan, again: second_reviews.Said) -> Iterator[Review]:
    """Thousands of them, while a claim holds its locks: so each row is taken apart at once."""
    for name, customer, state, created_at, _, said, how, by, reason, hurried, words, acted_at in rows:
        forgotten = said is None and state == "erased"
        yield Review(
            proposal=name,
            offered_at=max(created_at, plan.registered_at),  # begun a moment before the plan, offered with it
            at=acted_at if by else None,
            outcome=_OUTCOMES[said] if said else Outcome.UNREVIEWED if forgotten else None,
            reviewer=by,
            customer=customer,
            words=words or 0,
            fingerprint=plan.fingerprint,
            batch=f"{by} {acted_at:%Y-%m-%dT%H:%M}" if how == "batch" else None,
            shown=timedelta() if hurried else None,  # too short is all that is kept of the time
            second=again.get((name, second_reviews.SECOND)),
            settled=again.get((name, second_reviews.SETTLED)),
            withdrawn=forgotten or reason in _WITHDRAWN,
        )


_OUTCOMES = {one.value: one for one in Outcome}


# --- where a category stands -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Report:
    """A category on its way. `registered` None: no draft was offered yet, so nothing is promised."""

    category: Category
    registered: Registered | None
    verdict: Verdict
    changed: tuple[str, ...]  # what differs now from what the plan was registered for
    reviews: tuple[Review, ...]  # what the verdict looked at
    earlier: int  # plans that another fingerprint ended
    release: Check | None  # the newest release that was tried on the golden set, if this plan had to do with it


def report(tx: Connection, policy: Policy, category: Category, contradictions: int | None, now: datetime) -> Report:
    """As the rows say now. `contradictions`: the policy's open findings, which the caller counted."""
    return report_on(tx, policy, category, once(tx, newest, category.name), contradictions, now)


def report_on(
    tx: Connection,
    policy: Policy,
    category: Category,
    found: Registered | None,
    contradictions: int | None,
    now: datetime,
) -> Report:
    """The same for one plan: what counts under it, and whether drafts are still made as they were for it."""
    tools = found.making.tools if found else Tools(model="", prompts={}, retrieval={})
    making = making_of(tx, policy, category, tools)
    plan = found.plan if found else plan_for(policy, category, fingerprint(making), now)
    mark = fingerprint(making)
    same = plan.fingerprint if found and mark in once(tx, marks_of, plan) else mark
    mine = tuple(once(tx, reviews, plan)) if found else ()
    verdict = gate(plan, tally(mine, plan), _standing(tx, policy, category, same, contradictions, now))
    changed = changes(found.making, making) if found else ()
    earlier = max(0, len(once(tx, plans, category.name)) - 1)
    return Report(category, found, verdict, changed, mine, earlier, _release(tx, found))


def _release(tx: Connection, found: Registered | None) -> Check | None:
    check = once(tx, newest_check, found.plan.category) if found else None
    mine = found and check and (check.plan == found.sha256 or check.fingerprint == found.plan.fingerprint)
    return check if mine else None


def reports(tx: Connection, policy: Policy, contradictions: int | None, now: datetime) -> tuple[Report, ...]:
    """Every category that may ever send by itself."""
    wanted = (category for category in policy.categories if category.ceiling is Mode.AUTO)
    return tuple(report(tx, policy, category, contradictions, now) for category in wanted)


def _standing(
    tx: Connection, policy: Policy, category: Category, mark: str, contradictions: int | None, now: datetime
) -> Standing:
    open_ones = _frozen(tx, category.name)
    rehearsed = once(tx, drills.drill_state, policy)
    return Standing(
        now=now,
        fingerprint=mark,
        patterns=(
            *patterns.open_patterns(tx, category.name),
            *(one.cause for one in open_ones if one.level == "draft-only"),
        ),
        contradictions=contradictions,
        rollback_owner=rehearsed.owner,
        drilled_at=rehearsed.at,
        drill_every=rehearsed.every,
        cannot_answer=bool(policy.cannot_answer.owner),
        critical=max(sum(one.kind == Kind.CRITICAL for one in open_ones), len(once(tx, replies.still_unexplained))),
    )


def frozen(tx: Connection, category: str) -> tuple[str, ...]:
    """Why that category is frozen, at whatever level, by itself or with others; empty: it is not."""
    return tuple(str(one.cause) for one in _frozen(tx, category))


def _frozen(tx: Connection, category: str) -> Sequence[Row[*tuple[Any, ...]]]:
    return [one for one in once(tx, _open_freezes) if one.category in {None, category}]


def _open_freezes(tx: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
    which = sa.select(freeze.c.level, freeze.c.cause, freeze.c.kind, freeze.c.category)
    return tx.execute(which.where(freeze.c.lifted_at.is_(None)).order_by(freeze.c.id)).all()
