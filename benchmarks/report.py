"""A figure, the table that people read and the flat JSON that programs read."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One number. `floor`: the same thing done by the least that could do it, measured in the same run."""

    key: str
    words: str
    value: float
    unit: str = ""
    floor: float | None = None
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool | None:
        """None: there is no goal."""
        if self.at_most is None and self.at_least is None:
            return None
        return (self.at_most is None or self.value <= self.at_most) and (
            self.at_least is None or self.value >= self.at_least
        )

    @property
    def goal(self) -> str:
        if self.at_most is not None:
            return f"≤ {self.at_most:g}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else ""


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: always a value that was seen."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def circumstances(seed: int) -> dict[str, object]:
    """What a reader must know to believe a figure."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 2),
        "seed": seed,
        "python": platform.python_version(),
    }


def flat(name: str, around: dict[str, object], figures: Sequence[Figure]) -> dict[str, object]:
    """Key, key_floor, key_goal and key_met side by side; nothing nested."""
    document: dict[str, object] = {"name": name, **around}
    for figure in figures:
        document[figure.key] = round(figure.value, 4)
        if figure.floor is not None:
            document[f"{figure.key}_floor"] = round(figure.floor, 4)
        if figure.met is not None:
            document |= {f"{figure.key}_goal": figure.goal, f"{figure.key}_met": figure.met}
    return document


def write(document: dict[str, object], folder: Path = RESULTS) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{document['name']}.json"
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return file


def table(name: str, figures: Sequence[Figure]) -> str:
    """One line a figure: measured, floor, goal, and whether it is met."""
    said = {None: "", True: "met", False: "MISSED"}
    lines = [f"{name:<52}{'measured':>12}{'floor':>12}  {'goal':<10}"]
    for figure in figures:
        floor = "" if figure.floor is None else _number(figure.floor)
        words = f"  {figure.words}{f', {figure.unit}' if figure.unit else ''}"
        lines.append(f"{words:<52}{_number(figure.value):>12}{floor:>12}  {figure.goal:<10}{said[figure.met]}".rstrip())
    return "\n".join(lines)


def _number(value: float) -> str:
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:,.2f}"
