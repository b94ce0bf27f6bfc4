"""A journey past every operation that the sandbox serves and the published description knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import requests

from tests.sandbox.conftest import PARCEL, REFUND, SOLVED, Client

REPLY = {"body": "It left today.", "public": True}
NEW = {"subject": "x", "comment": {"body": "hi"}}
LISTS = """tickets tickets/count users users/me users/search?query=rosa groups groups/assignable group_memberships triggers
    automations views views/active job_statuses ticket_metrics satisfaction_ratings incremental/tickets/cursor?start_time=1
    incremental/ticket_events?start_time=1&include=comment_events incremental/ticket_metric_events?start_time=1""".split()


@dataclass(frozen=True)
class Step:
    method: str
    path: str
    answer: requests.Response


class Guide:
    """Takes each step as an admin, who may do everything, and keeps it."""

    def __init__(self, zendesk: Client) -> None:
        self.zendesk = zendesk
        self.steps: list[Step] = []

    def go(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.zendesk.call(method, f"/api/v2/{path}", body, "sandbox-admin")
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        self.steps.append(Step(method, f"/api/v2/{path}", answer))
        return answer.json() if answer.content else None


def tour(zendesk: Client) -> list[Step]:
    """The whole journey; it leaves tickets replied to, merged and deleted."""
    zendesk.control("settings", {"blind_seconds": 0}, "PUT")
    guide = Guide(zendesk)
    for leg in (_write, _work_in_bulk, _read_one_by_one, _change_rules, _read_lists, _leave):
        leg(guide)
    return guide.steps


def _write(guide: Guide) -> None:
    stamp = guide.go("GET", f"tickets/{PARCEL}")["ticket"]["updated_at"]
    marker = {"countersign": {"send_id": "s1"}}
    guarded = {"comment": REPLY, "safe_update": True, "updated_stamp": stamp, "metadata": marker}
    guide.go("PUT", f"tickets/{PARCEL}", {"ticket": guarded})
    guide.go(
        "PUT", f"tickets/{PARCEL}", {"ticket": {"status": "solved", "custom_fields": [{"id": 27642, "value": "1"}]}}
    )
    for method in ("PUT", "POST", "DELETE", "GET"):
        guide.go(method, f"tickets/{PARCEL}/tags", None if method == "GET" else {"tags": ["a"]})
    guide.zendesk.control("customer-reply", {"ticket": PARCEL, "text": "Thanks"})
    guide.go("POST", "tickets", {"ticket": NEW})
    rating = {"satisfaction_rating": {"score": "good", "comment": "Fast"}}
    made = guide.go("POST", f"tickets/{SOLVED}/satisfaction_rating", rating)["satisfaction_rating"]
    guide.go("GET", f"satisfaction_ratings/{made['id']}")


def _work_in_bulk(guide: Guide) -> None:
    job = guide.go("PUT", f"tickets/update_many?ids={PARCEL},{REFUND}", {"ticket": {"priority": "high"}})
    guide.go("GET", f"job_statuses/{job['job_status']['id']}")
    made = guide.go("POST", "tickets/create_many", {"tickets": [NEW, NEW]})["job_status"]["id"]
    results = guide.go("GET", f"job_statuses/{made}")["job_status"]["results"]
    guide.go("POST", f"tickets/{REFUND}/merge", {"ids": [results[0]["id"]]})
    guide.go("DELETE", f"tickets/destroy_many?ids={results[1]['id']}")


def _read_one_by_one(guide: Guide) -> None:
    audit = guide.go("GET", f"tickets/{REFUND}/audits")["audits"][0]
    guide.go("GET", f"tickets/{REFUND}/audits/{audit['id']}")
    guide.go("GET", f"tickets/{REFUND}/comments")
    guide.go("GET", f"tickets/show_many?ids={PARCEL},{REFUND}")
    rosa = guide.go("GET", "users/search?query=rosa")["users"][0]["id"]
    for path in (f"users/{rosa}", f"users/{rosa}/group_memberships", f"users/show_many?ids={rosa}"):
        guide.go("GET", path)
    group = guide.go("GET", "groups")["groups"][0]["id"]
    for path in (f"groups/{group}", f"groups/{group}/memberships"):
        guide.go("GET", path)
    view = guide.go("GET", "views")["views"][0]["id"]
    for path in (f"views/{view}", f"views/{view}/tickets", f"views/{view}/execute", f"views/{view}/count"):
        guide.go("GET", path)


def _change_rules(guide: Guide) -> None:
    rule = {"title": "Tag", "conditions": {"all": [], "any": []}, "actions": [{"field": "current_tags", "value": "x"}]}
    made = guide.go("POST", "triggers", {"trigger": rule})["trigger"]["id"]
    guide.go("GET", f"triggers/{made}")
    guide.go("PUT", f"triggers/{made}", {"trigger": {**rule, "active": False}})
    guide.go("DELETE", f"triggers/{made}")
    known = guide.go("GET", "automations")["automations"][0]
    guide.go("GET", f"automations/{known['id']}")
    guide.go("PUT", f"automations/{known['id']}", {"automation": {"active": True}})


def _read_lists(guide: Guide) -> None:
    for path in LISTS:
        guide.go("GET", path)
    for path in ("tickets", f"tickets/{REFUND}/comments", f"tickets/{REFUND}/audits", "users"):
        guide.go("GET", f"{path}?page[size]=2")


def _leave(guide: Guide) -> None:
    guide.go("DELETE", f"tickets/{SOLVED}")
    guide.go("GET", "incremental/tickets/cursor?start_time=1")  # tells of the deleted one
    guide.go("DELETE", f"groups/{guide.go('GET', 'groups')['groups'][1]['id']}")


def bodies(steps: list[Step]) -> Iterator[tuple[Step, Any]]:
    for step in steps:
        yield step, step.answer.json() if step.answer.content else None
