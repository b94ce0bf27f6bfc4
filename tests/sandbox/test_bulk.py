"""Many tickets at once, merges, long tickets, and what may be repeated without harm."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from integrations.zendesk.webhook import arrivals
from tests.sandbox.conftest import CLOSED, PARCEL, REFUND, SOLVED, Client, Listener, wait_for

REPLY = {"body": "It left today.", "public": True}


def finished(zendesk: Client, answer: Any) -> Any:
    queued = answer.json()["job_status"]
    assert (answer.status_code, queued["status"], queued["results"]) == (200, "queued", None)
    return zendesk.get(f"job_statuses/{queued['id']}.json")["job_status"]


def test_a_bulk_update_is_a_job_and_each_ticket_has_its_own_fate(zendesk: Client) -> None:
    path = f"/api/v2/tickets/update_many.json?ids={PARCEL},{REFUND},{CLOSED},999"
    job = finished(zendesk, zendesk.call("PUT", path, {"ticket": {"priority": "high"}}))
    assert (job["status"], job["total"], job["progress"]) == ("completed", 4, 4)
    assert [result["success"] for result in job["results"]] == [True, True, False, False]
    assert [result.get("error") for result in job["results"][2:]] == ["RecordInvalid", "RecordNotFound"]
    assert zendesk.ticket(REFUND)["priority"] == "high"
    assert [one["id"] for one in zendesk.get("job_statuses.json")["job_statuses"]] == [job["id"]]


def test_each_ticket_of_a_bulk_update_may_have_its_own_change(zendesk: Client) -> None:
    body = {"tickets": [{"id": PARCEL, "status": "pending"}, {"id": REFUND, "comment": REPLY}]}
    finished(zendesk, zendesk.call("PUT", "/api/v2/tickets/update_many.json", body))
    assert zendesk.ticket(PARCEL)["status"] == "pending"
    assert len(zendesk.ledger(REFUND)) == 1


def test_tickets_are_created_and_deleted_by_the_dozen(zendesk: Client) -> None:
    body = {"tickets": [{"subject": f"s{number}", "comment": {"body": "hi"}} for number in range(3)]}
    made = finished(zendesk, zendesk.call("POST", "/api/v2/tickets/create_many.json", body))["results"]
    ids = ",".join(str(result["id"]) for result in made)
    gone = finished(zendesk, zendesk.call("DELETE", f"/api/v2/tickets/destroy_many.json?ids={ids}"))
    assert [result["status"] for result in gone["results"]] == ["Deleted"] * 3
    assert zendesk.get("tickets/count.json")["count"]["value"] == 4


def test_more_than_a_hundred_at_once_are_refused(zendesk: Client) -> None:
    body = {"tickets": [{"id": PARCEL}] * 101}
    refused = zendesk.call("PUT", "/api/v2/tickets/update_many.json", body)
    assert (refused.status_code, refused.json()["max_count"]) == (400, 100)


def test_a_merged_ticket_is_closed_and_points_to_the_other(zendesk: Client, quiet: Listener) -> None:
    job = finished(zendesk, zendesk.call("POST", f"/api/v2/tickets/{REFUND}/merge.json", {"ids": [PARCEL]}))
    assert job["results"][0]["success"] is True
    source = zendesk.ticket(PARCEL)
    assert (source["status"], "closed_by_merge" in source["tags"]) == ("closed", True)
    assert f"#{REFUND}" in zendesk.comments(PARCEL)[-1]["body"]
    assert zendesk.comments(REFUND)[-1]["public"] is False
    assert zendesk.put(PARCEL, comment=REPLY).status_code == 422
    assert zendesk.ledger() == []
    wait_for(lambda: "merged" in quiet.kinds())


def test_an_agent_merges_by_hand_and_nothing_is_merged_into_itself(zendesk: Client) -> None:
    zendesk.control("merge", {"ticket": REFUND, "ids": [PARCEL]})
    assert zendesk.audits(PARCEL)[-1]["via"]["channel"] == "web"
    job = finished(zendesk, zendesk.call("POST", f"/api/v2/tickets/{REFUND}/merge.json", {"ids": [REFUND]}))
    assert job["results"][0]["success"] is False


def test_a_ticket_of_5000_comments_is_made_quickly_read_by_cursor_and_full(zendesk: Client) -> None:
    zendesk.control("fill", {"ticket": PARCEL, "comments": 5000})
    first = zendesk.get(f"tickets/{PARCEL}/comments.json?page[size]=100")
    assert (len(first["comments"]), first["meta"]["has_more"]) == (100, True)
    last = zendesk.get(f"tickets/{PARCEL}/comments.json?page[size]=1&sort=-created_at")["comments"]
    assert last[0]["body"] == "Message 5000"
    refused = zendesk.put(PARCEL, comment=REPLY)
    assert (refused.status_code, refused.json()["error"]) == (422, "RecordInvalid")
    assert zendesk.put(PARCEL, status="pending").status_code == 200
    assert zendesk.ledger() == []


def test_an_idempotency_key_counts_for_creating_only(zendesk: Client) -> None:
    body = {"ticket": {"subject": "once", "comment": {"body": "hi"}}}
    headers = {"Authorization": "Bearer sandbox-integration", "Idempotency-Key": "k1"}

    def post(sent: Any) -> Any:
        return requests.post(f"{zendesk.url}/api/v2/tickets.json", json=sent, headers=headers, timeout=10)

    first, second = post(body), post(body)
    assert [one.headers["x-idempotency-lookup"] for one in (first, second)] == ["miss", "hit"]
    assert first.json() == second.json()
    other = post({"ticket": {"subject": "twice", "comment": {"body": "hi"}}})
    assert (other.status_code, other.json()["error"]) == (400, "IdempotentRequestError")
    zendesk.control("clock", {"ahead": 7201})
    assert post(body).headers["x-idempotency-lookup"] == "miss"
    assert zendesk.get("tickets/count.json")["count"]["value"] == 6


def test_a_deleted_ticket_stays_in_the_export_until_it_is_erased(zendesk: Client, quiet: Listener) -> None:
    zendesk.control("settings", {"blind_seconds": 0}, "PUT")

    def exported() -> dict[int, str]:
        found = zendesk.get("incremental/tickets/cursor.json?start_time=1")["tickets"]
        return {ticket["id"]: ticket["status"] for ticket in found}

    assert zendesk.call("DELETE", f"/api/v2/tickets/{SOLVED}.json").status_code == 204
    assert exported()[SOLVED] == "deleted"
    assert zendesk.call("GET", f"/api/v2/tickets/{SOLVED}/comments.json").status_code == 404
    zendesk.control("delete", {"ticket": PARCEL, "permanently": True})
    assert PARCEL not in exported()
    wait_for(lambda: {"soft_deleted", "permanently_deleted"} <= set(quiet.kinds()))


def test_a_comment_is_blacked_out_for_good(zendesk: Client, quiet: Listener) -> None:
    comment = zendesk.comments(PARCEL)[0]
    zendesk.control("redact", {"ticket": PARCEL, "comment": comment["id"]})
    assert set(zendesk.comments(PARCEL)[0]["body"]) == {"▇"}
    wait_for(lambda: "comment_redacted" in quiet.kinds())


def test_a_deleted_user_is_announced_and_known_by_number_only(zendesk: Client, quiet: Listener) -> None:
    user = zendesk.get(f"tickets/{PARCEL}.json")["ticket"]["requester_id"]
    assert zendesk.call("DELETE", f"/api/v2/users/{user}.json", token="sandbox-admin").status_code == 200
    assert zendesk.get(f"users/{user}.json")["user"]["email"] is None
    wait_for(lambda: "user.deleted" in quiet.kinds())
    raw = next(delivery.raw for delivery in quiet.deliveries if b"user.deleted" in delivery.raw)
    (arrival,) = arrivals(raw)
    assert (arrival.removed, arrival.person, arrival.ref) == (True, str(user), None)


@pytest.mark.parametrize("path", ["tickets.json", "users.json", "groups.json", "views.json", "triggers.json", "automations.json", "ticket_metrics.json", "satisfaction_ratings.json", "job_statuses.json", "webhooks.json", f"tickets/{REFUND}/comments.json", f"tickets/{REFUND}/audits.json", "group_memberships.json", f"tickets/{REFUND}/metric_events.json"])  # fmt: skip
def test_every_list_is_leafed_through_by_cursor(zendesk: Client, path: str) -> None:
    (name,) = {key for key in zendesk.get(path) if key not in ("count", "next_page", "previous_page")}
    whole = zendesk.get(path)[name]
    found, after = [], ""
    while True:
        leaf = zendesk.get(f"{path}?page[size]=2{after}")
        found += leaf[name]
        if not leaf["meta"]["has_more"]:
            break
        after = f"&page[after]={leaf['meta']['after_cursor']}"
    assert found == whole
