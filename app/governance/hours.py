"""Hours: is this a time at which the policy lets replies go by themselves?"""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_MIDNIGHT = "24:00"


def is_within(hours: str, moment: datetime) -> bool:
    """`Mo-Fr 08:00-18:00 Europe/Berlin`. No hours are no time at all; a span that ends before it begins is never."""
    if not hours:
        return False
    days, span, zone = hours.split(" ")
    there = moment.astimezone(ZoneInfo(zone))
    opens, closes = span.split("-")
    begun = time.fromisoformat(opens) <= there.time()
    over = closes != _MIDNIGHT and there.time() >= time.fromisoformat(closes)
    return begun and not over and any(_has(part, there.weekday()) for part in days.split(","))


def _has(part: str, day: int) -> bool:
    """A day, or a stretch of days that may run over Sunday."""
    first, _, last = part.partition("-")
    start = _DAYS.index(first)
    return (day - start) % 7 <= (_DAYS.index(last or first) - start) % 7
