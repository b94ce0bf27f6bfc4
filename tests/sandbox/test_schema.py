"""Judges that we did not write: the published API description and zenpy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from tests.sandbox.conftest import FIXTURES, PARCEL, REFUND, Client

ANSWERS = [
    (f"tickets/{REFUND}.json", "TicketResponse"),
    ("tickets.json", "TicketsResponse"),
    (f"tickets/{REFUND}/comments.json", "TicketCommentsResponse"),
    (f"tickets/{REFUND}/audits.json", "TicketAuditsResponseNoneCursor"),
    (f"tickets/{PARCEL}/tags.json", "TagsByObjectIdResponse"),
    ("users/me.json", "CurrentUserResponse"),
    ("users.json", "UsersResponse"),
    ("users/search.json?query=rosa", "UsersResponse"),
    ("groups.json", "GroupsResponse"),
    ("group_memberships.json", "GroupMembershipsResponse"),
    ("triggers.json", "TriggersResponse"),
    ("incremental/tickets/cursor.json?start_time=1", "CursorBasedExportIncrementalTicketsResponse"),
]


def judge(answer: Any, schema: str) -> None:
    document = json.loads((FIXTURES / "support_api_relaxed.json").read_text())
    jsonschema.Draft7Validator({**document, "$ref": f"#/components/schemas/{schema}"}).validate(answer)


@pytest.mark.parametrize(("path", "schema"), ANSWERS)
def test_answers_fit_the_published_schema(zendesk: Client, path: str, schema: str) -> None:
    zendesk.control("settings", {"blind_seconds": 0}, "PUT")
    zendesk.put(PARCEL, comment={"body": "hello", "public": True}, status="pending", tags=["a"])
    judge(zendesk.get(path), schema)


def test_the_answer_to_an_update_fits_the_published_schema(zendesk: Client) -> None:
    judge(zendesk.put(PARCEL, comment={"body": "hello", "public": True}).json(), "TicketUpdateResponse")


def test_the_schema_would_have_noticed(zendesk: Client) -> None:
    answer = zendesk.get(f"tickets/{PARCEL}.json")
    answer["ticket"]["status"] = "opened"
    with pytest.raises(jsonschema.ValidationError):
        judge(answer, "TicketResponse")


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=0))
        yield session


@pytest.fixture
def zenpy(zendesk: Client, session: requests.Session, monkeypatch: pytest.MonkeyPatch) -> Zenpy:
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", zendesk.url.removeprefix("http://"))
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    return Zenpy(subdomain="acme", oauth_token="sandbox-integration", session=session, disable_cache=True, timeout=10)


def reply(zenpy: Zenpy, author: int, stamp: str) -> Ticket:
    ticket = Ticket(id=PARCEL)
    ticket.comment = Comment(html_body="<p>It left today.</p>", public=True, author_id=author)
    ticket.safe_update, ticket.updated_stamp = True, stamp
    ticket.metadata = {"countersign": {"send_id": "s1"}}
    return ticket


def test_zenpy_reads_people_tickets_comments_and_audits(zenpy: Zenpy) -> None:
    assert zenpy.users.me().name == "Countersign"
    assert zenpy.tickets(id=PARCEL).subject == "When will my parcel come?"
    assert [comment.public for comment in zenpy.tickets.comments(ticket=REFUND)] == [True, True, False, True]
    assert [audit.ticket_id for audit in zenpy.tickets.audits(ticket=REFUND)] == [REFUND] * 4
    assert {group.name for group in zenpy.groups()} == {"Support", "Billing"}
    assert len(list(zenpy.group_memberships())) == 6


def test_zenpy_sends_a_guarded_reply_and_is_told_of_the_conflict(zenpy: Zenpy, zendesk: Client) -> None:
    rosa = next(iter(zenpy.users.search(query="rosa@acme.example")))
    stamp = zenpy.tickets(id=PARCEL).updated_at
    answer = zenpy.tickets.update(reply(zenpy, rosa.id, stamp))
    assert answer.audit.metadata.to_dict()["custom"] == {"countersign": {"send_id": "s1"}}
    with pytest.raises(APIException) as refused:
        zenpy.tickets.update(reply(zenpy, rosa.id, stamp))
    assert refused.value.response.status_code == 409
    assert len(zendesk.ledger()) == 1


def test_zenpy_tags_creates_and_misses(zenpy: Zenpy) -> None:
    assert "fence" in list(zenpy.tickets.add_tags(PARCEL, ["Fence"]))
    zenpy.tickets.delete_tags(PARCEL, ["fence"])
    assert list(zenpy.tickets.tags(PARCEL)) == ["shop"]
    made = zenpy.tickets.create(
        Ticket(subject="x", comment=Comment(body="hi"), requester=User(name="N", email="n@x.example"))
    )
    assert zenpy.tickets(id=made.ticket.id).requester.email == "n@x.example"
    with pytest.raises(RecordNotFoundException):
        zenpy.tickets(id=4040404)


def test_zenpy_follows_the_export_to_its_end(zenpy: Zenpy, zendesk: Client) -> None:
    zendesk.control("settings", {"blind_seconds": 0}, "PUT")
    assert len(list(zenpy.tickets.incremental(start_time=1, per_page=3))) == 4


def test_zenpys_own_retries_send_a_put_four_times(zenpy: Zenpy, zendesk: Client, session: requests.Session) -> None:
    """Why every client of ours mounts `max_retries=0`: the reply was applied, the answer lost, and zenpy asked again."""
    session.mount("http://", HTTPAdapter(**Zenpy.http_adapter_kwargs()))
    zendesk.fault("drop_connection", times=4)
    ticket = Ticket(id=PARCEL)
    ticket.comment = Comment(body="again", public=True)
    with pytest.raises(requests.ConnectionError):
        zenpy.tickets.update(ticket)
    assert len(zendesk.ledger(PARCEL)) == 4
