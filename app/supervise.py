"""`countersign run`: start every process, say when all answer, start again what dies, end all of it cleanly."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

_PR_SET_PDEATHSIG = 1
_READY_WITHIN = 60.0


@dataclass
class Process:
    """One child: how to start it, and the address at which it answers."""

    name: str
    command: Sequence[str]
    probe: str | None = None
    child: subprocess.Popen[bytes] | None = field(default=None, repr=False)


class Supervisor:
    """Children in sessions of their own, so that Ctrl-C reaches them through us and in order."""

    def __init__(self, processes: Sequence[Process], env: Mapping[str, str], say: Callable[[str], None]) -> None:
        self.processes, self.env, self._say = list(processes), dict(env), say
        self._stop = threading.Event()

    def start(self, process: Process) -> None:
        """Start one child; it dies with us, even if we are killed."""
        process.child = subprocess.Popen(
            process.command,
            env=self.env,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - started before any thread of ours
            stdin=subprocess.DEVNULL,
        )

    def start_all(self) -> None:
        """In order: each waits for the ones before it only where it must."""
        for process in self.processes:
            if process.child is None:
                self.start(process)

    def wait_until_ready(self) -> None:
        """Return when every process with a probe answers. Raises TimeoutError."""
        deadline = time.monotonic() + _READY_WITHIN
        waiting = [process for process in self.processes if process.probe]
        while waiting and not self._stop.is_set():
            waiting = [process for process in waiting if not _answers(process.probe)]
            if waiting and time.monotonic() > deadline:
                raise TimeoutError(f"no answer from {', '.join(process.name for process in waiting)}")
            time.sleep(0.05)

    def watch(self) -> None:
        """Start again what died, until told to stop."""
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: self._stop.set())
        while not self._stop.wait(0.5):
            for process in self.processes:
                if process.child and process.child.poll() is not None:
                    self._say(f"{process.name} ended with {process.child.returncode}; starting it again")
                    self.start(process)

    def stop(self) -> None:
        """End all, the last started first, so that nothing loses what it leans on."""
        for process in reversed(self.processes):
            child = process.child
            if child is None or child.poll() is not None:
                continue
            child.terminate()
            try:
                child.wait(timeout=8)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _answers(url: str | None) -> bool:
    try:
        with urllib.request.urlopen(str(url), timeout=2) as answer:  # noqa: S310  # nosec B310  # our own addresses
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
