"""`python -m tests.crash.fault_wire HOST:PORT=HOST:PORT SEED SHARE`: a wire on which so many requests meet with a fault.

It knows nothing of HTTP but that a request begins where the client speaks after the server did, or first. Each line on its
output says how many requests there were and how many of them met with which fault; one more whenever a line comes in.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from contextlib import suppress

SIZE = 1 << 18
BROKEN = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\nConnection: close\r\n\r\n{}"
)
# applied or not: "half" is a request cut in its middle, "lost" and "kept" were applied and the answer did not arrive
FAULTS = ("cut", "half", "refused", "lost", "kept", "slow", "late")


class Wire:
    """Carries requests one after another on each connection, and spoils some."""

    def __init__(
        self, there: str, seed: int, share: float, faults: tuple[str, ...] = FAULTS, pause: float = 2.5
    ) -> None:
        """`pause`: the longest, in seconds; a client gives up after 1.5."""
        self._host, port = there.rsplit(":", 1)
        self._port, self._chance, self._share = int(port), random.Random(seed), share
        self._faults, self._pause = faults, pause
        self.met: Counter[str] = Counter()

    def _fault(self) -> str:
        self.met["requests"] += 1
        name = self._chance.choice(self._faults) if self._chance.random() < self._share else ""
        if name:
            self.met[name] += 1
        return name

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client's connection, to its end."""
        far = None
        with suppress(OSError):
            far_reader, far = await asyncio.open_connection(self._host, self._port, limit=SIZE)
            while request := await reader.read(SIZE):
                if not await self._carried(request, (reader, writer), (far_reader, far)):
                    break
        for end in (writer, far):
            if end is not None:
                end.close()

    async def _carried(
        self,
        request: bytes,
        near: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        far: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> bool:
        """A request there and its answer back. False: the connection is over."""
        fault = self._fault()
        if fault in {"cut", "refused"}:
            if fault == "refused":
                near[1].write(BROKEN)
                await near[1].drain()
            return False
        if fault == "slow":
            await asyncio.sleep(self._chance.uniform(0, self._pause))
        request += await _rest(request, near[0])
        far[1].write(request[: len(request) // 2] if fault == "half" else request)
        await far[1].drain()
        if fault == "half":
            return False
        answer = await far[0].read(SIZE)
        answer += await _rest(answer, far[0])
        if fault == "late":
            await asyncio.sleep(self._chance.uniform(0, self._pause))
        if fault == "lost":
            return False
        near[1].write(BROKEN if fault == "kept" else answer)
        await near[1].drain()
        return bool(answer) and fault != "kept"


async def _rest(begun: bytes, reader: asyncio.StreamReader) -> bytes:
    """What is missing of a message, by its Content-Length."""
    head, blank, body = begun.partition(b"\r\n\r\n")
    while not blank:
        more = await reader.read(SIZE)
        if not more:
            return begun[len(head) :]
        return more + await _rest(begun + more, reader)
    length = next(
        (int(line.partition(b":")[2]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
    )
    with suppress(asyncio.IncompleteReadError):
        return await reader.readexactly(max(0, length - len(body)))
    return b""


async def main(road: str, seed: int, share: float) -> None:
    """Until its input ends."""
    here, there = road.split("=")
    wire = Wire(there, seed, share)
    own, number = here.rsplit(":", 1)
    server = await asyncio.start_server(wire.accept, own, int(number), limit=SIZE)
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(json.dumps(wire.met), flush=True)  # noqa: T201 - whoever started us reads it
    server.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3])))
