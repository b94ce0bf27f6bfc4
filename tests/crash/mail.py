"""What customers do in a storm, and how Zendesk tells of it: late, twice, in the wrong order, or not at all."""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests

from app.host import Comment, Person, TicketRef
from integrations.zendesk import webhook
from tests.crash.deployment import Zendesk
from tests.door import event

QUESTIONS = (
    "How many days does shipping take, and do you deliver on Saturdays?",
    "How long does it take until an order reaches America or Japan?",
    "What is the fastest delivery option and what does it cost?",
)
TIER_3 = "My lawyer will sue you and I demand damages for the injury that your charger caused. How long is delivery?"
NOISE = ("tags_changed", "priority_changed", "status_changed", "agent_assignment_changed", "subject_changed")
US = Person(id="7", name="Countersign", email=None, role="agent")
NOTE = Comment(  # ours come back to us
    id="8", author=US, public=False, text="A note", html=None, created_at=datetime(2026, 1, 1, tzinfo=UTC)
)
Happening = tuple[TicketRef, str, Comment | None]
TWICE, LATE, LOST = 0.40, 0.45, 0.01  # of all events: told again, held back, never told
FARTHEST = 30  # events by which one is late
RETRIES = (0.2, 0.5, 1.0, 2.0)  # seconds between a sender's attempts


@dataclass
class Mail:
    """One slice's customers. `asked`: the customer's comments of each ticket; `forbidden`: tickets of tier 3."""

    zendesk: Zendesk
    secret: str
    url: str
    chance: random.Random
    events: int
    counts: Counter[str] = field(default_factory=Counter)
    asked: dict[TicketRef, list[int]] = field(default_factory=dict)
    forbidden: set[TicketRef] = field(default_factory=set)
    _counting: threading.Lock = field(default_factory=threading.Lock)

    def deliveries(self) -> Iterator[bytes]:
        """So many, in the order in which they go out; customers act meanwhile. What is left then is never told."""
        waiting: list[tuple[int, int, bytes]] = []  # due, number of the event, its body
        told, newest = set[int](), -1
        for number, (ref, kind, comment) in enumerate(self._happenings()):
            for due in self._times(number):
                heapq.heappush(waiting, (due, number, event(ref, number, kind, comment)))
            while waiting and waiting[0][0] <= number:
                _, which, body = heapq.heappop(waiting)
                new = which not in told
                self.counts.update(events=1, duplicates=not new, reordered=new and which < newest)
                told.add(which)
                newest = max(newest, which)
                yield body
                if self.counts["events"] == self.events:
                    self.counts["never told"] = number + 1 - len(told)
                    return

    def _times(self, number: int) -> list[int]:
        """When this event is told: never, once, or several times."""
        if self.chance.random() < LOST:
            return []
        times = [number + (self.chance.randint(1, FARTHEST) if self.chance.random() < LATE else 0)]
        while self.chance.random() < TWICE:
            times.append(times[0] + self.chance.randint(0, 2 * FARTHEST))
        return times

    def _happenings(self) -> Iterator[Happening]:
        """Without end: new tickets and what befalls them, several at a time."""
        going: list[Iterator[Happening]] = []
        while True:
            if len(going) < 8:
                going.append(self._ticket())
            for one in self.chance.sample(going, len(going)):
                if (told := next(one, None)) is None:
                    going.remove(one)
                else:
                    yield told

    def _ticket(self) -> Iterator[Happening]:
        """One ticket's life as far as its customer and Zendesk's own rules make it."""
        grave = self.chance.random() < 0.1
        body = {"subject": "Delivery", "via": "email", "text": TIER_3 if grave else self.chance.choice(QUESTIONS)}
        made = self.zendesk.control("POST", "new-ticket", body)
        ref = TicketRef("zendesk", str(made["ticket"]["id"]))
        self.asked[ref] = [int(made["comment_id"])]
        if grave:
            self.forbidden.add(ref)
        yield ref, "created", None
        for kind in self.chance.sample((*NOISE, *4 * ("note",)), self.chance.randint(4, 6)):
            yield (ref, "comment_added", NOTE) if kind == "note" else (ref, kind, None)
        if self.chance.random() < 0.25:
            more = {"ticket": int(ref.ticket), "text": self.chance.choice(QUESTIONS)}
            self.asked[ref].append(int(self.zendesk.control("POST", "customer-reply", more)["comment_id"]))
            yield ref, "comment_added", None
            yield ref, "status_changed", None

    # --- on their way ----------------------------------------------------------------------------------------------------
    def post(self, body: bytes) -> None:
        """As Zendesk does: signed, and again a few times where no good answer comes. Then it is lost."""
        for wait in (*RETRIES, None):
            if self._taken(body):
                return
            with self._counting:
                self.counts["retries" if wait else "undelivered"] += 1
            if wait:
                time.sleep(wait)

    def _taken(self, body: bytes) -> bool:
        stamp = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = webhook.signature(self.secret, stamp, body)
        headers = {
            "X-Zendesk-Webhook-Signature": signed,
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            "Content-Type": "application/json",
        }
        try:
            return requests.post(self.url, data=body, headers=headers, timeout=5).ok
        except requests.RequestException:
            return False
