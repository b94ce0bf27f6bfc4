"""The figures."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from app.commands.terms import BY, JSON, Refused, Unusable, acting, readable, settings, show


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


@click.command()
@click.argument("category")
@click.option("--ask", "reason", help="Ask for the next step, and say why.")
@click.option("--grant", type=int, help="Grant that request: another admin than the one who asked.")
@click.option("--off", is_flag=True, help="Back to approval, at once.")
@BY
@JSON
def ramp(category: str, reason: str | None, grant: int | None, email: str, *, off: bool, as_json: bool) -> None:
    """How far a category sends by itself. Two people raise it a step; anybody lowers it."""
    from app import ramping, review, wiring
    from app.governance.ramp import Step

    deps = wiring.deps(settings())
    try:
        if off:
            ramping.lower(deps, category, Step.OFF, reason or "", "operator")
        elif grant is not None:
            ramping.grant(deps, grant, acting(deps, email))
        elif reason is not None:
            ramping.ask(deps, category, reason, acting(deps, email))
    except review.NotFound as error:
        raise Unusable(f"{error}") from error
    except review.Refusal as error:
        raise Refused(f"{error}") from error
    found = [ramping.as_json(one) for one in ramping.standings(deps) if one.report.category.name == category]
    if not found:
        raise Unusable(f"{category}: the policy lets no category of that name send by itself, ever")
    show(found[0], as_json=as_json, words=ramping.in_words)


@click.command()
@click.option(
    "--since", default="P90D", show_default=True, help="A duration such as P30D, or a day such as 2026-10-01."
)
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Count from an export of the log alone, as of its last entry.",
)
@JSON
def metrics(since: str, folder: Path | None, *, as_json: bool) -> None:
    """What became of the answers: reopened, re-contact, confusion, manager escalation, beside the volume."""
    from app import metrics as figures
    from app import wiring

    if folder is not None:
        with readable():
            records, now = figures.exported(folder)
        start = _since(since, now)
        found = figures.recounted(records, start, now)
    else:
        deps = wiring.deps(settings())
        now = deps.clock.now()
        start = _since(since, now)
        found = figures.history(deps, start)
    show(figures.as_json(found, start, now), as_json=as_json, words=figures.in_words)


def _since(text: str, now: datetime) -> datetime:
    from app.governance.document import duration

    try:
        start = now - duration(text) if text.startswith("P") else datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"--since {text}: {error}") from error
    return start if start.tzinfo else start.replace(tzinfo=UTC)
