"""A simulated quarter on the sandbox Zendesk: two weeks of reviews, the ramp, a source goes wrong, back to approval.

Every number that the pages show at its end is counted again from the export of the log alone, and the diary from the
host's own ledger. `make quarter` prints the diary.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from app import board, figures, metrics, ramping
from app.commands import main
from app.export.write import write
from app.governance.freezing import Kind
from app.governance.guardrails import watches
from app.governance.rates import cohort
from app.governance.rates import figures as grouped
from app.governance.reviews import Outcome
from app.store import policies, proposals
from tests.earned import CATEGORY
from tests.quarter import SLOW_WEEK, STARTS, WEEK, WEEKS, Quarter, lived
from tests.recount import Recount, at

pytestmark = pytest.mark.slow


@dataclass
class Over:
    """A quarter that is over, its diary, and the export that it left."""

    quarter: Quarter
    diary: list[str]
    log: Recount

    @property
    def now(self) -> datetime:
        return self.quarter.clock.now()

    def on(self, week: int, text: str) -> bool:
        return any(text in news for news in self.quarter.weeks[week - 1].news)


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Over]:
    folder, diary = tmp_path_factory.mktemp("quarter"), list[str]()
    with lived(folder, diary.append) as quarter:
        write(quarter.deps, folder / "export", quarter.ana.member.id)
        yield Over(quarter, diary, Recount(folder / "export", CATEGORY))


def test_two_weeks_of_reviews_earn_it_and_it_is_taken_back_when_the_source_goes_wrong(over: Over) -> None:
    print("\n".join(over.diary))  # noqa: T201
    (rung,) = over.log.of("guardrail.crossed")
    before = [one for one in over.log.steps() if one["seq"] < rung["seq"]]
    raised = [one for one in before if one["action"] == "ramp.raised"]
    assert [one["header"]["to"] for one in raised][-3:] == [1, 2, 3], "it got as far as most, step by step"
    assert all(one["header"]["to"] == one["header"]["from"] + 1 for one in raised)
    assert all("failed: too many" in one["header"]["why"] for one in before if one not in raised)  # and was earned anew
    assert all(one["actor"] != one["header"]["asked_by"] for one in over.log.of("ramp.raised"))
    assert at(raised[0]) >= STARTS + 2 * WEEK
    assert STARTS + (SLOW_WEEK - 1) * WEEK < at(rung) < STARTS + SLOW_WEEK * WEEK
    assert over.quarter.first_after == proposals.OFFERED


def test_the_owner_hears_of_it_with_its_numbers(over: Over) -> None:
    (rung,) = over.log.of("guardrail.crossed")
    numbers = f"({rung['header']['bad']} of {rung['header']['of']} automatic answers"
    assert "ben@acme.example" in over.quarter.heard
    assert all(numbers in words for words in over.quarter.heard.values())


def test_nothing_goes_by_itself_between_the_alarm_and_the_two_who_lift_it_after_the_cure(over: Over) -> None:
    (rung,) = over.log.of("guardrail.crossed")
    (mended,) = over.log.of("source.changed")
    (lifted,) = [one for one in over.log.of("freeze.lifted") if one["object"] == rung["object"]]
    alone = [one for one in over.log.of("answer.intent") if one["header"]["approval"] is None]
    assert [one for one in alone if rung["seq"] < one["seq"] < lifted["seq"]] == []
    assert mended["seq"] < lifted["seq"]
    assert {lifted["actor"], lifted["header"]["asked_by"]} == {over.quarter.ana.member.id, over.quarter.ben.member.id}
    assert len([one for one in alone if one["seq"] < rung["seq"]]) > 100


def test_the_diary_is_in_the_log(over: Over) -> None:
    found = grouped(over.log.history(STARTS), ("cohort", "mode"))
    for week in over.quarter.weeks:
        mine = {mode: row for (name, mode), row in found.items() if name == cohort(STARTS + (week.number - 1) * WEEK)}
        back = sum(row.rates["recontact"].bad + row.rates["recontact"].young_bad for row in mine.values())
        alone = mine["auto"].volume if "auto" in mine else 0
        people = sum(row.volume for row in mine.values()) - alone
        assert (week.number, alone, people, back) == (week.number, week.alone, week.people, week.back)


def test_the_figures_are_the_logs_to_the_last_digit(over: Over) -> None:
    ours = metrics.as_json(metrics.history(over.quarter.deps, STARTS), STARTS, over.now)
    said = ["metrics", "--export", str(over.log.folder), "--since", STARTS.isoformat(), "--json"]
    answer = CliRunner().invoke(main, said)
    assert (answer.exit_code, json.loads(answer.stdout)) == (0, json.loads(json.dumps(ours)))


def test_the_figures_page_is_in_the_log(over: Over) -> None:
    shown = board.board(over.quarter.deps, WEEKS)
    counted = over.log.history(shown.since)
    assert shown.weeks == grouped(counted, ("cohort", "category", "mode"))
    for group in shown.groups:
        mine = counted.of(group.category)
        assert {line.mode: line.figures for line in group.lines} == {key[0]: row for key, row in grouped(mine).items()}
        assert sum(group.reviews.values()) == len(mine.reviewed)
    (group,) = [one for one in shown.groups if one.category == CATEGORY]
    assert Outcome.ACCEPTED in group.reviews
    deps = over.quarter.deps
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, over.now)
    assert policy is not None
    alone = over.log.history(STARTS).of(CATEGORY).judged
    assert list(group.watches) == watches(policy, alone, over.log.cleared()[Kind.GUARDRAIL, CATEGORY])


def test_the_evidence_page_and_the_ramp_are_in_the_log(over: Over) -> None:
    (stands,) = ramping.standings(over.quarter.deps)
    assert (stands.step, stands.matured) == (over.log.step, over.log.matured())
    assert stands.report.registered is not None
    assert stands.report.registered.plan.fingerprint == over.log.plan.fingerprint
    counted, shown = over.log.tally(), figures.as_json(stands.report)["reviews"]
    left_out = {name: getattr(counted, name) for name in shown["left_out"]}
    names = ("good", "failed", "days", "customers", "reviewers")
    assert {**{name: getattr(counted, name) for name in names}, "left_out": left_out} == shown
    assert (counted.doubled, counted.busiest) == (
        stands.report.verdict.tally.doubled,
        stands.report.verdict.tally.busiest,
    )


def test_a_stranger_verifies_the_export(over: Over) -> None:
    run = subprocess.run([sys.executable, "verify.py", "--json"], cwd=over.log.folder, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_one_verdict_less_in_the_log_and_neither_figures_nor_verifier_agree(over: Over, tmp_path: Path) -> None:
    """The comparisons above can fail."""
    shutil.copytree(over.log.folder, tmp_path / "export")
    log = tmp_path / "export" / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True)
    ended = next(number for number, line in enumerate(lines) if '"action":"proposal.ended"' in line)
    log.write_text("".join(lines[:ended] + lines[ended + 1 :]), encoding="utf-8")
    assert Recount(tmp_path / "export", CATEGORY).history(STARTS) != over.log.history(STARTS)
    run = subprocess.run([sys.executable, "verify.py"], cwd=tmp_path / "export", capture_output=True, check=False)
    assert run.returncode == 1
