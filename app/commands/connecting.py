"""The connection to a host."""

from __future__ import annotations

import click

from app.commands.terms import JSON, Refused, Unusable, settings, show


@click.command()
@click.argument("host", type=click.Choice(["zendesk", "gmail"]))
@click.argument("mailbox", required=False)
@JSON
def connect(host: str, mailbox: str | None, *, as_json: bool) -> None:
    """Get a token anew: at first, and after it was revoked. Queues that are OFF stay OFF.

    gmail wants the MAILBOX too.
    """
    from app import connecting, wiring

    try:
        connection = wiring.connection(settings(), f"{host}:{mailbox.lower()}" if mailbox else host)
    except connecting.NotSet as error:
        raise Unusable(str(error)) from error
    deps = wiring.deps(settings())
    try:
        if connection.consent:
            consent = connecting.ask(deps, connection.consent)
            click.echo(f"Open this as {connection.who}:\n\n{consent.address}\n", err=True)
            user = connecting.consented(deps, connection, consent, click.prompt("The address it led to", err=True))
        else:
            user = connecting.by_itself(deps, connection)
    except connecting.Unconnected as error:
        raise Refused(str(error)) from error
    told = {"host": connection.host, "user": user}
    show(told, as_json=as_json, words=lambda _: f"{connection.host} is connected as user {user}")
