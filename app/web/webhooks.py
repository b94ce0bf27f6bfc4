"""A webhook says "got it" and nothing else: verify, store, ring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from flask import Blueprint, abort, request

from app import crash
from app.host import WebhookRejected
from app.store import inbox
from app.web.context import current_deps
from app.web.probes import count_webhook

bp = Blueprint("webhooks", __name__)


@bp.post("/webhooks/<name>")
def receive(name: str) -> tuple[str, int]:
    """The whole route for every host."""
    deps = current_deps()
    host = deps.hosts.get(name) or abort(404)
    now = deps.clock.now()
    raw = request.get_data()
    try:
        arrivals = host.receive(cast("Mapping[str, str]", request.headers), raw, now)
    except WebhookRejected:  # the signature; an unusable body is an arrival too, shown to people
        count_webhook(name, "rejected")
        abort(401)
    with deps.engine.begin() as tx:  # gone or full: the error handler says 503, Retry-After 30
        ids = inbox.add(tx, deps.keys, name, arrivals, now)  # a redelivery adds nothing
        crash.point("webhook-unfiled")
    crash.point("webhook-unrung")
    deps.ring("handle", ids)  # may be lost: the sweeper rings again
    crash.point("webhook-filed")
    count_webhook(name, "accepted")
    return "", 202
