"""The policy's life: check, compare, ask, a second person's yes to the hash, and into force. A narrowing waits for nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.checking import Checked, checked, imported
from app.deps import Deps
from app.governance.decision import Reason
from app.governance.finding import Finding
from app.review import Actor, Changed, Forbidden, NotFound, Refused
from app.store import accepted, audit, policies, policy_requests, staff, switch
from app.store.policy_requests import Draft, Request
from app.store.staff import Member

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft that is kept, and what others saved from the same beginning."""

    draft: Draft
    meanwhile: tuple[Draft, ...]


# --- drafts ------------------------------------------------------------------------------------------------------------


def save(deps: Deps, text: str, parent: int | None, actor: Actor, base: int | None = None) -> Saved:
    """Keep what they wrote, whether it reads or not. Whoever saved beside them is named, and loses nothing.

    `base`: the version that they went out from, if it is not the one in force any more.
    """
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        before = policy_requests.draft(tx, parent) if parent is not None else None
        current = policies.in_force(tx, now)
        since = base if base is not None else before.base if before else current.version if current else 0
        draft = policy_requests.save(tx, text, before.id if before else None, since, actor.member.id, now)
        audit.append(tx, now, actor.member.id, "policy.saved", str(draft.id), {"sha256": policy_requests.sha256(text)})
        return Saved(draft, tuple(policy_requests.siblings(tx, draft)))


# --- ask, approve, publish ---------------------------------------------------------------------------------------------


def request(deps: Deps, text: str, reason: str, actor: Actor | None, base: int | None = None) -> Request:
    """Ask for it. Without a person only a narrowing can be asked for, by the operator.

    `base`: the version that they went out from. Another one in force by now would be undone without a word.
    """
    if actor is not None:
        actor.must_be("admin")
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        text = imported(text, deps.settings.deployment)
        found = checked(tx, deps, text, actor.member.email if actor else None)
        _publishable(found)
        if actor is None and found.verdict.needs_two:
            raise Forbidden(
                Reason("two-people", f"it is {found.verdict.kind}: a signed-in person asks, another approves")
            )
        if base is not None and base != found.replaces:
            said = f"version {found.replaces} came into force since you began from version {base}: look what yours would undo"
            raise Changed(Reason("changed", said))
        if found.verdict.needs_two and not reason.strip():
            raise Refused(Reason("reason", "say in a few words why"))  # of a narrowing it may follow
        if found.unchanged:
            raise Refused(Reason("unchanged", "this is the policy in force, to the letter"))
        author = actor.member.id if actor else OPERATOR
        made = policy_requests.ask(tx, text, found.replaces, found.verdict.kind, author, reason.strip(), now)
        header = {"sha256": made.sha256, "verdict": made.verdict, "replaces": made.replaces}
        audit.append(tx, now, author, "policy.requested", str(made.id), header)
        return made


def _publishable(found: Checked) -> None:
    """A grave finding stops everybody. The others stop a widening only: a stop never waits for tidiness."""
    grave = [finding for finding in found.findings if finding.grave]
    stopping = grave or (found.open if found.verdict.needs_two else ())
    if stopping:
        raise Refused(
            *(Reason(finding.kind, f"line {finding.line}: {finding.text}: {finding.remedy}") for finding in stopping)
        )


def approve(deps: Deps, request_id: int, actor: Actor, seen: str | None = None) -> Request:
    """A second person's yes to exactly this text. `seen`: the hash that they were shown."""
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        asked = _open(tx, request_id)
        if seen is not None and seen != asked.sha256:
            raise Changed(Reason("changed", "this approval is for an older text: look at it again"))
        if asked.author == actor.member.id:
            raise Refused(Reason("author", "who wrote a change never approves it: ask a second person"))
        _may_approve(tx, actor.member, now)
        _still_due(tx, asked, now)
        policy_requests.approve(tx, request_id, asked.sha256, actor.member.id, now)
        audit.append(tx, now, actor.member.id, "policy.approved", str(request_id), {"sha256": asked.sha256})
        return _open(tx, request_id)


def _open(tx: Connection, request_id: int) -> Request:
    asked = policy_requests.held(tx, request_id)
    if asked is None:
        raise NotFound(Reason("not-found", f"there is no request {request_id}"))
    if asked.state != policy_requests.OPEN:
        newer = (
            "a newer text took its place: look at that one"
            if asked.state == policy_requests.SUPERSEDED
            else f"it is {asked.state}"
        )
        raise Changed(Reason("changed", newer))
    return asked


def _still_due(tx: Connection, asked: Request, now: datetime) -> None:
    """A version that came into force in between makes it fail; nothing is merged."""
    base = policies.in_force(tx, now)
    if (base.version if base else 0) != asked.replaces:
        said = f"it was written for version {asked.replaces}, and another is in force now: ask for it anew"
        raise Changed(Reason("changed", said))


def approvers(tx: Connection, now: datetime) -> list[Member]:
    """Admins whom the policy in force names; every admin, where it names nobody who answers here."""
    policy = policies.in_force(tx, now)
    named = {address.lower() for address in policy.owners.scope_expansion} if policy else set()
    present = staff.present(tx)
    admins = [member for member in present if member.may("admin")]
    if not any(member.email.lower() in named for member in present):
        return admins
    return [member for member in admins if member.email.lower() in named]


def _may_approve(tx: Connection, member: Member, now: datetime) -> None:
    may = approvers(tx, now)
    if member.id not in {one.id for one in may}:
        names = ", ".join(one.email for one in may) or "nobody"
        raise Forbidden(Reason("approver", f"the policy in force lets {names} approve: `scope_expansion`"))


def publish(deps: Deps, request_id: int, actor: Actor | None, at: datetime | None = None) -> policies.Version:
    """Into force, now or at that time. What widens needs its approval; what narrows goes at once, with one person."""
    if actor is not None:
        actor.must_be("admin")
    with deps.engine.begin() as tx:
        switch.hold_all(tx)  # ordered against every claim
        now = deps.clock.now()
        asked = _open(tx, request_id)
        _still_due(tx, asked, now)
        author = staff.by_id(tx, asked.author)
        found = checked(tx, deps, asked.toml, author.email if author else None)
        _publishable(found)
        if found.verdict.needs_two and asked.approved_by is None:
            raise Refused(Reason("two-people", f"it is {found.verdict.kind}: a second person approves it first"))
        if at is not None and at <= now:
            raise Refused(Reason("time", "that time is over"))
        return _into_force(tx, asked, found, actor.member.id if actor else OPERATOR, now, at)


def widens(deps: Deps, request_id: int) -> bool:
    """Would that request allow more, or partly more? Then the host is asked anew who publishes it."""
    with deps.readers.begin() as tx:
        asked = policy_requests.find(tx, request_id)
        return asked is not None and checked(tx, deps, asked.toml, None).verdict.needs_two


def _into_force(
    tx: Connection, asked: Request, found: Checked, who: str, now: datetime, at: datetime | None
) -> policies.Version:
    said = {"verdict": str(found.verdict.kind), "reason": asked.reason}
    policy = policies.publish(tx, asked.toml, asked.author, asked.approved_by, now, effective_from=at, **said)
    policy_requests.end(tx, asked.id, policy_requests.PUBLISHED, policy.version)
    audit.append(tx, now, who, "policy.request-published", str(asked.id), {"version": policy.version})
    version = policies.read(tx, policy.version)
    assert version is not None  # noqa: S101 - written a line ago, in this transaction
    return version


def withdraw(deps: Deps, request_id: int, actor: Actor) -> None:
    """Take it back, one's own or another's: no is the cautious side."""
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        _open(tx, request_id)
        policy_requests.end(tx, request_id, policy_requests.WITHDRAWN)
        audit.append(tx, deps.clock.now(), actor.member.id, "policy.withdrawn", str(request_id), {})


# --- findings that two people live with --------------------------------------------------------------------------------


def accept(deps: Deps, text: str, key: str, reason: str, until: datetime, actor: Actor) -> bool:
    """The first person asks, with reason and end; another one's same call grants. True: it is accepted."""
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        found = checked(tx, deps, imported(text, deps.settings.deployment), actor.member.email)
        finding = next((one for one in found.findings if one.key == key), None)
        if finding is None:
            raise NotFound(Reason("not-found", "this document has no such finding"))
        if finding.grave:
            raise Refused(Reason("above-limit", "nobody can accept this one"))
        before = found.accepted.get(key)
        if before is None or before.granted_by is not None or before.asked_by == actor.member.id:
            _ask_to_accept(tx, finding, reason, until, actor.member.id, now)
            return False
        _may_approve(tx, actor.member, now)
        accepted.grant(tx, before.id, actor.member.id, now)
        header = {"finding": key, "until": before.expires_at.isoformat(), "asked_by": before.asked_by}
        audit.append(tx, now, actor.member.id, "finding.accepted", key, header)
        return True


def _ask_to_accept(tx: Connection, finding: Finding, reason: str, until: datetime, who: str, now: datetime) -> None:
    if not reason.strip() or until <= now:
        raise Refused(Reason("reason", "say why, and until when: a day to come"))
    accepted.ask(tx, finding.key, finding.text, reason.strip(), until, who, now)
    audit.append(tx, now, who, "finding.acceptance-asked", finding.key, {"until": until.isoformat()})
