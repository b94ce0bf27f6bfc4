"""The policy's life, from file to in force."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from app.commands import trying
from app.commands.terms import BY, JSON, REFUSED, Refused, acting, moment, readable, settings, show

FILE = click.Path(path_type=Path)


@click.group()
def policy() -> None:
    """The policy's life, from file to in force."""


@policy.command()
@click.argument("file", type=FILE)
@JSON
def check(file: Path, *, as_json: bool) -> None:
    """Contradictions, gaps and whatever else is wrong, by line; exit 1 if there is anything. No services needed."""
    from app import policy_words, wiring
    from app.governance import analysis
    from app.governance.document import line_index, parse
    from app.governance.finding import Ground

    with readable():
        text = trying.text_of(file)
        ground = Ground(today=wiring.SystemClock().now().date(), lines=line_index(text))
        found = analysis.findings(parse(text, str(file)), ground)
    result = {"file": str(file), "findings": [policy_words.finding(one) for one in found], "ok": not found}
    show(result, as_json=as_json, words=policy_words.findings_in_words)
    if found:
        sys.exit(REFUSED)


@policy.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("--replay", "days", type=click.IntRange(1, 3650), help="Try the last DAYS days' decisions on NEW.")
@JSON
def diff(old: Path, new: Path, days: int | None, *, as_json: bool) -> None:
    """What NEW would allow or deny otherwise than OLD, in plain words."""
    from app import policy_words
    from app.governance.document import parse
    from app.governance.verdict import compare

    with readable():
        result = policy_words.comes_to(
            compare(parse(trying.text_of(old), str(old)), parse(trying.text_of(new), str(new)))
        )
    show(result, as_json=as_json, words=policy_words.verdict_in_words)
    if days is not None:
        trying.replay(new, days, as_json=as_json)


@policy.command()
@click.argument("file", type=FILE)
@click.option("--reason", default="", help="Why, in a few words.")
@BY
@JSON
def request(file: Path, reason: str, email: str, *, as_json: bool) -> None:
    """Ask for it. What only narrows can be published next, by one person."""
    from app import policy_words, publishing

    deps, actor = _who(email)
    with readable():
        text = trying.text_of(file)
    made = trying.done(lambda: publishing.request(deps, text, reason or f"from {file.name}", actor))
    show(policy_words.request(made), as_json=as_json, words=policy_words.request_in_words)


@policy.command()
@click.argument("request_id", type=int, metavar="ID")
@click.option("--seen", help="The sha256 of the text that you looked at.")
@BY
@JSON
def approve(request_id: int, seen: str | None, email: str, *, as_json: bool) -> None:
    """A second person's yes to exactly that text. An ID stands for one text and never for another."""
    from app import policy_words, publishing, wiring

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    made = trying.done(lambda: publishing.approve(deps, request_id, actor, seen))
    show(policy_words.request(made), as_json=as_json, words=policy_words.request_in_words)


@policy.command()
@click.argument("request_id", type=int, metavar="ID")
@click.option("--at", "when", default="", help="Later: a time with its zone, or a duration from now.")
@BY
@JSON
def publish(request_id: int, when: str, email: str, *, as_json: bool) -> None:
    """Put it in force, now or later."""
    from app import policy_words, publishing

    deps, actor = _who(email)
    at = moment(when, deps.clock.now()) if when else None
    made = trying.done(lambda: publishing.publish(deps, request_id, actor, at))
    words = f"version {made.version} in force from {made.effective_from:%Y-%m-%d %H:%M} UTC"
    show(policy_words.version(made), as_json=as_json, words=lambda _: words)


@policy.command()
@click.argument("request_id", type=int, metavar="ID")
@BY
@JSON
def withdraw(request_id: int, email: str, *, as_json: bool) -> None:
    """Take a request back."""
    from app import publishing, wiring

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    trying.done(lambda: publishing.withdraw(deps, request_id, actor))
    show({"id": request_id, "state": "withdrawn"}, as_json=as_json, words=lambda _: f"{request_id}: withdrawn")


@policy.command()
@click.argument("file", type=FILE)
@click.argument("key")
@click.option("--reason", default="", help="Why you live with it.")
@click.option("--until", required=True, help="Until when: a duration such as P30D, or a time with its zone.")
@BY
@JSON
def accept(file: Path, key: str, reason: str, until: str, email: str, *, as_json: bool) -> None:
    """Live with a finding for a while: the first person asks, a second one's same command grants."""
    from app import publishing, wiring

    deps = wiring.deps(settings())
    actor, end = acting(deps, email), moment(until, deps.clock.now())
    with readable():
        text = trying.text_of(file)
    granted = trying.done(lambda: publishing.accept(deps, text, key, reason, end, actor))
    words = "accepted" if granted else "asked: a second person runs the same"
    show({"key": key, "accepted": granted}, as_json=as_json, words=lambda _: words)


@policy.command(name="show")
@click.option("--version", type=int, help="Another version than the one in force.")
@click.option("--toml", "as_toml", is_flag=True, help="The document, as a file that `request` takes.")
@JSON
def show_it(version: int | None, *, as_toml: bool, as_json: bool) -> None:
    """The version in force, or that one."""
    from app import checking, policy_words, wiring
    from app.governance.document import parse
    from app.store import policies

    deps = wiring.deps(settings())
    with deps.readers.begin() as tx:
        current = policies.in_force(tx, deps.clock.now())
        found = policies.read(tx, version or (current.version if current else 0))
    if found is None:
        raise Refused("no policy is in force" if version is None else f"there is no version {version}")
    if as_toml:
        click.echo(checking.exported(deps, found.version), nl=False)
        return
    told = policy_words.policy(parse(found.toml, "policy.toml", found.version))
    show({**policy_words.version(found), "toml": found.toml}, as_json=as_json, words=lambda _: told)


@policy.command(name="one-pager")
@click.option("--format", "kind", type=click.Choice(["md", "html", "pdf"]), default="md", show_default=True)
@click.option("--out", type=FILE, help="Write it there; a PDF goes to policy.pdf if this is left out.")
@JSON
def one_page(kind: str, out: Path | None, *, as_json: bool) -> None:
    """The page for legal and security; --json lists each sentence with the rule or test that enforces it."""
    from app import wiring
    from app.one_pager import prints
    from app.one_pager.facts import facts
    from app.one_pager.page import page

    known = trying.done(lambda: facts(wiring.deps(settings())))
    if as_json:
        rows = [{"number": number, "text": text, "by": by.split()} for number, text, by in prints.enforced(page(known))]
        show(rows, as_json=True, words=str)
    elif kind == "pdf":
        target = out or Path("policy.pdf")
        try:
            target.write_bytes(prints.as_pdf(known))
        except prints.NoPrinterError as error:
            raise Refused(str(error)) from error
        click.echo(f"{target}")
    else:
        text = prints.as_markdown(known) if kind == "md" else prints.as_html(known)
        if out:
            out.write_text(text, encoding="utf-8")
        else:
            click.echo(text, nl=False)


def _who(email: str) -> tuple[Any, Any]:
    """A named person; without one the operator, who may only narrow."""
    from app import wiring

    deps = wiring.deps(settings())
    try:
        return deps, acting(deps, email)
    except Refused:
        if email:
            raise
        return deps, None
