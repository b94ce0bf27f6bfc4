"""Real servers, private ones, gone afterwards: redis-server and PostgreSQL."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

WAIT = 20.0
MEMORY = 2 << 30  # bytes; a worker's cluster takes a tenth of it


def needed(program: str | None, name: str) -> str:
    if not program:
        pytest.fail(f"{name} is not installed: `make setup-test` brings it", pytrace=False)
    return program


def free_port() -> int:
    """A port that was free a moment ago, as the next two were: below those that the system lends to whoever connects."""
    while True:
        port = 20_000 + 3 * secrets.randbelow(4_000)
        with (
            suppress(OSError),
            socket.create_server(("127.0.0.1", port)),
            socket.create_server(("127.0.0.1", port + 1)),
            socket.create_server(("127.0.0.1", port + 2)),
        ):
            return port


def wait_for_port(port: int) -> None:
    deadline = time.monotonic() + WAIT
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            assert time.monotonic() < deadline, f"nothing listens on port {port}"
            time.sleep(0.02)
        else:
            return


@contextmanager
def redis_server() -> Iterator[str]:
    """The address of a redis-server that keeps nothing on disk."""
    program, port = needed(shutil.which("redis-server"), "redis-server"), free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([program, *options, "--dir", folder], stdout=subprocess.DEVNULL) as server,
    ):
        try:
            wait_for_port(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()


def in_memory() -> str | None:
    """A folder kept in memory, where the machine has a roomy one (in a container it may hold 64 MB)."""
    shared = "/dev/shm"  # noqa: S108  # the cluster makes a folder of its own in it
    return shared if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > MEMORY else None


@contextmanager
def postgres_server(*more: str, keep: Path | None = None) -> Iterator[str]:
    """The address of a private cluster, run by the user postgres when we are root (initdb refuses root).

    `more`: settings that differ from the default, which asks the disk for nothing; with "fsync=on" it is on the disk.
    `keep`: a folder where its data stay for the next time.
    """
    newest = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), default=None)
    programs = Path(needed(newest and str(newest), "postgresql")).parent
    identity: dict[str, Any] = (
        {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    )
    quick, port = None if "fsync=on" in more else in_memory(), free_port()
    folder = keep or Path(tempfile.mkdtemp(prefix="countersign-postgres-", dir=quick))
    folder.mkdir(parents=True, exist_ok=True)
    if identity:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *args: str) -> None:
        command = [programs / program, "-D", folder / "data", *args]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **identity)

    try:
        if not (folder / "data").exists():
            run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        elif (folder / "data/postmaster.pid").exists():  # of a run that was broken off
            with suppress(subprocess.CalledProcessError):
                run("pg_ctl", "-m", "fast", "stop")
        chosen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "fsync": "off"}
        chosen |= dict(setting.split("=") for setting in more)
        settings = " ".join([f"-p {port}", *(f"-c {name}={value}" for name, value in chosen.items())])
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            run("pg_ctl", "-m", "fast" if keep else "immediate", "stop")
    finally:
        if not keep:
            shutil.rmtree(folder)
