"""Seen: the keyed hash of exactly what a person looked at, which their approval holds."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict
from functools import lru_cache

from app.governance.canonical import canonical
from app.governance.lookups import looked_up
from app.governance.permission import concerns
from app.governance.policy import Category, Policy, Queue, Rule
from app.governance.proposal import Proposal


def effective_rules(policy: Policy | None, proposal: Proposal) -> str:
    """Hash of what the policy says about this category and queue; an unrelated change leaves it alone."""
    category = policy.category(proposal.category) if policy else None
    queue = policy.queue(proposal.queue) if policy else None
    rows = policy.rules if policy and category and queue else ()
    return _hashed(category, queue, tuple(row for row in rows if concerns(row, proposal)))


@lru_cache(maxsize=512)
def _hashed(category: Category | None, queue: Queue | None, rows: tuple[Rule, ...]) -> str:
    rules = {"category": _spelled(category), "queue": _spelled(queue), "rows": [_spelled(row) for row in rows]}
    return hashlib.sha256(canonical(rules)).hexdigest()


def _spelled(entry: Category | Queue | Rule | None) -> dict[str, str] | None:
    # The examples teach the classifier; they allow nothing.
    return {key: str(value) for key, value in asdict(entry).items() if key != "examples"} if entry else None


def seen(key: bytes, proposal: Proposal, policy: Policy | None, generations: tuple[int, int]) -> str:
    """HMAC-SHA-256, hex. `key` belongs to the customer concerned, so the hash links to nothing once it is erased."""
    shown: dict[str, object] = {
        "body": proposal.draft.text if proposal.draft else None,
        "to": [proposal.requester],
        "cc": sorted(proposal.cc),
        "bcc": [],
        "subject": proposal.subject,
        "attachments": [],
        "sender": "approver",
        "newest": proposal.comment,
        "rules": effective_rules(policy, proposal),
        "generations": list(generations),
    }
    if facts := looked_up(proposal):
        shown["facts"] = sorted([passage.id, passage.text] for passage in facts)
    return hmac.digest(key, canonical(shown), "sha256").hex()
