"""Metrics, reopens, ratings and views: what the figures of the app are made of."""

from __future__ import annotations

import pytest

from tests.sandbox.conftest import CLOSED, PARCEL, REFUND, SOLVED, Client

REPLY = {"body": "It left today.", "public": True}


def test_reopens_count_every_way_out_of_solved(zendesk: Client) -> None:
    zendesk.put(PARCEL, comment=REPLY)
    zendesk.put(PARCEL, status="solved")
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "It did not come"})
    zendesk.put(PARCEL, status="solved")
    zendesk.put(PARCEL, status="open")
    metric = zendesk.get(f"tickets/{PARCEL}/metrics.json")["ticket_metric"]
    assert (metric["reopens"], metric["replies"], metric["solved_at"]) == (2, 1, None)
    assert metric["reply_time_in_minutes"] == {"calendar": 45, "business": 45}


def test_closing_a_solved_ticket_is_no_reopening(zendesk: Client) -> None:
    zendesk.put(PARCEL, status="solved")
    zendesk.put(PARCEL, status="closed")
    metric = zendesk.get(f"tickets/{PARCEL}/metrics.json")["ticket_metric"]
    assert metric["reopens"] == 0
    assert metric["solved_at"] is not None


def test_all_metrics_are_listed_by_cursor(zendesk: Client) -> None:
    first = zendesk.get("ticket_metrics.json?page[size]=3")
    assert [one["ticket_id"] for one in first["ticket_metrics"]] == [PARCEL, REFUND, SOLVED]
    assert first["meta"]["has_more"] is True


def test_metric_events_tell_when_each_clock_began_and_ended(zendesk: Client) -> None:
    zendesk.put(PARCEL, comment=REPLY)
    zendesk.put(PARCEL, status="solved")
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "It did not come"})
    found = zendesk.get(f"tickets/{PARCEL}/metric_events.json")["ticket_metric_events"]
    told = [(one["instance_id"], one["type"]) for one in found if one["metric"] == "resolution_time"]
    assert told == [(1, "activate"), (1, "fulfill"), (2, "activate")]
    replies = [one["type"] for one in found if one["metric"] == "reply_time"]
    assert replies == ["activate", "fulfill", "activate"]
    assert len({one["id"] for one in found}) == len(found)


def test_the_exports_of_events_are_blind_to_the_last_minute(zendesk: Client) -> None:
    zendesk.put(PARCEL, comment=REPLY)
    for name in ("ticket_events", "ticket_metric_events"):
        path = f"incremental/{name}.json?start_time=1&include=comment_events"
        seen = {one["id"] for one in zendesk.get(path)[name]}
        zendesk.control("settings", {"blind_seconds": 0}, "PUT")
        later = zendesk.get(path)
        assert {one["id"] for one in later[name]} > seen
        assert later["end_of_stream"] is True
        zendesk.control("settings", {"blind_seconds": 60}, "PUT")


def test_comments_are_among_the_events_only_where_they_are_asked_for(zendesk: Client) -> None:
    def kinds(more: str) -> set[str]:
        found = zendesk.get(f"incremental/ticket_events.json?start_time=1{more}")["ticket_events"]
        return {child["event_type"] for one in found for child in one["child_events"]}

    assert "Comment" in kinds("&include=comment_events")
    assert "Comment" not in kinds("")


def test_a_customer_rates_and_rates_again(zendesk: Client) -> None:
    zendesk.control("rate", {"ticket": SOLVED, "score": "good"})
    zendesk.control("rate", {"ticket": SOLVED, "score": "bad", "comment": "Too late"})
    (rating,) = zendesk.get("satisfaction_ratings.json")["satisfaction_ratings"]
    assert (rating["ticket_id"], rating["score"], rating["comment"]) == (SOLVED, "bad", "Too late")
    assert zendesk.ticket(SOLVED)["satisfaction_rating"]["score"] == "bad"
    assert zendesk.get(f"satisfaction_ratings/{rating['id']}.json")["satisfaction_rating"] == rating


@pytest.mark.parametrize(
    ("score", "found"),
    [
        ("received", 2),
        ("received_with_comment", 1),
        ("bad", 1),
        ("good", 1),
        ("good_without_comment", 1),
        ("offered", 0),
    ],
)
def test_ratings_are_asked_for_by_score(zendesk: Client, score: str, found: int) -> None:
    zendesk.control("rate", {"ticket": SOLVED, "score": "bad", "comment": "No"})
    zendesk.control("rate", {"ticket": CLOSED, "score": "good"})
    assert len(zendesk.get(f"satisfaction_ratings.json?score={score}&start_time=1")["satisfaction_ratings"]) == found


def test_views_list_execute_and_count(zendesk: Client) -> None:
    views = {view["title"]: view["id"] for view in zendesk.get("views.json")["views"]}
    unsolved = views["All unsolved tickets"]
    shown = [ticket["id"] for ticket in zendesk.get(f"views/{unsolved}/tickets.json")["tickets"]]
    assert sorted(shown) == [PARCEL, REFUND]
    rows = zendesk.get(f"views/{unsolved}/execute.json")
    assert [row["ticket"]["id"] for row in rows["rows"]] == shown
    assert rows["view"]["title"] == "All unsolved tickets"
    assert zendesk.get(f"views/{unsolved}/count.json")["view_count"]["value"] == 2
    zendesk.put(PARCEL, status="solved")
    assert [ticket["id"] for ticket in zendesk.get(f"views/{unsolved}/tickets.json")["tickets"]] == [REFUND]
    assert zendesk.call("GET", "/api/v2/views/5/tickets.json").status_code == 404
