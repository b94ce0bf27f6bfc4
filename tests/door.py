"""A deployment that is told by Zendesk's own deliveries: the real route and stages over a host in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app import jobs, polling
from app.ai.embed import Embedder
from app.host import Arrival, Comment, TicketRef
from app.minds import Minds
from app.store import inbox, proposals, sources
from app.store.tables import inbox as inbox_table
from app.store.tables import proposal as proposal_table
from integrations.zendesk import webhook
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from tests.ai.small import Words
from tests.fakes import FakeHost, FixedToken
from tests.web.stage import Stage

SHIPPING = (Path(__file__).parents[1] / "manifest/sources/shipping-times.md").read_text(encoding="utf-8")
SECRETS = ("the secret of today", "the secret of yesterday")
RECORDED = json.loads((Path(__file__).parent / "hosts/fixtures/zendesk/delivery.json").read_text(encoding="utf-8"))


class ToldByZendesk(FakeHost):
    """Tickets in memory; what is announced comes as Zendesk sends it."""

    def __init__(self, secrets: tuple[str, ...] = SECRETS) -> None:
        super().__init__()
        client = ZendeskClient("http://127.0.0.1:9", FixedToken("unused"))
        self._door = ZendeskHost(client, deployment="test", integration_user="2", webhook_secrets=secrets)

    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        return self._door.receive(headers, body, now)


def event(ref: TicketRef, number: int, kind: str, comment: Comment | None = None) -> bytes:
    """A body in the layout of the recorded one."""
    document = json.loads(RECORDED["raw_body"])
    document |= {
        "id": f"event-{number}",
        "subject": f"zen:ticket:{ref.ticket}",
        "type": f"zen:event-type:ticket.{kind}",
    }
    document["detail"] |= {"id": ref.ticket}
    document["event"] = {"current": "OPEN", "previous": "NEW"}
    if comment is not None:
        author = {"id": comment.author.id, "is_staff": comment.author.is_staff, "name": comment.author.name}
        document["event"] = {
            "comment": {"id": comment.id, "body": comment.text, "is_public": comment.public, "author": author}
        }
    return (json.dumps(document, indent=3, sort_keys=True, ensure_ascii=False) + "\n").encode()


class Door:
    """`post` delivers, `work` does all that is due, `proposals` tells what came of it."""

    def __init__(self, home: Path, database: str, clock: Any) -> None:
        self.stage = Stage.build(home, database, clock)
        self.clock, self.host = clock, ToldByZendesk()
        self.host.people = self.stage.host.people
        self.use(hosts={"zendesk": self.host})
        with self.deps.engine.begin() as tx:
            sources.add(tx, SHIPPING, "shipping-times.md", "a", clock.now())

    def use(self, **changes: Any) -> None:
        """Other dependencies from now on."""
        self.deps = self.stage.deps = replace(self.stage.deps, **changes)
        embedder = Embedder(english=Words, multilingual=Words)  # no models: what a draft says is no matter here
        self.minds: Any = Minds(self.deps.readers, embedder, None, None)
        self.client = self.stage.app().test_client()

    def close(self) -> None:
        self.stage.close()

    # --- deliveries ------------------------------------------------------------------------------------------------------
    def headers(self, body: bytes, *, secret: str = SECRETS[0], late: float = 0) -> dict[str, str]:
        stamp = (self.clock.now() - timedelta(seconds=late)).strftime("%Y-%m-%dT%H:%M:%SZ")
        signed = webhook.signature(secret, stamp, body)
        return {"X-Zendesk-Webhook-Signature": signed, "X-Zendesk-Webhook-Signature-Timestamp": stamp}

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> Any:
        return self.client.post("/webhooks/zendesk", data=body, headers=headers or self.headers(body))

    # --- work --------------------------------------------------------------------------------------------------------------
    def work(self) -> None:
        """What the doorbell would start: every row that is due, once."""
        jobs.open_workshop(jobs.Workshop(self.deps, self.minds))
        with self.deps.readers.begin() as tx:
            due = inbox.due(tx, self.clock.now(), limit=5000)
        for row_id in due:
            jobs.handle(row_id)

    def poll(self) -> None:
        polling.poll(self.deps, "zendesk")

    # --- what came of it ---------------------------------------------------------------------------------------------------
    def rows(self) -> list[sa.Row[Any]]:
        with self.deps.readers.begin() as tx:
            return list(tx.execute(sa.select(inbox_table).order_by(inbox_table.c.id)))

    def proposals(self) -> list[sa.Row[Any]]:
        with self.deps.readers.begin() as tx:
            return list(tx.execute(sa.select(proposal_table).order_by(proposal_table.c.created_at)))

    def only(self) -> Any:
        """The one proposal, opened."""
        (row,) = self.proposals()
        with self.deps.readers.begin() as tx:
            return proposals.load(tx, self.deps.keys, row.id)

    def counted(self, outcome: str) -> float:
        """Deliveries with that outcome, as /metrics tells."""
        for line in self.client.get("/metrics").text.splitlines():
            if line.startswith("countersign_webhooks_total{") and f'outcome="{outcome}"' in line:
                return float(line.rpartition(" ")[2])
        return 0.0
