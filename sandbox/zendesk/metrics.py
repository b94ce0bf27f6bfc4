"""Ticket metrics and metric events, worked out from the audits: they are never stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from sandbox.zendesk import audits, people
from sandbox.zendesk.state import Doc, Store

FIRST_METRIC_ID = 33144700000000
DONE = ("solved", "closed")
WAITING_FOR_THE_CUSTOMER = ("pending", "hold", *DONE)


@dataclass
class Story:
    """What happened to one ticket, in order."""

    created_at: str
    status: list[tuple[str, str]] = field(default_factory=list)
    assignee: list[tuple[str, str | None]] = field(default_factory=list)
    group: list[tuple[str, str | None]] = field(default_factory=list)
    said: list[tuple[str, bool, bool]] = field(default_factory=list)  # when, by staff, public
    updated: dict[bool, str] = field(default_factory=dict)  # last time by staff, by the requester


def story(store: Store, ticket: Doc) -> Story:
    found = Story(ticket["created_at"], status=[(ticket["created_at"], "new")])
    lists: dict[str, list[Any]] = {"status": found.status, "assignee_id": found.assignee, "group_id": found.group}
    for audit in audits.of_ticket(store, ticket["id"]):
        at = audit["created_at"]
        found.updated[people.is_staff(people.user(store, audit["author_id"]))] = at
        for event in audit["events"]:
            if event["type"] == "Comment":
                staff = people.is_staff(people.user(store, event["author_id"]))
                found.said.append((at, staff, event["public"]))
            elif event.get("field_name") in lists:
                lists[event["field_name"]].append((at, event["value"]))
    return found


def reopens(told: Story) -> int:
    """Solved and then not solved any more, whoever did it."""
    states = [value for _at, value in told.status]
    return sum(before == "solved" and after not in DONE for before, after in pairwise(states))


def of_ticket(store: Store, ticket: Doc, root: str) -> Doc:
    told = story(store, ticket)
    solved = [at for at, value in told.status if value in DONE]
    assigned = [at for at, value in told.assignee if value]
    replies = [at for at, staff, public in told.said if staff and public]
    number = FIRST_METRIC_ID + ticket["id"]
    return {
        "url": f"{root}/api/v2/ticket_metrics/{number}.json", "id": number, "ticket_id": ticket["id"],
        "created_at": ticket["created_at"], "updated_at": ticket["updated_at"], "reopens": reopens(told),
        "replies": len(replies), "group_stations": _stations(told.group), "assignee_stations": _stations(told.assignee),
        "assignee_updated_at": told.updated.get(True), "requester_updated_at": told.updated.get(False),
        "status_updated_at": told.status[-1][0], "custom_status_updated_at": told.status[-1][0],
        "initially_assigned_at": assigned[0] if assigned else None, "assigned_at": assigned[-1] if assigned else None,
        "solved_at": solved[-1] if solved and ticket["status"] in DONE else None,
        "latest_comment_added_at": told.said[-1][0] if told.said else None,
        "reply_time_in_minutes": _minutes(told.created_at, replies[:1]),
        "first_resolution_time_in_minutes": _minutes(told.created_at, solved[:1]),
        "full_resolution_time_in_minutes": _minutes(told.created_at, solved[-1:]),
        "agent_wait_time_in_minutes": _minutes(told.created_at, []),
        "requester_wait_time_in_minutes": _minutes(told.created_at, replies[:1]),
        "on_hold_time_in_minutes": {"calendar": 0, "business": 0},
    }  # fmt: skip


def _stations(values: list[tuple[str, str | None]]) -> int:
    return len({value for _at, value in values if value})


def _minutes(start: str, ends: list[str]) -> Doc:
    """Both clocks alike: the account has no schedule."""
    if not ends:
        return {"calendar": None, "business": None}
    gone = datetime.fromisoformat(ends[0]) - datetime.fromisoformat(start)
    return {"calendar": int(gone.total_seconds() // 60), "business": int(gone.total_seconds() // 60)}


def events(store: Store, ticket: Doc) -> list[Doc]:
    """`reply_time`, `requester_wait_time` and `resolution_time`: when each clock began, paused, ended; oldest first."""
    told = story(store, ticket)
    clocks = {
        "reply_time": [(at, "fulfill" if staff else "activate") for at, staff, public in told.said if public],
        "requester_wait_time": [(at, _clock(value, pauses=True)) for at, value in told.status],
        "resolution_time": [(at, _clock(value, pauses=False)) for at, value in told.status],
    }
    found = [{"ticket_id": ticket["id"], **turn} for metric, turns in clocks.items() for turn in _turns(metric, turns)]
    found.sort(key=lambda event: event["time"])
    return [{"id": (FIRST_METRIC_ID + ticket["id"]) * 1000 + number, **event} for number, event in enumerate(found)]


def _clock(status: str, *, pauses: bool) -> str:
    if status in DONE:
        return "fulfill"
    return "pause" if pauses and status in WAITING_FOR_THE_CUSTOMER else "activate"


def _turns(metric: str, turns: list[tuple[str, str]]) -> list[Doc]:
    """Only the changes; each new beginning after an end is another instance."""
    found: list[Doc] = []
    instance, state = 1, "fulfill"
    for at, kind in turns:
        if kind != state and not (not found and kind != "activate"):
            instance += kind == "activate" and state == "fulfill" and bool(found)
            found.append({"metric": metric, "instance_id": instance, "type": kind, "time": at})
            state = kind
    return found
