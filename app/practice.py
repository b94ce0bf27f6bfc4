"""Practice drafts among the real ones: shown as those are, revealed to whoever judged them, sent to nobody."""

from __future__ import annotations

import hashlib

from app import desk
from app.deps import Deps
from app.governance import practice
from app.governance.decision import Action, Switch
from app.governance.policy import Policy
from app.review import Actor
from app.store import policies, practices, proposals, switch
from app.store.practices import CAUGHT, MISSED, NOT_JUDGED, Practice


def is_on(deps: Deps) -> bool:
    """Does the policy in force say that reviewers are tested? Without a readable one they are not."""
    policy = desk.policy_in_force(deps)
    return policy is not None and policy.reviews.practice


# --- shown --------------------------------------------------------------------------------------------------------------


def shown(deps: Deps, practice_id: str | None = None) -> desk.Item | None:
    """The one that waits, if it is the one asked for; none while practice is off or something is stopped."""
    with deps.readers.begin() as tx:
        policy, found = policies.in_force(tx, deps.clock.now()), practices.waiting(tx)
        if found is None or policy is None or not policy.reviews.practice or practice_id not in {None, found.id}:
            return None
        if switch.read(tx, found.record.proposal.queue).state is not Switch.LIVE:
            return None
    return _item(found, policy)


def _item(found: Practice, policy: Policy) -> desk.Item:
    made, record = found.record.proposal, found.record
    assert made.draft is not None  # noqa: S101 - none is kept without
    return desk.Item(
        id=found.id,
        host=practice.HOST,
        ticket="",
        subject=made.subject,
        queue=made.queue,
        category=made.category,
        tier=int(made.tier) if made.tier else None,
        mode=found.mode,
        action=Action.OFFER_DRAFT.name.lower(),
        state=proposals.OFFERED,
        language=made.language,
        urgency=made.urgency.name.lower() if made.urgency is not None else "normal",
        confidence=made.confidence,
        requester_name=record.page.requester_name,
        customer_text=made.text or "",
        conversation=(),
        url="",
        draft=made.draft.text,
        sentences=desk.sentences(made),
        reasons=record.reasons,
        findings=(),
        triggers=(),
        injection=(),
        abstained=None,
        summary=None,
        seen=hashlib.sha256(f"{found.id} {made.draft.text}".encode()).hexdigest(),
        can_approve=True,
        approval=None,
        moved_on=None,
        stopped=False,
        confirmed=False,
        edited_by=None,
        told=desk.Told(needs_reviewer=False, instruction="", unmoved=False, ended=None),
        outcome=None,
        sent_at=None,
        owner=None,
        policy_version=policy.version,
        created_at=found.made_at,
        changed_at=found.made_at,
    )


# --- judged -------------------------------------------------------------------------------------------------------------


def judged(deps: Deps, practice_id: str, act: str, text: str, actor: Actor) -> str | None:
    """What a person did with it, if it is a practice draft: it ends there, whatever they pressed. None: it is none.

    A yes misses the mistake; a no catches it; an edit does where the planted sentence is gone. Anything else says nothing
    about the draft, and is counted for nobody.
    """
    with deps.readers.begin() as tx:
        found = practices.find(tx, practice_id)
    if found is None:
        return None
    with deps.engine.begin() as tx:
        changed = CAUGHT if practice.is_mended(text, found.now) else MISSED if text.strip() else NOT_JUDGED
        said = {"approve": MISSED, "reject": CAUGHT, "edit": changed}.get(act, NOT_JUDGED)
        practices.judge(tx, practice_id, said, actor.member.id, deps.clock.now())
        found = practices.find(tx, practice_id) or found
    return (
        _WORDS.get(found.said or "", "") if found.by == actor.member.id else "It was a practice draft, judged already."
    )


_WORDS = {
    CAUGHT: "This was a practice draft, and you caught its mistake.",
    MISSED: "This was a practice draft, and its mistake was missed. Nothing was sent.",
    NOT_JUDGED: "This was a practice draft. It counts for nothing.",
}


def revealed(deps: Deps, practice_id: str, actor: Actor) -> tuple[Practice, str] | None:
    """With its mistake, to whoever judged it and to nobody else."""
    with deps.readers.begin() as tx:
        found = practices.find(tx, practice_id)
    if found is None or found.by != actor.member.id:
        return None
    return found, _WORDS[found.said or NOT_JUDGED]
