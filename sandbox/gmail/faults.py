"""What can be made to go wrong: switches for Gmail's bad days, kept through restarts."""

from __future__ import annotations

from sandbox.gmail.errors import invalid
from sandbox.gmail.state import Doc, Store, dump

KINDS: dict[str, str] = {
    "drop_connection": "close the socket without an answer; `when`: after applying (default) or before",
    "slow": "answer after `seconds`, `when` before (default) or after applying",
    "unavailable": "503",
    "rate_limited": "403 userRateLimitExceeded",
    "sending_limit": "429, as when a day's mails are sent",
    "down": "every call 503 until removed",
    "push_drop": "lose the notification",
    "push_duplicate": "publish it `copies` more times",
    "push_delay": "publish it after `seconds`",
}
_DEFAULTS: Doc = {"on": "any", "times": None, "when": None, "seconds": 0.0, "copies": 1}
_WHEN = {"drop_connection": "after", "slow": "before"}


def switch_on(store: Store, wanted: Doc) -> Doc:
    """One more fault. `on` is a method's id or "any"; `times` how often it strikes, null: until it is removed."""
    kind, unknown = wanted.get("kind"), set(wanted) - set(_DEFAULTS) - {"kind"}
    if kind not in KINDS or unknown:
        raise invalid(f"unknown fault {kind!r} or keys {sorted(unknown)}; kinds: {', '.join(KINDS)}")
    with store.write():
        fault = {"id": store.next("next_fault", 1), **_DEFAULTS, "when": _WHEN.get(kind), **wanted}
        store.execute("INSERT INTO faults VALUES (?, ?)", fault["id"], dump(fault))
    return fault


def switch_off(store: Store) -> None:
    with store.write():
        store.execute("DELETE FROM faults")


def active(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM faults ORDER BY id")


def strike(store: Store, kind: str, on: str, when: str | None = None) -> Doc | None:
    """The first fault that fits, counted down; None: nothing goes wrong."""
    if not active(store):
        return None
    with store.write():
        for fault in active(store):
            if fault["kind"] == kind and fault["on"] in (on, "any") and when in (None, fault["when"]):
                _count_down(store, fault)
                return fault
    return None


def _count_down(store: Store, fault: Doc) -> None:
    if fault["times"] is None:
        return
    left = {**fault, "times": fault["times"] - 1}
    if left["times"] <= 0:
        store.execute("DELETE FROM faults WHERE id=?", fault["id"])
    else:
        store.execute("UPDATE faults SET doc=? WHERE id=?", dump(left), fault["id"])
