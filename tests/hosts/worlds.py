"""A host with everything around it that a contract test needs: customers, colleagues, bad days and the oracle."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import requests

from app.host import (
    AccessLost,
    Host,
    HostError,
    Installation,
    Leave,
    Outgoing,
    Permit,
    Person,
    Purpose,
    Sender,
    TicketRef,
)
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from tests.fakes import CASEY, ROSA, FakeHost, FixedToken

DEPLOYMENT = "contract"
ROOT = Path(__file__).parents[2]
TICKETS = 100
SECRET = "the secret of the contract tests"


class World(Protocol):
    """What every host must be able to be put through."""

    host: Host
    queue_key: str  # what the policy's `hosts` name its tickets by

    def now(self) -> datetime: ...
    def new_ticket(self, text: str) -> TicketRef: ...
    def customer_says(self, ref: TicketRef, text: str) -> None: ...
    def colleague_says(self, ref: TicketRef, text: str) -> None: ...
    def close(self, ref: TicketRef) -> None: ...
    def delete(self, ref: TicketRef) -> None: ...
    def fault(self, kind: str) -> None: ...
    def reached(self, ref: TicketRef) -> list[str]: ...
    def delivery(self, ref: TicketRef | None) -> tuple[dict[str, str], bytes]: ...
    def forged(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]: ...
    def twin(self, deployment: str) -> Host: ...
    def agent(self) -> Person: ...
    def installed(self, how: str) -> bool:
        """False: this host knows no such thing."""
        ...

    def brings(self, *, replies: bool) -> bool:
        """False: this host cannot be told not to."""
        ...


def message(ref: TicketRef, body: str = "Three days.", *, send_id: str = "01JSEND", **more: Any) -> Outgoing:
    return Outgoing(ref=ref, send_id=send_id, body=body, **({"purpose": Purpose.ANSWER} | more))


def permit(ref: TicketRef, fence: str, *, send_id: str = "01JSEND", attempt: int = 1) -> Permit:
    """As the claim would make it."""
    return Permit(
        row=1,
        attempt=attempt,
        send_id=send_id,
        ref=ref,
        fence=fence,
        body_mac="",
        recipients_mac="",
        generations=(1, 1),
    )


class FakeWorld:
    queue_key = "zendesk:group:Support"

    def __init__(self) -> None:
        self.host: FakeHost = FakeHost(deployment=DEPLOYMENT)

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_ticket(self, text: str) -> TicketRef:
        return self.host.new_ticket(text)

    def customer_says(self, ref: TicketRef, text: str) -> None:
        self.host.says(ref, CASEY, text)

    def colleague_says(self, ref: TicketRef, text: str) -> None:
        self.host.says(ref, ROSA, text, by_hand=True)

    def close(self, ref: TicketRef) -> None:
        self.host.change(ref, status="closed")

    def delete(self, ref: TicketRef) -> None:
        self.host.delete(ref)

    def fault(self, kind: str) -> None:
        faults = self.host.faults
        switches: dict[str, Callable[[], None]] = {
            "lost-after": lambda: setattr(faults, "lost_after", 1),
            "lost-before": lambda: setattr(faults, "lost_before", 1),
            "drop-metadata": lambda: setattr(faults, "drop_metadata", True),
            "refuse-status": lambda: setattr(faults, "refuse_status", True),
            "slow": lambda: setattr(faults, "before_apply", lambda: time.sleep(0.2)),
            "down": lambda: setattr(faults, "down", HostError("the host is down")),
            "none": lambda: setattr(faults, "down", None),
        }
        switches[kind]()

    def reached(self, ref: TicketRef) -> list[str]:
        return [text for ticket, text in self.host.reached if ticket == ref.ticket]

    def delivery(self, ref: TicketRef | None) -> tuple[dict[str, str], bytes]:
        return self.host.delivery(ref)

    def forged(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        return headers, body + b" "

    def twin(self, deployment: str) -> Host:
        other = FakeHost(deployment=deployment)
        other.tickets, other._lock = self.host.tickets, self.host._lock
        return other

    def agent(self) -> Person:
        return ROSA

    def installed(self, how: str) -> bool:
        leave = {"allowed": Leave.ALLOWED, "narrowed": Leave.NARROWED}.get(how, Leave.GONE)
        self.host.installed = Installation(leave, "" if leave is Leave.ALLOWED else how)
        self.host.faults.down = AccessLost("the token was revoked") if how == "revoked" else None
        return True

    def brings(self, *, replies: bool) -> bool:
        self.host.writing = (Sender("trigger", "Notify requester", brings=True),) if replies else ()
        return True


class SandboxWorld:
    """The sandbox Zendesk in a process of its own. Its tickets are seeds an hour old: their stamps are aged already."""

    queue_key = "zendesk:group:Support"

    def __init__(self, home: Path) -> None:
        facts = json.loads((home / "installation.json").read_text(encoding="utf-8"))
        self.url: str = facts["base_url"]
        self.bot = str(facts["integration_user_id"])
        self.installation = str(facts["installation_id"])
        self.client = ZendeskClient(self.url, FixedToken(facts["integration_token"]))
        self.host: Host = self.twin(DEPLOYMENT)
        self._session = requests.Session()
        self._session.headers["Authorization"] = "Bearer sandbox-admin"
        self._free = iter(range(1001, 1001 + TICKETS))
        self._control(
            "PUT", "settings", {"blind_seconds": 0, "limits": {"account": 5000}}
        )  # the whole suite within a minute

    def twin(self, deployment: str) -> Host:
        return ZendeskHost(
            self.client,
            deployment=deployment,
            integration_user=self.bot,
            webhook_secrets=[SECRET],
            installation=self.installation,
        )

    def now(self) -> datetime:
        return datetime.now(UTC)

    def new_ticket(self, text: str) -> TicketRef:
        """The next seed, whose customer wrote one message; `text` is only what the fake is told."""
        return TicketRef("zendesk", str(next(self._free)))

    def customer_says(self, ref: TicketRef, text: str) -> None:
        self._control("POST", "customer-reply", {"ticket": int(ref.ticket), "text": text})

    def colleague_says(self, ref: TicketRef, text: str) -> None:
        self._control("POST", "person-replies", {"ticket": int(ref.ticket), "text": text, "by": ROSA.email})

    def close(self, ref: TicketRef) -> None:
        self._control("POST", "close", {"ticket": int(ref.ticket)})

    def delete(self, ref: TicketRef) -> None:
        self._control("POST", "delete", {"ticket": int(ref.ticket)})

    def fault(self, kind: str) -> None:
        if kind == "none":
            self._control("DELETE", "faults", {})
            return
        faults: dict[str, dict[str, Any]] = {
            "lost-after": {"kind": "drop_connection", "when": "after", "times": 1},
            "lost-before": {"kind": "drop_connection", "when": "before", "times": 1},
            "drop-metadata": {"kind": "drop_metadata"},
            "refuse-status": {"kind": "required_on_solve"},
            "slow": {"kind": "slow", "on": "put", "when": "before", "seconds": 0.5, "times": 1},
            "down": {"kind": "down"},
        }
        self._control("POST", "faults", faults[kind])

    def reached(self, ref: TicketRef) -> list[str]:
        entries = self._control("GET", f"ledger?ticket={ref.ticket}", None)["entries"]
        return [entry["text"] for entry in entries]

    def delivery(self, ref: TicketRef | None) -> tuple[dict[str, str], bytes]:
        return zendesk_delivery(ref.ticket if ref else None, self.now())

    def forged(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], bytes]:
        return headers, body + b" "

    def agent(self) -> Person:
        return next(person for person in self.host.staff() if person.email == ROSA.email)

    def installed(self, how: str) -> bool:
        standing = {
            "enabled": how != "disabled",
            "installed": how != "removed",
            "automation_allowed": how != "narrowed",
        }
        self._control("PUT", "installation", standing)
        self._control(
            "PUT", "settings", {"revoked_tokens": [self.client._tokens.access_token()] if how == "revoked" else []}
        )
        return True

    def brings(self, *, replies: bool) -> bool:
        """The notify-requester trigger on or off, as an admin would switch it."""
        for trigger in self._asked("GET", "triggers")["triggers"]:
            if "comment update" in trigger["title"]:
                self._asked("PUT", f"triggers/{trigger['id']}", {"trigger": {"active": replies}})
        return True

    def _asked(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self.url}/api/v2/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        answer = self._session.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


def zendesk_delivery(ticket: str | None, now: datetime, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
    """Written from the description of the signature, not with our own code."""
    event = {
        "id": "d4f5c389-8f4a-4c2e-a1b9-8e4f39c71d52",
        "type": "zen:event-type:ticket.comment_added",
        "subject": f"zen:ticket:{ticket}" if ticket else "zen:user:7",
        "detail": {"id": ticket or "7"},
        "event": {"comment": {"id": "9876543210"}},
    }
    if ticket is None:
        event["type"] = "zen:event-type:user.created"
    body = (json.dumps(event, indent=3) + "\n").encode()
    stamp = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hmac.new(secret.encode(), stamp.encode() + body, hashlib.sha256).digest()
    signed = {
        "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
        "X-Zendesk-Webhook-Signature-Timestamp": stamp,
    }
    return signed, body


def seeds() -> list[dict[str, Any]]:
    asked = {
        "from": "requester",
        "public": True,
        "text": "When does it come?",
        "minutes_ago": 60,
        "via": "email",
        "flags": [],
    }
    casey = {"name": CASEY.name, "email": CASEY.email}
    return [{"key": f"seed-{n}", "subject": "Hello", "requester": casey, "comments": [asked]} for n in range(TICKETS)]


@contextmanager
def running_sandbox(home: Path, app_url: str = "http://localhost:9") -> Iterator[Path]:
    """Its home, once it answers."""
    home.mkdir()
    conversations = home / "seeds.jsonl"
    conversations.write_text("\n".join(json.dumps(seed) for seed in seeds()), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "sandbox.zendesk",
        "--port",
        "0",
        "--home",
        str(home),
        "--app-url",
        app_url,
    ]
    with subprocess.Popen(
        [*command, "--seeds", str(conversations)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert "sandbox Zendesk" in process.stdout.readline()
            yield home
        finally:
            process.terminate()
