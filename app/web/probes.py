"""For machines that watch: alive, ready, and the figures for Prometheus."""

from __future__ import annotations

import time
from typing import Any, cast

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, current_app, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from app import desk
from app.store import backlog, heartbeats
from app.web.context import current_deps

bp = Blueprint("probes", __name__)
SWITCH_VALUE = {"LIVE": 0, "OFF": 1, "CONFIRMED": 2}


class Figures:
    """What this process counts. A registry of its own, so that two applications in one process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.webhooks = self._counter("webhooks", "Deliveries, by what became of them", ["host", "outcome"])
        self.answers = self._counter("http_answers", "Answers, by route and status", ["route", "status"])
        self.seconds = Histogram(
            "countersign_http_seconds", "Time to answer, by route", ["route"], registry=self.registry
        )
        self.database = self._gauge("database_answers", "0: it does not, and what it knows is left out", [])
        self.switch = self._gauge("switch_state", "0 LIVE, 1 OFF, 2 CONFIRMED", ["scope"])
        self.in_flight = self._gauge("sends_in_flight", "Sends that are not settled", ["scope"])
        self.waiting = self._gauge("waiting", "Work that waits, by kind", ["kind"])
        self.oldest = self._gauge("waiting_oldest_seconds", "How long the oldest of it has waited", ["kind"])
        self.silent = self._gauge("heartbeat_age_seconds", "Since the last sign of life", ["name"])
        self.ailing = self._gauge("heartbeat_trouble", "1: alive, and something is wrong", ["name"])

    def _counter(self, name: str, text: str, labels: list[str]) -> Counter:
        return Counter(f"countersign_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, labels: list[str]) -> Gauge:
        return Gauge(f"countersign_{name}", text, labels, registry=self.registry)


def prepare(app: Flask) -> None:
    """Count every answer of this application."""
    app.extensions["figures"] = Figures()
    app.before_request(_start)
    app.after_request(_stop)


def _figures() -> Figures:
    return cast("Figures", current_app.extensions["figures"])


def count_webhook(host: str, outcome: str) -> None:
    """accepted, rejected, too-large, too-often or unavailable."""
    _figures().webhooks.labels(host, outcome).inc()


def _start() -> None:
    g.began = time.perf_counter()


def _stop(response: Response) -> Response:
    route = request.endpoint or "none"
    _figures().answers.labels(route, str(response.status_code)).inc()
    if "began" in g:
        _figures().seconds.labels(route).observe(time.perf_counter() - g.began)
    return response


@bp.get("/healthz")
def healthz() -> dict[str, str]:
    """This process answers."""
    return {"status": "alive"}


@bp.get("/readyz")
def readyz() -> dict[str, str]:
    """The database answers too; if it does not, the error handler says 503."""
    with current_deps().readers.connect() as tx:
        tx.execute(sa.text("SELECT 1"))
    return {"status": "ready"}


@bp.get("/metrics")
def metrics() -> tuple[bytes, dict[str, Any]]:
    """Labels name queues and hosts, never people or tickets."""
    figures = _figures()
    for gauge in (figures.switch, figures.in_flight, figures.waiting, figures.oldest, figures.silent, figures.ailing):
        gauge.clear()  # what cannot be read now is not told from memory
    try:
        _tell_the_switch(figures)
        _tell_what_waits(figures)
        figures.database.set(1)
    except sa.exc.DBAPIError:
        figures.database.set(0)
    return generate_latest(figures.registry), {"Content-Type": CONTENT_TYPE_LATEST}


def _tell_the_switch(figures: Figures) -> None:
    for switch in desk.switches(current_deps()):
        figures.switch.labels(switch.scope).set(SWITCH_VALUE[switch.state])
        figures.in_flight.labels(switch.scope).set(len(switch.in_flight))


def _tell_what_waits(figures: Figures) -> None:
    deps = current_deps()
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        lines, beats = backlog.everything(tx, now), heartbeats.everybody(tx)
    for line in lines:
        figures.waiting.labels(line.kind).set(line.waiting)
        figures.oldest.labels(line.kind).set((now - line.oldest).total_seconds() if line.oldest else 0)
    for beat in beats:
        figures.silent.labels(beat.name).set((now - beat.at).total_seconds())
        figures.ailing.labels(beat.name).set(beat.trouble is not None)
