"""Sourcing: the life of an approved source, from a text to in force, and what its changes do to open drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.deps import Deps
from app.governance.decision import Reason
from app.governance.policy import Policy
from app.governance.sources import Source, parse_source
from app.review import Actor, Changed, Forbidden, NotFound, Refusal, Refused
from app.store import audit, citations, holding, policies, proposals, source_fixes, source_requests, sources, switch
from app.store.source_requests import Request
from app.store.sources import RETIRED, Version

OPERATOR = "operator"
_RESTING = (proposals.OFFERED, *holding.WAITING)


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a text: in force now, or asked for; `held` approved replies went back to people."""

    source: Source
    change: str  # new, changed, renewed, retired; unchanged
    request: Request | None = None
    held: int = 0

    @property
    def in_force(self) -> bool:
        """Nobody is waited for."""
        return self.request is None


def needs_two(policy: Policy | None, before: Version | None, source: Source, change: str) -> bool:
    """Does it widen? What a category's drafts rest on does; so does letting go of an internal text's words.

    A text that no category names reaches no customer until a policy names it, and that takes two people. Another owner
    or review date says nothing new.
    """
    guarded = before is not None and before.in_force and before.source.audience == "internal"
    if change in {RETIRED, sources.RENEWED}:
        return guarded and change == RETIRED
    named = policy is not None and any(source.id in category.sources for category in policy.categories)
    return named or guarded


def add(deps: Deps, text: str, name: str, actor: Actor | None, reason: str = "") -> Became:
    """Put a text in force, or ask a second person for it. `actor` None: the operator, who may only what one person may.

    Raises SourceError for a text that cannot be used, and Refusal.
    """
    with deps.engine.begin() as tx:
        now = _alone(tx, deps)
        return _add(tx, policies.in_force(tx, now), text, name, actor, reason, now)


def add_all(deps: Deps, texts: Sequence[tuple[str, str]], actor: Actor | None, reason: str) -> list[Became | Refusal]:
    """Many at once, (text, name) each, so that a large import is quick; each has its own result."""
    with deps.engine.begin() as tx:
        now = _alone(tx, deps)
        policy = policies.in_force(tx, now)
        return [_or_refusal(tx, policy, text, name, actor, reason, now) for text, name in texts]


def _or_refusal(
    tx: Connection, policy: Policy | None, text: str, name: str, actor: Actor | None, reason: str, now: datetime
) -> Became | Refusal:
    try:
        return _add(tx, policy, text, name, actor, reason, now)
    except Refusal as refusal:  # raised before anything of this one is written
        return refusal


def _add(
    tx: Connection, policy: Policy | None, text: str, name: str, actor: Actor | None, reason: str, now: datetime
) -> Became:
    source, who = parse_source(text, name), _who(actor, "reviewer")
    before = sources.newest(tx, *source.key)
    if before is not None and before.in_force and before.text == text:
        return Became(source, "unchanged")
    change = sources.change_of(before, source)
    if needs_two(policy, before, source, change):
        return Became(source, change, _ask(tx, source, text, name, before, change, actor, reason, now))
    held = _hold_back(tx, source, change, now)
    sources.add(tx, text, name, who, now, reason=reason)
    return Became(source, change, held=held)


def _who(actor: Actor | None, role: str) -> str:
    if actor is None:
        return OPERATOR
    actor.must_be(role)
    return actor.member.id


def _alone(tx: Connection, deps: Deps) -> datetime:
    """Ordered against every claim: it sees the source before this, or after it."""
    switch.hold_all(tx)
    return deps.clock.now()


def _ask(
    tx: Connection, source: Source, text: str, name: str, before: Version | None, change: str, actor: Actor | None,
    reason: str, now: datetime,
) -> Request:  # fmt: skip
    if actor is None:
        said = f"replies rest on {source.id}, or keep its words from customers: a signed-in person asks for this, and another one approves it"
        raise Forbidden(Reason("two-people", said))
    if not reason.strip():
        raise Refused(Reason("reason", "say in a few words why"))
    replaces = before.version if before else 0
    made = source_requests.ask(tx, source, text, name, replaces, change, actor.member.id, reason.strip(), now)
    header = {"sha256": made.sha256, "change": change, "request": made.id}
    audit.append(tx, now, actor.member.id, "source.requested", f"{source.id}.{source.language}", header)
    return made


def _hold_back(tx: Connection, source: Source, change: str, now: datetime) -> int:
    """Approved replies that rest on what it said before go back to people."""
    if change == sources.RENEWED:
        return 0
    ids = citations.resting_proposals(tx, source.key, _RESTING)
    return len(holding.hold_back(tx, ids, f"the source {source.id} changed", now))


def approve(deps: Deps, request_id: int, actor: Actor, seen: str) -> Became:
    """A second person's yes to exactly this text puts it in force. `seen`: the hash that they were shown."""
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        now = _alone(tx, deps)
        asked = _open(tx, request_id)
        before = sources.newest(tx, *asked.key)
        if seen != asked.sha256 or (before.version if before else 0) != asked.replaces:
            raise Changed(Reason("changed", "it changed since you saw it: look at it again"))
        if asked.author == actor.member.id:
            raise Refused(Reason("author", "who wrote a text never approves it: ask a second person"))
        source, by = asked.source, actor.member.id
        held = _hold_back(tx, source, asked.change, now)
        if asked.change == RETIRED and before is not None:
            sources.retire(tx, before, asked.author, now, asked.reason, by)
        else:
            said = {"approved_by": by, "reason": asked.reason}
            sources.add(tx, asked.text, asked.name, asked.author, now, widens=True, **said)
        source_requests.end(tx, asked.id, source_requests.PUBLISHED, now, by)
        return Became(source, asked.change, held=held)


def _open(tx: Connection, request_id: int) -> Request:
    asked = source_requests.held(tx, request_id)
    if asked is None:
        raise NotFound(Reason("not-found", "there is no such request"))
    if asked.state != source_requests.OPEN:
        raise Changed(Reason("changed", f"it is {asked.state}"))
    return asked


def withdraw(deps: Deps, request_id: int, actor: Actor) -> None:
    """No is the cautious side: one's own request or another's."""
    actor.must_be("reviewer")
    with deps.engine.begin() as tx:
        now, asked = deps.clock.now(), _open(tx, request_id)
        source_requests.end(tx, asked.id, source_requests.WITHDRAWN, now)
        about = f"{asked.source_id}.{asked.language}"
        audit.append(tx, now, actor.member.id, "source.withdrawn", about, {"request": asked.id})


def retire(deps: Deps, source_id: str, language: str, reason: str, actor: Actor | None) -> Became:
    """Take a document out of force. One person may; an internal text's words stay guarded until two agree."""
    who = _who(actor, "reviewer")
    with deps.engine.begin() as tx:
        now = _alone(tx, deps)
        last = sources.newest(tx, source_id, language)
        if last is None or not last.in_force:
            raise NotFound(Reason("not-found", f"there is no source {source_id} in {language}"))
        if needs_two(None, last, last.source, RETIRED):
            asked = _ask(tx, last.source, last.text, last.name, last, RETIRED, actor, reason, now)
            return Became(last.source, RETIRED, asked)
        held = _hold_back(tx, last.source, RETIRED, now)
        sources.retire(tx, last, who, now, reason, None)
        return Became(last.source, RETIRED, held=held)


def ask_fix(deps: Deps, words: str, actor: Actor, source_id: str | None = None, owner: str = "") -> int:
    """Somebody found what a source should say: noted for its owner, or for whom the policy names for gaps."""
    if not words.strip():
        raise Refused(Reason("empty", "say what the source should say"))
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        found = sources.last_versions(tx, of=[source_id]) if source_id else []
        if source_id and not found:
            raise NotFound(Reason("not-found", f"there is no source {source_id}"))
        policy = policies.in_force(tx, now)
        owner = owner or next((one.source.owner for one in found), "") or (policy.cannot_answer.owner if policy else "")
        return source_fixes.ask(tx, source_id, words.strip(), owner, actor.member.id, now)


def fixed(deps: Deps, fix_id: int, actor: Actor) -> None:
    """The owner, or whoever saw to it, takes it off the list."""
    actor.must_be("reviewer")
    with deps.engine.begin() as tx:
        if not source_fixes.done(tx, fix_id, actor.member.id, deps.clock.now()):
            raise Changed(Reason("changed", "it is done already"))
