"""The log."""

from __future__ import annotations

import sys

import click

from app.commands.terms import JSON, REFUSED, settings, show


@click.group()
def audit() -> None:
    """The log."""


@audit.command()
@JSON
def verify(*, as_json: bool) -> None:
    """Walk the whole chain; exit 1 at the first entry that does not follow."""
    from app import wiring
    from app.store import audit as log

    deps = wiring.deps(settings())
    with deps.readers.begin() as tx:
        verdict = log.verify(tx)
    broken = verdict.broken_at is not None
    result = {"entries": verdict.size, "head": verdict.head.hex(), "broken_at": verdict.broken_at, "why": verdict.why}
    words = f"broken at entry {verdict.broken_at}: {verdict.why}" if broken else f"{verdict.size} entries, unbroken"
    show(result, as_json=as_json, words=lambda _: words)
    if broken:
        sys.exit(REFUSED)
