"""Start the whole deployment, or one process of it."""

from __future__ import annotations

import click

from app.commands.terms import JSON, Unusable, settings, show


@click.command()
@click.option("--sandbox", is_flag=True, help="Start a local Zendesk too; nothing leaves this machine.")
@click.option(
    "--port", default=8000, show_default=True, help="Web; the sandbox Zendesk listens one above, the sandbox Gmail two."
)
def run(*, sandbox: bool, port: int) -> None:
    """Start everything; Ctrl-C ends it."""
    from app import launch

    launch.run(sandbox=sandbox, port=port)


@click.command()
@JSON
def prepare(*, as_json: bool) -> None:
    """Bring the database to this release, before `serve`. Safe to repeat, also from several machines at once."""
    from app import wiring
    from app.store import engine
    from app.store.keys import KeyLost

    try:
        wiring.prepare(wiring.deps(settings()))
    except KeyLost as error:
        raise Unusable(str(error)) from error
    show({"revision": engine.REVISION}, as_json=as_json, words=lambda done: f"prepared: revision {done['revision']}")


@click.command()
@click.argument("process", type=click.Choice(["web", "worker", "clock", "one-row"]))
@click.option("--port", default=8000, show_default=True)
@click.option("--jobs", default="deliver,handle", show_default=True, help="A worker's job queues, the first one first.")
@click.option("--row", default=0, hidden=True, help="The one row of `one-row`.")
def serve(process: str, port: int, jobs: str, row: int) -> None:
    """Run one process of the Procfile; `one-row` is a drill's own sender, which it kills."""
    from app import serve as processes

    if process == "web":
        processes.web(settings(), port)
    elif process == "worker":
        processes.worker(settings(), jobs.split(","))
    elif process == "clock":
        processes.clock(settings())
    else:
        processes.one_row(settings(), row)
