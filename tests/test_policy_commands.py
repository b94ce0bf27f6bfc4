"""The policy on the command line: exit codes, JSON, and two people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.store import staff
from tests import shelf
from tests.fakes import ANA
from tests.house import House
from tests.test_commands import Run, house, printed, run  # noqa: F401 - fixtures
from tests.test_publishing import BEN, NARROWER, STARTER, WIDER


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


@pytest.fixture
def two(house: House, run: Run, file: Path) -> None:  # noqa: F811
    """Ana and Ben, over the starter policy in force."""
    shelf.fill(house.deps.engine, house.clock)
    with house.deps.engine.begin() as tx:
        from app.store import policies

        policies.publish(tx, STARTER, "a", "b", house.clock.now())
        for person in (ANA, BEN):
            staff.meet(tx, "zendesk", person, house.clock.now())


BY_ANA, BY_BEN = ("--by", "ana@acme.example", "--json"), ("--by", "ben@acme.example", "--json")


def test_check_is_clean_or_names_file_and_line(run: Run, file: Path) -> None:  # noqa: F811
    file.write_text(STARTER)
    assert printed(run("policy", "check", str(file), "--json"))["ok"]
    row = '\n[[rule]]\nname = "no"\neffect = "forbid"\nmode = "auto"\n'
    file.write_text(STARTER + row)
    result = run("policy", "check", str(file))
    assert result.exit_code == 1
    assert (
        f"{file}:{len(STARTER.splitlines()) + 2}: contradiction: delivery-times allows and no forbids" in result.output
    )
    file.write_text("schema = 1\nnmae = 'Acme'\n")
    result = run("policy", "check", str(file))
    assert (result.exit_code, f"{file}:2: unknown key `nmae`" in result.output) == (2, True)
    assert run("policy", "check", "nowhere.toml").exit_code == 2


def test_diff_says_the_verdict_and_every_point(run: Run, file: Path, tmp_path: Path) -> None:  # noqa: F811
    file.write_text(STARTER)
    other = tmp_path / "other.toml"
    other.write_text(WIDER)
    result = printed(run("policy", "diff", str(file), str(other), "--json"))
    assert (result["verdict"], result["needs_two"]) == ("wider", True)
    assert [change["text"] for change in result["changes"]] == ["delivery-times: per_hour from 30 to 31"]
    assert "+ delivery-times: per_hour from 30 to 31" in run("policy", "diff", str(file), str(other)).output


def test_a_widening_takes_two_on_the_command_line(house: House, run: Run, two: None, file: Path) -> None:  # noqa: F811
    file.write_text(WIDER)
    asked = printed(run("policy", "request", str(file), "--reason", "more", *BY_ANA))
    number = str(asked["id"])
    assert run("policy", "publish", number, *BY_ANA).exit_code == 1
    assert "never approves" in run("policy", "approve", number, *BY_ANA).output
    assert run("policy", "approve", number, "--seen", "0" * 64, *BY_BEN).exit_code == 1
    assert printed(run("policy", "approve", number, "--seen", asked["sha256"], *BY_BEN))["approved_by"]
    assert "needs its zone" in run("policy", "publish", number, "--at", "2030-01-01T10:00", *BY_ANA).output
    made = printed(run("policy", "publish", number, *BY_ANA))
    shown = printed(run("policy", "show", "--json"))
    assert (shown["version"], shown["sha256"]) == (made["version"], asked["sha256"])


def test_the_operator_narrows_without_more(run: Run, two: None, file: Path) -> None:  # noqa: F811
    file.write_text(WIDER)
    assert run("policy", "request", str(file)).exit_code == 1
    file.write_text(NARROWER)
    asked = printed(run("policy", "request", str(file), "--json"))
    assert printed(run("policy", "publish", str(asked["id"]), "--json"))["approved_by"] is None


def test_what_is_shown_as_a_file_can_be_asked_for_again(run: Run, two: None, file: Path) -> None:  # noqa: F811
    file.write_text(run("policy", "show", "--toml").stdout)
    assert "in force" in run("policy", "request", str(file), *BY_ANA).output
    file.write_text(file.read_text().replace("deployment ", "deployment another-"))
    result = run("policy", "request", str(file), *BY_ANA)
    assert (result.exit_code, "was exported from the deployment another-" in result.output) == (2, True)


def test_a_replay_prints_its_sentence(house: House, run: Run, two: None, file: Path) -> None:  # noqa: F811
    house.propose()
    file.write_text(NARROWER)
    lines = run("policy", "diff", str(file), str(file), "--replay", "3650", "--json").stdout.splitlines()
    told = json.loads(lines[-1])
    assert (told["state"], told["total"], told["tier3_sendable"]) == ("done", 1, 0)


def test_the_one_pager_is_printed_and_lists_what_enforces_it(run: Run, two: None, tmp_path: Path) -> None:  # noqa: F811
    assert "## What can still go wrong" in run("policy", "one-pager").stdout
    rows = printed(run("policy", "one-pager", "--json"))
    assert rows
    assert all(row["by"] for row in rows)
    assert run("policy", "one-pager", "--format", "html", "--out", str(tmp_path / "page.html")).exit_code == 0
    assert (tmp_path / "page.html").read_text().startswith("<!doctype html>")
