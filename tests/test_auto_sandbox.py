"""Auto-send over the sandbox Zendesk: the real client and stages, and its ledger of what reached customers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from app import pipeline, review
from app.ai.embed import Embedder
from app.governance import ramp as pure
from app.governance.ramp import Step
from app.host import TicketRef
from app.minds import Minds
from app.pipeline import Concluded
from app.store import proposals
from tests import earned
from tests.ai.small import Words
from tests.hosts.worlds import SandboxWorld, running_sandbox
from tests.house import House

LINE = "Sent automatically. Reply 'person' to reach a colleague."


class Zendesk:
    """Customers who write at the sandbox, and what they got to read."""

    def __init__(self, house: House, world: SandboxWorld) -> None:
        self.house, self.world = house, world
        house.deps = replace(house.deps, hosts={"zendesk": world.twin("test")})
        embedder = Embedder(english=Words, multilingual=Words)
        self.minds: Any = Minds(house.deps.readers, embedder, None, None)
        self.number = 0

    def asked(self, text: str = earned.QUESTION, **more: Any) -> TicketRef:
        """A new customer, whose message the draw does not keep with people."""
        while True:
            self.number += 1
            who = {"name": f"Kim {self.number}", "email": f"kim{self.number}@customer.example"}
            told = self.control("POST", "new-ticket", {"subject": "Delivery", "text": text, "requester": who, **more})
            key = self.house.deps.keys.derived("hold-out")
            if not pure.is_held_out(key, f"zendesk:{told['ticket']['id']}:{told['comment_id']}", 0.3):
                return TicketRef("zendesk", str(told["ticket"]["id"]))

    def control(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": "Bearer sandbox-admin"}
        answer = requests.request(method, f"{self.world.url}/sandbox/{path}", json=body, headers=headers, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None

    def prepare(self, ref: TicketRef) -> str:
        """As the worker does when it is told of that ticket; returns the proposal."""
        deps = self.house.deps
        ticket = deps.hosts["zendesk"].fetch(ref)
        concluded = pipeline.consider(deps, self.minds, ticket, deps.clock.now())
        comment = ticket.newest_customer_comment()
        assert comment is not None
        assert concluded in {Concluded.PROPOSED, Concluded.NOTHING}
        with deps.readers.begin() as tx:
            return str(proposals.of_comment(tx, "zendesk", ref.ticket, comment.id))

    def after_the_hold(self) -> None:
        self.house.clock.tick(120)
        for _ in range(2):
            self.house.deliver_due()

    def read(self, ref: TicketRef) -> list[str]:
        return [entry["text"] for entry in self.control("GET", f"ledger?ticket={ref.ticket}")["entries"]]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxWorld]:
    with running_sandbox(tmp_path_factory.mktemp("auto") / "home") as home:
        yield SandboxWorld(home)


@pytest.fixture
def zendesk(earner: House, world: SandboxWorld) -> Zendesk:
    assert earned.raised(earner) is Step.FIVE_A_DAY
    return Zendesk(earner, world)


def why_not(zendesk: Zendesk, item: str) -> set[str]:
    return {reason.rule for reason in zendesk.house.stored(item).record.reasons}


def test_a_message_is_answered_by_itself_after_the_hold_exactly_once(zendesk: Zendesk) -> None:
    ref = zendesk.asked()
    item = zendesk.prepare(ref)
    assert zendesk.house.state(item) == proposals.HELD, why_not(zendesk, item)
    zendesk.house.deliver_due()
    assert zendesk.read(ref) == []
    zendesk.after_the_hold()
    (text,) = zendesk.read(ref)
    assert "Standard delivery takes 3 to 5 days." in text
    assert text.rstrip().endswith(LINE)
    assert zendesk.house.state(item) == proposals.SENT
    (entry,) = zendesk.control("GET", f"ledger?ticket={ref.ticket}")["entries"]
    assert json.loads(json.dumps(entry["metadata"]))["countersign"]["mode"] == "auto"


def test_the_switch_thrown_in_the_hold_leaves_the_customer_with_people(zendesk: Zendesk) -> None:
    ref = zendesk.asked()
    item = zendesk.prepare(ref)
    assert zendesk.house.state(item) == proposals.HELD
    review.roll_back(zendesk.house.deps, "support", "ben")
    zendesk.after_the_hold()
    assert (zendesk.read(ref), zendesk.house.state(item)) == ([], proposals.HUMAN)


def test_who_replies_person_gets_one_and_that_ticket_no_automatic_answer_again(zendesk: Zendesk) -> None:
    ref = zendesk.asked()
    zendesk.prepare(ref)
    zendesk.after_the_hold()
    assert len(zendesk.read(ref)) == 1
    zendesk.control("POST", "customer-reply", {"ticket": int(ref.ticket), "text": "Person"})
    item = zendesk.prepare(ref)
    assert (zendesk.house.state(item), why_not(zendesk, item) >= {"escalation"}) == (proposals.ESCALATED, True)
    zendesk.house.clock.tick(48 * 3600)
    zendesk.control("POST", "customer-reply", {"ticket": int(ref.ticket), "text": earned.QUESTION})
    again = zendesk.prepare(ref)
    assert zendesk.house.state(again) != proposals.HELD
    zendesk.after_the_hold()
    assert len(zendesk.read(ref)) == 1


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"flags": [4]}, "machine-mail"),
        ({"flags": [2]}, "untrusted-sender"),
        ({"text": "I am out of the office until Monday. How many days does standard delivery take?"}, "machine-mail"),
        ({"requester": {"name": "Mail", "email": "mailer-daemon@customer.example"}}, "machine-mail"),
        ({"text": f"{earned.QUESTION} My lawyer will sue you."}, "escalation"),
    ],
)
def test_what_never_goes_by_itself(zendesk: Zendesk, more: dict[str, Any], rule: str) -> None:
    body = {
        "subject": "Delivery",
        "text": earned.QUESTION,
        "requester": {"name": "Lou", "email": f"lou-{rule}@customer.example"},
    }
    told = zendesk.control("POST", "new-ticket", {**body, **more})
    ref = TicketRef("zendesk", str(told["ticket"]["id"]))
    item = zendesk.prepare(ref)
    assert rule in why_not(zendesk, item)
    zendesk.after_the_hold()
    assert zendesk.read(ref) == []
