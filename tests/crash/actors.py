"""The processes of a trial, each forked from one that has imported everything; any of them may carry a trap."""

from __future__ import annotations

import json
import os
import struct
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from app import crash, create_app, deliver, jobs, pipeline, polling, review, serve, stopping, sweep, watch, wiring
from app.ai.embed import Embedder
from app.config import Settings
from app.deps import Deps
from app.doorbell import Doorbell
from app.host import Fate, Outgoing, Permit, Purpose
from app.minds import Minds
from app.store import engine, outbox, proposals, staff, turns
from app.tokens import FixedToken
from integrations.zendesk.client import Written, ZendeskClient
from integrations.zendesk.host import ZendeskHost
from tests.ai.small import Words

SWEEP = 0.2
LOOK = 4.0  # seconds from one poll to the next
WINDOW = struct.Struct("qq")  # row and attempt
HANGS_UP = 1.5  # seconds until a client stops waiting for the host


@dataclass(frozen=True)
class Orders:
    """What a forked process is told. `trap`: see app/crash.py."""

    env: Mapping[str, str]
    offset: str  # a file with the seconds by which this deployment's clock is wrong
    trap: str = ""
    weak: bool = False
    full: bool = False  # its database takes no more pages
    hurried: bool = True
    release: str = engine.REVISION
    without: str = ""  # the name of a safeguard that this process lacks: tests/core_breaks.py
    more: Mapping[str, Any] = field(default_factory=dict)


class Careless(ZendeskClient):
    """The weakened variant: replies travel without the stamp, so the host cannot refuse a stale one."""

    def update(self, ticket: int, comment: dict[str, Any] | None = None, **fields: Any) -> Written:
        if comment is not None:
            fields = {name: value for name, value in fields.items() if name not in {"safe_update", "updated_stamp"}}
        return super().update(ticket, comment, **fields)


@dataclass(frozen=True)
class WrongClock:
    """This machine's time, and what somebody did to it."""

    offset: Path

    def now(self) -> datetime:
        return wiring.SystemClock().now() + timedelta(seconds=float(self.offset.read_text() or 0))


def hurry() -> None:
    """The same code with shorter waits: every one of them is politeness, none is what the promises stand on."""
    outbox.LEASE = timedelta(seconds=1.2)
    outbox.RETRY = deliver._WAIT = pipeline._AWAY = pipeline._BUSY = timedelta(seconds=0.4)
    proposals.LEASE = timedelta(seconds=1.5)
    sweep.PATIENCE = timedelta(seconds=1)
    sweep._JUST_RUNG = timedelta(seconds=0.1)
    turns.PATIENCE = 3.0


def built(orders: Orders) -> Deps:
    """This process's own dependencies, as `wiring` makes them."""
    if orders.hurried:
        hurry()
    engine.REVISION = orders.release
    settings = Settings.from_env(orders.env)
    deps = wiring.deps(settings)
    account = settings.zendesk
    assert account is not None
    client = (Careless if orders.weak else ZendeskClient)(
        account.base_url, FixedToken(account.token), timeout=HANGS_UP if orders.hurried else 10.0
    )
    host = ZendeskHost(
        client,
        deployment=settings.deployment,
        integration_user=account.integration_user_id,
        webhook_secrets=account.secrets,
        installation=account.installation_id,
    )
    if orders.full:
        event.listen(deps.engine, "connect", _full)
    if orders.without:
        _leave_out(orders.without)
    crash.arm(orders.trap)
    return replace(deps, hosts={"zendesk": host}, clock=WrongClock(Path(orders.offset)))


def _leave_out(safeguard: str) -> None:
    from tests import core_breaks  # they bring half of the suite along

    core_breaks.BREAKS[safeguard][0](pytest.MonkeyPatch())  # never undone: it ends with this process


def _full(connection: Any, _record: object) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


# --- who there is ------------------------------------------------------------------------------------------------------
def worker(orders: Orders) -> None:
    """Both job queues, as `countersign serve worker`; what a draft says is no matter here."""
    deps = built(orders)
    minds = Minds(deps.readers, Embedder(english=Words, multilingual=Words), None, None)
    if "tells" in orders.more:
        tell(orders.more["tells"])
    jobs.work(jobs.Workshop(deps, minds), ("deliver", "handle"), deps.settings.redis_url)


def tell(place: str) -> None:
    """From now on that file says which answer this process is between the claim and the record of; zeros: none."""
    file, send = os.open(place, os.O_RDWR | os.O_CREAT, 0o600), deliver._send

    def told(deps: Deps, permit: Permit, message: Outgoing) -> Fate | None:
        if message.purpose is Purpose.ANSWER:
            os.pwrite(file, WINDOW.pack(permit.row, permit.attempt), 0)
        try:
            return send(deps, permit, message)
        finally:
            os.pwrite(file, WINDOW.pack(0, 0), 0)

    deliver._send = told


def clock(orders: Orders) -> None:
    """Rings and sweeps, as `countersign serve clock` does at a slower pace; told so, it polls and watches too."""
    deps = built(orders)
    held = deps.ring.held if isinstance(deps.ring, Doorbell) else sweep._none
    ringer, looked = sweep.Ringer(timedelta(seconds=0.5), held), 0.0
    while os.getppid() != 1:
        if orders.more.get("polls") and time.monotonic() - looked > LOOK:
            looked = time.monotonic()
            watch.look(deps, "zendesk")
            polling.poll(deps, "zendesk")
        with deps.readers.begin() as tx:
            engine.of_this_release(tx)
        ringer.ring(deps)
        with suppress(sa.exc.OperationalError):  # the supervisor would start it again
            sweep.sweep(deps)
        time.sleep(SWEEP)


def webhook(orders: Orders) -> None:
    """One request of Zendesk's to the web process, which ends with its answer: 0 for 202, 247 for 503."""
    client = create_app(built(orders)).test_client()
    answer = client.post("/webhooks/zendesk", data=orders.more["body"], headers=orders.more["headers"])
    os._exit(0 if answer.status_code == 202 else answer.status_code % 256)


def web(orders: Orders) -> None:
    """The web process, as `countersign serve web`."""
    serve._Web(built(orders), orders.more["port"], threads=4).run()


def approver(orders: Orders) -> None:
    """One click on Approve & send."""
    deps = built(orders)
    review.approve(deps, orders.more["proposal"], orders.more["seen"], actor(deps, "rosa@acme.example"))


def stopper(orders: Orders) -> None:
    """One press of the switch, and the drain that follows it."""
    told = stopping.stop(built(orders), orders.more["scope"], "trial", wait=orders.more.get("wait", 30.0))
    if "told" in orders.more:
        Path(orders.more["told"]).write_text(json.dumps(told), encoding="utf-8")


def restorer(orders: Orders) -> None:
    """One admin's click on Restore."""
    deps = built(orders)
    review.restore(deps, orders.more["scope"], actor(deps, orders.more["by"]))


def actor(deps: Deps, email: str) -> review.Actor:
    with deps.readers.begin() as tx:
        member = staff.by_email(tx, email)
    assert member is not None
    return review.Actor(member, "queue")


Role = Callable[[Orders], None]


def play(role: Role, orders: Orders, log: str) -> None:
    """The whole life of a forked process; what it says goes to a file."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    role(orders)
