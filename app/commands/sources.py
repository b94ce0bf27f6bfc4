"""Approved sources: bring them, list them, see what is wrong with them, search them, approve what another one brought."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import click

from app.commands.terms import (
    BY,
    JSON,
    REFUSED,
    Unusable,
    acting,
    outcome,
    parsed,
    readable,
    report,
    settings,
    show,
)

_EACH_TIME = 100
_REVIEW = timedelta(days=90)


@click.group()
def sources() -> None:
    """What replies may rest on: documents with an owner and a review date."""


@sources.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--owner", default="", help="Whose they are, where a file does not say: an address.")
@click.option("--review-by", default="", metavar="DAY", help="When they must be looked at again; else in 90 days.")
@click.option("--language", default="en", help="Their language, where a file does not say.")
@click.option("--reason", default="", help="Why, in a few words; a second person reads it.")
@BY
@JSON
def add(
    paths: tuple[Path, ...], owner: str, review_by: str, language: str, reason: str, email: str, *, as_json: bool
) -> None:
    """Markdown, HTML, JSON Lines, folders, and Zendesk's exported articles and macros. What customers read takes two."""
    from app import source_files, source_words, sourcing
    from app.review import Refusal

    deps = _library()
    actor = _actor(deps, email)
    due = _day(review_by) if review_by else deps.clock.now().date() + _REVIEW
    missing = source_files.Missing(owner or (actor.member.email if actor else ""), due, language)
    with readable():
        found = [one for path in paths for one in source_files.documents(path, missing)]
    texts = [(one.text, one.name) for one in found]
    became = [
        one
        for start in range(0, len(texts), _EACH_TIME)
        for one in sourcing.add_all(deps, texts[start : start + _EACH_TIME], actor, reason)
    ]
    results = [source_words.became(one, name) for one, (_, name) in zip(became, texts, strict=True)]
    show(results, as_json=as_json, words=source_words.added)
    if any(isinstance(one, Refusal) for one in became):
        sys.exit(REFUSED)


@sources.command("list")
@JSON
def listed(*, as_json: bool) -> None:
    """Every document in force, with its owner, its review date and what is wrong with it."""
    from app import source_view, source_words

    rows = [source_words.row(one) for one in source_view.shelf(_library()).documents]
    show(rows, as_json=as_json, words=source_words.shelf)


@sources.command()
@JSON
def check(*, as_json: bool) -> None:
    """Stale, ownerless and contradicting ones, and what the policy names and nobody has; exit 1 if there is anything."""
    from app import source_view, source_words

    found = source_words.problems(source_view.shelf(_library()))
    show(found, as_json=as_json, words=source_words.problems_in_words)
    if found:
        sys.exit(REFUSED)


@sources.command()
@click.argument("query", required=False)
@click.option("--k", default=5, type=click.IntRange(1, 100), help="How many passages.")
@JSON
@click.option("--jsonl", is_flag=True, help='Lines of {"id", "question"} on standard input.')
def search(query: str | None, k: int, *, as_json: bool, jsonl: bool) -> None:
    """The passages that answer best: internal and stale ones too, since it is for people."""
    from app import source_search, source_words

    if (query is None) != jsonl:
        raise Unusable("give a query, or --jsonl with lines of questions on standard input")
    searcher = source_search.Searcher(_library())
    if query is not None:
        show([source_words.hit(one) for one in searcher.best(query, k)], as_json=as_json, words=source_words.hits)
        return
    for asked in _questions():
        hits = [source_words.hit(one) for one in searcher.best(asked["question"], k)]
        show({"id": asked["id"], "hits": hits}, as_json=True, words=str)


def _questions() -> Iterator[dict[str, Any]]:
    for number, line in enumerate(sys.stdin.buffer, start=1):
        if not line.strip():
            continue
        with readable():
            row = parsed(line, f"line {number}")
        if not isinstance(row, dict) or not isinstance(row.get("question"), str):
            raise Unusable(f"line {number}: wants an object with `id` and `question`")
        yield {"id": row.get("id"), "question": row["question"]}


@sources.command("show")
@click.argument("source")
@click.option("--language", default="en")
@JSON
def shown(source: str, language: str, *, as_json: bool) -> None:
    """One document: its text, and each version with who, why and what it changed."""
    from app import source_view, source_words

    found = source_view.document(_library(), source, language)
    if found is None:
        raise Unusable(f"there is no source {source} in {language}")
    show(source_words.whole(found), as_json=as_json, words=source_words.whole_in_words)


@sources.command()
@JSON
def requests(*, as_json: bool) -> None:
    """What waits for a second person."""
    from app import source_view, source_words

    rows = [source_words.request(one) for one in source_view.shelf(_library()).requests]
    show(rows, as_json=as_json, words=source_words.requests)


@sources.command()
@click.argument("request", type=int)
@click.option("--seen", default="", help="The hash of the text you read, from `sources requests --json`.")
@BY
@JSON
def approve(request: int, seen: str, email: str, *, as_json: bool) -> None:
    """A second person's yes puts exactly that text in force."""
    from app import sourcing

    deps = _library()
    act = partial(sourcing.approve, deps, request, acting(deps, email), seen)
    report([outcome(str(request), act)], as_json=as_json)


@sources.command()
@click.argument("source")
@click.option("--language", default="en")
@click.option("--reason", default="")
@BY
@JSON
def retire(source: str, language: str, reason: str, email: str, *, as_json: bool) -> None:
    """Take a document out of force, at once; drafts that rest on it wait for people."""
    from app import sourcing

    deps = _library()
    actor = _actor(deps, email)
    act = partial(sourcing.retire, deps, source, language, reason, actor)
    report([outcome(source, act)], as_json=as_json)


def _library() -> Any:
    """This deployment, made at its first use: bringing one's sources may be the first thing one does."""
    from app import config, launch, wiring
    from app.store import engine

    home = config.home()
    home.mkdir(parents=True, exist_ok=True)
    launch.make_secrets(home)
    deps = wiring.deps(settings())
    engine.upgrade(deps.engine)
    return deps


def _actor(deps: Any, email: str) -> Any:
    """Who acts; None: the operator of this machine, where nobody is signed in."""
    from app.commands.login import token_file

    return acting(deps, email) if email or token_file(deps.settings).exists() else None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"{text}: a day reads like 2027-03-31") from error
