"""Which limits a request counts against, and the last calls, for the tests to look at."""

from __future__ import annotations

from flask import Response, g, request

from sandbox.zendesk import access, faults
from sandbox.zendesk.context import sandbox, store
from sandbox.zendesk.errors import rate_limited
from sandbox.zendesk.limits import Used
from sandbox.zendesk.state import Doc

MARKETPLACE = (
    "X-Zendesk-Marketplace-Name",
    "X-Zendesk-Marketplace-Organization-Id",
    "X-Zendesk-Marketplace-App-Id",
)


def count() -> None:
    """Raise 429 only under `enforce_limits`; the real account is strict, a demo need not be."""
    ticket = (request.view_args or {}).get("ticket_id")
    g.limits = [_count(name, key) for name, key in _that_apply(ticket)]
    worst = max((one for one in g.limits if one.exceeded), key=lambda one: one.resets, default=None)
    if worst and faults.strike(store(), "enforce_limits", ticket):
        raise rate_limited(worst.resets)


def _that_apply(ticket: int | None) -> list[tuple[str, tuple[object, ...]]]:
    endpoint = (request.endpoint or "").rpartition(".")[2]
    found: list[tuple[str, tuple[object, ...]]] = [("account", ())]
    if endpoint == "put_ticket":
        found += [("per-ticket-updates", (access.bearer(request), ticket)), ("tickets-update", ())]
    elif endpoint == "list_tickets":
        found.append(("tickets-index", ()))
    elif "/incremental/" in request.path:
        found.append(("incremental-exports", ()))
    return found


def _count(name: str, key: tuple[object, ...]) -> Used:
    return sandbox().limits.count(name, key, store().meta("limits", {}).get(name))


def tell(answer: Response) -> Response:
    for used in g.get("limits", []):
        answer.headers.update(used.headers())
    sandbox().calls.append(_call(answer))
    return answer


def _call(answer: Response) -> Doc:
    return {
        "at": store().now(), "method": request.method, "path": request.full_path.rstrip("?"), "status": answer.status_code,
        "marketplace": {name: request.headers[name] for name in MARKETPLACE if name in request.headers},
        "idempotency_key": request.headers.get("Idempotency-Key"),
    }  # fmt: skip
