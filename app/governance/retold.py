"""Retold: the log's entries, as an export holds them, read back into the records that figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.governance.reviews import Outcome
from app.governance.stream import Begun, Called, Ended, Happened, Records, Sent

Entry = Mapping[str, Any]


def records(entries: Iterable[Entry]) -> Records:
    """In the order of the log. What says nothing about answers is passed over."""
    found = Records()
    for entry in entries:
        read = _READ.get(entry["action"])
        if read is not None:
            read(found, entry, entry["header"])
    return found


def _noted(found: Records, entry: Entry, header: Entry) -> None:
    for one in header["events"]:
        at = datetime.fromisoformat(one["at"])
        found.happened.append(Happened(entry["object"], one["kind"], one["ref"], at, one["facts"]))


def _begun(found: Records, entry: Entry, header: Entry) -> None:
    found.begun[entry["object"]] = Begun(entry["object"], header["ticket"], header["comment"], None)


def _decided(found: Records, entry: Entry, header: Entry) -> None:
    begun = found.begun[entry["object"]]
    offered_at = datetime.fromisoformat(entry["ts"]) if header.get("first_draft") else begun.offered_at
    found.begun[begun.id] = replace(begun, category=header["category"], offered_at=offered_at)


def _ended(found: Records, entry: Entry, header: Entry) -> None:
    shown = {name: header[name] for name in ("how", "reason", "mode", "category", "tier", "drafted", "held_out")}
    at, outcome = datetime.fromisoformat(entry["ts"]), Outcome(header["outcome"])
    found.ended[entry["object"]] = Ended(at=at, outcome=outcome, **shown)


def _sent(found: Records, entry: Entry, header: Entry) -> None:
    found.sent[header["send_id"]] = Sent(entry["object"], header["approval"] is not None)


def _called(found: Records, entry: Entry, _header: Entry) -> None:
    """A newer owner or time for the same matter is no second call."""
    found.called.setdefault(entry["object"], Called(datetime.fromisoformat(entry["ts"]), entry["actor"]))


_READ = {
    "ticket.noted": _noted,
    "proposal.begun": _begun,
    "proposal.decided": _decided,
    "proposal.ended": _ended,
    "answer.intent": _sent,
    "escalation.opened": _called,
}
