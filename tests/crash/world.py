"""What all trials share: one sandbox Zendesk, one Redis, a model of each database, and a process to fork from."""

from __future__ import annotations

import multiprocessing
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any
from uuid import uuid4

import redis
import sqlalchemy as sa

from app import launch, wiring
from app.config import Settings
from app.host import TicketRef
from app.store import engine, keyring, policies, sources
from tests import servers
from tests.crash import actors
from tests.crash.deployment import Zendesk, answers, end, own_secrets, wait_for

ROOT = Path(__file__).parents[2]
ASKED = "How many days does shipping take, and do you deliver on Saturdays?"
AGED = 1.3  # seconds until a new ticket's stamp may be used: trials take tickets that are older
FORKS = multiprocessing.get_context("forkserver")
MODEL = f"trial_model_{uuid4().hex}"


@dataclass
class World:
    """Made once; `lane` gives a trial its own database, Redis and tickets."""

    home: Path
    env: dict[str, str]
    zendesk: Zendesk
    redis_url: str
    postgres: str | None
    lanes: queue.SimpleQueue[int]
    grounds: Path | None = None  # where deployments have their folders; None: with all else
    cluster: Path | None = None  # the folder of PostgreSQL's data, where somebody restarts it
    _tickets: queue.SimpleQueue[tuple[float, TicketRef]] = field(default_factory=queue.SimpleQueue)
    _making: threading.Lock = field(default_factory=threading.Lock)
    forking: threading.Lock = field(default_factory=threading.Lock)  # multiprocessing counts its children unguarded

    def tickets(self, count: int) -> list[TicketRef]:
        """Tickets whose stamp has aged."""
        with self._making:
            if self._tickets.qsize() < count:
                for _ in range(40):
                    self._tickets.put((time.monotonic(), self.zendesk.new_ticket(ASKED)))
            taken = [self._tickets.get() for _ in range(count)]
        time.sleep(max(0.0, taken[-1][0] + AGED - time.monotonic()))
        return [ref for _, ref in taken]

    @contextmanager
    def place(self, database: str) -> Iterator[Place]:
        """A deployment of its own, with nobody in it yet."""
        lane = self.lanes.get()
        home = (self.grounds or self.home) / uuid4().hex
        home.mkdir()
        redis_url = f"{self.redis_url.rpartition('/')[0]}/{lane}"
        made = Place(self, home, self._database(database, home), redis_url)
        try:
            made.redis.flushdb()
            yield made
        finally:
            made.close()
            if database == "postgresql":
                _on_server(self._server(), f'DROP DATABASE "{home.name}" WITH (FORCE)')
            shutil.rmtree(home)
            self.lanes.put(lane)

    def _database(self, kind: str, home: Path) -> str:
        if kind == "sqlite":
            shutil.copyfile(self.home / "model.db", home / "countersign.db")
            return f"sqlite:///{home / 'countersign.db'}"
        _on_server(self._server(), f'CREATE DATABASE "{home.name}" TEMPLATE "{MODEL}"')
        return f"{self._server().rpartition('/')[0]}/{home.name}"

    def _server(self) -> str:
        assert self.postgres is not None, "this world has no PostgreSQL"
        return self.postgres


@dataclass
class Place:
    """One deployment: its settings, its processes, its clock's error."""

    world: World
    home: Path
    database: str
    redis_url: str
    processes: list[ForkServerProcess] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.offset = self.home / "offset"
        self.offset.write_text("0")
        more = {"DATABASE_URL": self.database, "REDIS_URL": self.redis_url, "COUNTERSIGN_HOME": str(self.home)}
        self.env = self.world.env | more
        self.redis = redis.Redis.from_url(self.redis_url)
        self.deps = wiring.deps(Settings.from_env(self.env))

    def fork(self, role: actors.Role, trap: str = "", **how: Any) -> ForkServerProcess:
        """Another process of this deployment."""
        orders = actors.Orders(self.env, str(self.offset), trap, **how)
        child = FORKS.Process(target=actors.play, args=(role, orders, str(self.world.home / "log")), daemon=True)
        with self.world.forking:
            child.start()
        self.processes.append(child)
        return child

    def close(self) -> None:
        for child in self.processes:
            child.kill()
            send(child, signal.SIGCONT)
        for child in self.processes:
            child.join()
            with self.world.forking:
                child.close()
        self.deps.engine.dispose()
        self.deps.readers.dispose()
        self.redis.close()


def send(child: ForkServerProcess, what: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(child.pid or 0, what)


def state(child: ForkServerProcess) -> str:
    """`dead`, `stopped` or `alive`."""
    if child.exitcode is not None:
        return "dead"
    with suppress(OSError):
        if Path(f"/proc/{child.pid}/stat").read_text().rpartition(") ")[2][0] in "Tt":
            return "stopped"
    return "alive"


def _on_server(server: str, *statements: str) -> None:
    connected = sa.create_engine(server, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with connected.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


@contextmanager
def world(home: Path, redis_url: str, postgres: str | None, lanes: int) -> Iterator[World]:
    """Up and ready; everything in it ends with it."""
    with ExitStack() as stack:
        sandbox_port = servers.free_port()
        zendesk = _sandbox(stack, home, sandbox_port)
        env = {
            "PATH": os.environ["PATH"], **own_secrets(home), **launch._sandbox_account(home, sandbox_port - 1),
            "COUNTERSIGN_UNDO_SECONDS": "0", "COUNTERSIGN_HOME": str(home), "REDIS_URL": redis_url,
        }  # fmt: skip
        free: queue.SimpleQueue[int] = queue.SimpleQueue()
        for lane in range(lanes):
            free.put(lane)
        made = World(home, env, zendesk, redis_url, postgres, free)
        _model(made, f"sqlite:///{home / 'model.db'}")
        if postgres:
            _on_server(postgres, f'CREATE DATABASE "{MODEL}"')
            stack.callback(_on_server, postgres, f'DROP DATABASE "{MODEL}" WITH (FORCE)')
            _model(made, f"{postgres.rpartition('/')[0]}/{MODEL}")
        FORKS.set_forkserver_preload(["tests.crash.zygote"])
        yield made


def _sandbox(stack: ExitStack, home: Path, port: int) -> Zendesk:
    (home / "none.jsonl").touch()
    options = ["--port", str(port), "--home", str(home / "sandbox-zendesk"), "--seeds", str(home / "none.jsonl")]
    command = [sys.executable, "-m", "sandbox.zendesk", *options, "--app-url", "http://localhost:9"]
    log = stack.enter_context((home / "sandbox.log").open("ab"))
    child = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
    stack.callback(end, child)
    zendesk = Zendesk(f"http://127.0.0.1:{port}")
    stack.callback(zendesk.close)
    wait_for(lambda: answers(f"{zendesk.url}/healthz"), "the sandbox")
    zendesk.control("PUT", "settings", {"subscriptions": []})  # trials announce what they want announced
    return zendesk


def _model(world: World, database: str) -> None:
    """A migrated database with a policy, one source and the team: what every trial starts from."""
    deps = wiring.deps(Settings.from_env(world.env | {"DATABASE_URL": database}))
    engine.upgrade(deps.engine)
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        keyring.prepare(tx, deps.settings.key)
        policies.install(tx, (ROOT / "manifest/policy.toml").read_text(encoding="utf-8"), now)
        shipping = (ROOT / "manifest/sources/shipping-times.md").read_text(encoding="utf-8")
        sources.add(tx, shipping, "shipping-times.md", "a", now)
    wiring.meet_team(deps)
    if deps.engine.dialect.name == "sqlite":
        with deps.engine.connect() as connection:
            raw = connection.connection.driver_connection
            raw.commit()
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    deps.engine.dispose()
    deps.readers.dispose()
