"""The command line: one function a command; rules live below, words come from here."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
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
BY = click.option("--by", "email", default="", help="Who acts; in a sandbox an address is enough.")


@click.group()
def main() -> None:
    """AI drafts support replies; policy, evidence and people decide what is sent."""


# --- run ---------------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--sandbox", is_flag=True, help="Start a local Zendesk too; nothing leaves this machine.")
@click.option("--port", default=8000, show_default=True, help="Web; the sandbox Zendesk listens one above.")
def run(*, sandbox: bool, port: int) -> None:
    """Start everything; Ctrl-C ends it."""
    from app import launch

    launch.run(sandbox=sandbox, port=port)


@main.command()
@click.argument("process", type=click.Choice(["web", "worker", "clock"]))
@click.option("--port", default=8000, show_default=True)
@click.option("--jobs", default="deliver,handle", show_default=True, help="A worker's job queues, the first one first.")
def serve(process: str, port: int, jobs: str) -> None:
    """Run one process of the Procfile."""
    from app import serve as processes

    if process == "web":
        processes.web(settings(), port)
    elif process == "worker":
        processes.worker(settings(), jobs.split(","))
    else:
        processes.clock(settings())


# --- judging -----------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("files", nargs=-1, required=True)
@JSON
@click.option("--jsonl", is_flag=True, help="One JSON object a line in, one a line out.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="Another policy document.")
def triage(files: tuple[str, ...], *, as_json: bool, jsonl: bool, policy_file: Path | None) -> None:
    """What would be done with a message, and why. No services needed; `-` reads standard input."""
    from app import judging

    with _readable():
        judged = judging.judge_all(_letters(files, jsonl=jsonl), policy_file)
        for result in judged:
            show(result, as_json=as_json or jsonl, words=judging.in_words)


def _letters(files: Iterable[str], *, jsonl: bool) -> Iterator[Any]:
    from app.letters import Unreadable, from_bytes, from_json

    for name in files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise Unreadable(f"{name}: {error.strerror}") from error
        if not jsonl:
            yield from_bytes(raw, name)
            continue
        for number, line in enumerate(raw.splitlines(), start=1):
            if line.strip():
                yield from_json(_json(line, f"{name}:{number}"), f"{name}:{number}")


def _json(line: bytes, where: str) -> Any:
    from app.letters import Unreadable

    try:
        return json.loads(line)
    except ValueError as error:
        raise Unreadable(f"{where}: not JSON") from error


class _readable:  # noqa: N801 - reads as a word
    """Input that cannot be used ends the command with exit 2 and one line."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        from app.governance.document import PolicyError
        from app.governance.sources import SourceError
        from app.letters import Unreadable

        if isinstance(error, (Unreadable, PolicyError, SourceError)):
            raise Unusable(str(error)) from error


# --- the reviewer's queue ----------------------------------------------------------------------------------------------


@main.command()
@JSON
@click.option("--jsonl", is_flag=True, help="One proposal a line, for `approve -`.")
@click.option("--state", help="Only proposals in this state.")
def queue(*, as_json: bool, jsonl: bool, state: str | None) -> None:
    """Open proposals."""
    from app import desk, desk_words, wiring

    rows = [
        desk_words.row(item)
        for item in desk.queue(wiring.deps(settings()), (state,) if state else desk.SHOWN, limit=10_000)
    ]
    if jsonl:
        for row in rows:
            show(row, as_json=True, words=str)
    else:
        show(rows, as_json=as_json, words=desk_words.queue)


@main.command()
@click.argument("proposal")
@click.option("--seen", default="", help="The hash of what you looked at, from `queue --json`.")
@click.option("--status", type=click.Choice(["open", "pending", "solved"]))
@BY
@JSON
def approve(proposal: str, seen: str, status: str | None, email: str, *, as_json: bool) -> None:
    """Approve exactly what was seen; `-` reads lines of `queue --jsonl`."""
    from app import review, wiring

    deps = wiring.deps(settings())
    actor = _actor(deps, email)
    wanted = [(proposal, seen)] if proposal != "-" else [_seen(line) for line in sys.stdin.buffer if line.strip()]
    results = [_outcome(item, partial(review.approve, deps, item, hashed, actor, status)) for item, hashed in wanted]
    _report(results, as_json=as_json)


def _seen(line: bytes) -> tuple[str, str]:
    with _readable():
        row = _json(line, "standard input")
        return str(row.get("id", "")), str(row.get("seen", ""))


def _outcome(item: str, act: Callable[[], object]) -> dict[str, Any]:
    from app import review

    try:
        done = act()
    except review.Refusal as error:
        return {"id": item, "done": False, "reasons": [dataclasses.asdict(reason) for reason in error.reasons]}
    due = getattr(done, "due_at", None)
    return {"id": item, "done": True, "due_at": due.isoformat() if due else None, "reasons": []}


def _report(results: list[dict[str, Any]], *, as_json: bool) -> None:
    """Each item its own result; one refusal makes the exit status 1."""
    for result in results:
        show(result, as_json=as_json, words=_in_words)
    if not all(result["done"] for result in results):
        sys.exit(REFUSED)


def _in_words(result: dict[str, Any]) -> str:
    return f"{result['id']}: {'; '.join(reason['text'] for reason in result['reasons']) or 'done'}"


@main.command()
@click.argument("proposal")
@click.option("--reason", required=True, help="One of the known failure patterns.")
@BY
@JSON
def reject(proposal: str, reason: str, email: str, *, as_json: bool) -> None:
    """The draft is not good."""
    from app import review, wiring

    deps = wiring.deps(settings())
    actor = _actor(deps, email)
    _report([_outcome(proposal, partial(review.reject, deps, proposal, reason, actor))], as_json=as_json)


@main.command()
@click.argument("proposal")
@click.option("--to", required=True, help="Who takes it, by address.")
@click.option("--due", required=True, help="By when: a duration such as PT4H or a time with zone.")
@click.option("--note", default="")
@BY
@JSON
def escalate(proposal: str, to: str, due: str, note: str, email: str, *, as_json: bool) -> None:
    """Stop, name an owner and a time."""
    from app import review, wiring

    deps = wiring.deps(settings())
    actor, at = _actor(deps, email), _time(due, deps.clock.now())
    act = partial(review.escalate, deps, proposal, to, at, actor, note)
    _report([_outcome(proposal, act)], as_json=as_json)


def _time(text: str, now: datetime) -> datetime:
    from app.governance.document import duration

    try:
        at = now + duration(text) if text.startswith("P") else datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"--due {text}: {error}") from error
    if at.tzinfo is None:
        raise Unusable(f"--due {text}: a time needs its zone, such as +01:00")
    return at


def _actor(deps: Any, email: str) -> Any:
    """Who acts. Approvals need a named person: in a sandbox an address is enough."""
    from app import review
    from app.store import staff

    if not deps.settings.sandbox:
        raise Refused("outside a sandbox this needs a signed-in person: use the sidebar or the queue page")
    with deps.readers.begin() as tx:
        member = staff.by_email(tx, email) if email else None
    if member is None:
        raise Refused(f"--by {email or '?'}: nobody of that address answers here")
    return review.Actor(member, "command-line")


@main.command()
@JSON
def inbox(*, as_json: bool) -> None:
    """What was announced and could not be used: unreadable webhook bodies, tickets that failed, what waits and why."""
    from app import desk, desk_words, wiring

    show(desk.announced(wiring.deps(settings())), as_json=as_json, words=desk_words.announced)


@main.command()
@click.argument("address")
@click.argument("role", type=click.Choice(["agent", "reviewer", "admin"]))
@BY
@JSON
def role(address: str, role: str, email: str, *, as_json: bool) -> None:
    """Set somebody's role in place of the host's; only an admin may."""
    from app import review, wiring

    deps = wiring.deps(settings())
    act = partial(review.set_role, deps, address, role, _actor(deps, email))
    _report([_outcome(address, act)], as_json=as_json)


# --- the switch --------------------------------------------------------------------------------------------------------


@main.command()
@click.option("--queue", "scope", default="*", help="Only this queue.")
@click.option("--reason", default="", help="May follow later; a stop never waits for it.")
@click.option("--wait", is_flag=True, help="Return when CONFIRMED.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait.")
@JSON
def rollback(scope: str, reason: str, *, wait: bool, timeout: float, as_json: bool) -> None:
    """Turn automation OFF, now."""
    from app import desk_words, stopping, wiring

    result = stopping.stop(wiring.deps(settings()), scope, reason, timeout if wait else None)
    if result is None:
        raise Unusable(f"--queue {scope}: there is no such queue")
    show(result, as_json=as_json, words=desk_words.stopped)
    if wait and result["state"] != "CONFIRMED":
        sys.exit(UNCONFIRMED)


@main.command()
@click.option("--queue", "scope", default="*", help="Only this queue.")
@BY
@JSON
def restore(scope: str, email: str, *, as_json: bool) -> None:
    """Back to LIVE: the first admin asks, a second one grants."""
    from app import review, wiring

    deps = wiring.deps(settings())
    actor = _actor(deps, email)
    try:
        live = review.restore(deps, scope, actor)
    except review.Refusal as error:
        raise Refused(str(error)) from error
    words = "LIVE" if live else "asked: a second admin must restore it too"
    show({"scope": scope, "live": live}, as_json=as_json, words=lambda _: words)


@main.command()
@JSON
def switch(*, as_json: bool) -> None:
    """LIVE, OFF or CONFIRMED, for each scope."""
    from app import desk, desk_words, wiring

    rows = [dataclasses.asdict(scope) for scope in desk.switches(wiring.deps(settings()))]
    show(rows, as_json=as_json, words=desk_words.switches)


# --- the record and the state of things ---------------------------------------------------------------------------------


@main.group()
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


@main.command()
@JSON
def doctor(*, as_json: bool) -> None:
    """Each part of the deployment: ok, or what to do."""
    from app import examination

    findings = examination.examine(settings())
    show(findings, as_json=as_json, words=examination.in_words)
    if not all(finding["ok"] for finding in findings):
        sys.exit(REFUSED)
