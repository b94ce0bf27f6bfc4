"""The state of each part of the deployment."""

from __future__ import annotations

import sys

import click

from app.commands.terms import JSON, REFUSED, settings, show


@click.command()
@JSON
def doctor(*, as_json: bool) -> None:
    """Each part of the deployment: ok, or what to do."""
    from app import examination

    findings = examination.examine(settings())
    show(findings, as_json=as_json, words=examination.in_words)
    if not all(finding["ok"] for finding in findings):
        sys.exit(REFUSED)
