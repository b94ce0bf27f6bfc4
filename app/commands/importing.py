"""Day one: what Countersign would have made of the last days, before anything is switched on."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.commands.terms import JSON, Refused, Unusable, settings, show
from app.commands.trying import leaving

if TYPE_CHECKING:
    from app.first_look import Look


@click.command(name="import")
@click.argument("host", type=click.Choice(["zendesk"]))
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3650))
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the messages too, a line each, for `learn` and `backtest`.",
)
@JSON
def import_(host: str, days: int, save: Path | None, *, as_json: bool) -> None:
    """Likely tiers, would-be drafts, and how far each category is from auto-send. Nothing is sent. Ctrl-C leaves it, the same goes on."""
    from app import first_look, prospects, wiring
    from app.host import HostError

    deps = wiring.deps(settings())
    try:
        with leaving():
            found = first_look.look(deps, host, days, first_look.Around(_bar(), time.sleep, save))
    except first_look.Unready as error:
        raise Refused(str(error)) from error
    except HostError as error:
        raise Unusable(f"{error}: the same command goes on from here") from error
    show(prospects.as_json(deps, host, days, found), as_json=as_json, words=prospects.in_words)


class _bar:  # noqa: N801 - reads as a word
    """One line that moves where a person watches, and silence elsewhere."""

    def __init__(self) -> None:
        self.shown = ""

    def __call__(self, at: Look, waiting: str) -> None:
        """One ticket further, or a wait."""
        if not sys.stderr.isatty():
            return
        filled = int(30 * at.share)
        line = f"[{'#' * filled}{'.' * (30 - filled)}] {at.counts['read']:,} tickets{'; ' + waiting if waiting else ''}"
        if line != self.shown:
            click.echo(f"\r\x1b[K{line}", nl=False, err=True)
            self.shown = line
