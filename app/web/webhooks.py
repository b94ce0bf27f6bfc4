"""A webhook says "got it" and nothing else: verify, store, ring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from flask import Blueprint, abort, request
from sqlalchemy import Connection

from app import crash, traces
from app.deps import Deps
from app.host import Arrival, WebhookRejected
from app.store import inbox
from app.web import limits
from app.web.context import current_deps
from app.web.probes import count_webhook

bp = Blueprint("webhooks", __name__)


@bp.post("/webhooks/<name>")
@traces.span("webhook")
def receive(name: str) -> tuple[str, int]:
    """The whole route for every host. Mailboxes share one: any of them knows Google's signature, the body says which."""
    deps = current_deps()
    host = next((host for key, host in deps.hosts.items() if key.partition(":")[0] == name), None) or abort(404)
    now = deps.clock.now()
    raw = request.get_data()
    try:
        arrivals = host.receive(cast("Mapping[str, str]", request.headers), raw, now)
    except WebhookRejected:  # the signature; an unusable body is an arrival too, shown to people
        count_webhook(name, "rejected")
        abort(401)
    limits.delivery(name)
    known = [arrival for arrival in arrivals if arrival.ref is None or arrival.ref.host in deps.hosts]
    if arrivals and not known:  # else the sender would try for a week
        count_webhook(name, "unknown")
        return "", 204
    with deps.engine.begin() as tx:  # gone or full: the error handler says 503, Retry-After 30
        ids = [row for arrival in known for row in _filed(tx, deps, name, arrival, now)]  # a redelivery adds nothing
        crash.point("webhook-unfiled")
    crash.point("webhook-unrung")
    if ids:
        traces.tell(inbox=ids[0])
    deps.ring("handle", ids)  # may be lost: the sweeper rings again
    crash.point("webhook-filed")
    count_webhook(name, "accepted")
    return "", 202


def _filed(tx: Connection, deps: Deps, name: str, arrival: Arrival, now: datetime) -> list[int]:
    return inbox.add(tx, deps.keys, arrival.ref.host if arrival.ref else name, [arrival], now)
