"""A judge that we did not write: the published description of the API."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from sandbox.zendesk.server import Running, create_app
from tests.sandbox import published
from tests.sandbox.conftest import PARCEL, Client
from tests.sandbox.corrections import CORRECTIONS
from tests.sandbox.tour import bodies, tour

# Served, and unknown to the file of March 2024: what we go by instead.
NOT_IN_THE_FILE = {
    "/apps": "the file is about Support; the Apps API has a reference of its own",
    "/oauth": "the same: the reference on OAuth",
    "/webhooks": "the same: the reference on webhooks",
    "/groups/{}/users": "as /users",
    "/users/{}/groups": "as /groups",
    "/users/{}": "only its DELETE: a gap of the file, which has the GET; it answers with the same user",
    "/tickets/{}/metrics": "a gap of the file; judged as one element of /ticket_metrics",
    "/tickets/{}/metric_events": "came after the file; judged as /incremental/ticket_metric_events",
}


def served(app: Flask) -> set[tuple[str, str]]:
    """(method, shape) of each route under /api/v2."""
    rules = [rule for rule in app.url_map.iter_rules() if str(rule).startswith("/api/v2/")]
    return {
        (method, published.shape(str(rule)))
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_answer_fits_the_published_description(zendesk: Client) -> None:
    wrong = [
        complaint
        for step, body in bodies(tour(zendesk))
        for complaint in published.complaints(step.method, step.path, step.answer.status_code, body)
    ]
    assert wrong == []


def test_the_tour_leaves_out_no_operation(zendesk: Client, running: Running) -> None:
    seen = {published.operation_of(step.method, step.path) for step in tour(zendesk)}
    asked = served(create_app(running.sandbox))
    assert (asked & set(published.operations())) - seen == set()
    unknown = {path for method, path in asked if (method, path) not in published.operations()}
    reasons = tuple(f"/api/v2{path}" for path in NOT_IN_THE_FILE)
    assert {path for path in unknown if not path.startswith(reasons)} == set()


def test_metrics_and_metric_events_of_one_ticket_look_like_those_of_all(zendesk: Client) -> None:
    zendesk.put(PARCEL, comment={"body": "hello", "public": True})
    metric = zendesk.get(f"tickets/{PARCEL}/metrics.json")["ticket_metric"]
    assert published.complaints("GET", "/api/v2/ticket_metrics", 200, {"ticket_metrics": [metric]}) == []
    found = zendesk.get(f"tickets/{PARCEL}/metric_events.json")
    assert published.complaints("GET", "/api/v2/incremental/ticket_metric_events", 200, found) == []
    assert found["ticket_metric_events"] != []


@pytest.mark.parametrize("correct", CORRECTIONS)
def test_each_correction_of_the_file_still_corrects_something(correct: Callable[[Any], None]) -> None:
    before = json.loads(published.FILE.read_text())
    after = copy.deepcopy(before)
    correct(after)
    assert after != before


def test_the_description_would_have_noticed(zendesk: Client) -> None:
    answer = zendesk.get(f"tickets/{PARCEL}.json")
    answer["ticket"]["status"] = "opened"
    assert published.complaints("GET", f"/api/v2/tickets/{PARCEL}", 200, answer) != []
    assert published.complaints("GET", f"/api/v2/tickets/{PARCEL}", 418, {}) != []
