"""Failures: the list of known ways drafts go wrong. One person opens one, and it stops at once; two close it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Connection

from app.deps import Deps
from app.governance.decision import Reason
from app.governance.patterns import Pattern
from app.governance.policy import Policy
from app.review import Actor, Changed, NotFound, Refused
from app.store import holding, patterns, policies, switch

_REVIEW = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A pattern as somebody describes it. Examples are the draft's words, never the customer's."""

    name: str
    description: str
    categories: tuple[str, ...] = ()  # draft only while it is open
    phrases: tuple[str, ...] = ()
    finding: str | None = None
    examples: tuple[str, ...] = ()
    owner: str = ""  # whoever opens it, if nobody is named
    review_by: date | None = None


def open_pattern(deps: Deps, asked: Asked, actor: Actor) -> int:
    """From this commit on no draft that matches is sent, and nothing of the named categories; returns its id.

    One person may, as with every stop. Approved replies of the named categories go back to people.
    """
    actor.must_be("reviewer")
    with deps.engine.begin() as tx:
        switch.hold_all(tx)  # ordered against every claim
        now = deps.clock.now()
        pattern = _understood(tx, asked, policies.in_force(tx, now))
        holding.hold_back_categories(tx, pattern.categories, f"a known failure: {pattern.name}", now)
        due = asked.review_by or (now.date() + _REVIEW)
        told = {"description": asked.description.strip(), "owner": asked.owner or actor.member.email}
        return patterns.open_one(
            tx, pattern, {**told, "review_by": due.isoformat()}, _said(asked.examples), actor.member.id, now
        )


def _understood(tx: Connection, asked: Asked, policy: Policy | None) -> Pattern:
    name, phrases = asked.name.strip(), _said(asked.phrases)
    known = {category.name for category in policy.categories} if policy else set()
    if not name or not asked.description.strip():
        raise Refused(Reason("pattern", "give it a name, and say what goes wrong"))
    if strange := sorted(set(asked.categories) - known):
        raise Refused(Reason("category", f"the policy has no category {strange[0]}"))
    if not phrases and not asked.categories:
        raise Refused(Reason("pattern", "name words that such a draft has, or the categories that it concerns"))
    if any(one.name.casefold() == name.casefold() for one in patterns.open_ones(tx)):
        raise Refused(Reason("pattern", f"{name} is open already"))
    return Pattern(name=name, categories=asked.categories, phrases=phrases, finding=asked.finding or None)


def _said(lines: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(line.strip() for line in lines if line.strip())


def close_pattern(deps: Deps, pattern_id: int, done: str, actor: Actor, *, granting: bool = True) -> bool:
    """The first call asks, and says what was done; another person's grants. True: it is fixed and stops nothing more.

    `granting` False: they saw no request, so they can only ask.
    """
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        switch.hold_all(tx)
        now, by = deps.clock.now(), actor.member.id
        known = patterns.held(tx, pattern_id)
        if known is None:
            raise NotFound(Reason("not-found", "there is no such failure pattern"))
        if known.state != patterns.OPEN:
            raise Changed(Reason("changed", "it is fixed already"))
        if known.fix_asked_by in {None, by}:
            if not done.strip():
                raise Refused(Reason("reason", "say what was done about it"))
            patterns.ask_to_close(tx, pattern_id, done.strip(), by, now)
            return False
        if not granting:
            raise Changed(Reason("changed", "somebody has just asked for this: look again before you grant it"))
        patterns.close(tx, pattern_id, by, now)
        return True
