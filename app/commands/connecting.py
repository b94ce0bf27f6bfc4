"""The connection to a host."""

from __future__ import annotations

import click

from app.commands.terms import JSON, Refused, Unusable, settings, show


@click.command()
@click.argument("host", type=click.Choice(["zendesk"]))
@JSON
def connect(host: str, *, as_json: bool) -> None:
    """Get a token anew: at first, and after it was revoked. Queues that are OFF stay OFF."""
    from app import connecting, wiring

    account = settings().zendesk
    if account is None:
        raise Unusable("ZENDESK_SUBDOMAIN is not set")
    deps = wiring.deps(settings())
    try:
        if account.grant == "authorization_code":
            consent = connecting.ask(deps, account)
            click.echo(f"Open this as the user whom Countersign shall act as:\n\n{consent.address}\n", err=True)
            user = connecting.consented(deps, account, consent, click.prompt("The address it led to", err=True))
        else:
            user = connecting.by_itself(deps, account)
    except connecting.Unconnected as error:
        raise Refused(str(error)) from error
    show({"host": host, "user": user}, as_json=as_json, words=lambda _: f"{host} is connected as user {user}")
