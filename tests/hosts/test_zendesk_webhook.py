"""Signatures over raw bytes, and what a body becomes at the border."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.host import TicketRef, WebhookRejected
from integrations.zendesk import webhook
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from tests.fakes import FixedToken
from tests.hosts.worlds import zendesk_delivery

FIXTURES = Path(__file__).parent / "fixtures" / "zendesk"
NOW = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
OLD, NEW = "the secret of last month", "the secret of this month"


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text(encoding="utf-8"))


def signed(now: datetime = NOW, secret: str = NEW) -> tuple[dict[str, str], bytes]:
    return zendesk_delivery("5158", now, secret)


def check(headers: dict[str, str], body: bytes, now: datetime = NOW) -> None:
    webhook.verify(headers, body, [NEW, OLD], now)


# --- the signature -----------------------------------------------------------------------------------------------------
def test_the_public_vector_gives_the_public_signature():
    vector = fixture("signature_vector.json")
    assert webhook.signature(vector["secret"], vector["timestamp"], vector["body"].encode()) == vector["signature"]


def test_a_recorded_delivery_verifies_byte_for_byte():
    delivery = fixture("delivery.json")
    sent = datetime.fromisoformat(delivery["headers"]["X-Zendesk-Webhook-Signature-Timestamp"])
    webhook.verify(delivery["headers"], delivery["raw_body"].encode(), [delivery["secret"]], sent)


@pytest.mark.threat("webhook-forged")
def test_the_same_delivery_written_anew_does_not_verify():
    delivery = fixture("delivery.json")
    sent = datetime.fromisoformat(delivery["headers"]["X-Zendesk-Webhook-Signature-Timestamp"])
    rewritten = json.dumps(json.loads(delivery["raw_body"])).encode()
    with pytest.raises(WebhookRejected):
        webhook.verify(delivery["headers"], rewritten, [delivery["secret"]], sent)


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_both_live_secrets_are_good(secret):
    check(*signed(secret=secret))


@pytest.mark.threat("webhook-forged")
def test_another_secret_is_not():
    with pytest.raises(WebhookRejected):
        check(*signed(secret="somebody else's"))


@pytest.mark.threat("webhook-forged")
def test_any_flipped_bit_of_body_or_signature_or_time_is_rejected():
    headers, body = signed()
    for position in range(len(body)):
        with pytest.raises(WebhookRejected):
            check(headers, body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :])
    for name in headers:
        for position in range(len(headers[name])):
            changed = headers[name][:position] + chr(ord(headers[name][position]) ^ 1) + headers[name][position + 1 :]
            with pytest.raises(WebhookRejected):
                check(headers | {name: changed}, body)


@pytest.mark.parametrize("late", [timedelta(seconds=-300), timedelta(0), timedelta(seconds=300)])
def test_five_minutes_either_way_are_allowed(late):
    check(*signed(), NOW + late)


@pytest.mark.parametrize("late", [timedelta(seconds=-301), timedelta(seconds=301), timedelta(days=400)])
@pytest.mark.threat("webhook-forged")
def test_more_than_five_minutes_are_not(late):
    with pytest.raises(WebhookRejected):
        check(*signed(), NOW + late)


@pytest.mark.parametrize("missing", ["X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp"])
@pytest.mark.threat("webhook-forged")
def test_a_missing_header_is_rejected(missing):
    headers, body = signed()
    del headers[missing]
    with pytest.raises(WebhookRejected):
        check(headers, body)


@pytest.mark.parametrize("stamp", ["", "yesterday", "2026-11-23T09:15:00", "1795425300", "2026-11-23T09:15:00Zé\ud800"])
def test_a_time_that_cannot_be_read_is_rejected(stamp):
    headers, body = signed()
    with pytest.raises(WebhookRejected):
        check(headers | {"X-Zendesk-Webhook-Signature-Timestamp": stamp}, body)


@pytest.mark.parametrize("given", ["", "é", "\ud800", "=", "a" * 100_000])
def test_a_signature_of_any_shape_is_rejected(given):
    headers, body = signed()
    with pytest.raises(WebhookRejected):
        check(headers | {"X-Zendesk-Webhook-Signature": given}, body)


def test_header_names_may_come_in_any_case():
    headers, body = signed()
    check({name.upper(): value for name, value in headers.items()}, body)


@pytest.mark.threat("webhook-forged")
def test_what_the_public_test_secret_signed_is_rejected_even_if_it_were_configured():
    headers, body = signed(secret=webhook.PUBLIC_TEST_SECRET)
    with pytest.raises(WebhookRejected):
        webhook.verify(headers, body, [webhook.PUBLIC_TEST_SECRET], NOW)


def test_an_empty_secret_signs_nothing():
    headers, body = signed(secret="")
    with pytest.raises(WebhookRejected):
        webhook.verify(headers, body, [""], NOW)


@pytest.mark.parametrize(
    "secrets", [[], [""], [NEW, ""], [webhook.PUBLIC_TEST_SECRET], [NEW, webhook.PUBLIC_TEST_SECRET]]
)
def test_no_host_is_built_on_a_secret_that_protects_nothing(secrets):
    client = ZendeskClient("https://acme.zendesk.com", FixedToken("t"))
    with pytest.raises(ValueError, match="secret"):
        ZendeskHost(client, deployment="d", integration_user="2", webhook_secrets=secrets)


# --- the event ---------------------------------------------------------------------------------------------------------
def only(body: bytes) -> Any:
    [arrival] = webhook.arrivals(body)
    return arrival


def event(**changes: Any) -> bytes:
    return json.dumps(fixture("ticket.comment_added.json") | changes).encode()


def test_a_comment_is_named_by_event_and_comment():
    arrival = only(event())
    assert arrival.ref == TicketRef("zendesk", "5158")
    assert arrival.kind == "zen:event-type:ticket.comment_added"
    assert arrival.delivery_key == "d4f5c389-8f4a-4c2e-a1b9-8e4f39c71d52:9876543210"


def test_an_event_without_a_comment_is_named_by_itself():
    arrival = only(json.dumps(fixture("ticket.status_changed.json")).encode())
    assert arrival.ref == TicketRef("zendesk", "5158")
    assert arrival.delivery_key == "a8b9c1d2-3e4f-5a6b-7c8d-9e0f1a2b3c4d:"


def test_a_recorded_delivery_arrives():
    assert only(fixture("delivery.json")["raw_body"].encode()).ref == TicketRef("zendesk", "5158")


def test_the_white_space_of_a_redelivery_changes_nothing():
    again = json.dumps(json.loads(event()), indent=3, sort_keys=True).encode() + b"\n"
    assert only(again) == only(event())


def test_an_unknown_event_of_a_ticket_is_passed_on_by_its_name():
    arrival = only(event(type="zen:event-type:ticket.invented_tomorrow"))
    assert (arrival.kind, arrival.ref) == ("zen:event-type:ticket.invented_tomorrow", TicketRef("zendesk", "5158"))


def test_a_message_of_a_chat_names_its_ticket():
    said = {"type": "zen:event-type:messaging_ticket.message_added", "id": "01JQ", "subject": "zen:ticket:141"}
    arrival = only(json.dumps(said | {"detail": {"id": "141"}, "event": {"message": {"id": "67ab"}}}).encode())
    assert arrival.ref == TicketRef("zendesk", "141")


REMOVED = {
    "a redacted comment": ("ticket.comment_redacted", "zen:ticket:5158", (True, None, TicketRef("zendesk", "5158"))),
    "an erased ticket": ("ticket.permanently_deleted", "zen:ticket:5158", (True, None, TicketRef("zendesk", "5158"))),
    "a ticket in the bin": ("ticket.soft_deleted", "zen:ticket:5158", (False, None, TicketRef("zendesk", "5158"))),
    "a deleted user": ("user.deleted", "zen:user:77", (True, "77", None)),
    "a user who changed": ("user.name_changed", "zen:user:77", (False, None, None)),
}


@pytest.mark.parametrize(("kind", "subject", "expected"), REMOVED.values(), ids=REMOVED)
def test_what_is_removed_for_good_says_so(kind, subject, expected):
    body = json.dumps({"type": f"zen:event-type:{kind}", "id": "e1", "subject": subject, "event": {}}).encode()
    (arrival,) = webhook.arrivals(body)
    assert (arrival.removed, arrival.person, arrival.ref) == expected


def test_an_event_whose_detail_says_nothing_is_found_by_its_subject():
    assert only(event(detail=None)).ref == TicketRef("zendesk", "5158")


def test_a_number_is_as_good_as_a_string():
    assert only(event(detail={"id": 5158})).ref == TicketRef("zendesk", "5158")


UNUSABLE = {
    "broken JSON": b'{"id": "x",',
    "no JSON": b"ticket=5",
    "nothing": b"",
    "not UTF-8": b"\xff\xfe\xfa",
    "a list": b"[]",
    "a word": b'"hello"',
    "another thing's event": json.dumps(fixture("user.group_membership_created.json")).encode(),
    "an admin's own body": json.dumps(fixture("trigger_webhook.custom_body.json")).encode(),
    "no type": event(type=None),
    "an endless type": event(type="zen:event-type:ticket." + "x" * 1000),
    "a ticket that is no number": event(subject="zen:ticket:../users", detail={"id": "../users"}),
    "a ticket with foreign digits": event(subject=None, detail={"id": "٥١"}),
    "two tickets": event(subject="zen:ticket:1", detail={"id": "2"}),
    "no ticket": event(subject=None, detail={}),
    "too deep": b'{"type": "zen:event-type:ticket.x", "subject": "zen:ticket:1", "detail": '
    + b"[" * 40
    + b"]" * 40
    + b"}",
    "far too deep": b"[" * 200_000 + b"]" * 200_000,
    "a number without end": b'{"a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("body", UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_used_is_kept_whole_for_a_person(body):
    arrival = only(body)
    assert (arrival.kind, arrival.ref, arrival.raw) == ("unusable", None, body)
    assert arrival.delivery_key == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("odd", [None, "", {}, [], True, 1.5, "x" * 500])
def test_an_event_with_an_odd_id_is_named_by_its_bytes(odd):
    arrival = only(event(id=odd))
    assert arrival.ref == TicketRef("zendesk", "5158")
    assert arrival.delivery_key == hashlib.sha256(event(id=odd)).hexdigest()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "type", "subject", "detail", "event", "comment"]), inner)
    ),
    max_leaves=12,
)


@given(JSON | st.binary())
def test_no_body_raises(thing):
    body = thing if isinstance(thing, bytes) else json.dumps(thing).encode()
    assert len(webhook.arrivals(body)) == 1
