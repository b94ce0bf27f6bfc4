"""Replies at the hosts beside our own record of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import click

from app.commands.terms import BY, JSON, Refused, acting, settings, show


@click.command()
@click.option("--explained", "number", type=int, help="That one is explained: you know where it came from.")
@BY
@JSON
def replies(number: int | None, email: str, *, as_json: bool) -> None:
    """Does each reply of ours at a host have its row? What the hourly reconciliation found."""
    from app import wiring
    from app.store import replies as found

    deps = wiring.deps(settings())
    if number is not None:
        actor = acting(deps, email)
        with deps.engine.begin() as tx:
            if not found.explain(tx, number, actor.member.id, deps.clock.now()):
                raise Refused(f"{number}: there is no such unexplained reply")
    with deps.readers.begin() as tx:
        rounds = [found.last(tx, name) for name in sorted(deps.hosts)]
        holes = found.still_unexplained(tx)
    result = {"rounds": [one for one in rounds if one], "unexplained": [dataclasses.asdict(one) for one in holes]}
    show(result, as_json=as_json, words=_in_words)


def _in_words(result: dict[str, Any]) -> str:
    lines = [
        f"{one.host}, {one.at:%H:%M} UTC: {one.ours} of ours on {one.tickets} changed tickets; {one.by_hand} by a person; "
        f"{one.foreign} by another deployment; {one.unexplained} unexplained"
        for one in result["rounds"]
    ]
    lines += [
        f"!! {hole['id']}: ticket {hole['ticket']} at {hole['host']}: {hole['why']}" for hole in result["unexplained"]
    ]
    return "\n".join(lines) or "nothing was compared yet"
