"""The log."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app.commands.terms import BY, JSON, REFUSED, Refused, Unusable, acting, settings, show


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


@audit.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--texts", is_flag=True, help="Also what customers wrote and were told.")
@BY
@JSON
def export(folder: Path, email: str, *, texts: bool, as_json: bool) -> None:
    """Write the whole log for a stranger, with the program that checks it. Only an admin may."""
    from app import review, wiring
    from app.export.write import NotEmpty, write
    from app.store.checkpoints import Inconsistent

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    try:
        actor.must_be("admin")
        signed = write(deps, folder, actor.member.id, texts=texts)
    except (review.Forbidden, Inconsistent) as error:
        raise Refused(str(error)) from error
    except (NotEmpty, OSError) as error:
        raise Unusable(str(error)) from error
    result = {"folder": str(folder), "entries": signed.size, "root": signed.root.hex(), "texts": texts}
    words = f"{signed.size} entries in {folder}; check them with: python3 {folder / 'verify.py'}"
    show(result, as_json=as_json, words=lambda _: words)
