"""Finding: something wrong with a policy that reads well, and the ground that an analysis stands on."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.governance.document import Path
from app.governance.policy import Policy, Rule
from app.governance.space import Row, Space

KINDS = (
    "contradiction",
    "shadowed",
    "redundant",
    "vacuous",
    "gap",
    "unreachable-escalation",
    "no-cannot-answer",
    "conflicting-facts",
    "approver-is-author",
    "missing",
    "overdue",
    "above-limit",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a policy. `about` names the rows; `grave`: nobody may accept it."""

    kind: str
    about: tuple[str, ...]
    line: int
    text: str
    remedy: str
    content: str = ""  # what the rows said: a finding that was accepted is another one once they change
    grave: bool = False

    @property
    def key(self) -> str:
        """What an acceptance is given for."""
        told = "\n".join((self.kind, *self.about, self.content))
        return f"{self.kind}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A bounded fact that an approved source states, such as the refund window in days."""

    key: str
    value: str
    source: str


@dataclass(frozen=True, slots=True)
class Shelved:
    """An approved source in force, as far as a policy that names it must know."""

    id: str
    name: str  # with its language, where that is not English
    owner: str
    review_by: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What an analysis stands on beside the document: the day, the sources' facts, who wrote it, who is there."""

    today: date
    lines: Mapping[Path, int]
    facts: Sequence[Fact] = ()
    sources: Sequence[Shelved] | None = None  # None: nobody looked at the shelf
    author: str | None = None  # their address
    staff: frozenset[str] | None = None  # addresses that the hosts know; None: nobody asked them


@dataclass(frozen=True, slots=True)
class Study:
    policy: Policy
    ground: Ground
    space: Space
    real: int

    def line(self, *path: str | int) -> int:
        return next(
            (self.ground.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.ground.lines), 1
        )

    def rules(self, *, allows: bool) -> list[tuple[int, Rule]]:
        return [(place, rule) for place, rule in enumerate(self.policy.rules) if rule.allows is allows]

    def spoken_of(self, row: Row) -> int:
        return self.space.spoken_of(row) & self.real

    def allowed_by(self, row: Row) -> int:
        return self.space.allowed_by(row) & self.real
