"""Source files: each kind that people have lying about, read as a document with a head; what is unusable, said where."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from app.governance.checks import manners
from app.governance.proposal import Draft, Sentence
from app.governance.sources import SourceError, parse_source, passages
from app.source_files import Missing, documents
from tests.builders import SOURCE

MISSING = Missing("rosa@acme.example", date(2027, 3, 31))


def read(tmp_path: Path, name: str, text: str) -> list:
    (tmp_path / name).write_text(text, encoding="utf-8")
    return [parse_source(one.text, one.name) for one in documents(tmp_path / name, MISSING)]


def test_markdown_with_a_head_is_kept_to_the_letter(tmp_path):
    (tmp_path / "a.md").write_text(SOURCE, encoding="utf-8")
    assert [one.text for one in documents(tmp_path / "a.md", MISSING)] == [SOURCE]


def test_markdown_without_a_head_gets_one(tmp_path):
    (source,) = read(tmp_path, "gift-cards.md", '# All about "gift" cards\n\nThree years.\n')
    assert (source.id, source.title, source.owner) == ("gift-cards", 'All about "gift" cards', "rosa@acme.example")
    assert [one.text for one in passages(source)] == ["Three years."]


def test_each_line_is_a_document_and_may_say_more_than_it_must(tmp_path):
    rows = [
        {"id": "a", "title": "A", "text": "One.", "audience": "internal"},
        {"id": "b#1", "title": "B", "text": "Two.", "owner": "ana@acme.example", "facts": {"days": 3}},
    ]
    a, b = read(tmp_path, "kb.jsonl", "\n".join(map(json.dumps, rows)))
    assert (a.audience, a.owner, b.id, b.owner, b.facts) == (
        "internal",
        "rosa@acme.example",
        "b-1",
        "ana@acme.example",
        (("days", "3"),),
    )


def test_html_is_read_as_a_person_sees_it_with_its_headings_as_sections(tmp_path):
    html = (
        "<title>Parking</title><h1>Parking</h1><p>Free.</p><h2>Longer</h2><p>3 euros.</p><p style='display:none'>x</p>"
    )
    (source,) = read(tmp_path, "parking.html", html)
    assert [(one.id, one.text) for one in passages(source)] == [
        ("parking#overview", "Free."),
        ("parking#longer", "3 euros."),
    ]


def test_zendesks_articles_are_sources_and_its_macros_templates(tmp_path):
    article = {"id": 1, "title": "Parking", "body": "<p>Frei.</p>", "locale": "de-at"}
    macro = {"id": 2, "title": "Close", "actions": [{"field": "comment_value", "value": ["channel:all", "Bye {{ticket.id}}"]}]}  # fmt: skip
    silent = {"id": 3, "title": "Tag", "actions": [{"field": "set_tags", "value": "x"}]}
    export = json.dumps({"articles": [article, {**article, "draft": True}], "macros": [macro, silent]})
    found = read(tmp_path, "zendesk.json", export)
    assert [(one.id, one.language, one.kind, one.text) for one in found] == [
        ("article-1", "de", "source", "Frei."),
        ("macro-2", "en", "template", "Bye {{ticket.id}}"),
    ]


def test_a_folder_is_everything_in_it(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.md").write_text("One.", encoding="utf-8")
    (tmp_path / "b.txt").write_text("no source", encoding="utf-8")
    assert [one.name for one in documents(tmp_path, MISSING)] == ["a.md"]


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.jsonl", '{"id": "a", "title": "A"}', "a.jsonl, line 1: wants an object with id, title, text"),
        ("a.jsonl", "{", "a.jsonl, line 1: not JSON"),
        ("a.json", "[]", "wants Zendesk's `articles` or `macros`"),
        ("a.md", "   ", "no text after the head"),
        ("a.md", SOURCE.replace('"public"', '"secret"'), "audience must be public or internal"),
    ],
)
def test_what_cannot_be_used_says_where(tmp_path, name, text, why):
    with pytest.raises(SourceError, match=why.replace("[", r"\[")):
        read(tmp_path, name, text)


def test_what_is_not_there_says_so(tmp_path):
    with pytest.raises(SourceError, match="cannot be read"):
        documents(tmp_path / "nothing.md", MISSING)
    with pytest.raises(SourceError, match="nothing to read here"):
        documents(tmp_path, MISSING)


@pytest.mark.parametrize("name", ["article.md", "article.html"])
def test_an_article_of_five_megabytes_is_refused_with_what_to_do_and_its_folder_is_left_out(tmp_path, name):
    (tmp_path / "a.md").write_text(SOURCE, encoding="utf-8")
    (tmp_path / name).write_text("A sentence about nothing at all. " * 160_000, encoding="utf-8")
    with pytest.raises(SourceError, match=r"characters; a source has at most 200,000: make several"):
        documents(tmp_path, MISSING)


def test_scripts_of_an_article_are_no_part_of_it(tmp_path):
    body = "<h1>Delivery</h1><script>steal()</script><style>p{}</style><p onclick='steal()'>It takes 3 days.</p><svg onload=steal()></svg>"
    (made,) = read(tmp_path, "a.html", body)
    assert ("3 days" in made.text, "steal" in made.text) == (True, False)


def test_a_script_in_markdown_is_text_that_no_draft_may_repeat(tmp_path):
    (made,) = read(tmp_path, "a.md", "# Delivery\n\nIt takes 3 days <script>steal()</script> at most.")
    (passage,) = passages(made)
    assert [one.check for one in manners(Draft(passage.text, (Sentence(passage.text, (passage.id,)),)))] == ["markup"]
