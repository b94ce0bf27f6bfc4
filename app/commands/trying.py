"""Try a policy on what was: stored decisions, or a file of history."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from app.commands.terms import JSON, Refused, Unusable, readable, settings, show


@click.command()
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--days", type=click.IntRange(1, 3650), help="The last DAYS days' stored decisions, in place of a file.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), required=True, help="The policy to try.")
@JSON
def backtest(file: Path | None, days: int | None, policy_file: Path, *, as_json: bool) -> None:
    """How many messages of the past could go by themselves under another policy. Ctrl-C leaves it, the same goes on."""
    from app import backtest as trial

    if (file is None) == (days is None):
        raise Unusable("name a file of history, or --days N")
    if days is not None:
        replay(policy_file, days, as_json=as_json)
    elif file is not None:
        with readable(), leaving():
            told = trial.run(file, policy_file, tell_progress)
        show(told, as_json=as_json, words=lambda found: str(found["says"]))


def replay(new: Path, days: int, *, as_json: bool) -> None:
    """Shows how far it is; Ctrl-C leaves it, and the same command goes on."""
    from app import replay as trials
    from app import wiring

    deps = wiring.deps(settings())
    with readable():
        text = text_of(new)
    at = done(lambda: trials.begin(deps, text, days, "operator"))
    with leaving(lambda: trials.stop(deps, at.id)):
        at = trials.run(deps, at.id, lambda now: tell_progress(now.done, now.total))
    click.echo(err=True)
    show(trials.as_json(at), as_json=as_json, words=lambda told: str(told["says"]))


@contextmanager
def leaving(stop: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Ctrl-C is no loss."""
    try:
        yield
    except KeyboardInterrupt:
        stop()
        raise Unusable("left: the same command goes on from here") from None


def tell_progress(done: int, total: int) -> None:
    """One line that moves."""
    click.echo(f"\r{done:,} of {total:,}", err=True, nl=False)


def text_of(file: Path) -> str:
    """What that file says; `-` is standard input. Raises PolicyError."""
    from app.governance.document import PolicyError, Problem

    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([Problem(str(file), 1, f"cannot be read ({error})")]) from error


def done(act: Any) -> Any:
    """What it came to; a rule's no is exit 1, an unusable document exit 2."""
    from app import review
    from app.governance.document import PolicyError

    try:
        return act()
    except review.Refusal as error:
        raise Refused(str(error)) from error
    except PolicyError as error:
        raise Unusable(str(error)) from error
