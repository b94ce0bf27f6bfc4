"""The state of each part of the deployment."""

from __future__ import annotations

import sys
from typing import Any

import click

from app.commands.terms import JSON, REFUSED, Unusable, settings, show


@click.command()
@click.option("--only", default="", help="One connection: database, redis, model, zendesk or a mailbox's host name.")
@JSON
def doctor(only: str, *, as_json: bool) -> None:
    """Each part of the deployment: ok, or what to do."""
    from app import examination

    findings = _only(only) if only else examination.examine(settings())
    show(findings, as_json=as_json, words=examination.in_words)
    if not all(finding["ok"] for finding in findings):
        sys.exit(REFUSED)


def _only(name: str) -> list[dict[str, Any]]:
    from app import checkup, wiring

    deps = wiring.deps(settings())
    if name not in checkup.connections(deps):
        raise Unusable(f"{name}: one of {', '.join(checkup.connections(deps))}")
    return checkup.connection(deps, name)
