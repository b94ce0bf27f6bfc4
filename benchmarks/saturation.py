"""Writers that saturate a database for `rollback`, and are seen to: a database at rest would prove nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import sqlalchemy as sa

from app import deliver, review
from app.host import TicketRef
from app.store import inbox
from app.store.tables import outbox
from tests.crash import actors
from tests.crash.house import House
from tests.crash.world import Place
from tests.fakes import ROSA, FakeHost

SETTLED = 60.0


def write(orders: actors.Orders) -> None:
    """All that a deployment writes, as fast as it can: events, proposals, approvals, claims, outcomes; the host is instant."""
    deps = actors.built(orders)
    _count_commits(deps.engine, Path(orders.more["tally"]))
    host = FakeHost()
    host._next = os.getpid() * 10**6  # noqa: SLF001 - no ticket of one writer is another's
    deps = replace(deps, hosts={"zendesk": host}, ring=lambda _job, _ids: None)
    house = House(deps)
    host.people[str(house.rosa.member.host_id)] = ROSA
    for number in count():
        with deps.engine.begin() as tx:
            event = inbox.again(TicketRef("zendesk", "1"), f"{os.getpid()}:{number}")
            inbox.add(tx, deps.keys, "zendesk", [event], deps.clock.now())
        try:
            item = house.propose()
            house.approve(item)
        except review.Refusal:
            continue  # it is OFF
        for row_id in rows(house, item):
            deliver.deliver(deps, row_id)


def _count_commits(engine: sa.Engine, tally: Path) -> None:
    made = count(1)
    file = os.open(tally, os.O_WRONLY | os.O_CREAT, 0o600)

    def count_it(connection: sa.Connection) -> None:
        if not connection.get_execution_options().get("reading"):
            os.pwrite(file, next(made).to_bytes(8, "big"), 0)

    sa.event.listen(engine, "commit", count_it)


class Writers:
    """They saturate the database, and are seen to: figures from a database at rest would prove nothing."""

    def __init__(self, place: Place, many: int) -> None:
        self._log = place.world.home / "log"
        self._tallies = [place.home / f"tally-{number}" for number in range(many)]
        self._processes = [place.fork(write, hurried=False, more={"tally": str(one)}) for one in self._tallies]
        self._before = [0] * many
        until(lambda: min(self._read()) > 0 or bool(self._dead()))
        self.since()

    def since(self) -> list[int]:
        """The commits of each since we were last asked. Raises RuntimeError when one is dead or has made none."""
        now, before = self._read(), self._before
        self._before = now
        made = [after - earlier for after, earlier in zip(now, before, strict=True)]
        if self._dead() or not all(made):
            raise RuntimeError(f"of {len(made)} writers {self._dead()} are dead; commits since the last stop: {made}; "
                               f"nothing was measured\n{self._log.read_text(encoding='utf-8')[-3000:]}")  # fmt: skip
        return made

    def _dead(self) -> int:
        return sum(process.exitcode is not None for process in self._processes)

    def _read(self) -> list[int]:
        return [int.from_bytes(one.read_bytes(), "big") if one.exists() else 0 for one in self._tallies]


def rows(house: House, proposal: str) -> Sequence[int]:
    with house.deps.readers.begin() as tx:
        return tx.execute(sa.select(outbox.c.id).where(outbox.c.proposal_id == proposal)).scalars().all()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SETTLED
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("no answer left")
        time.sleep(0.01)
