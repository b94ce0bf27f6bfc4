"""Deliveries: their bytes, their signature, their fate."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import threading
from dataclasses import replace
from typing import Any

import pytest

from sandbox.zendesk import events, queue, webhooks
from sandbox.zendesk.server import Options, Running, open_sandbox
from tests.sandbox.conftest import FIXTURES, PARCEL, REFUND, Client, Delivery, Listener, wait_for

HEADERS = {
    "X-Zendesk-Account-Id", "X-Zendesk-Webhook-Id", "X-Zendesk-Webhook-Invocation-Id", "X-Zendesk-Webhook-Signature",
    "X-Zendesk-Webhook-Signature-Timestamp", "User-Agent", "Content-Type",
}  # fmt: skip


def told(delivery: Delivery) -> Any:
    return json.loads(delivery.raw)


def invocation(delivery: Delivery) -> str:
    return delivery.headers["X-Zendesk-Webhook-Invocation-Id"]


def statuses(zendesk: Client) -> list[str]:
    return [one["status"] for one in zendesk.control("deliveries", method="GET")["invocations"]]


def test_the_public_vector_comes_out() -> None:
    vector = json.loads((FIXTURES / "signature_vector.json").read_text())
    assert webhooks.sign(vector["secret"], vector["timestamp"], vector["body"].encode()) == vector["signature"]


def test_the_body_is_laid_out_as_in_a_real_delivery() -> None:
    example = json.loads((FIXTURES / "delivery_example.json").read_text())
    assert events.raw(json.loads(example["raw_body"])).decode() == example["raw_body"]
    assert events.raw({"event": {}, "text": 'a ": {}', "list": [{}]}) == (
        b'{\n   "event": { },\n   "list": [\n      { }\n   ],\n   "text": "a \\": {}"\n}\n'
    )


def test_a_delivery_is_signed_at_send_time_over_its_raw_bytes(
    running: Running, zendesk: Client, quiet: Listener
) -> None:
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "Überraschung"})
    (delivery,) = wait_for(lambda: quiet.deliveries)
    assert set(delivery.headers) >= HEADERS
    stamp = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    secret = (running.sandbox.home / "webhook_secret").read_bytes()
    digest = hmac.new(secret, stamp.encode() + delivery.raw, hashlib.sha256).digest()
    assert delivery.headers["X-Zendesk-Webhook-Signature"] == base64.b64encode(digest).decode()
    assert delivery.headers["User-Agent"] == "Zendesk Webhook"
    assert "Überraschung" in delivery.raw.decode()
    assert delivery.raw.startswith(b'{\n   "account_id"')
    assert delivery.raw.endswith(b"}\n")


def test_a_comment_added_event_has_string_ids_loud_enums_and_nine_digits(zendesk: Client, quiet: Listener) -> None:
    comment_id = zendesk.control("customer-reply", {"ticket": REFUND, "text": "hello?"})["comment_id"]
    event = told(wait_for(lambda: quiet.deliveries)[0])
    assert event["type"] == "zen:event-type:ticket.comment_added"
    assert (event["subject"], event["zendesk_event_version"]) == (f"zen:ticket:{REFUND}", "2022-11-06")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", event["time"])
    assert event["event"]["comment"]["id"] == str(comment_id)
    assert event["event"]["comment"]["author"]["is_staff"] is False
    detail = event["detail"]
    assert (detail["id"], detail["status"], detail["tags"], detail["via"]) == (
        str(REFUND),
        "OPEN",
        None,
        {"channel": "mail"},
    )


def test_our_own_writes_ring_too(zendesk: Client, quiet: Listener) -> None:
    zendesk.put(PARCEL, comment={"body": "done", "public": True}, status="solved")
    wait_for(lambda: len(quiet.deliveries) == 2)
    by_kind = {told(delivery)["type"].rpartition(".")[2]: told(delivery) for delivery in quiet.deliveries}
    assert by_kind["status_changed"]["event"] | {"meta": None} == {"current": "SOLVED", "previous": "NEW", "meta": None}
    assert by_kind["comment_added"]["detail"]["via"] == {"channel": "web_service"}
    assert by_kind["comment_added"]["event"]["comment"]["author"]["is_staff"] is True


def test_a_new_ticket_announces_itself_and_its_first_comment(zendesk: Client, quiet: Listener) -> None:
    zendesk.control("new-ticket", {"subject": "Hi", "text": "First"})
    wait_for(lambda: len(quiet.deliveries) == 2)
    assert sorted(quiet.kinds()) == ["comment_added", "created"]
    created = next(told(delivery) for delivery in quiet.deliveries if b"ticket.created" in delivery.raw)
    assert created["event"] == {}


def test_seeds_are_announced_once_the_app_listens(zendesk: Client, app: Listener) -> None:
    wait_for(lambda: len(app.deliveries) == 4)
    announced = [one["subject"] for one in zendesk.control("deliveries", method="GET")["invocations"]]
    assert announced[::-1] == [f"zen:ticket:{number}" for number in (REFUND, PARCEL, PARCEL, 1003)]


@pytest.mark.parametrize(("answer", "attempts", "status"), [
    ((409, {}), 2, "success"),
    ((503, {"Retry-After": "0"}), 2, "success"),
    ((503, {"Retry-After": "60"}), 1, "failed"),
    ((503, {}), 1, "failed"),
    ((429, {"Retry-After": "0"}), 2, "success"),
    ((403, {}), 1, "terminated"),
    ((500, {}), 1, "terminated"),
])  # fmt: skip
def test_an_answer_decides_whether_it_is_tried_again(
    zendesk: Client, quiet: Listener, answer: tuple[int, dict[str, str]], attempts: int, status: str
) -> None:
    quiet.answers.append(answer)
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "ring"})
    wait_for(lambda: statuses(zendesk)[0] == status)
    assert len(quiet.deliveries) == attempts
    assert len({invocation(delivery) for delivery in quiet.deliveries}) == 1
    assert len({delivery.raw for delivery in quiet.deliveries}) == 1


def test_a_conflict_is_retried_three_times_and_a_timeout_five() -> None:
    conflict, silence = {"status_code": 409, "retry_after": None}, {"status_code": None, "retry_after": None}
    assert [webhooks.fate(conflict, earlier)[0] for earlier in range(4)] == ["waiting"] * 3 + ["failed"]
    assert [webhooks.fate(silence, earlier)[0] for earlier in range(6)] == ["waiting"] * 5 + ["failed"]


def test_an_app_that_hangs_is_not_asked_by_more_than_eight_at_once(zendesk: Client, quiet: Listener) -> None:
    quiet.hold = threading.Event()
    zendesk.fault("webhook_duplicate", copies=11, times=1)
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "all at once"})
    wait_for(lambda: len(quiet.deliveries) == webhooks.AT_ONCE)
    assert statuses(zendesk)[:12].count("waiting") == 12 - webhooks.AT_ONCE
    quiet.hold.set()
    wait_for(lambda: statuses(zendesk)[:12] == ["success"] * 12)
    assert len(quiet.deliveries) == 12


def test_what_was_under_way_at_a_kill_is_delivered_after_the_restart(options: Options, app: Listener) -> None:
    sandbox = open_sandbox(replace(options, seed_seconds=0))
    queue.release(sandbox.store, 0)
    taken = queue.take(sandbox.store, 4)
    sandbox.store.close()
    running = Running(options)
    running.start()
    wait_for(lambda: len(app.deliveries) == len(taken) == 4)
    threading.Thread(target=running.serve).start()
    running.stop()


def test_with_nothing_due_the_sender_writes_nothing_and_so_does_not_wake_itself(options: Options) -> None:
    sandbox = open_sandbox(replace(options, seed_seconds=3600))
    sandbox.store.changed.clear()
    assert queue.take(sandbox.store, 1) == []
    assert not sandbox.store.changed.is_set()
    sandbox.store.close()


def test_duplicates_are_new_invocations_of_the_same_event(zendesk: Client, quiet: Listener) -> None:
    zendesk.fault("webhook_duplicate", copies=2, times=1)
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "thrice"})
    wait_for(lambda: len(quiet.deliveries) == 3)
    assert len({told(delivery)["id"] for delivery in quiet.deliveries}) == 1
    assert len({invocation(delivery) for delivery in quiet.deliveries}) == 3


def test_reordering_lets_the_later_event_overtake(zendesk: Client, quiet: Listener) -> None:
    zendesk.fault("webhook_reorder", seconds=60)
    for text in ("first", "second"):
        zendesk.control("customer-reply", {"ticket": PARCEL, "text": text})
    wait_for(lambda: len(quiet.deliveries) == 2)
    assert [told(delivery)["event"]["comment"]["body"] for delivery in quiet.deliveries] == ["second", "first"]


def test_a_dropped_event_never_comes_but_is_in_the_log(zendesk: Client, quiet: Listener) -> None:
    zendesk.fault("webhook_drop", times=1, status="circuit broken")
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "lost"})
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "found"})
    wait_for(lambda: quiet.deliveries)
    assert told(quiet.deliveries[0])["event"]["comment"]["body"] == "found"
    assert sorted(statuses(zendesk)[:2]) == ["circuit broken", "success"]


def test_a_delayed_event_does_not_hold_up_the_rest_call(zendesk: Client, quiet: Listener) -> None:
    zendesk.fault("webhook_delay", seconds=60, times=1)
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "late"})
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "at once"})
    wait_for(lambda: quiet.deliveries)
    assert statuses(zendesk)[1] == "waiting"


def test_everything_can_be_delivered_again(zendesk: Client, quiet: Listener) -> None:
    zendesk.control("customer-reply", {"ticket": PARCEL, "text": "once"})
    wait_for(lambda: len(quiet.deliveries) == 1)
    assert zendesk.control("redeliver", {"ticket": PARCEL})["events"] == 3
    wait_for(lambda: len(quiet.deliveries) == 4)


def test_unsubscribed_events_are_not_sent(zendesk: Client, quiet: Listener) -> None:
    zendesk.control("settings", {"subscriptions": ["zen:event-type:ticket.status_changed"]}, "PUT")
    zendesk.put(PARCEL, comment={"body": "x", "public": False}, status="open")
    wait_for(lambda: quiet.deliveries)
    assert quiet.kinds() == ["status_changed"]


def test_the_webhook_and_its_invocations_can_be_asked_for(zendesk: Client, quiet: Listener, running: Running) -> None:
    (webhook,) = zendesk.get("webhooks.json")["webhooks"]
    assert webhook["endpoint"] == f"{quiet.url}/webhooks/zendesk"
    secret = zendesk.get(f"webhooks/{webhook['id']}/signing_secret")["signing_secret"]["secret"]
    assert secret == (running.sandbox.home / "webhook_secret").read_text().strip()
    assert len(zendesk.get(f"webhooks/{webhook['id']}/invocations")["invocations"]) == 4


def test_a_second_webhook_is_made_tried_and_told_only_what_it_wants(zendesk: Client, quiet: Listener) -> None:
    wanted = {
        "name": "Other", "endpoint": f"{quiet.url}/webhooks/zendesk", "subscriptions": ["zen:event-type:ticket.status_changed"],
        "authentication": {"type": "bearer_token", "data": {"token": "t0p"}, "add_position": "header"},
    }  # fmt: skip
    made = zendesk.call("POST", "/api/v2/webhooks.json", {"webhook": wanted})
    assert made.status_code == 201
    webhook = made.json()["webhook"]
    assert webhook["authentication"] == {"type": "bearer_token", "add_position": "header"}
    assert "secret" not in webhook
    assert zendesk.call("POST", f"/api/v2/webhooks/test?webhook_id={webhook['id']}").json()["response"]["status"] == 202
    zendesk.put(PARCEL, status="pending", tags=["new"])
    wait_for(lambda: len(quiet.deliveries) >= 4)
    mine = [one for one in quiet.deliveries if one.headers.get("Authorization") == "Bearer t0p"]
    assert [told(one).get("type") for one in mine] == [None, "zen:event-type:ticket.status_changed"]


def test_the_button_for_trying_signs_with_the_secret_that_everybody_knows(zendesk: Client, quiet: Listener) -> None:
    vector = json.loads((FIXTURES / "signature_vector.json").read_text())
    body = {"webhook": {"endpoint": f"{quiet.url}/webhooks/zendesk"}, "request": {"payload": vector["body"]}}
    zendesk.call("POST", "/api/v2/webhooks/test", body)
    (delivery,) = quiet.deliveries
    stamp = delivery.headers["X-Zendesk-Webhook-Signature-Timestamp"]
    assert delivery.headers["X-Zendesk-Webhook-Signature"] == webhooks.sign(vector["secret"], stamp, delivery.raw)


def test_a_secret_is_reset_and_a_webhook_deleted(zendesk: Client, quiet: Listener) -> None:
    (webhook,) = zendesk.get("webhooks.json")["webhooks"]
    path = f"/api/v2/webhooks/{webhook['id']}"
    old = zendesk.call("GET", f"{path}/signing_secret").json()["signing_secret"]["secret"]
    fresh = zendesk.call("POST", f"{path}/signing_secret")
    assert (fresh.status_code, fresh.json()["signing_secret"]["secret"] == old) == (201, False)
    before = statuses(zendesk)
    assert zendesk.call("PATCH", path, {"webhook": {"status": "inactive"}}).status_code == 204
    zendesk.put(PARCEL, status="pending")
    assert zendesk.call("DELETE", path).status_code == 204
    assert zendesk.call("GET", path).status_code == 404
    zendesk.put(PARCEL, status="open")
    assert (statuses(zendesk), quiet.deliveries) == (before, [])


def test_the_breaker_opens_after_too_many_errors_and_closes_with_time(zendesk: Client, quiet: Listener) -> None:
    zendesk.control("clock", {"ahead": 301})  # the announcements of the seeds were no errors and count no longer
    zendesk.fault("circuit_breaker", least=3)
    quiet.answers += [(500, {})] * 3
    for status in ("pending", "open", "hold"):
        zendesk.put(PARCEL, status=status)
    wait_for(lambda: len(quiet.deliveries) == 3)
    wait_for(lambda: statuses(zendesk)[:3] == ["terminated"] * 3)
    zendesk.put(PARCEL, status="pending")
    wait_for(lambda: statuses(zendesk)[0] == "circuit broken")
    assert len(quiet.deliveries) == 3
    zendesk.control("clock", {"ahead": 301})
    zendesk.put(PARCEL, status="open")
    wait_for(lambda: statuses(zendesk)[0] == "success")


def test_a_throttled_delivery_may_come_late_after_all(zendesk: Client, quiet: Listener) -> None:
    zendesk.fault("webhook_drop", times=1, seconds=60)
    zendesk.put(PARCEL, status="pending")
    assert statuses(zendesk)[0] == "throttled"
    zendesk.control("clock", {"ahead": 61})
    wait_for(lambda: quiet.kinds() == ["status_changed"])
