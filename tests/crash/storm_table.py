"""What many storms came to: a table by store, the bound that they support, how long stops took, and who broke what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.crash.fault_wire import FAULTS
from tests.crash.tables import Record

LINES = (
    "events", "duplicates", "reordered", "never told", "undelivered", "host requests", "host faults",
    "kills", "kills of worker", "kills of web", "kills of clock", "kills in a window", "stops", "stops in a window",
    "wipes", "restarts of PostgreSQL", "full disks", "clock jumps", "rollbacks",
    "tickets", "questions", "approved", "refused", "sent", "to people",
)  # fmt: skip
OF = {"duplicates": "events", "reordered": "events", "host faults": "host requests"}


def line(record: Record) -> str:
    """One slice."""
    counts, said = Counter(record["counts"]), record["violations"]
    told = ", ".join(f"{counts[name]} {name}" for name in ("events", "kills", "kills in a window", "rollbacks", "sent"))
    return f"{record['key']:<24} {told}, {record['seconds']:.0f} s  {f'BROKEN {said}' if said else 'ok'}"


def table(records: Sequence[Record]) -> Iterator[str]:
    """By store, then the bound, the stops, and each failure with its seed."""
    stores = sorted({record["slice"]["store"] for record in records})
    found = {store: [record for record in records if record["slice"]["store"] == store] for store in stores}
    found["together"] = list(records)
    yield f"\n{'':<24}" + "".join(f"{name:>16}" for name in found)
    yield f"{'slices':<24}" + "".join(f"{len(mine):>16}" for mine in found.values())
    sums = {name: _sums(mine) for name, mine in found.items()}
    for name in LINES:
        yield f"{name:<24}" + "".join(f"{_cell(name, counts):>16}" for counts in sums.values())
    yield f"{'BROKEN slices':<24}" + "".join(
        f"{sum(bool(one['violations']) for one in mine):>16}" for mine in found.values()
    )
    yield from _bound(sums["together"], records)
    for name, mine in found.items():
        yield from _stops(name, [stop for record in mine for stop in record["stops"]])
    yield from (f"BROKEN {one['key']}: {'; '.join(one['violations'])}" for one in records if one["violations"])


def _sums(records: Sequence[Record]) -> Counter[str]:
    total: Counter[str] = Counter()
    for record in records:
        total.update(record["counts"])
    total["host faults"] = sum(total[f"host {fault}"] for fault in FAULTS)
    return total


def _cell(name: str, counts: Counter[str]) -> str:
    share = f" ({counts[name] / counts[OF[name]]:.0%})" if counts[OF.get(name, "")] else ""
    return f"{counts[name]:,}{share}"


def _bound(counts: Counter[str], records: Sequence[Record]) -> Iterator[str]:
    window = counts["kills in a window"] + counts["stops in a window"]
    yield f"\n{window} kills and stops fell between the claim of an answer and its record"
    if window > 3 and not any(record["violations"] for record in records):
        yield f"no violation: at 95 % confidence fewer than {3 / window:.2%} of such moments break a promise (3/n)"


def _stops(store: str, stops: Sequence[Record]) -> Iterator[str]:
    if not stops:
        return
    going = Counter[str]()
    for stop in stops:
        going.update(stop["going"])
    yield (
        f"{store}: {len(stops)} stops; waiting before them {going['READY']} answers and notes, in flight {going['SENDING']}, "
        f"given to people {sum(stop['to_humans'] or 0 for stop in stops)}; "
        + "; ".join(_times(name, [stop[key] for stop in stops]) for name, key in _TIMES.items())
    )


_TIMES = {"OFF": "off_ms", "OFF to CONFIRMED": "confirmed_ms"}


def _times(name: str, found: Sequence[int | None]) -> str:
    times = sorted(time for time in found if time is not None)
    last = times[max(0, -(-99 * len(times) // 100) - 1)]
    return f"{name} median {times[len(times) // 2]} ms, p99 {last} ms, longest {times[-1]} ms"
