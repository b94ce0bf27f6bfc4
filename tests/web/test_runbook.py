"""The runbook is true: its commands and pages exist, its people are the policy's, and the document is what is printed."""

from __future__ import annotations

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path

import click

from app import runbook
from app.commands import main
from app.governance.document import parse
from tests.builders import policy

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ADDRESS = "https://countersign.acme.example"
STARTER = parse((ROOT / "manifest/policy.toml").read_text(encoding="utf-8"), "policy.toml", 1)
PAGE = runbook.as_markdown(runbook.written(STARTER, ADDRESS, None, NOW))


def test_the_document_is_the_page_of_the_starter_policy():
    assert (ROOT / "docs/runbook.md").read_text(encoding="utf-8") == PAGE


def test_every_command_in_it_can_be_typed():
    typed = re.findall(r"`countersign ([^`]+)`", PAGE)
    assert len(typed) >= 6
    for words in map(shlex.split, typed):
        command: click.Command = main
        while isinstance(command, click.Group):
            command = command.commands[words.pop(0)]
        known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert {word for word in words if word.startswith("--")} <= known, (command.name, words)


def test_every_page_in_it_is_there(web):
    adapter = web.url_map.bind("localhost")
    paths = set(re.findall(re.escape(ADDRESS) + r"(/[a-z/]+)", PAGE))
    assert paths == {"/settings", "/log"}
    assert all(adapter.match(path, method="GET") for path in paths)


def test_it_names_the_people_of_the_policy_in_force():
    told = dict(runbook.written(policy(), ADDRESS, None, NOW).people)
    assert told["Owner of the stop"] == policy().owners.rollback
    assert dict(runbook.written(None, ADDRESS, None, NOW).people) == {"Owner of the stop": "nobody is named"}


def test_it_says_when_the_stop_was_last_rehearsed():
    assert "never rehearsed" in runbook.written(policy(), ADDRESS, None, NOW).foot
    assert "last rehearsed 23 November 2026" in runbook.written(policy(), ADDRESS, NOW, NOW).foot
