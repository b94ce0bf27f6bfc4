"""The circuit breaker of a webhook: too many errors within five minutes, and nothing more is sent for a while."""

from __future__ import annotations

from sandbox.zendesk import faults
from sandbox.zendesk.state import Store

WINDOW = 300.0
SHARE, MOST_ERRORS = 0.7, 1000
BROKEN = "circuit broken"


def is_open(store: Store, webhook_id: str) -> bool:
    """Only under the fault `circuit_breaker`; its `least` attempts are needed before a share means anything."""
    switched = next((fault for fault in faults.active(store) if fault["kind"] == "circuit_breaker"), None)
    if switched is None:
        return False
    sql = "SELECT count(*), coalesce(sum(NOT good), 0) FROM attempts WHERE webhook_id=? AND at > ?"
    tries, errors = store.rows(sql, webhook_id, store.now() - WINDOW)[0]
    enough: bool = tries >= switched["least"] and errors >= SHARE * tries
    return enough or errors > MOST_ERRORS
