"""What the benchmarks stand on: private folders, free ports, processes that are gone afterwards."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from app import wiring
from app.config import Settings
from app.launch import redis
from app.supervise import Process, Supervisor
from sandbox.gmail import server as gmail
from sandbox.zendesk import server as zendesk

ROOT = Path(__file__).parents[1]
ADMIN = {"Authorization": "Bearer sandbox-admin", "Content-Type": "application/json"}
OURS = ("COUNTERSIGN_", "ZENDESK_", "ZAF_", "DATABASE_URL", "REDIS_URL")
PATIENCE = 120.0
# Counted as ever, and never reached.
NO_LIMIT = {f"COUNTERSIGN_{what}_PER_MINUTE": "1000000" for what in ("DELIVERIES", "CALLS", "SIGN_INS")}


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of another deployment, a folder of its own, and byte code that is kept for the next process."""
    rest = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    rest.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**rest, **NO_LIMIT, "PYTHONPYCACHEPREFIX": _byte_code().name, "COUNTERSIGN_HOME": str(home), **more}


@cache
def _byte_code() -> tempfile.TemporaryDirectory[str]:
    """One for this run of the benchmarks, so that no figure hangs on who started what before."""
    return tempfile.TemporaryDirectory(prefix="countersign-bench-pyc-", ignore_cleanup_errors=True)


def free_ports(count: int = 3) -> int:
    """The first of that many ports in a row, all free a moment ago."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as first:
            port = int(first.getsockname()[1])
        if port + count < 65536 and all(_free(port + step) for step in range(count)):
            return port


def listens(port: int) -> bool:
    """Does somebody answer there?"""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def _free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="countersign-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def running(processes: Sequence[Process], env: Mapping[str, str]) -> Iterator[None]:
    """Up when all that have a probe answer; ended in any case."""
    supervisor = Supervisor(processes, env, print)
    try:
        supervisor.start_all()
        supervisor.wait_until_ready()
        yield
    finally:
        supervisor.stop()


@dataclass(frozen=True)
class Pair:
    """The real web process and its floor, on the same kind of database beside the same Redis."""

    secret: str
    ours: Process
    floor: Process
    ours_port: int
    floor_port: int
    database: str


@contextmanager
def web_beside_floor() -> Iterator[Pair]:
    """Both up and idle. Nothing takes jobs from Redis: what is measured is the door, not the house."""
    with folder() as home:
        secret, redis_url = secrets.token_urlsafe(32), f"unix://{home / 'redis.sock'}"
        env = environment(home, REDIS_URL=redis_url, **account(secret))
        deps = wiring.deps(Settings.from_env(env))
        wiring.prepare(deps)
        deps.engine.dispose()
        port = free_ports()
        pair = Pair(
            secret,
            web(port),
            bare_web(home, secret, port + 1, redis_url),
            port,
            port + 1,
            deps.settings.database_url,
        )
        with running([redis(home)], env), running([pair.ours, pair.floor], env):
            yield pair


def web(port: int) -> Process:
    command = [sys.executable, "-m", "app", "serve", "web", "--port", str(port)]
    return Process("web", command, f"http://127.0.0.1:{port}/readyz")


def bare_web(home: Path, secret: str, port: int, redis_url: str) -> Process:
    command = [sys.executable, "-m", "benchmarks.floor_web", "--port", str(port), "--secret", secret]
    place = ["--database", f"sqlite:///{home / 'floor.db'}", "--redis", redis_url]
    return Process("floor", [*command, *place], f"http://127.0.0.1:{port}/readyz")


def account(secret: str) -> dict[str, str]:
    """An account whose host never has to answer."""
    return {
        "COUNTERSIGN_KEY": secrets.token_hex(32),
        "COUNTERSIGN_DEPLOYMENT": "bench",
        "COUNTERSIGN_SANDBOX": "1",
        "ZENDESK_SUBDOMAIN": "acme",
        "ZENDESK_URL": "http://127.0.0.1:9",
        "ZENDESK_TOKEN": "none",
        "ZENDESK_WEBHOOK_SECRETS": secret,
        "ZENDESK_APP_PUBLIC_KEY": "none",
        "ZENDESK_INSTALLATION_ID": "1",
        "ZENDESK_INTEGRATION_USER_ID": "9",
    }


@dataclass(frozen=True)
class Deployment:
    """A running `countersign run --sandbox`. `seconds`: from its start to the line `ready`."""

    home: Path
    port: int
    seconds: float

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def host(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"


@contextmanager
def deployment(home: Path, seeds: int | None = None, **more: str) -> Iterator[Deployment]:
    """Started as a newcomer starts it, ended as by Ctrl-C. `seeds`: that many of the sandbox's conversations, and no mail."""
    port, log = free_ports(), home.with_suffix(".log")
    if seeds is not None:
        _plant(home, port, seeds)
    command = [sys.executable, "-m", "app", "run", "--sandbox", "--port", str(port)]
    begun = time.perf_counter()
    with log.open("wb") as errors:
        child = subprocess.Popen(
            command, env=environment(home, **more), cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True
        )
    try:
        assert child.stdout is not None  # noqa: S101 - we asked for the pipe
        if not any(line.strip() == "ready" for line in child.stdout):
            raise RuntimeError(f"it never got ready:\n{log.read_text(encoding='utf-8')[-2000:]}")
        yield Deployment(home, port, time.perf_counter() - begun)
    finally:
        end(child)


def _plant(home: Path, port: int, count: int) -> None:
    """The first conversations only: for what is measured on a quiet machine."""
    few, none = home.with_suffix(".jsonl"), home.with_suffix(".mails")
    lines = (zendesk.SEEDS / "conversations.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    few.write_text("".join(lines[:count]), encoding="utf-8")
    none.mkdir()
    app = f"http://localhost:{port}"
    zendesk.open_sandbox(zendesk.Options(port + 1, home / "sandbox-zendesk", app, seeds=few)).store.close()
    gmail.open_sandbox(gmail.Options(port + 2, home / "sandbox-gmail", app, seeds=none)).store.close()


def end(child: subprocess.Popen[str]) -> None:
    """As by Ctrl-C; what does not listen is killed, and its children die with it."""
    child.send_signal(signal.SIGTERM)
    try:
        child.wait(timeout=60)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def call(url: str, body: object = None) -> Any:
    """JSON to and from a sandbox host, as its operator."""
    raw = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, raw, ADMIN), timeout=30) as answer:  # noqa: S310 - loopback
        return json.load(answer)


def children(pid: int) -> list[int]:
    file = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in file.read_text(encoding="ascii").split()]


def serving(process: Process) -> int:
    """The pid of gunicorn's one worker, which does the work."""
    assert process.child is not None  # noqa: S101 - it runs
    (worker,) = children(process.child.pid)
    return worker


def processor_seconds(pid: int) -> float:
    """User and system time so far."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
