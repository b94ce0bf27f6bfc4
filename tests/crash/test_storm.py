"""A small storm: everything goes wrong at once for a few seconds. The long form is `make torture ARGS=storm`."""

from __future__ import annotations

import asyncio
import os
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.crash import slices, storm_table
from tests.crash.fault_wire import FAULTS, Wire
from tests.crash.storm import TEETH, Report, Slice

pytestmark = pytest.mark.crash
EVENTS = 40


@pytest.fixture(scope="module")
def report() -> Report:
    return slices.run(Slice(int(os.environ.get("CRASH_SEED") or 7), "sqlite", EVENTS))


def test_a_storm_breaks_no_promise(report: Report) -> None:
    assert report.violations == []


def test_it_was_a_storm(report: Report) -> None:
    counts = report.counts
    assert counts["events"] == EVENTS
    assert min(counts["sent"], counts["kills"], counts["wipes"], counts["rollbacks"]) > 0
    assert bool(counts["full disks"]) == bool(counts["small disks"])  # without one of its own nobody's disk is filled
    assert min(counts["duplicates"], counts["reordered"]) >= EVENTS / 10
    assert any(counts[f"host {fault}"] for fault in FAULTS)


@pytest.mark.slow
@pytest.mark.parametrize("safeguard", TEETH)
def test_without_a_safeguard_promises_are_broken(safeguard: str) -> None:
    found = (slices.run(Slice(seed, "sqlite", 300, safeguard)).violations for seed in range(3))
    assert any(re.search(TEETH[safeguard], " ".join(one)) for one in found), "the storm has no teeth"


@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_the_wire_does_to_a_request_what_it_says(fault: str) -> None:
    with ThreadPoolExecutor(1) as elsewhere:  # in this one Playwright may have a loop of its own
        met, answer = elsewhere.submit(lambda: asyncio.run(_asked_through(fault))).result()
    applied = {"", "lost", "kept", "slow", "late"}
    assert met == (fault in applied)
    arrived = {"": b"yes", "slow": b"yes", "late": b"yes", "refused": b"{}", "kept": b"{}"}
    assert answer.rpartition(b"\r\n")[2] == arrived.get(fault, b"")


async def _asked_through(fault: str) -> tuple[bool, bytes]:
    """One request over a wire that does only this: was it applied, and what came back?"""
    applied = []

    async def host(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (await reader.read(1 << 16)).endswith(b"body"):
            applied.append(1)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nyes")
            await writer.drain()
        writer.close()

    far = await asyncio.start_server(host, "127.0.0.1", 0)
    wire = Wire(f"127.0.0.1:{far.sockets[0].getsockname()[1]}", 1, bool(fault), (fault,), pause=0.01)
    near = await asyncio.start_server(wire.accept, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection("127.0.0.1", near.sockets[0].getsockname()[1])
    writer.write(b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")
    writer.write_eof()
    answer = await reader.read(-1)
    writer.close()
    for server in (near, far):
        server.close()
        await server.wait_closed()
    return bool(applied), answer


def test_a_table_says_how_much_was_proved() -> None:
    counts = Counter({"events": 100, "duplicates": 25, "kills in a window": 300, "host requests": 200, "host cut": 20})
    stop = {"off_ms": 20, "confirmed_ms": 900, "to_humans": 2, "going": {"READY": 3}}
    record = {
        "key": "1/sqlite/100/", "slice": {"store": "sqlite"}, "violations": [], "counts": counts, "stops": [stop],
        "seconds": 9,
    }  # fmt: skip
    told = "\n".join(storm_table.table([record]))
    assert "25 (25%)" in told
    assert "20 (10%)" in told
    assert "fewer than 1.00%" in told
    assert "OFF median 20 ms" in told
    broken = "\n".join(storm_table.table([{**record, "violations": ["answered twice"]}]))
    assert "BROKEN 1/sqlite/100/: answered twice" in broken
    assert "no violation" not in broken
