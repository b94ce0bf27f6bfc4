"""What people own: who, by when; taken, passed on and closed."""

from __future__ import annotations

from functools import partial
from typing import Any

import click

from app.commands.terms import BY, JSON, acting, moment, outcome, report, settings, show


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
def escalations(context: click.Context, *, as_json: bool) -> None:
    """Open escalations, the most urgent first."""
    if context.invoked_subcommand is None:
        from app import wiring
        from app.store import escalations as kept

        deps = wiring.deps(settings())
        with deps.readers.begin() as tx:
            found = kept.still_open(tx, deps.keys)
        shown = ("id", "host", "ticket", "trigger", "owner", "due_at", "state", "assigned", "note", "next_action")
        rows = [{name: getattr(one, name) for name in shown} for one in found]
        show(rows, as_json=as_json, words=_in_words)


def _in_words(rows: list[dict[str, Any]]) -> str:
    return "\n".join(
        f"{row['id']:>4}  #{row['ticket']:<10} {row['state']:<8} by {row['due_at']:%d %b %H:%M} UTC  "
        f"{row['owner'] or 'nobody yet'}  {row['trigger']}"
        for row in rows
    ) or "no escalation is open"  # fmt: skip


@escalations.command()
@click.argument("escalation", type=int)
@click.option("--next", "action", required=True, help="What you do next.")
@click.option("--due", required=True, help="By when: a duration such as PT4H or a time with zone.")
@BY
@JSON
def take(escalation: int, action: str, due: str, email: str, *, as_json: bool) -> None:
    """It is mine, and this comes next."""
    from app import escalating, wiring

    deps = wiring.deps(settings())
    at, actor = moment(due, deps.clock.now()), acting(deps, email)
    step = partial(escalating.take, deps, escalation, action, at, actor)
    report([outcome(str(escalation), step)], as_json=as_json)


@escalations.command("pass-on")
@click.argument("escalation", type=int)
@click.option("--to", required=True, help="Who takes it, by address.")
@click.option("--due", required=True, help="By when: a duration such as PT4H or a time with zone.")
@BY
@JSON
def pass_on(escalation: int, to: str, due: str, email: str, *, as_json: bool) -> None:
    """To another person."""
    from app import escalating, wiring

    deps = wiring.deps(settings())
    at, actor = moment(due, deps.clock.now()), acting(deps, email)
    step = partial(escalating.pass_on, deps, escalation, to, at, actor)
    report([outcome(str(escalation), step)], as_json=as_json)


@escalations.command()
@click.argument("escalation", type=int)
@click.option("--reason", required=True, help="What is documented, or why nothing is.")
@click.option(
    "--document", default="", help="failure pattern, source fix, policy change, something else; none: nothing."
)
@click.option("--link", default="", help="Where it is written down.")
@BY
@JSON
def close(escalation: int, reason: str, document: str, link: str, email: str, *, as_json: bool) -> None:
    """Decide what to document; automation may work on the ticket again."""
    from app import escalating, wiring
    from app.store.handling import Ending

    deps = wiring.deps(settings())
    ending = Ending(document or None, reason, link)
    step = partial(escalating.close, deps, escalation, ending, acting(deps, email))
    report([outcome(str(escalation), step)], as_json=as_json)
