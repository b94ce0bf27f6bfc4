"""A whole deployment of real processes around a sandbox Zendesk, for tests that kill some of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import redis
import requests
import sqlalchemy as sa
from rq import Worker

from app import config, launch, wiring
from app.config import Settings
from app.host import TicketRef
from app.store.tables import outbox
from tests.crash.house import House

ROOT = Path(__file__).parents[2]
SERVE = [sys.executable, "-m", "app", "serve"]
SENDER = [*SERVE, "worker", "--jobs", "deliver"]


def own_secrets(home: Path) -> dict[str, str]:
    """What `run` would make for a new deployment in that folder."""
    launch.make_secrets(home)
    return {name: (home / file).read_text(encoding="utf-8") for name, file in config.OWN_SECRETS.items()}


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 60.0) -> Any:
    """The condition's first true value."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s in vain for {what}"
        time.sleep(0.05)
    return found


class Zendesk:
    """What the rest of the world does at the sandbox, and its ledger: the oracle."""

    def __init__(self, url: str) -> None:
        self.url, self._session = url, requests.Session()
        self._session.headers["Authorization"] = "Bearer sandbox-admin"

    def close(self) -> None:
        self._session.close()

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def new_ticket(self, text: str = "How long does delivery take?") -> TicketRef:
        made = self.control("POST", "new-ticket", {"subject": "Delivery", "text": text, "via": "email"})
        return TicketRef("zendesk", str(made["ticket"]["id"]))

    def fault(self, kind: str, ref: TicketRef | None = None, **options: Any) -> None:
        self.control("POST", "faults", {"kind": kind, "ticket": int(ref.ticket) if ref else None, **options})

    def ledger(self) -> list[dict[str, Any]]:
        """Every public staff comment since the start."""
        return list(self.control("GET", "ledger")["entries"])

    def replies(self, ref: TicketRef) -> int:
        return sum(entry["ticket_id"] == int(ref.ticket) for entry in self.ledger())


class Deployment:
    """Sandbox, web and clock run from the start; senders are each test's own."""

    def __init__(self, home: Path, ports: tuple[int, int], redis_url: str) -> None:
        self.home, self._web, self._sandbox = home, *ports
        self.env: dict[str, str] = {
            **os.environ, **own_secrets(home), "COUNTERSIGN_HOME": str(home), "REDIS_URL": redis_url,
            "COUNTERSIGN_URL": f"http://localhost:{self._web}", "COUNTERSIGN_UNDO_SECONDS": "0",
            "COUNTERSIGN_DELIVERIES_PER_MINUTE": "0",
        }  # fmt: skip
        self.zendesk = Zendesk(f"http://127.0.0.1:{self._sandbox}")
        self._redis = redis.Redis.from_url(redis_url)
        self._children: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        self._start_sandbox()
        account = launch._sandbox_account(self.home, self._sandbox - 1)
        self.env |= account | {"COUNTERSIGN_POLL_SECONDS": "2"}
        settings = Settings.from_env(self.env)
        deps = wiring.deps(settings)
        wiring.prepare(deps)
        wiring.meet_team(deps)
        self.desk = House(deps)
        self.child([*SERVE, "web", "--port", str(self._web)])
        self.clock = self.child([*SERVE, "clock"])
        wait_for(lambda: answers(f"http://localhost:{self._web}/readyz"), "the web process")

    def _start_sandbox(self) -> None:
        place, nothing = self.home / "sandbox-zendesk", self.home / "no-seeds.jsonl"
        nothing.touch()
        options = ["--port", str(self._sandbox), "--home", str(place), "--seeds", str(nothing)]
        command = [sys.executable, "-m", "sandbox.zendesk", *options]
        self.child([*command, "--app-url", f"http://localhost:{self._web}"])
        wait_for(lambda: answers(f"{self.zendesk.url}/healthz"), "the sandbox")

    def child(self, command: list[str], **more: str) -> subprocess.Popen[bytes]:
        """A process of this deployment, ended with it."""
        log = (self.home / "log").open("ab")
        started = subprocess.Popen(command, cwd=ROOT, env=self.env | more, stdout=log, stderr=log)
        log.close()
        self._children.append(started)
        return started

    def stop(self) -> None:
        for child in reversed(self._children):
            end(child)

    @contextmanager
    def senders(self, count: int) -> Iterator[subprocess.Popen[bytes]]:
        """So many senders that a supervisor starts again whenever they die."""
        supervisor = self.child([sys.executable, "-m", "tests.crash.supervised", str(count)])
        try:
            yield supervisor
        finally:
            end(supervisor)

    def command(self, *words: str, text: str = "") -> subprocess.CompletedProcess[str]:
        """`countersign` on the command line."""
        return subprocess.run(
            [sys.executable, "-m", "app", *words], cwd=ROOT, env=self.env, input=text, capture_output=True, text=True,
            check=False, timeout=120,
        )  # fmt: skip

    # --- what the tests ask ----------------------------------------------------------------------------------------------
    def offered(self, count: int) -> dict[str, TicketRef]:
        """New tickets, each with a draft that waits for a click; no notes, so that only answers travel."""
        made = [self.zendesk.new_ticket() for _ in range(count)]
        found = {self.desk.prepare(ref): ref for ref in made}
        with self.desk.deps.engine.begin() as tx:
            tx.execute(outbox.delete().where(outbox.c.purpose == "offer"))
        return found

    def rows(self, **where: str) -> list[sa.Row[Any]]:
        """Answers in the outbox."""
        matches = [outbox.c[name] == value for name, value in {"purpose": "answer", **where}.items()]
        with self.desk.deps.readers.begin() as tx:
            return list(tx.execute(sa.select(outbox).where(*matches)))

    def row(self, proposal: str) -> sa.Row[Any]:
        (found,) = self.rows(proposal_id=proposal)
        return found

    def busy_senders(self, supervisor: int) -> list[int]:
        """Its senders that are at work on a row at this moment, by what they told Redis."""
        alive = set(children_of(supervisor))
        told = Worker.all(connection=self._redis)
        return sorted(one.pid for one in told if one.pid in alive and one.get_state() == "busy")

    def let_leases_end(self, after: float) -> set[tuple[int, int]]:
        """As if 25 s had passed for every claim so old: a lease is only politeness, the host's fence is what holds.

        Returns row and attempt of each.
        """
        now = datetime.now(UTC)
        old = sa.and_(outbox.c.state == "SENDING", outbox.c.claimed_at <= now - timedelta(seconds=after))
        ended = outbox.update().where(old, outbox.c.lease_until > now).values(lease_until=now)
        with self.desk.deps.engine.begin() as tx:
            return {(row.id, row.attempt) for row in tx.execute(ended.returning(outbox.c.id, outbox.c.attempt))}


def end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def answers(url: str) -> bool:
    with suppress(requests.RequestException):
        return requests.get(url, timeout=2).status_code == 200
    return False


def children_of(parent: int) -> list[int]:
    """The live processes that it started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            number, _, state, above = _fields(stat.read_text())
            if int(above) == parent and state not in "ZX":
                found.append(int(number))
    return found


def _fields(stat: str) -> tuple[str, str, str, str]:
    """pid, name, state, parent; the name may hold blanks and brackets."""
    number, _, rest = stat.partition(" (")
    name, _, after = rest.rpartition(") ")
    state, above = after.split()[:2]
    return number, name, state, above


def kill(pid: int) -> None:
    """As hard as it goes."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def parsed(output: str) -> Any:
    return json.loads(output.splitlines()[-1])
