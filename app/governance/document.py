"""Read the policy document: TOML in, Policy out, every mistake named by file, line and remedy."""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.governance import policy as shape
from app.governance.policy import BUILT_IN_TRIGGERS, TIER_LIMIT, Mode, Policy
from app.governance.proposal import Tier

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake, where it stands and what to do about it."""

    name: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.name}:{self.line}: {self.text}"


class PolicyError(Exception):
    """The document is refused; the one in force stays."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


# --- readers: a TOML value in, ours out, ValueError with the remedy ----------------------------------------------


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("wants a string in quotes")
    return value


def _words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        raise ValueError('wants a list of strings, such as ["en", "de"]')
    return tuple(value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("wants true or false")
    return value


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("wants a whole number, 0 or more")
    return value


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError("wants a number from 0 to 1")
    return float(value)


_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def duration(value: Any) -> timedelta:
    """ISO 8601. A month counts 30 days, a year 365: these are limits, not appointments."""
    match = _DURATION.fullmatch(_text(value))
    if not match or value in {"P", "PT"} or value.endswith("T"):
        raise ValueError('wants an ISO 8601 duration, such as "PT4H" or "P30D"')
    years, months, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return timedelta(days=365 * years + 30 * months + days, hours=hours, minutes=minutes, seconds=seconds)


def iso(span: timedelta) -> str:
    """The same back as text: `PT4H`."""
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    date = f"{span.days}D" if span.days else ""
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    return f"P{date}{'T' + time if time else ''}" if date or time else "PT0S"


def _one_of(*names: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(f"wants one of {', '.join(names)}")
        return str(value)

    return read


def _mode(value: Any) -> Mode:
    return Mode[_one_of("draft", "assisted", "auto")(value).upper()]


def _published_mode(value: Any) -> Mode:
    if value == "auto":
        raise ValueError('"auto" is earned, not published: write "assisted" here and "auto" as the ceiling')
    return _mode(value)


def _tier(value: Any) -> Tier:
    if isinstance(value, bool) or value not in {1, 2, 3}:
        raise ValueError("wants 1, 2 or 3")
    return Tier(value)


# --- the schema: what may stand in which table ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """How one key is read. Without a default it must be there."""

    read: Callable[[Any], Any]
    default: Any = ...


TABLES: Mapping[str, Mapping[str, Key]] = {
    "owners": {"scope_expansion": Key(_words), "rollback": Key(_text), "log_keeper": Key(_text)},
    "reviews": {"labelled_data": Key(duration), "sources": Key(duration), "drill": Key(duration)},
    "logs": {"place": Key(_text), "content": Key(duration), "decisions": Key(duration), "policy": Key(duration)},
    "queue": {
        "name": Key(_text),
        "hosts": Key(_words),
        "note_on_offer": Key(_flag, default=False),
        "hours": Key(_text, default=""),
    },
    "category": {
        "name": Key(_text),
        "description": Key(_text),
        "examples": Key(_words, default=()),
        "tier": Key(_tier),
        "mode": Key(_published_mode, default=Mode.DRAFT),
        "ceiling": Key(_mode, default=Mode.DRAFT),
        "languages": Key(_words, default=()),
        "sources": Key(_words, default=()),
        "confidence_floor": Key(_share, default=0.8),
        "hold": Key(duration, default=timedelta(minutes=2)),
        "per_hour": Key(_count, default=0),
        "evidence": Key(_one_of("standard", "strict"), default="strict"),
    },
    "escalation": {
        "trigger": Key(_text),
        "phrases": Key(_words, default=()),
        "owner": Key(_text),
        "due": Key(duration),
    },
    "cannot_answer": {"route": Key(_one_of("queue", "hand_over")), "owner": Key(_text), "due": Key(duration)},
    "tier3": {"summaries": Key(_flag, default=False)},
    "disclosure": {"brand": Key(_text), "language": Key(_text), "text": Key(_text)},
    "freeze": {
        "when": Key(_one_of("reopened", "recontact", "confusion", "escalation")),
        "baseline": Key(_share),
        "alarm": Key(_share),
    },
    "notify": {"mail": Key(_words), "webhook": Key(_text, default="")},
}
REPEATED = frozenset({"queue", "category", "escalation", "disclosure", "freeze"})
OPTIONAL = frozenset({"tier3", "disclosure", "freeze", "escalation"})
TOP: Mapping[str, Key] = {"schema": Key(_count), "name": Key(_text)}


class _Reader:
    """Collects every problem instead of stopping at the first."""

    def __init__(self, name: str, lines: Mapping[Path, int]) -> None:
        self.name, self.lines = name, lines
        self.problems: list[Problem] = []

    def problem(self, path: Path, text: str) -> None:
        line = next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), 1)
        self.problems.append(Problem(self.name, line, text))

    def table(self, keys: Mapping[str, Key], values: Any, path: Path) -> dict[str, Any]:
        if not isinstance(values, dict):
            self.problem(path, f"`{path[0]}` wants to be a table: [{path[0]}]")
            return {}
        for unknown in values.keys() - keys.keys():
            self.problem((*path, unknown), _unknown(unknown, keys))
        return {key: self.key(spec, values, (*path, key)) for key, spec in keys.items()}

    def key(self, spec: Key, values: Mapping[str, Any], path: Path) -> Any:
        name = path[-1]
        if name not in values:
            if spec.default is ...:
                self.problem(path, f"`{name}` is missing: add it")
            return spec.default
        try:
            return spec.read(values[str(name)])
        except ValueError as error:
            self.problem(path, f"`{name}` {error}")
            return spec.default

    def rows(self, name: str, values: Any) -> list[dict[str, Any]]:
        if not isinstance(values, list):
            self.problem((name,), f"`{name}` is repeated: write [[{name}]]")
            return []
        return [self.table(TABLES[name], row, (name, place)) for place, row in enumerate(values)]


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean `{near[0]}`?" if near else f"known here: {', '.join(known)}"
    return f"unknown key `{name}`; {hint}"


def _read(reader: _Reader, document: Mapping[str, Any]) -> dict[str, Any]:
    known = {**TOP, **TABLES}
    for unknown in document.keys() - known.keys():
        reader.problem((unknown,), _unknown(unknown, known))
    found: dict[str, Any] = {key: reader.key(spec, document, (key,)) for key, spec in TOP.items()}
    for name in TABLES:
        if name in REPEATED:
            found[name] = reader.rows(name, document.get(name, []))
        elif name in document or name not in OPTIONAL:
            found[name] = reader.table(TABLES[name], document.get(name, {}), (name,))
    return found


def _check(reader: _Reader, found: Mapping[str, Any]) -> None:
    if found["schema"] != 1:
        reader.problem(("schema",), "`schema` wants 1: this Countersign reads no other")
    for name in ("queue", "category"):
        if not found[name]:
            reader.problem((name,), f"no [[{name}]] at all: add one")
        _names_twice(reader, name, "name", found[name])
    _names_twice(reader, "escalation", "trigger", found["escalation"])
    for place, row in enumerate(found["category"]):
        _check_limits(reader, row, ("category", place))
    missing = set(BUILT_IN_TRIGGERS) - {row.get("trigger") for row in found["escalation"]}
    if missing:
        text = f"no owner for the built-in triggers {', '.join(sorted(missing))}: add an [[escalation]] for each"
        reader.problem(("escalation", 0), text)


def _names_twice(reader: _Reader, table: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    names = [row.get(key) for row in rows]
    for place, name in enumerate(names):
        if isinstance(name, str) and name in names[:place]:
            reader.problem((table, place, key), f"[[{table}]] `{name}` stands twice: keep one")


def _check_limits(reader: _Reader, row: Mapping[str, Any], path: Path) -> None:
    tier, mode, ceiling = row.get("tier"), row.get("mode"), row.get("ceiling")
    if not isinstance(tier, Tier) or not isinstance(mode, Mode) or not isinstance(ceiling, Mode):
        return
    if ceiling > TIER_LIMIT[tier]:
        reader.problem((*path, "ceiling"), f"tier {tier} may reach {TIER_LIMIT[tier].label} at most: lower it")
    if mode > ceiling:
        reader.problem((*path, "mode"), f"`mode` {mode.label} is above the ceiling {ceiling.label}: lower it")


_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.-]+)\s*\]")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+)\s*=")


def line_index(text: str) -> dict[Path, int]:
    """Where each table and key stands: tomllib tells the value but not the place."""
    index: dict[Path, int] = {}
    counts: dict[str, int] = {}
    table: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            bracket, name = header.groups()
            counts[name] = counts.get(name, -1) + 1
            table = (name, counts[name]) if bracket == "[[" else (name,)
            index.setdefault((name,), number)
            index[table] = number
        elif key := _KEY.match(line):
            index.setdefault((*table, key.group(1)), number)
    return index


def parse(text: str, name: str = "policy.toml", version: int = 0) -> Policy:
    """The document as a Policy. Raises PolicyError with every problem found, none left for the next try."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError([_syntax_problem(name, error)]) from error
    reader = _Reader(name, line_index(text))
    found = _read(reader, document)
    _check(reader, found)
    if reader.problems:
        raise PolicyError(sorted(reader.problems, key=lambda problem: problem.line))
    return _policy(found, hashlib.sha256(text.encode()).hexdigest(), version)


def _syntax_problem(name: str, error: tomllib.TOMLDecodeError) -> Problem:
    place = re.search(r"at line (\d+)", str(error))
    return Problem(name, int(place.group(1)) if place else 1, f"not TOML: {error}")


def _policy(found: Mapping[str, Any], sha256: str, version: int) -> Policy:
    cannot = found["cannot_answer"]
    return Policy(
        name=found["name"],
        owners=shape.Owners(**found["owners"]),
        reviews=shape.Reviews(**found["reviews"]),
        logs=shape.Logs(**found["logs"]),
        queues=tuple(shape.Queue(**row) for row in found["queue"]),
        categories=tuple(shape.Category(**row) for row in found["category"]),
        escalations=tuple(shape.Escalation(**row) for row in found["escalation"]),
        cannot_answer=shape.CannotAnswer(cannot["route"] == "hand_over", cannot["owner"], cannot["due"]),
        summaries=found.get("tier3", {}).get("summaries", False),
        disclosures=tuple(shape.Disclosure(**row) for row in found["disclosure"]),
        freezes=tuple(shape.FreezeRule(**row) for row in found["freeze"]),
        notify=shape.Notify(**found["notify"]),
        sha256=sha256,
        version=version,
    )
