"""Deliveries that another program signed: the sandbox's own, received byte for byte."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from app.host import Arrival, TicketRef, WebhookRejected
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from tests.fakes import FixedToken
from tests.hosts.recorder import Asked, recording
from tests.hosts.worlds import running_sandbox

DEADLINE = 15.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ZendeskHost, TicketRef, list[Asked]]]:
    """A customer writes a ticket and says more; what the sandbox announces of it, twice each."""
    home = tmp_path_factory.mktemp("deliveries") / "home"
    with recording() as app, running_sandbox(home, app.url) as place:
        facts = json.loads((place / "installation.json").read_text(encoding="utf-8"))

        def control(path: str, body: dict[str, object]) -> dict[str, dict[str, int]]:
            headers = {"Authorization": "Bearer sandbox-admin"}
            answer = requests.post(f"{facts['base_url']}/sandbox/{path}", json=body, headers=headers, timeout=10)
            return dict(answer.json())

        control("faults", {"kind": "webhook_duplicate", "copies": 1})
        number = control("new-ticket", {"subject": "Grüße", "text": "Wann kommt es? 你好"})["ticket"]["id"]
        control("customer-reply", {"ticket": number, "text": "Hello?"})
        ref = TicketRef("zendesk", str(number))
        wait_for(lambda: len(about(ref, app.asked)) >= 6)
        yield host_of(facts, place), ref, about(ref, app.asked)


def host_of(facts: dict[str, object], place: Path) -> ZendeskHost:
    secret = (place / "webhook_secret").read_text(encoding="utf-8").strip()
    client = ZendeskClient(str(facts["base_url"]), FixedToken("t"))
    return ZendeskHost(
        client, deployment="d", integration_user=str(facts["integration_user_id"]), webhook_secrets=["older", secret]
    )


def about(ref: TicketRef, asked: list[Asked]) -> list[Asked]:
    return [one for one in list(asked) if f'zen:ticket:{ref.ticket}"'.encode() in one.raw]


def received(told: tuple[ZendeskHost, TicketRef, list[Asked]]) -> list[Arrival]:
    host, _, deliveries = told
    return [arrival for one in deliveries for arrival in host.receive(one.headers, one.raw, datetime.now(UTC))]


def test_what_the_sandbox_signs_is_accepted_and_names_its_ticket(told):
    assert {arrival.ref for arrival in received(told)} == {told[1]}
    assert {arrival.kind.rpartition(".")[2] for arrival in received(told)} == {"created", "comment_added"}


def test_each_event_has_one_key_however_often_it_is_delivered(told):
    keys = [arrival.delivery_key for arrival in received(told)]
    assert len(keys) == 6
    assert len(set(keys)) == 3


def test_a_byte_more_or_less_is_rejected(told):
    host, _, deliveries = told
    for one in deliveries:
        for body in (one.raw.rstrip(b"\n"), one.raw + b"\n", one.raw.replace(b"   ", b"  ", 1)):
            with pytest.raises(WebhookRejected):
                host.receive(one.headers, body, datetime.now(UTC))
