"""What the world does to a deployment in a storm: kills, stops, wipes, restarts, full disks, wrong clocks, and people who stop it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app import review
from app.store import switch
from app.store.tables import outbox
from tests.crash import actors
from tests.crash.storm import PATIENCE, Storm
from tests.crash.world import send

SENDERS = ("worker0", "worker1", "worker2")
AIMED = 0.6  # so many of the blows at a worker wait until one is between a claim and its record
PER_1000 = {"kill": 30, "stop": 8, "wipe": 4, "store": 3, "jump": 2, "rollback": 12}


class Weather:
    """Each harm, for one storm."""

    def __init__(self, storm: Storm) -> None:
        self.storm, self.place, self.crew = storm, storm.place, storm.crew
        self.chance = random.Random(f"weather {storm.slice.key}")
        self.counts = storm.report.counts
        self._true_time = threading.Lock()  # no stop while the clock is wrong: its times would mean nothing
        self._presses, self._pressed = ThreadPoolExecutor(1), list[Future[None]]()

    def planned(self) -> Iterator[tuple[float, Callable[[], object]]]:
        """As many of each as the slice's events ask for, at least one, spread at random."""
        for name, often in PER_1000.items():
            for _ in range(max(1, round(often * self.storm.slice.events / 1000))):
                yield self.chance.uniform(0.03, 0.97), getattr(self, name)

    # --- processes -----------------------------------------------------------------------------------------------------
    def kill(self) -> None:
        """As hard as it goes."""
        name = self._aimed()
        if (child := self.crew.get(name)) is None:
            return
        send(child, signal.SIGKILL)
        child.join(5)
        self._struck("kills", name)

    def stop(self) -> None:
        """A busy machine gives it no time for a while: past its lease, or not."""
        name = self._aimed()
        if (child := self.crew.get(name)) is None:
            return
        send(child, signal.SIGSTOP)
        self._struck("stops", name)
        time.sleep(self.chance.choice((0.2, 1.0, 2.5)))
        send(child, signal.SIGCONT)

    def _aimed(self) -> str:
        """Whom it hits: anybody, or whichever worker is in the middle of a send first."""
        name = self.chance.choice((*2 * SENDERS, "web", "clock"))
        deadline = time.monotonic() + (3.0 if self.chance.random() < AIMED else 0.0)
        while name in SENDERS and time.monotonic() < deadline:
            if busy := [one for one in SENDERS if self.crew.window(one)]:
                name = self.chance.choice(busy)
                break
            time.sleep(0.002)
        time.sleep(self.chance.uniform(0, 0.02))
        return name

    def _struck(self, how: str, name: str) -> None:
        window = self.crew.window(name)
        self.counts.update({how: 1, f"{how} of {name.rstrip('0123456789')}": 1, f"{how} in a window": window})

    # --- stores ----------------------------------------------------------------------------------------------------------
    def wipe(self) -> None:
        """Redis forgets everything, jobs and workers too."""
        self.place.redis.flushdb()
        self.counts["wipes"] += 1

    def store(self) -> None:
        """PostgreSQL is restarted, without asking or asking; SQLite finds the disk full, where it has one of its own."""
        if self.storm.slice.store == "postgresql":
            self._restarted()
        elif self.place.world.grounds is not None:
            self._full()

    def _restarted(self) -> None:
        cluster = self.place.world.cluster
        assert cluster is not None
        program = max(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
        identity: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []}
        how = self.chance.choice(("immediate", "fast"))
        command = [program, "-D", cluster / "data", "-w", "-m", how, "-l", cluster / "log", "restart"]
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, cwd=cluster, **(identity if os.geteuid() == 0 else {})
        )
        self.counts["restarts of PostgreSQL"] += 1

    def _full(self) -> None:
        """Every byte of the small disk, for a while."""
        ballast = self.place.home / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while file.write(b"x" * size):
                        pass
        time.sleep(self.chance.uniform(0.3, 2.0))
        ballast.unlink()
        self.counts["full disks"] += 1

    def jump(self) -> None:
        """An hour forwards or backwards, and right again a little later."""
        with self._true_time:
            self.place.offset.write_text(self.chance.choice(("3600", "-3600")))
            time.sleep(self.chance.uniform(0.2, 1.5))
            self.place.offset.write_text("0")
            time.sleep(0.2)  # who read the wrong time last has used it
        self.counts["clock jumps"] += 1

    # --- the switch ------------------------------------------------------------------------------------------------------
    def rollback(self) -> None:
        """Somebody stops everything, and two people restore it; all else goes on meanwhile."""
        self._pressed.append(self._presses.submit(self._stopped_and_restored))

    def rest(self) -> None:
        """Until nobody stops anything any more and everything is LIVE."""
        self._presses.shutdown()
        for press in self._pressed:
            press.result()
        self._restore()

    def _stopped_and_restored(self) -> None:
        with self._true_time:
            while not self._stopped():
                if self.storm.calm.is_set():
                    return
                self.counts["presses that failed"] += 1
            time.sleep(self.chance.uniform(0, 1.0))
            self._restore()

    def _stopped(self) -> bool:
        """One press. False: it said that it failed, since the database was away; the person presses again."""
        told = self.place.world.home / f"told-{time.monotonic_ns()}"
        going = self._something_going()
        how = {"scope": switch.ALL, "told": str(told), "wait": PATIENCE}
        press = self.place.fork(actors.stopper, more=how, **self.crew.lacking)
        press.join()
        if told.exists():
            self.storm.report.stops.append({**json.loads(told.read_text()), "going": going})
            self.counts["rollbacks"] += 1
        return told.exists()

    def _something_going(self) -> dict[str, int]:
        """What waits and what is in flight, at the first moment at which something is; or after a while."""
        deadline = time.monotonic() + 3.0
        while not (going := self.storm.ask(self._in_flight)).get("SENDING") and time.monotonic() < deadline:
            time.sleep(0.01)
        return going

    def _in_flight(self, tx: sa.Connection) -> dict[str, int]:
        counted = sa.select(outbox.c.state, sa.func.count()).where(outbox.c.state.in_(("READY", "SENDING")))
        return {str(name): int(count) for name, count in tx.execute(counted.group_by(outbox.c.state))}

    def _restore(self) -> None:
        """Whatever is not LIVE, once it is CONFIRMED."""
        deadline = time.monotonic() + PATIENCE
        while dark := [one for one in self.storm.ask(switch.scopes) if one.state != "LIVE"]:
            assert time.monotonic() < deadline, f"no restore: {dark}"
            for one in dark:
                for email in ("ana@acme.example", "ben@acme.example") if one.state == "CONFIRMED" else ():
                    with suppress(DBAPIError, review.Refusal):
                        review.restore(self.place.deps, one.scope, self.storm.house.actor(email))
            time.sleep(0.05)
