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
from app.governance import values
from app.governance.digest import RHYTHMS
from app.governance.foreign import from_toml
from app.governance.policy import BUILT_IN_TRIGGERS, TIER_LIMIT, Mode, Policy
from app.governance.proposal import Tier
from app.governance.values import duration as duration  # noqa: PLC0414 - read from here by everybody
from app.governance.values import iso as iso  # noqa: PLC0414 - likewise

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


# --- the schema: what may stand in which table ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """How one key is read. Without a default it must be there."""

    read: Callable[[Any], Any]
    default: Any = ...


TABLES: Mapping[str, Mapping[str, Key]] = {
    "owners": {"scope_expansion": Key(values.words), "rollback": Key(values.text), "log_keeper": Key(values.text)},
    "reviews": {
        "labelled_data": Key(values.duration),
        "sources": Key(values.duration),
        "drill": Key(values.duration),
        "practice": Key(values.flag, default=False),
    },
    "logs": {
        "place": Key(values.text),
        "content": Key(values.duration),
        "decisions": Key(values.duration),
        "policy": Key(values.duration),
    },
    "queue": {
        "name": Key(values.text),
        "hosts": Key(values.words),
        "note_on_offer": Key(values.flag, default=False),
        "hours": Key(values.hours, default=""),
    },
    "category": {
        "name": Key(values.text),
        "description": Key(values.text),
        "examples": Key(values.words, default=()),
        "tier": Key(values.tier),
        "mode": Key(values.published_mode, default=Mode.DRAFT),
        "ceiling": Key(values.mode, default=Mode.DRAFT),
        "languages": Key(values.words, default=()),
        "sources": Key(values.words, default=()),
        "confidence_floor": Key(values.share, default=0.8),
        "hold": Key(values.duration, default=timedelta(minutes=2)),
        "per_hour": Key(values.count, default=0),
        "evidence": Key(values.one_of("standard", "strict"), default="strict"),
        "queues": Key(values.words, default=()),
    },
    "rule": {
        "name": Key(values.text),
        "effect": Key(values.one_of("allow", "forbid")),
        "mode": Key(values.barred_mode),
        "queues": Key(values.words, default=()),
        "hosts": Key(values.words, default=()),
        "categories": Key(values.words, default=()),
        "tiers": Key(values.tiers, default=()),
        "when": Key(values.signs, default=()),
        "exception": Key(values.flag, default=False),
        "owner": Key(values.text, default=""),
        "clause": Key(values.text, default=""),
        "review_by": Key(values.day, default=None),
    },
    "escalation": {
        "trigger": Key(values.text),
        "phrases": Key(values.words, default=()),
        "owner": Key(values.text),
        "due": Key(values.duration),
    },
    "roster": {"person": Key(values.text), "hours": Key(values.hours, default="")},
    "cannot_answer": {
        "route": Key(values.one_of("queue", "hand_over")),
        "owner": Key(values.text),
        "due": Key(values.duration),
    },
    "tier3": {"summaries": Key(values.flag, default=False)},
    "disclosure": {"brand": Key(values.text), "language": Key(values.text), "text": Key(values.text)},
    "freeze": {
        "when": Key(values.one_of("reopened", "recontact", "confusion", "escalation")),
        "baseline": Key(values.share),
        "alarm": Key(values.share),
    },
    "notify": {
        "mail": Key(values.words),
        "webhook": Key(values.text, default=""),
        "digest": Key(values.one_of(*RHYTHMS), default="weekly"),
    },
}
REPEATED = frozenset({"queue", "category", "rule", "escalation", "roster", "disclosure", "freeze"})
OPTIONAL = frozenset({"tier3", "rule", "disclosure", "freeze", "escalation", "roster"})
TOP: Mapping[str, Key] = {
    "schema": Key(values.count),
    "name": Key(values.text),
    "review_by": Key(values.day, default=None),
}


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
        _names_reserved(reader, name, found[name])
    _names_twice(reader, "escalation", "trigger", found["escalation"])
    _names_twice(reader, "roster", "person", found["roster"])
    for place, row in enumerate(found["category"]):
        _check_limits(reader, row, ("category", place))
    _names_twice(reader, "rule", "name", found["rule"])
    for place, row in enumerate(found["rule"]):
        _check_rule(reader, row, ("rule", place))
    missing = set(BUILT_IN_TRIGGERS) - {row.get("trigger") for row in found["escalation"]}
    if missing:
        text = f"no owner for the built-in triggers {', '.join(sorted(missing))}: add an [[escalation]] for each"
        reader.problem(("escalation", 0), text)


def _names_twice(reader: _Reader, table: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    names = [row.get(key) for row in rows]
    for place, name in enumerate(names):
        if isinstance(name, str) and name in names[:place]:
            reader.problem((table, place, key), f"[[{table}]] `{name}` stands twice: keep one")


def _names_reserved(reader: _Reader, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A queue called like the switch of everything, or like a rehearsal's, would be stopped and counted as that one."""
    for place, row in enumerate(rows):
        if row.get("name") == "*" or str(row.get("name")).startswith("("):
            reader.problem((table, place, "name"), f"`{row['name']}` is a name of Countersign's own: choose another")


def _check_limits(reader: _Reader, row: Mapping[str, Any], path: Path) -> None:
    tier, mode, ceiling = row.get("tier"), row.get("mode"), row.get("ceiling")
    if not isinstance(tier, Tier) or not isinstance(mode, Mode) or not isinstance(ceiling, Mode):
        return
    if ceiling > TIER_LIMIT[tier]:
        reader.problem((*path, "ceiling"), f"tier {tier} may reach {TIER_LIMIT[tier].label} at most: lower it")
    if mode > ceiling:
        reader.problem((*path, "mode"), f"`mode` {mode.label} is above the ceiling {ceiling.label}: lower it")


def _check_rule(reader: _Reader, row: Mapping[str, Any], path: Path) -> None:
    """An allow row never reaches past a tier's limit, whoever signs, and never waits for a sign."""
    if row.get("effect") != "allow":
        return
    if row["when"]:
        reader.problem((*path, "when"), "`when` belongs to a forbid: a sign that nobody read must not allow anything")
    over = [tier for tier in row["tiers"] or () if isinstance(row["mode"], Mode) and row["mode"] > TIER_LIMIT[tier]]
    for tier in over:
        text = f"tier {int(tier)} may reach {TIER_LIMIT[tier].label} at most, whoever signs: take it out of `tiers`"
        reader.problem((*path, "tiers"), text)


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
        document = from_toml(text)
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
        rules=tuple(_rule(row) for row in found["rule"]),
        review_by=found["review_by"],
        roster=tuple(shape.Duty(**row) for row in found["roster"]),
    )


def _rule(row: Mapping[str, Any]) -> shape.Rule:
    return shape.Rule(allows=row["effect"] == "allow", **{key: value for key, value in row.items() if key != "effect"})
