"""Ways: for each key of the document, which way its change goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from app.governance.policy import Mode
from app.governance.proposal import Tier
from app.governance.spoken import listed
from app.governance.values import iso


class Way(Enum):
    """Which way one change goes. EITHER: it cannot be told, so it counts as both."""

    NARROWER = "narrower"
    WIDER = "wider"
    EITHER = "either"


Compare = Callable[[Any, Any], Way | None]


def more_is_wider(old: Any, new: Any) -> Way | None:
    """A number, a duration, a mode."""
    return None if old == new else Way.WIDER if new > old else Way.NARROWER


def less_is_wider(old: Any, new: Any) -> Way | None:
    """The other way round."""
    return None if old == new else Way.WIDER if new < old else Way.NARROWER


def more_names_are_wider(old: Sequence[str], new: Sequence[str]) -> Way | None:
    """A list of names, in an order that may matter."""
    if old == new:
        return None
    more, fewer = set(new) - set(old), set(old) - set(new)
    return Way.EITHER if bool(more) == bool(fewer) else Way.WIDER if more else Way.NARROWER


def fewer_names_are_wider(old: Sequence[str], new: Sequence[str]) -> Way | None:
    """Each name of the list holds something back."""
    return (
        {Way.WIDER: Way.NARROWER, Way.NARROWER: Way.WIDER}.get(way, way)
        if (way := more_names_are_wider(old, new))
        else None
    )


def either(old: Any, new: Any) -> Way | None:
    """Whatever changed, nobody can say which way."""
    return None if old == new else Way.EITHER


def stricter_is_narrower(old: str, new: str) -> Way | None:
    """What must be proven before auto."""
    return None if old == new else Way.NARROWER if new == "strict" else Way.WIDER


def hours(old: str, new: str) -> Way | None:
    """Only never and not never can be ordered without a calendar."""
    return None if old == new else Way.WIDER if not old else Way.NARROWER if not new else Way.EITHER


# `ceiling`, `tier` and `queues` show in the atoms; a tier is here too, for what it says of a message by itself.
CATEGORY: Mapping[str, Compare] = {
    "description": either,  # both teach the classifier, and nobody can say which way
    "examples": either,
    "tier": less_is_wider,
    "mode": more_is_wider,
    "languages": more_names_are_wider,
    "sources": more_names_are_wider,
    "confidence_floor": less_is_wider,
    "hold": less_is_wider,
    "per_hour": more_is_wider,
    "evidence": stricter_is_narrower,
}
QUEUE: Mapping[str, Compare] = {"hosts": more_names_are_wider, "note_on_offer": less_is_wider, "hours": hours}
DUTY: Mapping[str, Compare] = {"hours": either}
ESCALATION: Mapping[str, Compare] = {"phrases": fewer_names_are_wider, "owner": either, "due": more_is_wider}


REST: Mapping[str, Mapping[str, Compare]] = {
    "owners": {"scope_expansion": more_names_are_wider, "rollback": either, "log_keeper": either},
    "reviews": {"labelled_data": more_is_wider, "sources": more_is_wider, "drill": more_is_wider, "practice": either},
    "logs": dict.fromkeys(("place", "content", "decisions", "policy"), either),
    "cannot_answer": {"hands_over": less_is_wider, "owner": either, "due": more_is_wider},
    "notify": {"mail": fewer_names_are_wider, "webhook": either, "digest": either},
}


def said(old: Any, new: Any) -> str:
    """The change of one key in words."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
        parts = [f"without {listed(map(str, gone))}"] if gone else []
        parts += [f"with {listed(map(str, come))}"] if come else []
        return ", ".join(parts) or "in another order"
    return f"from {_word(old)} to {_word(new)}"


def _word(value: Any) -> str:
    if isinstance(value, Mode):
        return value.label
    if isinstance(value, Tier):
        return str(int(value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if hasattr(value, "total_seconds"):
        return iso(value)
    return f"“{value}”" if isinstance(value, str) else str(value)
