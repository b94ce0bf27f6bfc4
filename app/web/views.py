"""What pages and parts both show: read models arranged for the eye."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from app import (
    board,
    bringing,
    charts,
    curves,
    desk,
    due,
    figures,
    freezing,
    practice,
    presence,
    ramping,
    second_review,
    source_view,
    stop_links,
    troubles,
)
from app.deps import Deps
from app.first_steps import first_steps
from app.governance.gate import Gate
from app.metrics import MODES, NAMES
from app.review import Actor
from app.store import drills, policies, staff
from app.store.lineup import ROWS, Wanted
from app.web import connections
from app.web.context import current_deps, current_pass

SHOWN_DRILLS = 4
COUNTED = {"open": 10_000, "people": 1_000}  # and not more, however much is stored; what is done only grows
VIEWS = {"open": ("Waiting", desk.WAITING), "people": ("For people", desk.WITH_PEOPLE), "done": ("Done", desk.DONE)}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks the queue for: it can be kept and sent."""

    show: str
    wanted: Wanted

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        """Nonsense asks for nothing."""
        show, tier = given.get("show", ""), given.get("tier", "")
        wanted = Wanted(given.get("category") or None, int(tier) if tier in {"1", "2", "3"} else None)
        return cls(show if show in VIEWS else "open", wanted)

    def shows(self, item: desk.Item) -> bool:
        """Is it among what is asked for?"""
        category, tier = self.wanted.category, self.wanted.tier
        return self.show == "open" and category in {None, item.category} and tier in {None, item.tier}


def queue_view(asked: Asked) -> dict[str, Any]:
    """The queue as asked for, grouped by category: never more rows than a page can bear, and how many there are."""
    deps = current_deps()
    counts = {name: desk.by_category(deps, VIEWS[name][1], most) for name, most in COUNTED.items()}
    items, mixed = desk.queue(deps, VIEWS[asked.show][1], asked.wanted), practice.shown(deps)
    if mixed:
        counts["open"][mixed.category] = counts["open"].get(mixed.category, 0) + 1  # the count would give it away
        items = sorted([*items, mixed], key=lambda item: item.created_at)[:ROWS] if asked.shows(mixed) else items
    totals = {name: sum(counts[name].values()) for name in COUNTED}
    known = {name: counts[name] for name, most in COUNTED.items() if totals[name] <= most and asked.wanted.tier is None}
    views = [{"name": name, "title": title, "count": _told(name, totals)} for name, (title, _) in VIEWS.items()]
    return {
        "groups": _grouped(items, known.get(asked.show, {})), "views": views, "asked": asked,
        "full": len(items) >= ROWS, "categories": categories(), "practising": practice.is_on(deps),
    }  # fmt: skip


def _told(name: str, totals: Mapping[str, int]) -> str:
    """How many there are; empty: not counted."""
    if name not in totals:
        return ""
    return f"{min(totals[name], COUNTED[name]):,}{'+' if totals[name] > COUNTED[name] else ''}"


def _grouped(
    items: Iterable[desk.Item], counts: Mapping[str | None, int]
) -> list[tuple[str | None, int, list[desk.Item]]]:
    """(category, how many there are, those that are shown)."""
    ordered = sorted(items, key=lambda item: (not item.category, item.category or ""))
    groups = [(category, list(group)) for category, group in groupby(ordered, key=lambda item: item.category)]
    return [(category, max(counts.get(category, 0), len(group)), group) for category, group in groups]


def others_on() -> dict[tuple[str, str], str]:
    """Who else is on which ticket, in words."""
    found = presence.on_tickets(current_deps(), current_pass().member)
    return {place: presence.said(names) for place, names in found.items()}


def evidence_view() -> dict[str, Any]:
    """Each category on its way to auto-send, in words and numbers; and the reviews that want another look."""
    deps, me = current_deps(), current_pass().member
    standings = ramping.standings(deps)
    askers = desk.names_of(deps, {stands.request.asked_by for stands in standings if stands.request})
    otherwise = figures.differences(deps, [stands.report for stands in standings])
    return {
        "standings": [
            (
                stands,
                figures.left_out(stands.report.verdict.tally),
                otherwise.get(stands.report.category.name, []),
                curves.curve(curves.steps_of(stands.report), stands.report),
            )
            for stands in sorted(standings, key=_nearest)
        ],
        "LINES": figures.LINES,
        "OUTCOMES": figures.OUTCOMES,
        "tasks": second_review.tasks(deps, Actor(me, "evidence")),
        "askers": askers,
    }


def _nearest(stands: ramping.Standing) -> tuple[bool, int, int]:
    """First what people must do something about, then whatever is nearest to its gate."""
    verdict = stands.report.verdict
    waits = bool(stands.request or stands.step or verdict.outcome is not Gate.INCONCLUSIVE)
    return not waits, verdict.needed, sum(not line.done for line in verdict.lines)


WEEKS = {4: "4 weeks", 13: "A quarter", 26: "Half a year"}


def chosen_weeks(asked: str) -> int:
    """How many, of those that may be chosen."""
    return int(asked) if asked in map(str, WEEKS) else 13


def figures_view(weeks: str, category: str | None) -> dict[str, Any]:
    """What became of the answers of that many weeks; in pictures those of one category, or of all together."""
    chosen = chosen_weeks(weeks)
    found = board.board(current_deps(), chosen)
    return {
        "board": found, "weeks": WEEKS, "chosen": chosen, "MODE_WORDS": MODES, "path": charts.path, "METRICS": NAMES, "category": category,
        "charts": charts.charts(found.drawn(category), found.since, found.now), "drawable": sorted({str(key[1]) for key in found.weeks if key[1]}),
    }  # fmt: skip


def settings_view() -> dict[str, Any]:
    """Switches with what a stop will do, the policy in force, and what is wrong."""
    deps = current_deps()
    return {
        "scopes": [(scope, desk.effect(deps, scope.scope)) for scope in desk.switches(deps)],
        "frozen": freezing.in_force(deps),
        **_rehearsals(deps),
        "links": stop_links.listed(deps),
        "policy": desk.policy_in_force(deps),
        "hosts": sorted(deps.hosts),
        "senders": [(name, bringing.known(deps, name)) for name in sorted(deps.hosts)],
        "troubles": troubles.told(deps),
        "connections": connections.listed(deps),
        "due": due.calendar(deps),
        "today": deps.clock.now().date(),
        "first": [step for step in first_steps(deps) if not step.done],
        "mails": bool(deps.settings.smtp_url),
    }


def settings_edition() -> str:
    """What the settings show and the log does not tell: a rehearsal's steps, troubles, tests; anything else within a minute."""
    deps = current_deps()
    with deps.readers.begin() as tx:
        drill = drills.running(tx)
    tests = [last for _, _, last in connections.listed(deps)]
    minute = deps.clock.now().strftime("%Y-%m-%d %H:%M")
    return str(("settings", current_pass().member.id, minute, drill and drill.step, troubles.told(deps), tests))


def _rehearsals(deps: Deps) -> dict[str, Any]:
    """The last drills, whose they were, and when the next one is due."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        found = drills.listed(tx, SHOWN_DRILLS)
        names = {member.id: member.name for member in staff.everybody(tx)}
        rehearsed = drills.drill_state(tx, policies.in_force(tx, now))
    shown = [replace(drill, started_by=names.get(drill.started_by, drill.started_by)) for drill in found]
    return {"drills": shown, "rehearsed": rehearsed, "late": rehearsed.overdue(now)}


def state_view() -> dict[str, Any]:
    """The switch of everything, and how many things are wrong."""
    deps = current_deps()
    return {"switches": desk.switches(deps), "troubles": troubles.told(deps)}


def categories() -> list[str]:
    """What a message may be about: to choose from when the machine chose wrong."""
    policy = desk.policy_in_force(current_deps())
    return sorted(category.name for category in policy.categories) if policy else []


def held_draft(proposal_id: str) -> source_view.Held | None:
    """What changed under a draft that is held back."""
    return source_view.held(current_deps(), proposal_id)


def owners() -> list[str]:
    """Whom the policy names: suggestions when somebody escalates."""
    policy = desk.policy_in_force(current_deps())
    if policy is None:
        return []
    return sorted({*(entry.owner for entry in policy.escalations), policy.cannot_answer.owner} - {""})
