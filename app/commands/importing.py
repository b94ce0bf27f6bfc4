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
@click.argument("host", type=click.Choice(["zendesk", "gmail"]))
@click.argument("mailbox", required=False)
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 3650))
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep the messages too, a line each, for `learn` and `backtest`.",
)
@JSON
def import_(host: str, mailbox: str | None, days: int, save: Path | None, *, as_json: bool) -> None:
    """Likely tiers, would-be drafts, and how far each category is from auto-send. Nothing is sent. Ctrl-C leaves it, the same goes on.

    gmail wants the MAILBOX too where there are several.
    """
    from app import first_look, prospects, wiring
    from app.host import HostError

    deps = wiring.deps(settings())
    name = _named(host, mailbox, [known for known in deps.hosts if known.startswith(f"{host}:")])
    try:
        with leaving():
            found = first_look.look(deps, name, days, first_look.Around(_bar(), time.sleep, save))
    except first_look.Unready as error:
        raise Refused(str(error)) from error
    except HostError as error:
        raise Unusable(f"{error}: the same command goes on from here") from error
    show(prospects.as_json(deps, name, days, found), as_json=as_json, words=prospects.in_words)


def _named(host: str, mailbox: str | None, known: list[str]) -> str:
    """Each mailbox is a host of its own; the only one needs no name."""
    if mailbox:
        return f"{host}:{mailbox.lower()}"
    if len(known) > 1:
        raise Unusable(f"which one? {', '.join(name.partition(':')[2] for name in known)}")
    return known[0] if known else host


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
