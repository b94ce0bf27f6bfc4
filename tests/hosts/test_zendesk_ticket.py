"""Odd tickets, read with caution; the poll's cursor; text as HTML."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.host import Person, Ticket, TicketRef
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import FIRST_LOOK, MOST_CHANGES, OVERLAP, ZendeskHost
from integrations.zendesk.marker import as_html
from integrations.zendesk.ticket import fields, person, ticket_from
from tests.fakes import FixedToken
from tests.hosts.recorder import Answer
from tests.hosts.worlds import SECRET

REF = TicketRef("zendesk", "7")
STAMP = "2026-11-23T09:00:00Z"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CASEY = Person(id="1", name="Casey", email="Casey@customer.example", role="customer")
ROSA = Person(id="3", name="Rosa", email="rosa@acme.example", role="agent")
PEOPLE = {"1": CASEY, "3": ROSA}


def read(*comments: dict[str, Any], audits: list[Any] | None = None, group: str = "Support", **fields: Any) -> Ticket:
    doc = {"id": 7, "status": "open", "subject": "Hello", "requester_id": 1, "updated_at": STAMP} | fields
    return ticket_from(
        REF, doc, list(comments), audits or [], PEOPLE, group, "https://acme.zendesk.com/agent/tickets/7"
    )


def said(**more: Any) -> dict[str, Any]:
    plain = {
        "id": 9,
        "author_id": 1,
        "public": True,
        "html_body": "<p>Hi</p>",
        "created_at": STAMP,
        "metadata": {"system": {}},
    }
    return plain | more


def audit_of(comment: int = 9, **more: Any) -> dict[str, Any]:
    return {
        "id": 8,
        "events": [{"id": comment, "type": "Comment"}],
        "metadata": {"custom": {}},
        "via": {"channel": "email"},
    } | more


# --- people ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("role", "ours"),
    [("end-user", "customer"), ("agent", "agent"), ("admin", "admin"), ("owner", "customer"), (None, "customer")],
)
def test_a_role_that_we_do_not_know_is_no_staff(role, ours):
    assert person({"id": 1, "name": None, "email": None, "role": role}).role == ours


def test_somebody_deleted_counts_as_a_customer():
    author = read(said(author_id=99)).comments[0].author
    assert (author.id, author.is_staff) == ("99", False)


def test_what_zendesk_itself_writes_waits_for_no_answer():
    ticket = read(said(), said(id=10, author_id=-1))
    assert ticket.comments[1].author.is_staff
    assert ticket.newest_customer_comment() == ticket.comments[0]


def test_everybody_on_the_ticket_is_a_participant_once():
    ticket = read(said(), said(id=10, author_id=3), email_cc_ids=[3], follower_ids=[3], assignee_id=3)
    assert ticket.participants == ("casey@customer.example", "rosa@acme.example")
    assert ticket.cc == ("rosa@acme.example",)
    assert ticket.assignee == ROSA


def test_somebody_without_an_address_is_not_overlooked():
    assert read(email_cc_ids=[99]).cc == ("user 99",)


def test_an_account_of_the_old_scheme_calls_its_copies_collaborators():
    assert read(collaborator_ids=[3]).cc == ("rosa@acme.example",)
    assert read(collaborator_ids=[3], email_cc_ids=[]).cc == ()


# --- tickets and comments ----------------------------------------------------------------------------------------------
def test_nulls_are_common():
    ticket = read(
        said(html_body=None, plain_body=None, body=None, attachments=None, metadata=None),
        subject=None, assignee_id=None, email_cc_ids=None, collaborator_ids=None, follower_ids=None, group="",
    )  # fmt: skip
    assert (ticket.subject, ticket.assignee, ticket.cc, ticket.queue_keys) == ("", None, (), ())
    assert (ticket.comments[0].text, ticket.comments[0].html, ticket.comments[0].attachments) == ("", None, ())


def test_the_fence_is_the_stamp_to_the_letter():
    assert read(updated_at="2026-11-23T09:00:00.000+00:00").fence == "2026-11-23T09:00:00.000+00:00"


def test_html_is_kept_and_text_stands_in_only_where_there_is_none():
    with_html, without = read(said(body="Hi"), said(id=10, html_body="", plain_body="Hi")).comments
    assert (with_html.html, with_html.text) == ("<p>Hi</p>", "")
    assert (without.html, without.text) == (None, "Hi")


def test_a_comment_that_does_not_say_it_is_public_is_not():
    assert not read(said(public=None)).comments[0].public


def test_attachments_are_names_only():
    files = [{"id": 1, "file_name": "a.png", "content_url": "https://x"}, {"id": 2, "file_name": None}]
    assert read(said(attachments=files)).comments[0].attachments == ("a.png", "")


@pytest.mark.parametrize(
    ("comment", "audit", "flags"),
    [
        ({"metadata": {"system": {}}}, None, ()),
        ({"metadata": {"flags": [2, 0]}}, None, (0, 2)),
        ({"metadata": None, "flags": [3]}, None, (3,)),
        ({"metadata": None}, {"flags": [4]}, (4,)),
        ({"metadata": {"flags": [0]}}, {"flags": [0, 3]}, (0, 3)),
        ({"metadata": None}, None, None),
    ],
)
def test_flags_are_found_wherever_zendesk_shows_them(comment, audit, flags):
    audits = [audit_of(metadata=audit)] if audit else []
    assert read(said(**comment), audits=audits).comments[0].flags == flags


def test_what_no_metadata_vouches_for_is_unreadable_and_not_clean():
    assert read(said(metadata=None), audits=[audit_of(metadata=None)]).comments[0].flags is None


@pytest.mark.parametrize(("channel", "by_hand"), [("web", True), ("api", False), ("email", False), (None, False)])
def test_by_hand_is_what_the_audit_says_came_from_the_screens(channel, by_hand):
    comment = read(said(), audits=[audit_of(via={"channel": channel})]).comments[0]
    assert (comment.by_hand, comment.by_mail) == (by_hand, channel == "email")


def test_a_marker_belongs_to_the_comment_of_its_audit_only():
    signed = {"custom": {"countersign": {"deployment": "d", "send_id": "s"}}}
    first, second = read(said(), said(id=10), audits=[audit_of(), audit_of(10, metadata=signed)]).comments
    assert first.marker is None
    assert second.marker is not None


# --- text as HTML ------------------------------------------------------------------------------------------------------
TEXTS = {
    "one line": ("Hi", "<p>Hi</p>"),
    "lines": ("Hi\nthere", "<p>Hi<br>there</p>"),
    "paragraphs": ("Hi\n\nthere\n \n\nBye", "<p>Hi</p><p>there</p><p>Bye</p>"),
    "Windows line ends": ("Hi\r\n\r\nBye", "<p>Hi</p><p>Bye</p>"),
    "blanks around": ("\n\n Hi \n\n", "<p>Hi</p>"),
    "markup": ("<a href=\"x\">'&'</a>", "<p>&lt;a href=&quot;x&quot;&gt;&#x27;&amp;&#x27;&lt;/a&gt;</p>"),
}


@pytest.mark.parametrize(("text", "markup"), TEXTS.values(), ids=TEXTS)
def test_text_becomes_paragraphs_and_nothing_else(text, markup):
    assert as_html(text) == markup


# --- the poll ----------------------------------------------------------------------------------------------------------
@pytest.fixture
def host(recorder):
    client = ZendeskClient(recorder.url, FixedToken("t"))
    return ZendeskHost(client, deployment="d", integration_user="2", webhook_secrets=[SECRET])


def changed(number: int, seconds_ago: int, **more: Any) -> dict[str, Any]:
    moment = int((NOW - timedelta(seconds=seconds_ago)).timestamp())
    return {"id": number, "status": "open", "updated_at": STAMP, "generated_timestamp": moment} | more


def exported(recorder, *tickets: dict[str, Any]) -> None:
    recorder.say(Answer(200, {"tickets": list(tickets), "after_cursor": "x", "after_url": None, "end_of_stream": True}))


def started(recorder) -> datetime:
    query = recorder.asked[-1].target.partition("start_time=")[2]
    return datetime.fromtimestamp(int(query.partition("&")[0]), UTC)


def test_the_first_poll_looks_back_a_day(recorder, host):
    exported(recorder)
    host.poll(None, NOW)
    assert started(recorder) == NOW - FIRST_LOOK


def test_each_poll_looks_again_at_the_five_minutes_before_the_newest_change(recorder, host):
    exported(recorder, changed(1, 4000), changed(2, 90))
    cursor = host.poll(None, NOW).cursor
    exported(recorder)
    host.poll(cursor, NOW)
    assert started(recorder) == NOW - timedelta(seconds=90) - OVERLAP


def test_the_cursor_waits_while_nothing_changes_and_never_goes_back(recorder, host):
    exported(recorder, changed(1, 90))
    cursor = host.poll(None, NOW).cursor
    exported(recorder, changed(1, 90))
    assert host.poll(cursor, NOW + timedelta(hours=1)).cursor == cursor
    exported(recorder)
    assert host.poll(cursor, NOW + timedelta(hours=2)).cursor == cursor
    exported(recorder, changed(1, 90, generated_timestamp=None))
    assert host.poll(cursor, NOW + timedelta(hours=3)).cursor == cursor


def test_a_change_is_named_by_ticket_and_stamp(recorder, host):
    exported(recorder, changed(1, 90), changed(2, 80))
    keys = [(arrival.delivery_key, arrival.kind, arrival.ref) for arrival in host.poll(None, NOW).arrivals]
    assert keys[0] == (f"poll:1:{STAMP}", "poll", TicketRef("zendesk", "1"))
    assert len(keys) == 2


def test_a_deleted_ticket_is_no_arrival(recorder, host):
    exported(recorder, changed(1, 90, status="deleted"))
    assert host.poll(None, NOW).arrivals == ()


def test_a_flood_of_changes_is_got_through_a_part_at_a_time(recorder, host):
    exported(recorder, *(changed(number, 100) for number in range(MOST_CHANGES)))
    assert datetime.fromisoformat(host.poll(None, NOW).cursor) == NOW - timedelta(seconds=100)


@pytest.mark.parametrize(
    ("shown", "rating"),
    [({"score": "bad"}, "bad"), ({"score": "good"}, "good"), ({"score": "offered"}, None), (None, None)],
)
def test_only_a_given_rating_is_one(shown, rating):
    assert read(said(), satisfaction_rating=shown).rating == rating


def test_a_reply_to_a_closed_ticket_names_the_one_it_goes_on_with():
    via = {"channel": "email", "source": {"rel": "follow_up", "from": {"ticket_id": 5}}}
    assert read(said(), via=via).follows == "5"
    assert read(said(), via={"channel": "email", "source": {"rel": None, "from": {}}}).follows is None


# --- fields ------------------------------------------------------------------------------------------------------------
def test_fields_of_the_ticket_and_its_requester_are_texts_and_nobody_elses():
    doc = {
        "requester_id": 1,
        "custom_fields": [
            {"id": 36, "value": "A-1"},
            {"id": 37, "value": None},
            {"id": 38, "value": True},
            {"id": 39, "value": ["a", "b"]},
            {"id": 40, "value": ""},
        ],
    }
    users = [
        {"id": 1, "user_fields": {"plan": "Plus", "since": 2024, "note": None}},
        {"id": 3, "user_fields": {"plan": "x"}},
    ]
    assert dict(fields(doc, users)) == {"field.36": "A-1", "field.38": "yes", "user.plan": "Plus", "user.since": "2024"}


@pytest.mark.parametrize("doc", [{}, {"custom_fields": None, "requester_id": None}, {"requester_id": 99}])
def test_a_ticket_without_fields_has_none(doc):
    assert fields(doc, [{"id": 1}]) == ()
