"""Metrics for people: what became of the answers, by week, mode, tier, category and host, from our own record only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from app.deps import Deps
from app.governance import retold, stream
from app.governance.metrics import History, judge
from app.governance.rates import KEYS, Figures, Rate, figures, outcomes
from app.governance.stream import Records
from app.letters import Unreadable
from app.store import events

NAMES = {
    "reopened": "Reopened",
    "thanked": "Reopened to say thanks",
    "rereply": "Written again (Gmail)",
    "recontact": "Came back",
    "confusion": "Not understood",
    "escalation": "Went to a manager",
    "repeat": "Asked the same anew",
    "draft": "Time to first draft",
    "first": "Time to first reply",
}
MODES = {
    "auto": "Auto-send",
    "held-out": "Held back to compare",
    "assisted": "Approved",
    "draft": "Draft, sent by hand",
    "draft-edited": "Draft, changed",
    "own": "Own answers",
}


def history(deps: Deps, since: datetime) -> History:
    """All answers since then, judged as of now."""
    with deps.readers.begin() as tx:
        return judge(events.read(tx, deps.keys, since), deps.clock.now())


def exported(folder: Path) -> tuple[Records, datetime]:
    """What an export of the log alone tells, and when it was made. Raises Unreadable."""
    try:
        with (folder / "log.jsonl").open("rb") as log:
            entries = [json.loads(line) for line in log if not line.startswith(b'{"pruned":')]
        return retold.records(entries), datetime.fromisoformat(entries[-1]["ts"])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        raise Unreadable(f"{folder}: no export of the log that we can count from ({type(error).__name__})") from error


def recounted(records: Records, since: datetime, now: datetime) -> History:
    """The same history as a stranger counts it."""
    return judge(stream.events(records, since), now)


def as_json(found: History, since: datetime, now: datetime) -> dict[str, Any]:
    """`metrics --json`."""
    return {
        "since": since.isoformat(),
        "now": now.isoformat(),
        "answers": [_row(key, group) for key, group in figures(found, KEYS).items()],
        "modes": [_row(key, group, ("mode",)) for key, group in figures(found).items()],
        "reviews": [
            {"category": category, **{name.replace(" ", "_"): number for name, number in counts.items()}}
            for (category,), counts in outcomes(found).items()
        ],
        "escalated_before_sending": len(found.caught),
        "ratings_without_an_answer": found.unplaced,
    }


def _row(key: tuple[object, ...], group: Figures, names: tuple[str, ...] = KEYS) -> dict[str, Any]:
    return {
        **dict(zip(names, key, strict=True)),
        "volume": group.volume,
        "solved": {"solved": group.solved[0], "of": group.solved[1]},
        "rates": {metric: _rate(rate) for metric, rate in group.rates.items()},
        "first_draft_seconds": asdict(group.draft),
        "first_answer_seconds": asdict(group.first),
        "resolution_seconds": asdict(group.resolution),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    """Where there are too few there is no share, and so nothing that a chart could colour."""
    if rate.share is None:
        return {**asdict(rate), "state": "too few to judge", "share": None, "per_1000": None, "low": None, "high": None}
    low, high = (round(end, 6) for end in rate.whiskers)
    share = round(rate.share, 6)
    return {
        **asdict(rate),
        "state": "judged",
        "share": share,
        "per_1000": round(1000 * share, 1),
        "low": low,
        "high": high,
    }


def in_words(document: Mapping[str, Any]) -> str:
    """For people, by mode."""
    lines = [line for row in document["modes"] for line in _words(row)] or ["no answer since then"]
    lines += [f"reviews of {row['category']}: {_counted(row)}" for row in document["reviews"]]
    lines.append(f"went to a person before anything was sent: {document['escalated_before_sending']}")
    lines.append(f"bad ratings that name no answer of ours: {document['ratings_without_an_answer']}")
    return "\n".join(lines)


def _counted(row: Mapping[str, Any]) -> str:
    return ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in row.items() if name != "category")


def _words(row: Mapping[str, Any]) -> list[str]:
    rates = {
        metric: Rate(rate["bad"], rate["of"], rate["young_bad"], rate["young"]) for metric, rate in row["rates"].items()
    }
    spans = {"first draft after": "first_draft", "first answer after": "first_answer", "solved after": "resolution"}
    times = {words: row[f"{name}_seconds"] for words, name in spans.items()}
    return [
        f"{MODES.get(row['mode'], row['mode'])}: {row['volume']} answers",
        *(f"  {NAMES[metric].lower():<24} {rate.words}" for metric, rate in rates.items() if rate.of or rate.young),
        *(
            f"  {words:<24} {_long(took['median'])} (median of {took['count']}), nine of ten within {_long(took['p90'])}"
            for words, took in times.items()
            if took["count"]
        ),
    ]


def _long(seconds: int) -> str:
    """Near enough for people; `--json` has the seconds."""
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds} seconds"
