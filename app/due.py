"""Due: what somebody has to do by when, before automation narrows itself because nobody did."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from app.deps import Deps
from app.governance.policy import Policy
from app.store import drills, escalations, patterns, policies, sources

AHEAD = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to do. `otherwise`: what happens on the day after. `place`: the page where it is done."""

    on: date
    what: str
    otherwise: str
    place: str

    def is_late(self, today: date) -> bool:
        """The day is over."""
        return self.on < today


def calendar(deps: Deps) -> list[Due]:
    """What is late and what is due soon, the earliest first."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        found = [*_escalations(tx, deps), *_sources(tx), *_patterns(tx), *(_policy(tx, policy, now) if policy else ())]
    return sorted((one for one in found if one.on <= (now + AHEAD).date()), key=lambda one: (one.on, one.what))


def _policy(tx: Connection, policy: Policy, now: datetime) -> Iterator[Due]:
    rehearsed = drills.drill_state(tx, policy)
    yield Due((rehearsed.due_at or now).date(), "Rehearse the stop", "Auto-send stops.", "pages.settings")
    if policy.review_by is not None:
        yield Due(policy.review_by, "Review the policy", "Auto-send stops.", "policy.page")
    for rule in policy.rules:
        if rule.review_by is not None:
            yield Due(
                rule.review_by, f"Review the rule “{rule.name}”", "The policy says so as a finding.", "policy.page"
            )


def _sources(tx: Connection) -> Iterator[Due]:
    """One line a day: thirty sources with one date are one afternoon."""
    days: dict[date, list[str]] = {}
    for source in sources.current(tx):
        titles = days.setdefault(source.review_by, [])
        if source.language == "en":
            titles.append(source.title)
    for day, titles in days.items():
        named = ", ".join(sorted(titles)[:2]) or "translations"
        more = f" and {len(titles) - 2} more" if len(titles) > 2 else ""
        yield Due(day, f"Review sources: {named}{more}", "No draft uses them.", "sources.page")


def _patterns(tx: Connection) -> Iterator[Due]:
    for known in patterns.listed(tx):
        if known.state == patterns.OPEN:
            words = f"Review the known failure “{known.pattern.name}”"
            yield Due(known.review_by, words, "It keeps stopping drafts.", "sources.page")


def _escalations(tx: Connection, deps: Deps) -> Iterator[Due]:
    found = escalations.still_open(tx, deps.keys)
    if found:
        what = "1 open escalation" if len(found) == 1 else f"The first of {len(found)} open escalations"
        yield Due(found[0].due_at.date(), what, "It goes to the next on the roster.", "escalations.page")
