"""Traces, if OTEL_EXPORTER_OTLP_ENDPOINT names a collector: a span for each stage, with ids. Else nothing is imported or done.

No words of a customer, no address and no token ever stand in a span: ids and names of ours, and the kind of an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

log = structlog.get_logger()
_of: ContextVar[dict[str, str | int]] = ContextVar("ids of the span around", default={})  # noqa: B039 - never changed
_tracer: list[Any] = []  # one, while somebody collects


def begin(endpoint: str, process: str) -> Any:
    """Called once by each process, after its last fork; gives what ends them. What cannot be had keeps nobody from work."""
    if not endpoint:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        log.warning("traces.unavailable", where="make setup-traces")
        return None
    provider = TracerProvider(resource=Resource.create({"service.name": f"countersign-{process}"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{endpoint.rstrip('/')}/v1/traces")))
    _tracer[:] = [provider.get_tracer("countersign")]
    return provider


def end() -> None:
    """Nobody collects any more."""
    _tracer.clear()


@contextmanager
def span(stage: str, **ids: str | int) -> Iterator[None]:
    """One stage. What is inside bears the same ids; of an error only its kind is told."""
    if not _tracer:
        yield
        return
    from opentelemetry.trace import StatusCode

    known = {**_of.get(), **ids}
    before = _of.set(known)
    quiet = {"record_exception": False, "set_status_on_exception": False}  # their words may be a customer's
    try:
        with _tracer[0].start_as_current_span(stage, attributes=_named(known), **quiet) as current:
            try:
                yield
            except BaseException as error:
                current.set_status(StatusCode.ERROR, type(error).__name__)
                raise
    finally:
        _of.reset(before)


def tell(**ids: str | int) -> None:
    """Ids that are known only now, of the present stage and of what is inside it."""
    if not _tracer:
        return
    from opentelemetry.trace import get_current_span

    _of.set({**_of.get(), **ids})
    get_current_span().set_attributes(_named(ids))


def _named(ids: dict[str, str | int]) -> dict[str, str | int]:
    return {f"countersign.{name}": value for name, value in ids.items()}
