"""Nine questions: an answer changes its own value in the text, and not a letter more."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path

import pytest

from app.governance.answers import answered, questions
from app.governance.document import parse

STARTER = (Path(__file__).parents[2] / "manifest/policy.toml").read_text(encoding="utf-8")
SAID = replace(parse(STARTER), sha256="")
FIELDS = {field.path: field for question in questions(STARTER) for field in question.fields}


def changed(text: str) -> list[str]:
    lines = difflib.ndiff(STARTER.splitlines(), text.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_there_are_nine_and_each_can_be_answered() -> None:
    assert len(questions(STARTER)) == 9
    assert all(question.fields and question.help for question in questions(STARTER))


def test_an_answer_changes_its_line_and_keeps_the_comment_behind_it() -> None:
    text = answered(STARTER, ["owners", "scope_expansion"], ["ana@acme.example", "rosa@acme.example"])
    assert changed(text) == [
        '- scope_expansion = ["ana@acme.example", "ben@acme.example"]   # who approves wider automation',
        '+ scope_expansion = ["ana@acme.example", "rosa@acme.example"]   # who approves wider automation',
    ]
    assert parse(text).owners.scope_expansion == ("ana@acme.example", "rosa@acme.example")


@pytest.mark.parametrize("path", FIELDS, ids=lambda path: ".".join(map(str, path)))
def test_the_same_answer_changes_nothing(path: tuple[str | int, ...]) -> None:
    again = answered(STARTER, path, FIELDS[path].value)
    assert replace(parse(again), sha256="") == SAID
    assert {field.path: field.value for question in questions(again) for field in question.fields} == {
        path: field.value for path, field in FIELDS.items()
    }


def test_a_list_over_many_lines_is_one_value() -> None:
    text = STARTER.replace(
        '["ana@acme.example", "ben@acme.example"] ', '[\n  "ana@acme.example",  # first\n  "ben@acme.example",\n]'
    )
    assert parse(answered(text, ["owners", "scope_expansion"], ["x@acme.example"])).owners.scope_expansion == (
        "x@acme.example",
    )


def test_what_is_not_there_yet_is_added_to_its_table() -> None:
    text = STARTER.replace("review_by = 2027-05-31", "# no day yet")
    assert str(parse(answered(text, ["review_by"], "2027-01-31")).review_by) == "2027-01-31"
    text = STARTER.replace('ceiling = "auto"\n', "", 1).replace('mode = "assisted"\n', 'mode = "draft"\n', 1)
    assert parse(answered(text, ["category", 0, "ceiling"], "assisted")).categories[0].ceiling.label == "assisted"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["schema"], 2),
        (["owners", "scope_expansion"], "ana@acme.example"),
        (["freeze", 0, "alarm"], "0.1\nname = 'x'"),
        (["review_by"], "tomorrow"),
        (["category", 999, "mode"], "draft"),
    ],
)
def test_what_is_no_question_or_no_answer_is_refused(path: list[str | int], value: object) -> None:
    with pytest.raises(ValueError, match=r"question|answer|isoformat"):
        answered(STARTER, path, value)


def test_an_answer_cannot_write_another_line() -> None:
    text = answered(STARTER, ["owners", "rollback"], 'x@acme.example"\nlog_keeper = "y@acme.example')
    assert parse(text).owners.log_keeper == parse(STARTER).owners.log_keeper
