"""Correction runs: who received what was wrong, and the messages that set it right, made for approval one by one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click

from app.commands.terms import BY, JSON, Refused, Unusable, acting, moment, settings, show


def _about(command: Callable[..., Any]) -> Callable[..., Any]:
    """What was wrong: exactly one of these, and since when."""
    for option in (
        click.option("--since", required=True, help="A time with zone, or how long ago, such as P7D."),
        click.option("--category", default="", help="Every answer of that category."),
        click.option("--source", default="", help="Answers that rest on that source, or on one passage: id#section."),
        click.option("--words", default="", help="Answers in which these words stand."),
    ):
        command = option(command)
    return command


@click.group()
def corrections() -> None:
    """Set right what customers were told; each message waits for an approval of its own."""


@corrections.command()
@_about
@JSON
def find(words: str, source: str, category: str, since: str, *, as_json: bool) -> None:
    """Who received it, the newest answer of each customer."""
    from app import correction_run, wiring

    deps = wiring.deps(settings())
    found = _said(lambda: correction_run.find(deps, _sought(deps, words, source, category, since)))
    rows = [{"id": one.proposal_id, "host": one.host, "ticket": one.ticket, "customer": one.name, "at": one.at.isoformat(),
             "unclear": one.unclear} for one in found.received]  # fmt: skip
    whole = {"received": rows, "wordless": found.wordless, "cut": found.cut}
    show(whole, as_json=as_json, words=_found)


@corrections.command()
@_about
@click.option(
    "--text", "file", type=click.File(encoding="utf-8"), required=True, help="What they are told; - reads it."
)
@BY
@JSON
def begin(words: str, source: str, category: str, since: str, file: Any, email: str, *, as_json: bool) -> None:
    """Make each the message that sets it right. Nothing is sent: approve them in the queue."""
    from app import correction_run, wiring

    deps = wiring.deps(settings())
    actor, sought = acting(deps, email), _sought(deps, words, source, category, since)
    run = _said(lambda: correction_run.begin(deps, sought, file.read(), actor))
    _said(lambda: correction_run.go_on(deps, run, actor, patience=float("inf")), f"run {run} is begun: ")
    show(_run(deps, run), as_json=as_json, words=_stands)


@corrections.command("show")
@click.argument("run")
@JSON
def show_run(run: str, *, as_json: bool) -> None:
    """How far it is."""
    from app import wiring

    show(_said(lambda: _run(wiring.deps(settings()), run)), as_json=as_json, words=_stands)


def _sought(deps: Any, words: str, source: str, category: str, since: str) -> Any:
    from app.governance.document import duration
    from app.store import received

    given = {received.ANSWER: words, received.SOURCE: source, received.IN_CATEGORY: category}
    named = [(kind, what) for kind, what in given.items() if what]
    if len(named) != 1:
        raise Unusable("say one of --words, --source, --category")
    now = deps.clock.now()
    try:
        ago = duration(since) if since.startswith("P") else timedelta()
    except ValueError as error:
        raise Unusable(f"{since}: {error}") from error
    return received.Sought(*named[0], now - ago if ago else moment(since, now))


def _said(act: Callable[[], Any], done: str = "") -> Any:
    """`done`: what stands although the rest was refused."""
    from app import review

    try:
        return act()
    except review.Refusal as error:
        raise Refused(f"{done}{error}") from error


def _run(deps: Any, run_id: str) -> dict[str, Any]:
    from app import correction_run, desk

    run = correction_run.standing(deps, run_id)
    items = {item.id: item for item in desk.these(deps, [one.made for one in run.items if one.made])}
    rows = [{"answer": one.proposal_id, "id": one.made, "seen": items[one.made].seen if one.made in items else None,
             "state": items[one.made].state if one.made in items else None, "why": one.why} for one in run.items]  # fmt: skip
    return {"run": run.id, "waiting": len(run.waiting), "messages": rows}


def _found(found: dict[str, Any]) -> str:
    lines = [f"#{row['ticket']:<12} {row['at'][:16]}  {row['customer']}{'  (unclear)' if row['unclear'] else ''}" for row in found["received"]]  # fmt: skip
    if found["wordless"]:
        lines.append(f"and {found['wordless']} answers whose words are gone")
    total = len(found["received"])
    return "\n".join([*lines, f"{total} customers"]) if lines else "nobody received that since then"


def _stands(run: dict[str, Any]) -> str:
    lines = [
        f"{row['id'] or row['answer']}  {': '.join(filter(None, (row['state'], row['why']))) or 'to be made'}"
        for row in run["messages"]
    ]
    return "\n".join([f"run {run['run']}", *lines])
