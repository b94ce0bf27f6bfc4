"""The log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from app.commands.terms import BY, JSON, REFUSED, Refused, Unusable, acting, settings, show


@click.group()
def audit() -> None:
    """The log."""


@audit.command()
@click.argument("export", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--checkpoint", multiple=True, help="One that the keeper has; with EXPORT.")
@JSON
def verify(export: Path | None, checkpoint: tuple[str, ...], *, as_json: bool) -> None:
    """Walk the whole chain, here or in an export; exit 1 at the first entry that does not follow."""
    from app import wiring
    from app.export import verify as stranger
    from app.store import audit as log

    if export is not None:
        kept = [word for file in checkpoint for word in ("--checkpoint", file)]
        sys.exit(stranger.main([str(export), *kept, *(["--json"] if as_json else [])]))
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
@click.option("--since", "first", default="", metavar="DAY", help="With --texts: from that day on, such as 2026-11-01.")
@click.option("--until", "last", default="", metavar="DAY", help="With --texts: until that day, which belongs to it.")
@BY
@JSON
def export(folder: Path, first: str, last: str, email: str, *, texts: bool, as_json: bool) -> None:
    """Write the whole log for a stranger, with the program that checks it. Only an admin may."""
    from app.export.places import NotEmpty, Span
    from app.export.write import write
    from app.store.checkpoints import Inconsistent

    try:
        span = Span.of(first, last, texts=texts)
    except ValueError as error:
        raise Unusable(str(error)) from error
    deps, actor = admin(email)
    try:
        signed = write(deps, folder, actor.member.id, texts=texts, span=span)
    except Inconsistent as error:
        raise Refused(str(error)) from error
    except (NotEmpty, OSError) as error:
        raise Unusable(str(error)) from error
    result = {"folder": str(folder), "entries": signed.size, "root": signed.root.hex(), "texts": texts}
    words = f"{signed.size} entries in {folder}; check them with: python3 {folder / 'verify.py'}"
    show(result, as_json=as_json, words=lambda _: words)


WHO = click.argument("who", metavar="SUBJECT")  # an address, or host:id such as zendesk:5


@audit.command()
@WHO
@BY
def person(who: str, email: str) -> None:
    """Everything kept of a person, by address or `zendesk:ID`, as JSON. Only an admin may; asking is an entry."""
    from app import forgetting

    deps, actor = admin(email)
    with _asked():
        show(forgetting.person(deps, who, actor.member.id), as_json=True, words=str)


@audit.command()
@WHO
@click.option("--basis", default="other", show_default=True, help="Why, in one of the known words.")
@BY
@JSON
def erase(who: str, basis: str, email: str, *, as_json: bool) -> None:
    """Forget a person: their key and every text under it. Under a legal hold it waits, exit 1."""
    from app import forgetting

    if basis not in forgetting.BASES:
        raise Unusable(f"--basis is one of: {', '.join(forgetting.BASES)}")
    deps, actor = admin(email)
    with _asked():
        done = forgetting.erase(deps, who, basis, actor.member.id)
    show(done, as_json=as_json, words=_erased)
    if done.held:
        sys.exit(REFUSED)


def _erased(done: Any) -> str:
    if done.held:
        return f"waits: a legal hold stands since {done.held.at:%d %b %Y}: {done.held.reason}"
    return f"{done.messages} messages forgotten" + (f"; left: {done.leftovers}" if done.leftovers else "")


@audit.command()
@WHO
@click.option("--reason", required=True, help="The case, without personal data.")
@BY
def hold(who: str, reason: str, email: str) -> None:
    """A legal hold: keep everything of a person until `audit release`."""
    from app import forgetting

    deps, actor = admin(email)
    with _asked():
        forgetting.hold(deps, who, reason, actor.member.id)
    click.echo("held")


@audit.command()
@WHO
@BY
def release(who: str, email: str) -> None:
    """Lift a legal hold; an erasure that waited for it is done at once."""
    from app import forgetting

    deps, actor = admin(email)
    with _asked():
        count = forgetting.lift(deps, who, actor.member.id)
    click.echo(f"released; {count} messages forgotten")


def admin(email: str) -> tuple[Any, Any]:
    """The deployment, and the admin who acts on its record; anybody else is refused."""
    from app import review, wiring

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    try:
        actor.must_be("admin")
    except review.Forbidden as error:
        raise Refused(str(error)) from error
    return deps, actor


@contextmanager
def _asked() -> Iterator[None]:
    from app.forgetting import Unknown
    from app.store.subjects import InFlight

    try:
        yield
    except Unknown as error:
        raise Unusable(str(error)) from error
    except InFlight as error:
        raise Refused("a reply to that person is on its way: try again in a minute") from error


@audit.command()
@click.argument("proposal")
@JSON
def receipt(proposal: str, *, as_json: bool) -> None:
    """All that is known of one message: what came, who said yes, what left, and the proof that the log says so."""
    from app import story, wiring

    found = story.receipt(wiring.deps(settings()), proposal)
    if found is None:
        raise Unusable(f"{proposal}: there is no such message")
    show(found, as_json=as_json, words=story.in_words)
