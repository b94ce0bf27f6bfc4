"""Signing the command line in: a link, a person's yes on the page, a token in a file that only its owner reads."""

from __future__ import annotations

import getpass
import os
import socket
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import click

from app import config
from app.commands.terms import JSON, Refused, settings, show

if TYPE_CHECKING:
    from app.config import Settings
    from app.deps import Deps
    from app.store.sessions import Session
    from app.store.staff import Member

LOOK_EVERY = 1.0  # seconds


@click.command()
@click.option("--bootstrap", is_flag=True, help="Print the one-time link for the first admin instead.")
@JSON
def login(*, bootstrap: bool, as_json: bool) -> None:
    """Act from here as the person who confirms it on the page, for eight hours."""
    from app import wiring

    deps = wiring.deps(settings())
    if bootstrap:
        _bootstrap(deps, as_json=as_json)
        return
    secret = _asked(deps, as_json=as_json)
    found = _answered(deps, secret)
    config.write_private(token_file(deps.settings), secret)
    told = {"member": found.member.email, "role": found.member.role, "until": found.expires}
    words = f"signed in as {found.member.name} ({found.member.role}) until {_clock(found.expires)}"
    show(told, as_json=as_json, words=lambda _: words)


@click.command()
@JSON
def logout(*, as_json: bool) -> None:
    """End what `countersign login` began."""
    from app import wiring
    from app.store import sessions

    deps = wiring.deps(settings())
    file, found = token_file(deps.settings), _kept(deps)
    if found is not None:
        with deps.engine.begin() as tx:
            sessions.end(tx, found, deps.clock.now())
    file.unlink(missing_ok=True)
    show({"signed_out": found is not None}, as_json=as_json, words=lambda _: "signed out")


def signed_in(deps: Deps) -> Member:
    """Who confirmed this command line, with the role that the host names at this moment."""
    from app import known
    from app.host import HostError

    found = _kept(deps)
    if found is None:
        raise Refused("this needs a signed-in person: run `countersign login`")
    try:
        member = known.member_now(deps, found.member, known.Trust.NOW)
    except HostError as error:
        raise Refused(f"nobody can confirm now who you are: {error}") from error
    if member is None:
        raise Refused("you are no longer an agent of this account")
    return member


def token_file(of: Settings) -> Path:
    """One for each user of this machine, beside the deployment it is good for."""
    return of.home / f"login-{os.getuid()}"


def _kept(deps: Deps) -> Session | None:
    from app.store import sessions

    try:
        secret = token_file(deps.settings).read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    with deps.readers.connect() as tx:
        return sessions.read(tx, secret, sessions.COMMAND_LINE, deps.clock.now())


def _asked(deps: Deps, *, as_json: bool) -> str:
    from app.store import sessions

    label = f"{getpass.getuser()} on {socket.gethostname()}"
    with deps.engine.begin() as tx:
        secret, code = sessions.ask(tx, label, deps.clock.now())
    link = f"{deps.settings.app_url}/command-line?{urlencode({'code': code})}"
    words = f"Open {link}\nand confirm the code {code} there. Waiting for ten minutes; Ctrl-C gives up."
    show({"link": link, "code": code}, as_json=as_json, words=lambda _: words)
    return secret


def _answered(deps: Deps, secret: str) -> Session:
    from app.store import sessions

    give_up = deps.clock.now() + sessions.ANSWER_WITHIN
    while deps.clock.now() < give_up:
        with deps.readers.connect() as tx:
            found = sessions.read(tx, secret, sessions.COMMAND_LINE, deps.clock.now())
        if found is not None:
            return found
        time.sleep(LOOK_EVERY)
    raise Refused("nobody confirmed it within ten minutes")


def _bootstrap(deps: Deps, *, as_json: bool) -> None:
    from app import first_admin

    link = first_admin.link(deps)
    if link is None:
        raise Refused(
            "somebody is admin already, or this is a sandbox: ask them to set your role under Settings, People"
        )
    show(
        {"link": link},
        as_json=as_json,
        words=lambda _: f"{link}\nworks once, within an hour, for whoever signs in with it",
    )


def _clock(moment: datetime) -> str:
    return moment.astimezone().strftime("%H:%M")
