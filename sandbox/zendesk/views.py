"""The views of the account, and which tickets each shows."""

from __future__ import annotations

from collections.abc import Callable

from sandbox.zendesk import tickets
from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.state import Doc, Store

FIRST_ID = 33144690000001
UNSOLVED = ("new", "open", "pending", "hold")
COLUMNS = [{"id": "status", "title": "Status"}, {"id": "subject", "title": "Subject"}, {"id": "updated", "title": "Updated"}]  # fmt: skip
Shows = Callable[[Doc], bool]
GIVEN: list[tuple[str, Doc, Shows]] = [
    ("All unsolved tickets", {"field": "status", "operator": "less_than", "value": "solved"},
     lambda ticket: ticket["status"] in UNSOLVED),
    ("Unassigned tickets", {"field": "assignee_id", "operator": "is", "value": ""},
     lambda ticket: ticket["status"] in UNSOLVED and ticket["assignee_id"] is None),
    ("New tickets", {"field": "status", "operator": "is", "value": "new"}, lambda ticket: ticket["status"] == "new"),
    ("Pending tickets", {"field": "status", "operator": "is", "value": "pending"},
     lambda ticket: ticket["status"] == "pending"),
    ("Recently solved tickets", {"field": "status", "operator": "is", "value": "solved"},
     lambda ticket: ticket["status"] == "solved"),
]  # fmt: skip


def every(store: Store, root: str) -> list[Doc]:
    started = store.meta("started_at")
    return [
        {
            "url": f"{root}/api/v2/views/{FIRST_ID + number}.json", "id": FIRST_ID + number, "title": title,
            "raw_title": title, "active": True, "position": number, "default": True, "description": None,
            "restriction": None, "created_at": started, "updated_at": started,
            "conditions": {"all": [condition], "any": []},
            "execution": {"columns": COLUMNS, "group_by": None, "sort_by": "updated", "sort_order": "desc"},
        }
        for number, (title, condition, _shows) in enumerate(GIVEN)
    ]  # fmt: skip


def get(store: Store, view_id: int, root: str) -> Doc:
    for view in every(store, root):
        if view["id"] == view_id:
            return view
    raise record_not_found()


def shown(store: Store, view_id: int) -> list[Doc]:
    """Its tickets, the last changed first."""
    _title, _condition, shows = GIVEN[view_id - FIRST_ID]
    found = [ticket for ticket in tickets.every(store) if shows(ticket)]
    return sorted(found, key=lambda ticket: (ticket["updated_at"], ticket["id"]), reverse=True)
