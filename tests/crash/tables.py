"""The results of many trials as a table, and what they allow to be said."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.crash import POINTS

Record = dict[str, Any]
COLUMNS = ("trials", "struck", "stopped", "window", "sent", "people", "broken")


def read(file: Path) -> dict[str, Record]:
    """The last result of each case; a line that a kill cut short does not count."""
    if not file.exists():
        return {}
    lines = file.read_text(encoding="utf-8").splitlines()
    return {record["key"]: record for record in map(json.loads, filter(lambda line: line.endswith("}"), lines))}


def line(record: Record) -> str:
    """One trial."""
    said = "ok" if not record["violations"] else f"BROKEN {record['violations']}"
    struck = ("stopped" if record["stopped"] else "struck") if record["trap"] else "missed"
    return (
        f"{record['key']:<28} {struck:<8} {'window' if record['window'] else '':<7} {record['seconds']:5.1f} s  {said}"
    )


def table(records: Sequence[Record], wanted: int) -> Iterator[str]:
    """By point, then all together, with the bound and the seeds of failures."""
    yield f"\n{'crash point':<36}" + "".join(f"{name:>9}" for name in COLUMNS)
    for number, names in POINTS.items():
        mine = [record for record in records if record["case"]["point"] == number]
        if mine:
            yield _row(f"{number:>2} {' / '.join(names)}", mine)
    yield _row("all", records)
    yield from _bound(records, wanted)


def _row(name: str, records: Sequence[Record]) -> str:
    counted = (
        len(records),
        sum(record["trap"] for record in records),
        sum(record["stopped"] for record in records),
        sum(record["window"] for record in records),
        sum(record["sent"] for record in records),
        sum(record["to_people"] for record in records),
        sum(bool(record["violations"]) for record in records),
    )
    return f"{name:<36}" + "".join(f"{count:>9}" for count in counted)


def _bound(records: Sequence[Record], wanted: int) -> Iterator[str]:
    window, broken = sum(one["window"] for one in records), [one for one in records if one["violations"]]
    databases = Counter(one["case"]["database"] for one in records)
    stopped = sum(one["case"]["rollback"] for one in records)
    yield f"\n{len(records)} of {wanted} trials ({dict(databases)}), {stopped} of them with a rollback"
    yield f"{window} with a kill, a stop or an OFF while a send was in flight"
    if window and not broken:
        yield f"no violation: at 95 % confidence fewer than {3 / window:.2%} of such moments break a promise (3/n)"
    yield from (f"BROKEN {one['key']}: {'; '.join(one['violations'])}" for one in broken)
    confirmed = sorted(one["confirmed_ms"] for one in records if one["confirmed_ms"] is not None)
    if confirmed:
        last = confirmed[max(0, -(-99 * len(confirmed) // 100) - 1)]
        yield f"OFF to CONFIRMED: median {confirmed[len(confirmed) // 2]:.0f} ms, p99 {last:.0f} ms (leases of 1.2 s)"
