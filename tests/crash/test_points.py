"""Each of the 25 crash points once, in real processes over real databases; the host's ledger tells what came of it.

`make torture` does it with 40 seeds each, on both databases, with and without a rollback.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import crash
from tests.crash import suite, tables
from tests.crash.roads import ROADS
from tests.crash.trial import Case, Outcome
from tests.crash.world import ROOT, world

pytestmark = pytest.mark.crash
LANES = 8
CASES = [
    Case(point, seed=point, database=("sqlite", "postgresql")[point % 2], rollback=point % 4 < 2)
    for point in crash.POINTS
]
WEAK = [Case(11, seed=7, database="sqlite", rollback=rollback, weak=True) for rollback in (False, True)]


@pytest.fixture(scope="module")
def outcomes(
    tmp_path_factory: pytest.TempPathFactory, redis_url: str, postgres_url: str
) -> Iterator[dict[Case, Outcome]]:
    """All of them side by side: they mostly wait."""
    with world(tmp_path_factory.mktemp("world"), redis_url, postgres_url, LANES) as made:
        yield {outcome.case: outcome for outcome in suite.run_all(made, CASES + WEAK, LANES)}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.point} {crash.POINTS[case.point][0]}")
@pytest.mark.threat("twice-or-late")
def test_nothing_is_lost_doubled_late_or_untold(outcomes: dict[Case, Outcome], case: Case) -> None:
    assert outcomes[case].violations == []


def test_most_processes_were_struck_where_they_should_be(outcomes: dict[Case, Outcome]) -> None:
    missed = [case.point for case in CASES if not outcomes[case].trap]
    assert len(missed) <= 5, f"not struck: {missed}: this run proves little"
    assert sum(outcomes[case].window for case in CASES) >= 8, "hardly anything was in flight: this run proves little"


@pytest.mark.parametrize("case", WEAK, ids=["without a stop", "with a stop"])
@pytest.mark.threat("twice-or-late")
def test_without_the_stamp_promises_are_broken(outcomes: dict[Case, Outcome], case: Case) -> None:
    assert outcomes[case].violations, "the suite has no teeth"


def test_every_point_has_its_road() -> None:
    assert ROADS.keys() == crash.POINTS.keys()


def test_every_named_point_is_somewhere_in_the_code() -> None:
    named = {name for number, names in crash.POINTS.items() if number not in crash.OUTSIDE for name in names}
    assert set(points_in_the_code()) >= named


def points_in_the_code() -> Iterator[str]:
    """What `crash.point` is called with; the door names its point after the purpose."""
    for file in Path(ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "crash.point":
                argument = node.args[0]
                if isinstance(argument, ast.Constant):
                    yield str(argument.value)
                else:
                    yield from ("answer-written", "offer-written")


def test_a_table_says_how_much_was_proved() -> None:
    record = {
        "key": "10/1/sqlite/True/False", "case": {"point": 10, "database": "sqlite", "rollback": True}, "trap": True,
        "stopped": False, "window": True, "sent": 1, "to_people": 0, "violations": [], "confirmed_ms": 120.0,
        "seconds": 1.0,
    }  # fmt: skip
    told = "\n".join(tables.table([record] * 300, 4000))
    assert "300 of 4000 trials ({'sqlite': 300}), 300 of them with a rollback" in told
    assert "fewer than 1.00%" in told
    assert "no violation" not in "\n".join(tables.table([{**record, "violations": ["answered twice"]}], 1))
