"""Digests: when the last one was due. They are read at the start of a working day, not when a clock happened to start."""

from __future__ import annotations

from datetime import datetime, timedelta

RHYTHMS = ("never", "daily", "weekly")
_HOUR = 7  # UTC: before Europe's working day, after America's


def due_at(rhythm: str, now: datetime) -> datetime | None:
    """The newest moment by now at which one was due; None: never."""
    if rhythm not in {"daily", "weekly"}:
        return None
    today = now.replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    back = timedelta(days=today.weekday()) if rhythm == "weekly" else timedelta()
    step = timedelta(days=7 if rhythm == "weekly" else 1)
    return today - back if today - back <= now else today - back - step
