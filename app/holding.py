"""Holding: what a person does with a draft that is held back because a source under it changed."""

from __future__ import annotations

from app import review, source_view
from app.deps import Deps
from app.governance.decision import Reason, Switch
from app.store import audit, citations, proposals, reopening


def confirm(deps: Deps, proposal_id: str, against: str, actor: review.Actor) -> None:
    """The draft is still right under the texts as they are now. `against`: what they were shown of the change.

    Nothing is sent by it: the draft waits for its approval as any other. A source that was retired, or may not be used,
    carries no draft, whoever says so.
    """
    with review.changing(deps, proposal_id, proposals.OFFERED) as (tx, stored, facts):
        found = citations.troubles(tx, stored.id, stored.proposal, facts.at.date())
        if not found or source_view.against(found) != against:
            raise review.Changed(Reason("changed", "the sources changed again: look at what they say now"))
        if stuck := [trouble.why for trouble in found if not trouble.mendable]:
            raise review.Refused(Reason("source-changed", f"{stuck[0]}: have it written anew, or answer yourself"))
        citations.confirm(tx, stored.id, found, actor.member.id)
        told = {".".join(trouble.key): trouble.now.says for trouble in found if trouble.now}
        audit.append(tx, facts.at, actor.member.id, "source.confirmed", stored.id, {"sources": told})


def redo(deps: Deps, proposal_id: str, actor: review.Actor) -> None:
    """Have it written anew from the sources as they are now; it waits for an approval again."""
    with review.changing(deps, proposal_id, proposals.OFFERED, alone=True) as (tx, stored, facts):
        if stored.proposal.corrects is not None:
            raise review.Refused(Reason("correction", "people wrote this correction: edit it, or reject it"))
        if facts.setting.state is not Switch.LIVE:
            raise review.Refused(Reason("rollback", f"the switch is {facts.setting.state}: people answer"))
        review.stop(tx, stored, "written anew", facts.at)
        by, said = actor.member.id, stored.record.corrected
        rows = reopening.reopen(tx, deps.keys, stored, said, by, facts.at)
        audit.append(tx, facts.at, by, "proposal.redone", stored.id, {})
    deps.ring("handle", rows)
