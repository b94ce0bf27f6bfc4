"""The host's bad days, switched on one at a time."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from tests.sandbox.conftest import PARCEL, REFUND, Client

REPLY = {"body": "It left today.", "public": True}


def test_the_reply_is_applied_and_the_answer_lost(zendesk: Client) -> None:
    zendesk.fault("drop_connection", times=1)
    with pytest.raises(requests.ConnectionError):
        zendesk.put(PARCEL, comment=REPLY)
    assert len(zendesk.ledger(PARCEL)) == 1
    assert zendesk.put(PARCEL, comment=REPLY).status_code == 200


def test_the_request_is_lost_before_it_is_applied(zendesk: Client) -> None:
    zendesk.fault("drop_connection", times=1, when="before")
    with pytest.raises(requests.ConnectionError):
        zendesk.put(PARCEL, comment=REPLY)
    assert zendesk.ledger(PARCEL) == []


def test_a_refused_update_does_not_use_up_the_fault(zendesk: Client) -> None:
    zendesk.fault("drop_connection", times=1)
    assert zendesk.put(PARCEL, comment=REPLY, safe_update=True, updated_stamp="x").status_code == 409
    assert len(zendesk.control("faults", method="GET")["faults"]) == 1


def test_a_fault_for_one_ticket_spares_the_others(zendesk: Client) -> None:
    zendesk.fault("unavailable", ticket=PARCEL, retry_after=7)
    hit = zendesk.call("GET", f"/api/v2/tickets/{PARCEL}.json")
    assert (hit.status_code, hit.headers["Retry-After"]) == (503, "7")
    assert zendesk.call("GET", f"/api/v2/tickets/{REFUND}.json").status_code == 200


def test_a_slow_answer_holds_up_nobody_else(zendesk: Client) -> None:
    fault = zendesk.fault("slow", ticket=PARCEL, seconds=60, when="after", on="put")
    done = threading.Event()

    def write() -> None:
        zendesk.put(PARCEL, comment=REPLY)
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not zendesk.ledger(PARCEL):
        time.sleep(0.01)
    assert zendesk.put(REFUND, comment=REPLY).status_code == 200
    assert not done.is_set(), "applied at once, answered late"
    zendesk.control(f"faults/{fault['id']}", method="DELETE")
    thread.join()


def test_a_slow_request_may_be_applied_late(zendesk: Client) -> None:
    fault = zendesk.fault("slow", ticket=PARCEL, seconds=60, when="before", on="put")
    thread = threading.Thread(target=zendesk.put, args=(PARCEL,), kwargs={"comment": REPLY})
    thread.start()
    assert zendesk.put(REFUND, comment=REPLY).status_code == 200
    assert zendesk.ledger(PARCEL) == []
    zendesk.control(f"faults/{fault['id']}", method="DELETE")
    thread.join()
    assert len(zendesk.ledger(PARCEL)) == 1


def test_down_means_reads_too_until_it_is_over(zendesk: Client) -> None:
    fault = zendesk.fault("down")
    assert zendesk.call("GET", "/api/v2/users/me.json").status_code == 503
    assert zendesk.call("GET", "/healthz").status_code == 200
    zendesk.control(f"faults/{fault['id']}", method="DELETE")
    assert zendesk.call("GET", "/api/v2/users/me.json").status_code == 200


def test_a_dropped_marker_is_missing_in_the_audit_but_not_in_the_ledger(zendesk: Client) -> None:
    zendesk.fault("drop_metadata", ticket=PARCEL)
    zendesk.put(PARCEL, comment=REPLY, metadata={"countersign": {"send_id": "s1"}})
    assert zendesk.audits(PARCEL)[-1]["metadata"]["custom"] == {}
    (entry,) = zendesk.ledger()
    assert (entry["metadata"], entry["sent_metadata"]) == ({}, {"countersign": {"send_id": "s1"}})


def test_too_many_requests_name_the_wait(zendesk: Client) -> None:
    zendesk.fault("rate_limited", retry_after=3, times=1)
    answer = zendesk.call("GET", "/api/v2/tickets.json")
    assert (answer.status_code, answer.headers["Retry-After"], answer.json()["error"]) == (
        429,
        "3",
        "APIRateLimitExceeded",
    )


def test_thirty_updates_of_one_ticket_are_the_most_where_limits_are_enforced(zendesk: Client) -> None:
    zendesk.fault("enforce_limits")
    codes = [zendesk.put(PARCEL, priority="low").status_code for _ in range(31)]
    assert codes == [200] * 30 + [429]
    assert zendesk.put(REFUND, priority="low").status_code == 200


def test_the_tags_endpoint_can_fail_alone(zendesk: Client) -> None:
    zendesk.fault("unavailable", on="tags")
    assert zendesk.call("PUT", f"/api/v2/tickets/{PARCEL}/tags", {"tags": ["x"]}).status_code == 503
    assert zendesk.put(PARCEL, comment=REPLY).status_code == 200


def test_a_fault_on_replies_spares_internal_notes(zendesk: Client) -> None:
    zendesk.fault("drop_connection", on="reply", times=1)
    assert zendesk.put(PARCEL, comment={"body": "inside", "public": False}).status_code == 200
    with pytest.raises(requests.ConnectionError):
        zendesk.put(PARCEL, comment=REPLY)


def test_a_switched_off_trigger_mails_nobody(zendesk: Client) -> None:
    trigger = zendesk.get("triggers.json?active=true")["triggers"][0]
    zendesk.call("PUT", f"/api/v2/triggers/{trigger['id']}", {"trigger": {"active": False}}, "sandbox-ben")
    zendesk.put(PARCEL, comment=REPLY)
    assert zendesk.ledger()[0]["mailed"] is False


def test_an_unknown_fault_is_refused(zendesk: Client) -> None:
    assert zendesk.call("POST", "/sandbox/faults", {"kind": "gremlins"}, "sandbox-admin").status_code == 400
    assert zendesk.call("POST", "/sandbox/faults", {"kind": "down", "tiems": 1}, "sandbox-admin").status_code == 400


def test_only_the_operator_plays_with_the_sandbox(zendesk: Client) -> None:
    assert zendesk.call("GET", "/sandbox/ledger").status_code == 401


def test_the_export_is_blind_to_the_last_minute(zendesk: Client) -> None:
    assert zendesk.get("incremental/tickets/cursor.json?start_time=1")["tickets"] == []
    refused = zendesk.call("GET", f"/api/v2/incremental/tickets/cursor.json?start_time={int(time.time())}")
    assert refused.status_code == 400


def test_the_export_goes_on_from_its_cursor(zendesk: Client) -> None:
    zendesk.control("settings", {"blind_seconds": 0}, "PUT")
    first = zendesk.get("incremental/tickets/cursor.json?start_time=1&per_page=3")
    assert (len(first["tickets"]), first["end_of_stream"]) == (3, False)
    second = zendesk.get(f"incremental/tickets/cursor.json?cursor={first['after_cursor']}")
    assert (len(second["tickets"]), second["end_of_stream"]) == (1, True)
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "new"})
    third = zendesk.get(f"incremental/tickets/cursor.json?cursor={second['after_cursor']}")
    assert [ticket["id"] for ticket in third["tickets"]] == [PARCEL]
    fourth = zendesk.get(f"incremental/tickets/cursor.json?cursor={third['after_cursor']}")
    assert (fourth["tickets"], fourth["after_cursor"]) == ([], third["after_cursor"])
