"""The stages in order: clean, classify, retrieve, draft, check. Each returns the proposal with one more part filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import ParamSpec

from app import crash, traces
from app.ai.check import check
from app.ai.classify import classify
from app.ai.clean import LONGEST, clean, is_whole
from app.ai.draft import draft
from app.ai.mind import Mind
from app.ai.retrieve import retrieve
from app.ai.summarise import summarise
from app.governance.correction import UNCORRECTED, Correction
from app.governance.lookups import NoFact
from app.governance.placeholders import Facts, filled
from app.governance.proposal import Abstention, Proposal, Tier
from app.host import Comment, Ticket
from app.looking_up import look_up

_Asked = ParamSpec("_Asked")
_CUT = Abstention("partly-covered", f"it is longer than {LONGEST:,} characters and only its beginning was judged")


def think(
    proposal: Proposal,
    ticket: Ticket,
    comment: Comment,
    mind: Mind,
    today: date,
    *,
    live: bool,
    said: Correction = UNCORRECTED,
) -> Proposal:
    """All stages in order. While the switch is not LIVE only risk is judged: nothing is drafted.

    `said`: where a person corrected an earlier judgement of this message.
    """
    proposal = _stage(classify, _stage(clean, proposal, ticket, comment), mind, said)
    if not live:
        return proposal
    facts = _facts(proposal, ticket, mind.policy.name)
    if not is_whole(ticket, comment) and not for_people_only(proposal):
        return replace(proposal, draft=None, findings=None, abstained=_CUT)
    if for_people_only(proposal):
        proposal = _stage(summarise, proposal, ticket) if mind.policy.summaries else proposal
    else:
        proposal = _stage(retrieve, proposal, mind, today, said.instruction)
        try:
            proposal = _filled(_stage(look_up, proposal, ticket, comment, mind, today), facts)
        except NoFact as missing:
            words = f"only the customer's own record answers this: {missing}"
            return replace(proposal, draft=None, findings=None, abstained=Abstention("needs-account-data", words))
    crash.point("model-asked")
    return _stage(check, _stage(draft, proposal, mind, said.instruction, facts), mind)


def _stage(run: Callable[_Asked, Proposal], *asked: _Asked.args, **how: _Asked.kwargs) -> Proposal:
    """Under its own name for whoever collects traces."""
    with traces.span(run.__name__):
        return run(*asked, **how)


def _facts(proposal: Proposal, ticket: Ticket, team: str) -> Facts:
    """What the host says of the ticket and of who asks."""
    requester = ticket.requester
    return Facts(
        ticket=proposal.ticket,
        subject=proposal.subject,
        requester=requester.name,
        email=requester.email or "",
        team=team,
    )


def _filled(proposal: Proposal, facts: Facts) -> Proposal:
    """Macro placeholders in what was found, filled from this ticket; what is unknown stays, and the check finds it."""
    found = (replace(passage, text=filled(passage.text, facts)) for passage in proposal.passages or ())
    return replace(proposal, passages=tuple(found))


def for_people_only(proposal: Proposal) -> bool:
    """Tier 3 and escalations get no draft, only a summary."""
    return bool(proposal.triggers) or proposal.tier is Tier.HIGH_STAKES
