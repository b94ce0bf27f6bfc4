"""Learning: labelled history in, knowledge of categories out; nothing is lost where the input is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.ai.embed import Embedder
from app.ai.learn import SAFE, Example, Progress, learn
from app.ai.learned import COSTS, Learned, LearnedError
from app.ai.tiers import least_costly, tier_shares
from app.governance.foreign import from_json
from app.governance.policy import Policy
from app.letters import Unreadable

FILE = "learned.npz"
FEW = 5  # examples; with fewer a category's figures mean little


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of history. `tier` 0: the line names none."""

    text: str
    subject: str
    category: str
    tier: int
    line: int

    @property
    def whole(self) -> str:
        """As triage reads it: a text of a word or two with its subject."""
        return self.text if len(self.text.split()) >= 3 or len(self.text) > 8 else f"{self.subject}. {self.text}"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What was learnt, how it judged what it had not seen, and what the reader should know of the file."""

    fingerprint: str
    messages: int
    categories: int
    accuracy: float
    macro_f1: float
    tier3_as_tier1: float
    sendable: float
    notes: tuple[str, ...]


def history(file: Path) -> list[Labelled]:
    """Every line of `{"text", "subject", "category", "tier"}`. Raises Unreadable with the line that cannot be used."""
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}") from error
    found = list(_labelled(raw, str(file)))
    if not found:
        raise Unreadable(f"{file}: there is no labelled message in it")
    return found


def _labelled(raw: bytes, name: str) -> Iterator[Labelled]:
    for number, line in enumerate(raw.splitlines(), start=1):
        if not line.strip():
            continue
        where = f"{name}:{number}"
        try:
            row = from_json(line)
        except ValueError as error:
            raise Unreadable(f"{where}: not JSON") from error
        if not isinstance(row, dict) or not isinstance(row.get("text"), str) or not row["text"].strip():
            raise Unreadable(f'{where}: wants an object with a "text" that says something')
        if not isinstance(row.get("category"), str) or not row["category"].strip():
            raise Unreadable(f'{where}: wants a "category"')
        if row.get("tier") not in (None, 1, 2, 3):
            raise Unreadable(f'{where}: "tier" is 1, 2 or 3')
        yield Labelled(
            row["text"], str(row.get("subject") or ""), row["category"].strip(), row.get("tier") or 0, number
        )


def examples(rows: Sequence[Labelled], policy: Policy) -> tuple[list[Example], list[str]]:
    """What can be learnt from, beside the policy's own examples, and notes on what cannot."""
    notes: list[str] = []
    usable = _undisputed(rows, notes)
    tiers = _tiers(usable, policy, notes)
    taught = [Example(row.whole, row.category, tiers[row.category]) for row in usable if row.category in tiers]
    counts = Counter(example.label for example in taught)
    if few := sorted(label for label, count in counts.items() if count < FEW):
        notes.append(f"fewer than {FEW} examples, so expect little of: {_list(few)}")
    if len(counts) < 2:
        raise Unreadable("; ".join([*notes, "two categories or more are needed to learn to tell them apart"]))
    described = [
        Example(text, category.name, int(category.tier))
        for category in policy.categories
        if category.name in counts or set(counts) & {one.name for one in policy.categories}
        for text in (category.description, *category.examples)
        if text
    ]
    return [*taught, *described], notes


def _undisputed(rows: Sequence[Labelled], notes: list[str]) -> list[Labelled]:
    """Without the texts that people called two things: nobody knows which is right."""
    called: dict[str, set[str]] = defaultdict(set)
    lines: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        key = " ".join(row.whole.lower().split())
        called[key].add(row.category)
        lines[key].append(row.line)
    disputed = {key for key, labels in called.items() if len(labels) > 1}
    if disputed:
        at = sorted(line for key in disputed for line in lines[key])
        notes.append(f"one text under two categories, left out: lines {_list([str(line) for line in at])}")
    return [row for row in rows if " ".join(row.whole.lower().split()) not in disputed]


def _tiers(rows: Sequence[Labelled], policy: Policy, notes: list[str]) -> dict[str, int]:
    """The policy's table; for a category that it does not have, the highest tier that the lines name."""
    known = {category.name: int(category.tier) for category in policy.categories}
    named: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        named[row.category].add(row.tier)
    strange = sorted(set(named) - set(known))
    without = [label for label in strange if named[label] == {0}]
    if without:
        notes.append(f"not in the policy and without a tier, left out: {_list(without)}")
    if rest := [label for label in strange if label not in without]:
        notes.append(f"not in the policy, so recognised but never answered: {_list(rest)}")
    if other := sorted(label for label in named if label in known and named[label] - {0, known[label]}):
        notes.append(f"the policy's tier counts, not the file's: {_list(other)}")
    return {label: known.get(label) or max(tiers) for label, tiers in named.items() if label not in without}


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"


def learn_from(file: Path, policy: Policy, home: Path, embedder: Embedder, progress: Progress) -> Lesson:
    """Learn, and keep it under the deployment's folder; the knowledge of before stays until the new one is whole."""
    rows = history(file)
    taught, notes = examples(rows, policy)
    learned, held = learn(taught, embedder, progress)
    home.mkdir(parents=True, exist_ok=True)
    learned.save(home / FILE)
    truth = np.array([learned.labels.index(example.label) for example in taught])
    tiers = tier_shares(held.shares, learned.tiers)
    said, true = least_costly(tiers, COSTS), np.array(learned.tiers)[truth]
    high = true == 3
    return Lesson(
        fingerprint=learned.fingerprint,
        messages=len(rows),
        categories=len(learned.labels),
        accuracy=round(float((held.shares.argmax(axis=1) == truth).mean()), 4),
        macro_f1=round(float(np.mean([f1(true == tier, said == tier) for tier in sorted(set(true.tolist()))])), 4),
        tier3_as_tier1=round(float((said[high] == 1).mean()) if high.any() else 0.0, 4),
        sendable=round(float(((tiers[:, 0] >= learned.lookup_threshold) & (said == 1)).mean()), 4),
        notes=tuple(notes),
    )


def f1(true: Any, said: Any) -> float:
    """Twice what both say, over what either says."""
    return float(2 * (true & said).sum() / max(1, true.sum() + said.sum()))


def known(home: Path) -> Learned | None:
    """What was learnt here, or None. Raises Unreadable for a file that cannot be used: guessing on would hide it."""
    file = home / FILE
    try:
        return Learned.load(file) if file.exists() else None
    except LearnedError as error:
        raise Unreadable(str(error)) from error


def in_words(lesson: dict[str, Any]) -> str:
    """For people: what was learnt, how good it is, what was left out."""
    lines = [
        f"learnt {lesson['categories']} categories from {lesson['messages']} messages ({lesson['fingerprint']})",
        "on messages that it had not seen:",
        f"  the right category   {lesson['accuracy']:.1%}",
        f"  macro-F1 over tiers  {lesson['macro_f1']:.3f}",
        f"  tier 3 taken for tier 1  {lesson['tier3_as_tier1']:.1%}",
        f"  surely look-ups ({SAFE:.0%} right)  {lesson['sendable']:.1%}",
    ]
    return "\n".join([*lines, *(f"note: {note}" for note in lesson["notes"])])


def as_json(lesson: Lesson) -> dict[str, Any]:
    """The same for programs."""
    return asdict(lesson)
