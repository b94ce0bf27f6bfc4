"""Nine plain questions over the document, and an answer written back into the text where it stands, comments and all."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.governance.document import Path, line_index
from app.governance.foreign import from_toml

DURATIONS = (
    "PT30M",
    "PT1H",
    "PT2H",
    "PT4H",
    "PT8H",
    "P1D",
    "P2D",
    "P7D",
    "P14D",
    "P30D",
    "P90D",
    "P180D",
    "P365D",
    "P24M",
    "P7Y",
)
_TEXT, _NAMES, _DAY, _SHARE, _TIME = "text", "names", "day", "share", "duration"


@dataclass(frozen=True, slots=True)
class Field:
    """One answer: where it stands, what it is called, of what kind, and what it says now."""

    path: Path
    label: str
    kind: str
    value: Any
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One of the nine."""

    title: str
    help: str
    fields: tuple[Field, ...]


# Title, help, and of which tables which keys: (key, label, kind, choices).
_Ask = tuple[str, str, str, tuple[str, ...]]
_MODES = ("draft", "assisted")
_CEILINGS = ("draft", "assisted", "auto")
QUESTIONS: Sequence[tuple[str, str, Sequence[tuple[str, Sequence[_Ask]]]]] = (
    ("Who may allow more?", "At least two people: whoever writes a change never approves it.",
     (("owners", (("scope_expansion", "May approve wider automation", _NAMES, ()),)),)),
    ("Who answers for the stop, and who keeps the log?", "Told when automation is turned off; receives the signed copies of the log.",
     (("owners", (("rollback", "Answers for the stop", _TEXT, ()), ("log_keeper", "Keeps the log's signed copies", _TEXT, ()))),)),
    ("When may replies go out by themselves?", "Days, hours and time zone, such as Mo-Fr 08:00-18:00 Europe/Berlin. Empty: never.",
     (("queue", (("hours", "", _TEXT, ()),)),)),
    ("What may happen, subject by subject?", "From the first day a person looks at each reply; more is only ever earned.",
     (("category", (("mode", "from the first day", "choice", _MODES), ("ceiling", "at most", "choice", _CEILINGS))),)),
    ("Who takes over when it gets serious, and how soon?", "One person for each, and a time by which they act.",
     (("escalation", (("owner", "owner", _TEXT, ()), ("due", "acts within", _TIME, ()))),)),
    ("What becomes of a question that no source answers?", "It stays with people, with the reason, or the owner is called.",
     (("cannot_answer", (("route", "It goes to", "choice", ("queue", "hand_over")), ("owner", "Closes the gap", _TEXT, ()),
                         ("due", "Within", _TIME, ()))),)),
    ("What does a customer read under an automatic reply?", "Without its line nothing goes out by itself in that language.",
     (("disclosure", (("text", "", _TEXT, ()),)),)),
    ("When does automation narrow itself?", "What is usual, and what must not go unnoticed: 0.05 is one answer in twenty.",
     (("freeze", (("baseline", "usual", _SHARE, ()), ("alarm", "alarm", _SHARE, ()))),)),
    ("How often is this looked at, and how long is it kept?", "Overdue is a finding, and nothing earns going out by itself while one is open.",
     (("", (("review_by", "This policy is reviewed by", _DAY, ()),)),
      ("reviews", (("labelled_data", "Labelled examples", _TIME, ()), ("sources", "Approved sources", _TIME, ()),
                   ("drill", "The stop is rehearsed", _TIME, ()))),
      ("logs", (("content", "Customer text is kept", _TIME, ()), ("decisions", "Decisions are kept", _TIME, ()),
                ("policy", "Policy versions are kept", _TIME, ()))))),
)  # fmt: skip
_NAMED_BY = {"queue": "name", "category": "name", "escalation": "trigger", "disclosure": "language", "freeze": "when"}


def questions(text: str) -> tuple[Question, ...]:
    """The nine, answered as the text says now. Raises TOMLDecodeError where it is no TOML."""
    document = from_toml(text)
    return tuple(
        Question(title, said, tuple(field for table, asks in tables for field in _fields(document, table, asks)))
        for title, said, tables in QUESTIONS
    )


def _fields(document: dict[str, Any], table: str, asks: Sequence[_Ask]) -> Iterator[Field]:
    found = document.get(table, {}) if table else document
    if isinstance(found, dict):
        base: Path = (table,) if table else ()
        yield from (
            Field((*base, key), label, kind, _shown(found.get(key)), choices) for key, label, kind, choices in asks
        )
        return
    for place, row in enumerate(found if isinstance(found, list) else ()):
        if not isinstance(row, dict):
            continue  # the check of the policy says what is wrong with it
        name = row.get(_NAMED_BY[table], "?")
        for key, label, kind, choices in asks:
            yield Field((table, place, key), f"{name} {label}".strip(), kind, _shown(row.get(key)), choices)


def _shown(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def answered(text: str, path: Sequence[str | int], value: Any) -> str:
    """The text with that one value changed and nothing else. Raises ValueError for a place or value that is none."""
    known = {field.path: field for question in questions(text) for field in question.fields}
    field = known.get(tuple(path))
    if field is None:
        raise ValueError("there is no such question")
    written = f"{path[-1]} = {_written(field.kind, value)}"
    lines, index = text.splitlines(), line_index(text)
    start = index.get(field.path)
    if start is None:
        after = index.get(field.path[:-1], index.get(("name",), 1))
        return "\n".join([*lines[:after], written, *lines[after:], ""])
    end = _end(lines, start)
    return "\n".join([*lines[: start - 1], written + _comment(lines[start - 1 : end]), *lines[end:], ""])


def _written(kind: str, value: Any) -> str:
    if kind == _NAMES and isinstance(value, list) and all(isinstance(one, str) for one in value):
        return json.dumps(value, ensure_ascii=False)
    if kind == _SHARE and isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(value)
    if kind == _DAY and isinstance(value, str):
        return date.fromisoformat(value).isoformat()
    if kind in {_TEXT, _TIME, "choice"} and isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    raise ValueError("this is no answer to it")


def _end(lines: Sequence[str], start: int) -> int:
    """The last line of the value that begins there: a list may go on for many."""
    for end in range(start, len(lines) + 1):
        if _reads("\n".join(lines[start - 1 : end])):
            return end
    raise ValueError("the text is not TOML there")


def _comment(lines: Sequence[str]) -> str:
    """What stands behind the value on its last line."""
    for at, sign in enumerate(lines[-1]):
        before = "\n".join([*lines[:-1], lines[-1][:at]])
        if sign == "#" and _reads(before):
            return " " * (at - len(lines[-1][:at].rstrip())) + lines[-1][at:]
    return ""


def _reads(text: str) -> bool:
    try:
        from_toml(text)
    except tomllib.TOMLDecodeError:
        return False
    return True
