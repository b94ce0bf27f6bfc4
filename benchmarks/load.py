"""The load, in a process of its own: prepared deliveries over kept-alive connections, each answer timed."""

from __future__ import annotations

import json
import re
import selectors
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from random import Random

from benchmarks import delivery

SILENCE = 60.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """`rate` deliveries a second come whether the earlier ones are answered or not; None: as fast as answers come."""

    port: int
    secret: str
    count: int
    seed: int
    rate: float | None = None
    connections: int = 16


@dataclass(frozen=True)
class Outcome:
    """How long all took, and each answer, in seconds."""

    seconds: float
    answers: list[float]

    @property
    def rate(self) -> float:
        return len(self.answers) / self.seconds


class Line:
    """One connection with at most one request on it."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since, self._read = 0.0, b""

    def ask(self, raw: bytes, since: float) -> None:
        self.since, self._read = since, b""
        self.socket.sendall(raw)

    def answered(self) -> bool:
        """Read on; True when the whole answer is there. Raises RuntimeError for anything but 202."""
        more = self.socket.recv(65536)
        self._read += more
        head, blank, body = self._read.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not more or (blank and (not head.startswith(b"HTTP/1.1 202") or length is None)):
            raise RuntimeError(f"not accepted: {self._read[:200]!r}")
        return bool(blank) and length is not None and len(body) >= int(length[1])


def fire(lines: Sequence[Line], raws: Sequence[bytes], moments: Sequence[float] | None) -> Outcome:
    """Send each when its moment has come and a line is free. Waiting for a line counts as waiting for the answer."""
    selector = selectors.PollSelector()  # needs no closing
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    waiting, idle, answers = deque(zip(moments or [0.0] * len(raws), raws, strict=True)), deque(lines), list[float]()
    begun = time.perf_counter()
    while len(answers) < len(raws):
        now = time.perf_counter() - begun
        while idle and waiting and waiting[0][0] <= now:
            moment, raw = waiting.popleft()
            idle.popleft().ask(raw, moment if moments else time.perf_counter() - begun)
        pause = max(0.0, waiting[0][0] - now) if idle and waiting else None
        heard = selector.select(SILENCE if pause is None else pause)
        if pause is None and not heard:
            raise TimeoutError(f"{len(raws) - len(answers)} deliveries without an answer for {SILENCE:g} s")
        for key, _ in heard:
            if key.data.answered():
                answers.append(time.perf_counter() - begun - key.data.since)
                idle.append(key.data)
    return Outcome(time.perf_counter() - begun, answers)


def carry_out(load: Load) -> Outcome:
    """Everything is prepared before the first delivery leaves."""
    chance = Random(load.seed)
    raws = list(delivery.requests(load.secret, load.count, chance))
    moments = list(accumulate(chance.expovariate(load.rate) for _ in raws)) if load.rate else None
    lines = [Line(load.port) for _ in range(load.connections)]
    try:
        return fire(lines, raws, moments)
    finally:
        for line in lines:
            line.socket.close()


def put_on(load: Load) -> Outcome:
    """In another process, so that it takes no breath from the one that watches."""
    command = [sys.executable, "-m", "benchmarks.load"]
    root = Path(__file__).parents[1]
    done = subprocess.run(command, input=json.dumps(asdict(load)), capture_output=True, text=True, check=True, cwd=root)
    return Outcome(**json.loads(done.stdout))


if __name__ == "__main__":
    print(json.dumps(asdict(carry_out(Load(**json.load(sys.stdin))))))
