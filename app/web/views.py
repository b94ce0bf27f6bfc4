"""What pages and parts both show: read models arranged for the eye."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any

from app import (
    board,
    bringing,
    desk,
    figures,
    freezing,
    practice,
    ramping,
    second_review,
    source_view,
    stop_links,
    troubles,
)
from app.deps import Deps
from app.metrics import MODES
from app.review import Actor
from app.store import drills, policies, staff
from app.web.context import current_deps, current_pass

SHOWN_DRILLS = 4
VIEWS = {"open": ("Waiting", desk.WAITING), "people": ("For people", desk.WITH_PEOPLE), "done": ("Done", desk.DONE)}


def queue_view(show: str) -> dict[str, Any]:
    """The queue, one of its three views chosen, grouped by category."""
    chosen = show if show in VIEWS else "open"
    deps = current_deps()
    counts = desk.counts(deps, {name: states for name, (_, states) in VIEWS.items()})
    items, mixed = desk.queue(deps, VIEWS[chosen][1]), practice.shown(deps)
    counts["open"] += mixed is not None  # the count would give it away
    if mixed and chosen == "open":
        items = sorted([*items, mixed], key=lambda item: item.created_at)
    views = [{"name": name, "title": title, "count": counts[name]} for name, (title, _) in VIEWS.items()]
    return {"groups": _grouped(items), "views": views, "show": chosen, "practising": practice.is_on(deps)}


def _grouped(items: Iterable[desk.Item]) -> list[tuple[str, list[desk.Item]]]:
    def name(item: desk.Item) -> str:
        return item.category or ""

    ordered = sorted(items, key=lambda item: (not item.category, name(item)))
    return [(category, list(group)) for category, group in groupby(ordered, key=name)]


def evidence_view() -> dict[str, Any]:
    """Each category on its way to auto-send, in words and numbers; and the reviews that want another look."""
    deps, me = current_deps(), current_pass().member
    standings = ramping.standings(deps)
    askers = {
        stands.request.asked_by: desk.name_of(deps, stands.request.asked_by) for stands in standings if stands.request
    }
    return {
        "standings": [(stands, figures.left_out(stands.report.verdict.tally)) for stands in standings],
        "OUTCOMES": figures.OUTCOMES,
        "tasks": second_review.tasks(deps, Actor(me, "evidence")),
        "askers": askers,
    }


WEEKS = {4: "4 weeks", 13: "A quarter", 26: "Half a year"}


def figures_view(weeks: int) -> dict[str, Any]:
    """What became of the answers of that many weeks."""
    chosen = weeks if weeks in WEEKS else 13
    return {"board": board.board(current_deps(), chosen), "weeks": WEEKS, "chosen": chosen, "MODE_WORDS": MODES}


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
        "mails": bool(deps.settings.smtp_url),
    }


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
