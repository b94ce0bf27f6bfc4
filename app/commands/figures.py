"""The figures."""

from __future__ import annotations

import click

from app.commands.terms import JSON, Unusable, settings, show


@click.command()
@click.argument("category", required=False)
@JSON
def evidence(category: str | None, *, as_json: bool) -> None:
    """What still stands between a category and auto-send: six lines and the next step."""
    from app import figures, wiring

    reports = [figures.as_json(report) for report in figures.evidence(wiring.deps(settings()))]
    if category is not None:
        reports = [report for report in reports if report["category"] == category]
        if not reports:
            raise Unusable(f"{category}: the policy lets no category of that name send by itself, ever")
    show(reports, as_json=as_json, words=figures.in_words)
