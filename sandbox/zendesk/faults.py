"""What can be made to go wrong: switches for the host's bad days, kept through restarts."""

from __future__ import annotations

from typing import Any

from sandbox.zendesk.errors import bad_request
from sandbox.zendesk.state import Doc, Store, dump

KINDS: dict[str, str] = {
    "drop_connection": "close the socket without an answer; `when`: after applying (default) or before",
    "slow": "answer after `seconds`, or when the fault is removed; `when`: before (default) or after applying",
    "unavailable": "503; `retry_after` in seconds or null",
    "rate_limited": "429 with Retry-After `retry_after`",
    "down": "every API call 503, reads too, until removed",
    "drop_metadata": "store no ticket.metadata in the audit",
    "required_on_solve": "422 when a ticket is solved: a required field is empty",
    "enforce_limits": "429 beyond the limits that the headers tell",
    "webhook_duplicate": "deliver `copies` more of each event, as new invocations",
    "webhook_reorder": "hold back every second event until the next one is out, `seconds` at most",
    "webhook_drop": "never deliver, or only after `seconds`; `status`: throttled (default) or circuit broken",
    "circuit_breaker": "deliver nothing while 70 % of `least` attempts (100) or 1,000 of them failed within 5 minutes",
    "webhook_delay": "deliver after `seconds`",
}
ON = ("reply", "put", "tags", "write", "read", "any")  # a reply is a PUT whose comment is public
DEFAULTS: Doc = {
    "ticket": None, "times": None, "on": None, "when": None, "seconds": 0.0, "retry_after": None, "copies": 1,
    "status": "throttled", "least": 100,
}  # fmt: skip
DEFAULT_ON = {"drop_connection": "put", "slow": "any", "unavailable": "any", "rate_limited": "any", "down": "any"}
DEFAULT_WHEN = {"drop_connection": "after", "slow": "before"}


def switch_on(store: Store, wanted: Doc) -> Doc:
    """One more fault. `times` is how often it strikes; null means until it is removed."""
    kind = wanted.get("kind")
    unknown = set(wanted) - set(DEFAULTS) - {"kind"}
    if kind not in KINDS or unknown:
        raise bad_request(f"unknown fault {kind!r} or keys {sorted(unknown)}; kinds: {', '.join(KINDS)}")
    with store.write():
        fault = {"id": store.next_id(), "on": DEFAULT_ON.get(kind, "any"), "when": DEFAULT_WHEN.get(kind)}
        fault = {**DEFAULTS, **fault, **wanted}
        if fault["on"] not in ON:
            raise bad_request(f"`on` is one of {', '.join(ON)}")
        store.execute("INSERT INTO faults VALUES (?, ?)", fault["id"], dump(fault))
    return fault


def switch_off(store: Store, fault_id: int | None = None) -> int:
    with store.write():
        if fault_id is None:
            return store.execute("DELETE FROM faults")
        return store.execute("DELETE FROM faults WHERE id=?", fault_id)


def active(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM faults ORDER BY id")


def strike(
    store: Store, kind: str, ticket: int | None = None, on: tuple[str, ...] = ("any",), **match: Any
) -> Doc | None:
    """The first fault that fits, counted down; None when nothing goes wrong."""
    if not active(store):
        return None
    with store.write():
        for fault in active(store):
            if _fits(fault, kind, ticket, on) and all(fault[key] == value for key, value in match.items()):
                _count_down(store, fault)
                return fault
    return None


def _fits(fault: Doc, kind: str, ticket: int | None, on: tuple[str, ...]) -> bool:
    return fault["kind"] == kind and fault["ticket"] in (None, ticket) and fault["on"] in on


def _count_down(store: Store, fault: Doc) -> None:
    if fault["times"] is None:
        return
    fault = {**fault, "times": fault["times"] - 1}
    if fault["times"] <= 0:
        store.execute("DELETE FROM faults WHERE id=?", fault["id"])
    else:
        store.execute("UPDATE faults SET doc=? WHERE id=?", dump(fault), fault["id"])
