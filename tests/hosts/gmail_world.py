"""The sandbox Gmail as a world of the contract tests: one mailbox, two people who work in it."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from app.host import Arrival, Host, Person, TicketRef
from integrations.gmail import history, push
from integrations.gmail.client import GmailClient
from integrations.gmail.host import GmailHost
from integrations.gmail.oidc import GoogleTokens, Keys, published
from integrations.gmail.wire import Budget
from sandbox.gmail.signing import PUSH_ACCOUNT, Signer
from tests.fakes import ANA, CASEY, ROSA, FixedToken
from tests.gmail.conftest import BOX, Playground
from tests.hosts.worlds import DEPLOYMENT

TEAM = tuple(Person(str(one.email), one.name, one.email, one.role) for one in (ROSA, ANA))
FAULTS: dict[str, dict[str, Any]] = {
    "lost-after": {"kind": "drop_connection", "on": "drafts.send", "when": "after", "times": 1},
    "lost-before": {"kind": "drop_connection", "on": "drafts.send", "when": "before", "times": 1},
    "refuse-status": {"kind": "unavailable", "on": "threads.modify", "times": 1},
    "slow": {"kind": "slow", "on": "drafts.send", "when": "before", "seconds": 0.5, "times": 1},
    "down": {"kind": "down"},
}


ENDPOINT = "http://localhost:9/webhooks/gmail"


class GmailWorld:
    """Its threads are new ones, each by the same customer."""

    queue_key = f"gmail:{BOX}"

    def __init__(self, playground: Playground, now: Callable[[], float] = time.time) -> None:
        self.play = playground.play
        self._playground = playground
        self._signer = Signer(playground.home, now)
        self._google = GoogleTokens(Keys(lambda: published(f"{playground.url}/oauth2/v1/certs")))
        self.tokens = FixedToken("")
        self.client = GmailClient(self.tokens, base_url=playground.url)
        self.client.budget = Budget(1_000_000)  # the whole suite within a minute
        self.installed("allowed")
        self.host: Host = self.twin(DEPLOYMENT)
        self._numbers = itertools.count(1)

    def twin(self, deployment: str) -> Host:
        return GmailHost(
            self.client, address=BOX, deployment=deployment, team=lambda: TEAM, receive=self._received,
            poll=lambda cursor, now: history.changes(self.client, self.queue_key, cursor, now),
            announce=self.now, pause=lambda _: None,
        )  # fmt: skip

    def _received(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        return push.arrivals(
            headers, body, now, lambda token, at: self._google.of_account(token, ENDPOINT, PUSH_ACCOUNT, at)
        )

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_ticket(self, text: str) -> TicketRef:
        mail = {"mailbox": BOX, "from": f"{CASEY.name} <{CASEY.email}>", "subject": f"Hello {next(self._numbers)}"}
        return TicketRef(f"gmail:{BOX}", self.play("POST", "receive", mail | {"text": text})["threadId"])

    def customer_says(self, ref: TicketRef, text: str) -> None:
        mail = {"mailbox": BOX, "from": f"{CASEY.name} <{CASEY.email}>", "text": text, "thread": ref.ticket}
        self.play("POST", "receive", mail)

    def colleague_says(self, ref: TicketRef, text: str) -> None:
        self.play("POST", "answer", {"mailbox": BOX, "thread": ref.ticket, "text": text, "by": ROSA.email})

    def close(self, ref: TicketRef) -> None:
        self.play("POST", "trash-thread", {"mailbox": BOX, "thread": ref.ticket})

    def delete(self, ref: TicketRef) -> None:
        self.play("POST", "delete-thread", {"mailbox": BOX, "thread": ref.ticket})

    def fault(self, kind: str) -> None:
        if kind == "none":
            self._playground.mend()
        elif kind == "drop-metadata":
            self.play("PUT", "settings", {"drop_custom_headers": True})
        else:
            self.play("POST", "faults", FAULTS[kind])

    def reached(self, ref: TicketRef) -> list[str]:
        return [entry["text"].strip() for entry in self._playground.ledger(ref.ticket)]

    def drafts(self, ref: TicketRef) -> list[str]:
        """The ids of all that lie in that thread."""
        return [doc["id"] for doc in self.client.drafts() if doc["message"]["threadId"] == ref.ticket]

    def delivery(self, ref: TicketRef | None) -> tuple[dict[str, str], bytes]:
        """A hint that the mailbox changed; None: nobody can tell which one."""
        hint = {"emailAddress": BOX, "historyId": self.client.thread(ref.ticket)["historyId"]} if ref else {}
        data = base64.b64encode(json.dumps(hint).encode()).decode()
        return self.signed(), json.dumps({"message": {"data": data}}).encode()

    def signed(self) -> dict[str, str]:
        """As Google signs a push."""
        return {"Authorization": f"Bearer {self._signer.push_token(ENDPOINT)}"}

    def forged(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        """Google signs who it is, not what it says: a push is only a hint, and the history is read."""
        return {"Authorization": headers["Authorization"][:-6] + "forged"}, body

    def agent(self) -> Person:
        return TEAM[0]

    def installed(self, how: str) -> bool:
        """Gmail knows no middle way: the grant stands or it does not."""
        if how == "allowed":
            self.tokens.token = self.play("POST", "grant", {"email": BOX})["access_token"]
        if how == "revoked":
            self.play("POST", "withdraw", {"email": BOX})
        return how in {"allowed", "revoked"}

    def brings(self, *, replies: bool) -> bool:
        """Gmail brings whatever it sends."""
        return replies
