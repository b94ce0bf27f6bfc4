"""What the policy page shows: in force, scheduled, asked for, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app import policy_words, publishing
from app.deps import Deps
from app.governance.difference import lines_unlike
from app.governance.document import parse
from app.governance.policy import Policy
from app.governance.verdict import Verdict, compare
from app.store import policies, policy_requests, staff
from app.store.policies import Version
from app.store.policy_requests import Draft
from app.store.staff import Member


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, in words, and what the person who looks may do with it."""

    id: int
    sha256: str
    author: str
    reason: str
    asked_at: datetime
    verdict: Verdict
    says: str
    approved_by: str | None
    overtaken: bool
    mine: bool
    may_approve: bool
    may_publish: bool
    whose_turn: str


@dataclass(frozen=True, slots=True)
class Published:
    """A version, with names for ids. `overtaken`: due later, and never will be."""

    version: Version
    author: str
    approved_by: str | None
    overtaken: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """The upper half of the page."""

    in_force: Policy | None
    versions: tuple[Published, ...]
    asked: tuple[Asked, ...]
    alone: str | None  # whom to add, where nobody could approve what this person writes
    may_write: bool
    drafts: tuple[tuple[Draft, str], ...]  # each with its author's name


@dataclass(frozen=True, slots=True)
class Beginning:
    """The text that the editor begins with."""

    text: str
    base: int
    draft: int | None
    by: str | None
    saved_at: datetime | None


def showing(deps: Deps, me: Member) -> Shown:
    """As it stands for that person."""
    with deps.readers.begin() as tx:
        now = deps.clock.now()
        base = policies.in_force(tx, now)
        may = publishing.approvers(tx, now)
        found = policies.versions(tx, 10)
        top = base.version if base else 0
        return Shown(
            in_force=base,
            versions=tuple(_published(tx, version, top, now) for version in found),
            asked=tuple(_asked(tx, one, base, may, me) for one in policy_requests.listed(tx, policy_requests.OPEN)),
            alone=_alone(base, may, me),
            may_write=me.may("admin"),
            drafts=tuple((one, _name(tx, one.author)) for one in policy_requests.newest_drafts(tx)),
        )


def _published(tx: Connection, version: Version, top: int, now: datetime) -> Published:
    second = _name(tx, version.approved_by) if version.approved_by else None
    return Published(version, _name(tx, version.author), second, version.effective_from > now and version.version < top)


def _asked(tx: Connection, one: policy_requests.Request, base: Policy | None, may: list[Member], me: Member) -> Asked:
    verdict = compare(base, parse(one.toml))
    overtaken = (base.version if base else 0) != one.replaces
    ready = not overtaken and (one.approved_by is not None or not verdict.needs_two)
    others = [member.name for member in may if member.id != one.author]
    mine = one.author == me.id
    may_approve = not overtaken and not ready and not mine and me.id in {member.id for member in may}
    return Asked(
        id=one.id,
        sha256=one.sha256,
        author=_name(tx, one.author),
        reason=one.reason,
        asked_at=one.asked_at,
        verdict=verdict,
        says=policy_words.COMES_TO[verdict.kind],
        approved_by=_name(tx, one.approved_by) if one.approved_by else None,
        overtaken=overtaken,
        mine=mine,
        may_approve=may_approve,
        may_publish=ready and me.may("admin"),
        whose_turn=_turn(others, ready=ready, overtaken=overtaken),
    )


def _turn(others: list[str], *, ready: bool, overtaken: bool) -> str:
    if overtaken:
        return "Another version came into force since: it has to be asked for anew."
    if ready:
        return "Ready to be published."
    return f"Waits for {' or '.join(others)}." if others else "Nobody could approve it yet."


def _alone(base: Policy | None, may: list[Member], me: Member) -> str | None:
    """With one admin only nothing can be widened: say whom to add."""
    if any(member.id != me.id for member in may):
        return None
    named = [
        address for address in (base.owners.scope_expansion if base else ()) if address.lower() != me.email.lower()
    ]
    if named:
        return f"Nobody else can approve yet. The policy names {', '.join(named)}: they sign in once, and an admin makes them admin."
    return "Nobody else can approve yet. Name a second person in the first question, and make them an admin."


def _name(tx: Connection, member_id: str) -> str:
    member = staff.by_id(tx, member_id)
    return member.name if member else member_id


def beginning(deps: Deps, me: Member) -> Beginning:
    """The last draft that somebody saved since the version in force, or that version itself."""
    with deps.readers.begin() as tx:
        base = policies.in_force(tx, deps.clock.now())
        version = policies.read(tx, base.version) if base else None
        draft = policy_requests.newest_draft(tx, base.version if base else 0)
        if draft is not None and me.may("admin"):
            return Beginning(draft.toml, draft.base, draft.id, _name(tx, draft.author), draft.saved_at)
    return Beginning(version.toml if version else "", version.version if version else 0, None, None, None)


def draft_text(deps: Deps, draft_id: int) -> Draft | None:
    """What somebody kept."""
    with deps.readers.begin() as tx:
        return policy_requests.draft(tx, draft_id)


def named_draft(deps: Deps, draft: Draft, mine: str) -> dict[str, object]:
    """Who saved beside one, and what; and in which lines one's own says otherwise."""
    with deps.readers.begin() as tx:
        return {
            "id": draft.id,
            "by": _name(tx, draft.author),
            "saved_at": draft.saved_at.isoformat(),
            "text": draft.toml,
            "difference": [{"kind": piece.kind, "text": piece.text} for piece in lines_unlike(draft.toml, mine)],
        }
