"""The key that everything is sealed under."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands.record import admin
from app.commands.terms import BY, JSON, Refused, Unusable, show


@click.group()
def keys() -> None:
    """The key that everything is sealed under."""


@keys.command()
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), help="A file with the new key; made if it is not there.")  # fmt: skip
@BY
@JSON
def rotate(file: Path | None, email: str, *, as_json: bool) -> None:
    """Seal everything under a new key; the old one then opens nothing. Stop Countersign first. Only an admin may."""
    from app import rekeying
    from app.store.keys import KeyLost

    deps, actor = admin(email)
    try:
        done = rekeying.rotate(deps, file, actor.member.id)
    except rekeying.Running as error:
        raise Refused(str(error)) from error
    except (rekeying.BadKey, KeyLost, OSError) as error:
        raise Unusable(str(error)) from error
    where = "it is in its place" if done.in_place else f"set {rekeying.NAME} to what {done.file} holds"
    show(
        done,
        as_json=as_json,
        words=lambda _: f"{done.sealed_again} texts sealed under the new key; {where}. Start again",
    )
