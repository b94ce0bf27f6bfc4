"""The policy document: read whole or refused whole, every mistake with its line and its remedy."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governance.document import PolicyError, duration, iso, parse
from app.governance.policy import Mode
from app.governance.proposal import Tier
from tests.builders import POLICY

STARTER = Path(__file__).parents[2] / "manifest" / "policy.toml"


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PolicyError) as refused:
        parse(text)
    return [(problem.line, problem.text) for problem in refused.value.problems]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_the_starter_policy_reads() -> None:
    policy = parse(STARTER.read_text(encoding="utf-8"))
    tiers = {category.tier for category in policy.categories}
    assert tiers == set(Tier)
    assert all(category.mode <= category.ceiling for category in policy.categories)


def test_what_a_category_does_not_say_is_the_cautious_choice() -> None:
    (quiet,) = [category for category in parse(MINIMAL).categories if category.name == "new"]
    assert (quiet.mode, quiet.ceiling, quiet.languages, quiet.per_hour) == (Mode.DRAFT, Mode.DRAFT, (), 0)


MINIMAL = POLICY + '\n[[category]]\nname = "new"\ndescription = "Something new"\ntier = 2\n'

MISTAKES = {
    "an unknown key": ("rollback =", "rolback =", "did you mean `rollback`?"),
    "an unknown table": ("[notify]", "[notfy]", "did you mean `notify`?"),
    "a tier that is none": ("tier = 1", "tier = 4", "wants 1, 2 or 3"),
    "auto as the published mode": ('mode = "assisted"', 'mode = "auto"', "is earned, not published"),
    "a ceiling above the tier's limit": ("tier = 1", "tier = 3", "may reach draft at most", 'ceiling = "auto"'),
    "a mode above its ceiling": ('ceiling = "auto"', 'ceiling = "draft"', "above the ceiling", 'mode = "assisted"'),
    "a duration that is none": ('due = "P1D"', 'due = "tomorrow"', "ISO 8601"),
    "a number where words belong": ('languages = ["en"]', "languages = 3", "list of strings"),
    "a missing key": ('route = "queue"', "", "`route` is missing", "[cannot_answer]"),
    "another schema": ("schema = 1", "schema = 2", "reads no other"),
    "a category called like a rehearsal's": (
        'name = "refund-exception"',
        'name = "(canary)" # ours',
        "a name of Countersign's own",
        "# ours",
    ),
    "one category twice": ('name = "refund-exception"', 'name = "delivery-times" # again', "stands twice", "# again"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_named_with_its_line_and_remedy(name: str) -> None:
    good, bad, remedy, *elsewhere = MISTAKES[name]
    text = POLICY.replace(good, bad, 1)
    said = {line: words for line, words in problems(text) if remedy in words}
    assert set(said) == {line_of(text, elsewhere[0] if elsewhere else bad)}


def test_every_mistake_is_named_at_once() -> None:
    text = POLICY.replace("tier = 1", "tier = 9", 1).replace("rollback =", "rolback =", 1)
    assert len(problems(text)) >= 3


def test_what_is_not_toml_is_refused_with_its_line() -> None:
    ((line, said),) = problems('schema = 1\nname = "Acme\n')
    assert line == 2
    assert "not TOML" in said


def test_a_built_in_trigger_without_an_owner_is_refused() -> None:
    text = POLICY.replace('trigger = "legal"', 'trigger = "ours"', 1)
    assert any("legal" in said for _, said in problems(text))


@given(st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=4000)))
def test_a_duration_survives_its_text(span: timedelta) -> None:
    whole = timedelta(days=span.days, seconds=span.seconds)
    assert duration(iso(whole)) == whole


@given(st.text(max_size=80))
def test_no_text_does_anything_but_read_or_be_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        parse(text)
