"""The reviewer's queue: what people look at, and what they say of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import partial

import click

from app.commands.terms import BY, JSON, acting, moment, outcome, parsed, readable, report, settings, show


@click.command()
@JSON
@click.option("--jsonl", is_flag=True, help="One proposal a line, for `approve -`.")
@click.option("--state", help="Only proposals in this state.")
def queue(*, as_json: bool, jsonl: bool, state: str | None) -> None:
    """Open proposals."""
    from app import desk, desk_words, wiring

    rows = [
        desk_words.row(item)
        for item in desk.queue(wiring.deps(settings()), (state,) if state else desk.SHOWN, limit=10_000)
    ]
    if jsonl:
        for row in rows:
            show(row, as_json=True, words=str)
    else:
        show(rows, as_json=as_json, words=desk_words.queue)


@click.command()
@click.argument("proposal")
@click.option("--seen", default="", help="The hash of what you looked at, from `queue --json`.")
@click.option("--status", type=click.Choice(["open", "pending", "solved"]))
@BY
@JSON
def approve(proposal: str, seen: str, status: str | None, email: str, *, as_json: bool) -> None:
    """Approve exactly what was seen; `-` reads lines of `queue --jsonl`."""
    from app import review, wiring
    from app.store.outcomes import BATCH

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    actor = replace(actor, via=BATCH) if proposal == "-" else actor
    wanted = [(proposal, seen)] if proposal != "-" else [_seen(line) for line in sys.stdin.buffer if line.strip()]
    results = [outcome(item, partial(review.approve, deps, item, hashed, actor, status)) for item, hashed in wanted]
    report(results, as_json=as_json)


def _seen(line: bytes) -> tuple[str, str]:
    with readable():
        row = parsed(line, "standard input")
        return str(row.get("id", "")), str(row.get("seen", ""))


@click.command()
@click.argument("proposal")
@click.option("--reason", required=True, help="One of the known failure patterns.")
@BY
@JSON
def reject(proposal: str, reason: str, email: str, *, as_json: bool) -> None:
    """The draft is not good."""
    from app import review, wiring

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    report([outcome(proposal, partial(review.reject, deps, proposal, reason, actor))], as_json=as_json)


@click.command()
@click.argument("proposal")
@BY
@JSON
def done(proposal: str, email: str, *, as_json: bool) -> None:
    """It is with people no more: somebody has seen to it."""
    from app import handled, wiring

    deps = wiring.deps(settings())
    report([outcome(proposal, partial(handled.mark, deps, proposal, acting(deps, email)))], as_json=as_json)


@click.command()
@click.argument("proposal")
@click.option("--to", required=True, help="Who takes it, by address.")
@click.option("--due", required=True, help="By when: a duration such as PT4H or a time with zone.")
@click.option("--note", default="")
@BY
@JSON
def escalate(proposal: str, to: str, due: str, note: str, email: str, *, as_json: bool) -> None:
    """Stop, name an owner and a time."""
    from app import escalating, wiring

    deps = wiring.deps(settings())
    actor, at = acting(deps, email), moment(due, deps.clock.now())
    act = partial(escalating.escalate, deps, proposal, to, at, actor, note)
    report([outcome(proposal, act)], as_json=as_json)


@click.command()
@click.argument("proposal")
@click.option("--category", default="", help="What it is about instead.")
@click.option("--not-escalation", is_flag=True, help="It is none; for code triggers and tier 3 a reviewer says so.")
@click.option("--redo", default="", metavar="TEXT", help="What the draft should say, as far as approved sources do.")
@BY
@JSON
def correct(proposal: str, category: str, redo: str, email: str, *, not_escalation: bool, as_json: bool) -> None:
    """Say what is wrong; the message is judged anew and waits for an approval again."""
    from app import correcting, wiring

    deps = wiring.deps(settings())
    asked = correcting.Asked(category, not_escalation, redo)
    act = partial(correcting.correct, deps, proposal, asked, acting(deps, email))
    report([outcome(proposal, act)], as_json=as_json)


@click.command()
@JSON
def inbox(*, as_json: bool) -> None:
    """What was announced and could not be used: unreadable webhook bodies, tickets that failed, what waits and why."""
    from app import desk_words, troubles, wiring

    show(troubles.announced(wiring.deps(settings())), as_json=as_json, words=desk_words.announced)


@click.command()
@click.argument("address")
@click.option("--name", default="", help="How they are called.")
@click.option("--remove", is_flag=True, help="They answer here no more.")
@BY
@JSON
def colleague(address: str, name: str, email: str, *, remove: bool, as_json: bool) -> None:
    """Somebody whom no host knows answers here, and signs in with Google; only an admin may."""
    from app import people, wiring

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    act = (
        partial(people.part_with, deps, address, actor) if remove else partial(people.name, deps, address, name, actor)
    )
    report([outcome(address, act)], as_json=as_json)


@click.command()
@click.argument("address")
@click.argument("role", type=click.Choice(["agent", "reviewer", "admin", "host"]))
@BY
@JSON
def role(address: str, role: str, email: str, *, as_json: bool) -> None:
    """Set somebody's role in place of the host's, or give the host its say again; only an admin may."""
    from app import people, wiring

    deps = wiring.deps(settings())
    act = partial(people.set_role, deps, address, role, acting(deps, email))
    report([outcome(address, act)], as_json=as_json)
