"""docs/sources.md says what is there: every key of a head, every command, every placeholder and both rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.commands.sources import sources
from app.governance.decision import known_failure, rule_name, source_changed
from app.governance.placeholders import KNOWN
from app.governance.sources import KINDS, parse_source
from app.source_files import _KINDS as FILES
from tests.builders import SOURCE

TEXT = (Path(__file__).parents[1] / "docs/sources.md").read_text(encoding="utf-8")
HEAD = ("id", "title", "owner", "review_by", "audience", "language", "kind", "facts", "categories")


@pytest.mark.parametrize("name", HEAD)
def test_each_key_of_a_head_is_told_and_is_one(name):
    assert f"| `{name}` |" in TEXT
    known = {"kind": '"template"', "facts": "{ days = 3 }", "categories": '["a"]'}
    extra = f"{name} = {known[name]}\n" if name in known else ""
    assert parse_source(SOURCE.replace("+++\n\n", f"{extra}+++\n\n"), "a.md")


@pytest.mark.parametrize("name", sorted(sources.commands))
def test_each_command_is_told(name):
    assert f"| `{name}" in TEXT


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_each_placeholder_is_told(name):
    assert f"`{{{{{name}}}}}`" in TEXT


def test_the_rules_and_kinds_are_told():
    assert all(f"`{rule_name(rule)}`" in TEXT for rule in (source_changed, known_failure))
    assert all(f"`{kind}`" in TEXT for kind in KINDS)
    assert {".md", ".html", ".jsonl", ".json"} <= set(FILES)
