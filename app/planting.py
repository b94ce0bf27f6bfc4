"""Planting: a practice draft is an example of the policy, drafted as any message is, with one mistake planted in it."""

from __future__ import annotations

from dataclasses import replace

from app.ai.mind import Mind
from app.deps import Deps
from app.governance import practice
from app.governance.decision import Action, decide
from app.letters import Letter
from app.minds import Minds
from app.store import policies, practices
from app.store.record import Page, Record
from app.triage import OPEN, judge

_WRITERS = ("Jonas Weber", "Claire Martin", "Maria Rossi", "Tom Baker", "Lucía García", "Sofia Lind", "Peter Novak")
_TRIES = 3  # examples looked at for one; each costs as much as a message


def keep_one(deps: Deps, minds: Minds) -> None:
    """One, where one is due; most often none is."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        if policy is None or not policy.reviews.practice or not practices.is_due(tx):
            return
        known = practices.asked(tx)
    fresh = [one for category in policy.categories for one in category.examples if one not in known]
    if not fresh:
        return
    begin, mind = int(now.timestamp()) % len(fresh), minds.mind(policy)
    tried = [(one, _made(deps, mind, one)) for one in (fresh[begin:] + fresh[:begin])[:_TRIES]]
    made = next((made for _, made in tried if made), None)
    with deps.engine.begin() as tx:
        if not practices.is_due(tx):
            return
        for question, _ in tried if made is None else ():
            practices.set_aside(tx, question, now)  # or every message from now on would try again
        if made is not None:
            practices.add(tx, *made, now)


def _made(deps: Deps, mind: Mind, question: str) -> tuple[Record, str, str, str] | None:
    """None: no click could send what comes of it, or nothing in it can be spoilt; it would be told from the others."""
    writer = _WRITERS[sum(question.encode()) % len(_WRITERS)]
    made, decision = judge(
        Letter("", question[:60], question, None, f"{writer} <customer@example.com>"), mind, deps.clock.now()
    )
    would = decide(made, mind.policy, replace(OPEN, approved=True))
    spoilt = practice.planted(made.draft, made.passages or ()) if made.draft else None
    if spoilt is None or made.findings or would.action is not Action.SEND:
        return None
    made = replace(made, host=practice.HOST, draft=spoilt.draft, text=question)
    record = Record(made, Page(writer, ""), reasons=decision.reasons)
    return record, decision.mode.label, spoilt.was, spoilt.now
