"""A judge that we did not write: zenpy, unmodified, in every call that the app makes of it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment, Ticket, User
from zenpy.lib.exception import APIException, RecordNotFoundException

from tests.sandbox.conftest import PARCEL, REFUND, Client

CLIENT = Path(__file__).parents[2] / "integrations/zendesk/client.py"


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


def _names(docs: Any) -> list[str]:
    return [doc.name for doc in docs]


# Each call as the app writes it, and what the sandbox makes of it.
CALLS: dict[str, Callable[[Zenpy], bool]] = {
    "tickets(id)": lambda zendesk: zendesk.tickets(id=PARCEL).subject == "When will my parcel come?",
    "tickets.comments()": lambda zendesk: len(list(zendesk.tickets.comments(REFUND))) == 4,
    "tickets.audits(include)": lambda zendesk: len(list(zendesk.tickets.audits(REFUND, include=""))) == 4,
    "tickets.incremental(per_page, start_time)": lambda zendesk: (
        len(list(zendesk.tickets.incremental(start_time=1, per_page=3))) == 4
    ),
    "tickets.incremental(cursor, per_page)": lambda zendesk: (
        len(list(zendesk.tickets.incremental(cursor=zendesk.tickets.incremental(start_time=1, per_page=3).after_cursor, per_page=3))) == 1
    ),
    "tickets.update()": lambda zendesk: zendesk.tickets.update(Ticket(id=PARCEL, priority="high")).audit is not None,
    "tickets.add_tags()": lambda zendesk: "fence" in list(zendesk.tickets.add_tags(PARCEL, ["fence"])),
    "tickets.delete_tags()": lambda zendesk: (
        zendesk.tickets.delete_tags(PARCEL, ["shop"]) is not None and not list(zendesk.tickets.tags(PARCEL))
    ),
    "users(id)": lambda zendesk: zendesk.users(id=zendesk.users.me().id).name == "Countersign",
    "users(ids)": lambda zendesk: _names(zendesk.users(ids=[zendesk.users.me().id])) == ["Countersign"],
    "users(role)": lambda zendesk: len(_names(zendesk.users(role=["agent", "admin"]))) == 5,
    "users.search(query)": lambda zendesk: _names(zendesk.users.search(query="email:rosa@acme.example")) == ["Rosa Lind"],
    "groups(id)": lambda zendesk: zendesk.groups(id=zendesk.tickets(id=PARCEL).group_id).name == "Support",
}  # fmt: skip


def calls_of_the_app() -> set[str]:
    """`zendesk.tickets.update(...)` and its like, with the names of their arguments."""
    found = set()
    for node in ast.walk(ast.parse(CLIENT.read_text())):
        if isinstance(node, ast.Call):
            root, _, rest = ast.unparse(node.func).partition(".")
            if root == "zendesk" and rest:
                found.add(f"{rest}({', '.join(sorted(word.arg for word in node.keywords if word.arg))})")
    return found


def test_the_table_has_every_call_of_the_app() -> None:
    """A new call of zenpy in the app's client needs a line in CALLS, which tries it here."""
    assert calls_of_the_app() <= set(CALLS)
    assert len(calls_of_the_app()) >= 10


@pytest.mark.parametrize("call", CALLS)
def test_zenpy_makes_each_call_of_the_app(zenpy: Zenpy, zendesk: Client, call: str) -> None:
    zendesk.control("settings", {"blind_seconds": 0}, "PUT")
    assert CALLS[call](zenpy)


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
