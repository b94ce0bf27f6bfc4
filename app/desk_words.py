"""The desk in the words and columns of the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.desk import Item


def row(item: Item) -> dict[str, Any]:
    """A line of `queue --json`."""
    names = ("id", "host", "ticket", "subject", "category", "tier", "mode", "action", "state", "draft", "seen")
    shown = {name: getattr(item, name) for name in names}
    return {**shown, "reasons": [asdict(reason) for reason in item.reasons]}


def queue(rows: Sequence[dict[str, Any]]) -> str:
    """For people."""
    if not rows:
        return "nothing waits"
    return "\n".join(
        f"{line['id']}  #{line['ticket']:<15} {line['state']:<10} tier {line['tier'] or '?'}  "
        f"{line['category'] or '–':<20} {line['subject']}"
        for line in rows
    )


def announced(rows: Sequence[dict[str, Any]]) -> str:
    """For people: the newest first."""
    lines = [
        f"{line['received_at']:%d %b %H:%M:%S}  {line['state']:<9} #{line['ticket'] or '–':<12} {line['trouble'] or ''}"
        f"{line.get('body', '')}"
        for line in rows
    ]
    return "\n".join(lines) or "nothing: all that was announced could be used"


def stopped(result: dict[str, Any]) -> str:
    """What a rollback came to."""
    waits = f"; waits for tickets {', '.join(result['in_flight'])}" if result["in_flight"] else ""
    took = f" after {result['confirmed_ms']} ms" if result["confirmed_ms"] is not None else ""
    return f"{result['state']}{took} (OFF in {result['off_ms']} ms; {result['to_humans'] or 0} back to people){waits}"


def rehearsed(certificate: dict[str, Any]) -> str:
    """What a drill came to."""
    if certificate["passed"]:
        return (
            f"passed: OFF in {certificate['off_ms']} ms, CONFIRMED after {certificate['confirmed_ms']} ms with "
            f"{certificate['in_flight']} in flight, one killed in the middle; nothing was sent after that. "
            f"Certificate: entry {certificate['entry']} of the log"
        )
    return "\n".join(["not passed:", *certificate["why"], *filter(None, [certificate.get("refused")])])


def links(rows: Sequence[dict[str, Any]]) -> str:
    """The stop links, one line each."""
    lines = [
        f"{line['id']}  {line['made_for']:<28} {line['scope']:<12} "
        f"{'good until' if line['good'] else 'over, was good until'} {line['expires_at']:%d %b %Y}"
        for line in rows
    ]
    return "\n".join(lines) or "no link was made"


def switches(rows: Sequence[dict[str, Any]]) -> str:
    """One line a scope."""
    names = {"*": "everything"}
    return "\n".join(f"{names.get(line['scope'], line['scope']):<16} {line['state']}" for line in rows)
