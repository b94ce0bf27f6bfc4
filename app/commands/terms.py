"""What every command shares: its options, how it speaks, and how it refuses."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import click

from app import config
from app.config import Settings, SettingsError

REFUSED, UNUSABLE, UNCONFIRMED = 1, 2, 3


class Refused(click.ClickException):
    """A rule said no; the reason is printed."""

    exit_code = REFUSED


class Unusable(click.ClickException):
    """The input cannot be used: what, and where."""

    exit_code = UNUSABLE


def settings() -> Settings:
    """Of the deployment in COUNTERSIGN_HOME; what `run` made for it is found there."""
    try:
        return Settings.from_env(config.environment())
    except SettingsError as error:
        raise Unusable(f"{error}. Start it once with `countersign run`, or set them.") from error


def show(value: Any, *, as_json: bool, words: Callable[[Any], str]) -> None:
    """One JSON document, or words for people."""
    click.echo(json.dumps(value, ensure_ascii=False, default=plain) if as_json else words(value))


def plain(value: Any) -> Any:
    """What JSON has no word for."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return value.isoformat() if isinstance(value, datetime) else str(value)


JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
BY = click.option(
    "--by", "email", default="", help="Who acts, in a sandbox; elsewhere it is the person of `countersign login`."
)


def parsed(line: bytes, where: str) -> Any:
    """JSON; raises Unreadable, which `readable` turns into one line and exit 2."""
    from app.governance.foreign import from_json
    from app.letters import Unreadable

    try:
        return from_json(line)
    except ValueError as error:
        raise Unreadable(f"{where}: not JSON") from error


class readable:  # noqa: N801 - reads as a word
    """Input that cannot be used ends the command with exit 2 and one line."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        from app.governance.document import PolicyError
        from app.governance.sources import SourceError
        from app.letters import Unreadable

        if isinstance(error, (Unreadable, PolicyError, SourceError)):
            raise Unusable(str(error)) from error


def outcome(item: str, act: Callable[[], object]) -> dict[str, Any]:
    """What became of one item: done, or refused with every reason."""
    from app import review

    try:
        done = act()
    except review.Refusal as error:
        return {"id": item, "done": False, "reasons": [dataclasses.asdict(reason) for reason in error.reasons]}
    due = getattr(done, "due_at", None)
    return {"id": item, "done": True, "due_at": due.isoformat() if due else None, "reasons": []}


def report(results: list[dict[str, Any]], *, as_json: bool) -> None:
    """Each item its own result; one refusal makes the exit status 1."""
    for result in results:
        show(result, as_json=as_json, words=outcome_in_words)
    if not all(result["done"] for result in results):
        sys.exit(REFUSED)


def outcome_in_words(result: dict[str, Any]) -> str:
    """One line for people."""
    return f"{result['id']}: {'; '.join(reason['text'] for reason in result['reasons']) or 'done'}"


def moment(text: str, now: datetime) -> datetime:
    """A duration from now such as PT4H, or a time with its zone."""
    from app.governance.document import duration

    try:
        at = now + duration(text) if text.startswith("P") else datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"{text}: {error}") from error
    if at.tzinfo is None:
        raise Unusable(f"{text}: a time needs its zone, such as +01:00")
    return at


def acting(deps: Any, email: str) -> Any:
    """Who acts: the person of `countersign login`, with the role that the host names now. In a sandbox an address is
    enough.
    """
    from app import review
    from app.commands.login import signed_in
    from app.store import staff

    if not deps.settings.sandbox:
        if email:
            raise Refused("--by is for a sandbox: here it is the person of `countersign login`")
        return review.Actor(signed_in(deps), "command-line")
    with deps.readers.begin() as tx:
        member = staff.by_email(tx, email) if email else None
    if member is None or not member.may("agent"):
        raise Refused(f"--by {email or '?'}: nobody of that address answers here")
    return review.Actor(member, "command-line")
