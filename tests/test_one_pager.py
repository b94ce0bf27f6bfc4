"""The one-pager: every sentence names what enforces it, and what it names is there."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.governance.decision import RULES, Switch, rule_name
from app.governance.document import parse
from app.one_pager import prints
from app.one_pager.facts import Facts
from app.one_pager.page import page
from app.store.policies import Version
from app.store.tables import metadata

ROOT = Path(__file__).parents[1]
STARTER = (ROOT / "manifest/policy.toml").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
POLICY = parse(STARTER, version=3)
KNOWN = Facts(
    policy=POLICY,
    version=Version(3, POLICY.sha256, STARTER, "a", "b", "wider", "more", NOW, NOW),
    author="Ana Alvarez",
    approved_by="Ben Berger",
    switch=Switch.LIVE,
    changed_at=NOW,
    hosts=("zendesk",),
    model="",
    database="sqlite",
    keeper=False,
    rehearsed_at=None,
    at=NOW,
)
ENFORCED = prints.enforced(page(KNOWN))
FACTS = {"policy-version", "switch", "keeper", "hosts", "model", "drill"}


def is_there(name: str) -> bool:
    kind, _, what = name.partition(":")
    if kind == "rule":
        return what in {rule_name(rule) for rule, _ in RULES}
    if kind == "sql":
        return any(what == constraint.name for table in metadata.tables.values() for constraint in table.constraints)
    if kind == "test":
        file, _, test = what.partition("::")
        return re.search(rf"^def {test}\(", (ROOT / file).read_text(encoding="utf-8"), re.M) is not None
    if kind == "limit":
        return (ROOT / what).exists()
    return kind == "fact" and what in FACTS


@pytest.mark.parametrize(("number", "text", "by"), ENFORCED, ids=lambda value: str(value)[:40])
def test_every_sentence_names_what_enforces_it(number: int, text: str, by: str) -> None:
    assert number
    assert text.endswith(".")
    assert by
    assert [name for name in by.split() if not is_there(name)] == []


def test_it_tells_of_every_category_trigger_and_approver() -> None:
    told = prints.as_markdown(KNOWN)
    for name in (*(one.name for one in POLICY.categories), *(one.trigger for one in POLICY.escalations)):
        assert name in told
    assert "ana@acme.example and ben@acme.example may approve" in told
    assert "supports, not certified" in told
    assert told.count("[^") == 2 * len(ENFORCED)


def test_what_is_not_so_here_is_not_said() -> None:
    assert "not independently anchored" in prints.as_markdown(KNOWN)
    other = prints.as_markdown(replace(KNOWN, keeper=True, model="a/model"))
    assert "not independently anchored" not in other
    assert "the language model a/model" in other


def test_a_name_in_the_policy_is_no_markup() -> None:
    sly = replace(KNOWN, policy=replace(POLICY, name="<script>alert(1)</script>"))
    assert "<script>" not in prints.as_html(sly)


def test_the_page_fetches_nothing() -> None:
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', prints.as_html(KNOWN)) == []


def test_it_prints_as_a_pdf(chromium: str) -> None:
    assert chromium
    assert prints.as_pdf(KNOWN).startswith(b"%PDF-")


def test_without_a_browser_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(prints.NoPrinterError, match="html"):
        prints.as_pdf(KNOWN)
