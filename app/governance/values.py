"""Values of the policy document: a TOML value in, ours out, ValueError with the remedy."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.governance.permission import SIGNS
from app.governance.policy import Mode
from app.governance.proposal import Tier


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("wants a string in quotes")
    return value


def words(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or any(not isinstance(item, str) for item in value):
        raise ValueError('wants a list of strings, such as ["en", "de"]')
    return tuple(value)


def flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("wants true or false")
    return value


def count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("wants a whole number, 0 or more")
    return value


def share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError("wants a number from 0 to 1")
    return float(value)


_DURATION = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


def duration(value: Any) -> timedelta:
    """ISO 8601. A month counts 30 days, a year 365: these are limits, not appointments."""
    match = _DURATION.fullmatch(text(value))
    if not match or value in {"P", "PT"} or value.endswith("T"):
        raise ValueError('wants an ISO 8601 duration, such as "PT4H" or "P30D"')
    years, months, days, hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return timedelta(days=365 * years + 30 * months + days, hours=hours, minutes=minutes, seconds=seconds)


def iso(span: timedelta) -> str:
    """The same back as text: `PT4H`."""
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    date = f"{span.days}D" if span.days else ""
    time = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if number)
    return f"P{date}{'T' + time if time else ''}" if date or time else "PT0S"


def one_of(*names: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if value not in names:
            raise ValueError(f"wants one of {', '.join(names)}")
        return str(value)

    return read


def mode(value: Any) -> Mode:
    return Mode[one_of("draft", "assisted", "auto")(value).upper()]


def published_mode(value: Any) -> Mode:
    if value == "auto":
        raise ValueError('"auto" is earned, not published: write "assisted" here and "auto" as the ceiling')
    return mode(value)


def tier(value: Any) -> Tier:
    if isinstance(value, bool) or value not in {1, 2, 3}:
        raise ValueError("wants 1, 2 or 3")
    return Tier(value)


def tiers(value: Any) -> tuple[Tier, ...]:
    if not isinstance(value, list):
        raise ValueError("wants a list of tiers, such as [1, 2]")
    return tuple(tier(item) for item in value)


def signs(value: Any) -> tuple[str, ...]:
    return tuple(one_of(*SIGNS)(item) for item in words(value))


def barred_mode(value: Any) -> Mode:
    if value == "draft":
        raise ValueError('wants "assisted" or "auto": in draft mode a person sends anyhow')
    return mode(value)


def day(value: Any) -> date:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError("wants a day without quotes, such as 2027-05-31")
    return value


def hours(value: Any) -> str:
    """Empty, or days, hours and the time zone that they are meant in."""
    said = text(value)
    if said and not (_HOURS.fullmatch(said) and _is_zone(said.rpartition(" ")[2])):
        raise ValueError('wants days, hours and their time zone, such as "Mo-Fr 08:00-18:00 Europe/Berlin"')
    return said


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


_DAY = "(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_CLOCK = r"(?:[01]\d|2[0-3]):[0-5]\d"
_HOURS = re.compile(rf"{_DAY}(?:-{_DAY})?(?:,{_DAY}(?:-{_DAY})?)* {_CLOCK}-(?:{_CLOCK}|24:00) [A-Za-z0-9_+/-]+")
