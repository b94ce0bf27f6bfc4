"""The switch."""

from __future__ import annotations

import dataclasses
import sys

import click

from app.commands.terms import BY, JSON, REFUSED, UNCONFIRMED, Refused, Unusable, acting, settings, show


@click.command()
@click.option("--queue", "scope", default="*", help="Only this queue.")
@click.option("--reason", default="", help="May follow later; a stop never waits for it.")
@click.option("--wait", is_flag=True, help="Return when CONFIRMED.")
@click.option("--timeout", default=60.0, show_default=True, help="Seconds to wait.")
@click.option("--revoke", is_flag=True, help="Then give back the hosts' tokens: nobody can act with them any more.")
@JSON
def rollback(scope: str, reason: str, *, wait: bool, timeout: float, revoke: bool, as_json: bool) -> None:
    """Turn automation OFF, now."""
    from app import desk_words, revoking, stopping, wiring

    if revoke and scope != "*":
        raise Unusable("--revoke is for everything: a token knows no queues")
    result = stopping.stop(wiring.deps(settings()), scope, reason, timeout if wait else None, revoke=revoke)
    if result is None:
        raise Unusable(f"--queue {scope}: there is no such queue")
    show(result, as_json=as_json, words=desk_words.stopped)
    if wait and result["state"] != "CONFIRMED":
        sys.exit(UNCONFIRMED)
    if any(told != revoking.REVOKED for told in result.get("revoked", {}).values()):
        sys.exit(REFUSED)


@click.command()
@click.option("--queue", "scope", default="*", help="Only this queue.")
@BY
@JSON
def restore(scope: str, email: str, *, as_json: bool) -> None:
    """Back to LIVE: the first admin asks, a second one grants."""
    from app import review, wiring

    deps = wiring.deps(settings())
    actor = acting(deps, email)
    try:
        live = review.restore(deps, scope, actor)
    except review.Refusal as error:
        raise Refused(str(error)) from error
    words = "LIVE" if live else "asked: a second admin must restore it too"
    show({"scope": scope, "live": live}, as_json=as_json, words=lambda _: words)


@click.command()
@click.option(
    "--queue", default="", help="A real queue: it stops, and two admins restore it. Without: the canary queue."
)
@BY
@JSON
def rehearse(queue: str, email: str, *, as_json: bool) -> None:
    """Rehearse the stop with canaries on the running product; the certificate goes into the log."""
    from app import desk_words, drills, review, wiring
    from app.governance.canary import QUEUE

    deps = wiring.deps(settings())
    actor = acting(deps, email) if email else drills.OPERATOR
    try:
        drill = drills.run(deps, drills.begin(deps, queue or QUEUE, actor), actor, drills.own_sender)
    except review.NotFound as error:
        raise Unusable(f"--queue {queue}: {error}") from error
    except review.Refusal as error:
        raise Refused(str(error)) from error
    show({"id": drill.id, "entry": drill.entry, **drill.seen}, as_json=as_json, words=desk_words.rehearsed)
    if drill.seen["confirmed_ms"] is None:
        sys.exit(UNCONFIRMED)
    if not drill.passed:
        sys.exit(REFUSED)


@click.command()
@JSON
def switch(*, as_json: bool) -> None:
    """LIVE, OFF or CONFIRMED, for each scope."""
    from app import desk, desk_words, wiring

    rows = [dataclasses.asdict(scope) for scope in desk.switches(wiring.deps(settings()))]
    show(rows, as_json=as_json, words=desk_words.switches)


@click.command(name="stop-link")
@click.option("--for", "made_for", default="", help="Whose phone it is for; the log names them when it is used.")
@click.option("--queue", "scope", default="*", help="Stops only this queue.")
@click.option("--days", default=30, show_default=True, help="How long it is good.")
@click.option("--withdraw", default="", metavar="ID", help="That link works no more.")
@JSON
def stop_link(made_for: str, scope: str, days: int, withdraw: str, *, as_json: bool) -> None:
    """A link that stops from a phone: no sign-in, once, and nothing but a stop. Without --for: those there are."""
    from app import desk_words, review, stop_links, stopping, wiring

    deps = wiring.deps(settings())
    try:
        if withdraw:
            stop_links.withdraw(deps, withdraw, stopping.OPERATOR)
            show({"id": withdraw}, as_json=as_json, words=lambda _: "withdrawn")
        elif made_for:
            address = stop_links.make(deps, scope, made_for, days, stopping.OPERATOR)
            show({"address": address}, as_json=as_json, words=lambda made: str(made["address"]))
        else:
            links = [{**dataclasses.asdict(one.link), "good": one.is_good} for one in stop_links.listed(deps)]
            show(links, as_json=as_json, words=desk_words.links)
    except review.NotFound as error:
        raise Unusable(str(error)) from error
    except review.Refusal as error:
        raise Refused(str(error)) from error
