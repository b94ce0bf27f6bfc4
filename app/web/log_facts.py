"""Of an entry's facts those that people ask for, in their words, with times in their zone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask
from markupsafe import Markup, escape

from app.governance.naming import fired
from app.metrics import NAMES
from app.web import log_names
from app.web.language import gettext, names, told
from app.web.words import counted, lasting, moment, scope, spoken

NOBODY: Mapping[str, str] = {}


def _among(words: Mapping[str, str]) -> Callable[[Any], str]:
    """A name of ours in words; one that is none of these, made readable."""
    return lambda value: told(words.get(value) or str(value).replace("-", " ").replace("_", " ").lower())


def _when(value: Any) -> Markup:
    return moment(datetime.fromisoformat(value))


def _is(name: str) -> Callable[[Any], str]:
    yes, no = log_names.IS[name]
    return lambda value: told(yes if value else no)


def _each(words: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda value: "; ".join(words(one) for one in ([value] if isinstance(value, str) else value))


FACTS: dict[str, Callable[[Any], str]] = {
    "state": _among(log_names.ENDED), "action": _among(log_names.ACTIONS), "mode": lambda value: _among(log_names.MODES)(value.lower()),
    "outcome": _among(log_names.OUTCOMES), "how": lambda value: told(log_names.HOW.get(value, "")),
    "category": spoken, "tier": lambda value: gettext("tier %(tier)s") % {"tier": value},
    "rules": _each(_among(log_names.RULES)), "reason": lambda value: told(str(value)), "why": _each(lambda one: told(str(one))),
    "role": told, "trigger": lambda value: told(log_names.TRIGGERS[value]) if value in log_names.TRIGGERS else told(fired(value)),
    "policy_version": lambda value: gettext("policy version %(number)s") % {"number": value},
    "version": lambda value: gettext("version %(number)s") % {"number": value},
    "verdict": lambda value: told(log_names.VERDICTS.get(str(value), str(value))), "language": lambda value: names().get(value, value),
    "messages": lambda value: counted(value, "message"), "customers": lambda value: counted(value, "customer"),
    "entries": lambda value: counted(value, "entry", "entries"), "approvals": lambda value: counted(value, "approval"),
    "findings": lambda value: counted(value, "thing found", "things found"),
    "scope": scope, "sought": str, "name": str, "source": spoken, "basis": told, "made_for": lambda value: gettext("for %(name)s") % {"name": value},
    "kind": _among(log_names.KINDS), "level": _among(log_names.LEVELS),
    "texts": _is("texts"),
    "stopped": lambda value: counted(value, "reply kept back", "replies kept back"),
    "sent_before": lambda value: counted(value, "reply had left", "replies had left"),
    "unclear": lambda value: counted(value, "reply is unclear", "replies are unclear"),
    "to_humans": lambda value: counted(value, "reply went back to people", "replies went back to people"),
    "metric": lambda value: told(NAMES.get(value, value)),
    "tickets": lambda value: counted(value, "ticket"),
    "unexplained": lambda value: counted(value, "reply that nobody can explain", "replies that nobody can explain"),
    "due": lambda value: escape(gettext("due %(at)s")) % {"at": _when(value)},
    "until": lambda value: escape(gettext("until %(at)s")) % {"at": _when(value)},
    "expires_at": lambda value: escape(gettext("until %(at)s")) % {"at": _when(value)},
    "effective_from": lambda value: escape(gettext("in force from %(at)s")) % {"at": _when(value)},
    "late": _is("late"),
    "document": lambda value: told(str(value)), "assigned": _among(log_names.ASSIGNED),
    "passed": _is("passed"),
    "off_ms": lambda value: gettext("OFF after %(took)s") % {"took": lasting(value)},
    "confirmed_ms": lambda value: gettext("CONFIRMED after %(took)s") % {"took": lasting(value)},
    "in_flight": lambda value: counted(value, "reply was on its way", "replies were on their way"),
    "killed": _is("killed"),
    "late_refused": lambda value: counted(value, "late request was refused", "late requests were refused"),
    "after_confirmed": lambda value: counted(value, "reply after CONFIRMED", "replies after CONFIRMED"),
    "offered_again": lambda value: counted(value, "draft offered again", "drafts offered again"),
    "left_with_people": lambda value: counted(value, "message left with people", "messages left with people"),
}  # fmt: skip
_SHARES = (("bad", "of"), ("bad_before", "of_before"))  # two numbers that say something only together
_PEOPLE: dict[str, Callable[[str], str]] = {
    "owner": lambda name: gettext("to %(name)s") % {"name": name},
    "approved_by": lambda name: gettext("approved by %(name)s") % {"name": name},
    "asked_by": lambda name: gettext("asked for by %(name)s") % {"name": name},
}


def facts(header: Mapping[str, Any], people: Mapping[str, str] = NOBODY) -> Markup:
    """In the order of the list above; of people those whose names are known."""
    known = {name: _said(name, header[name]) for name in FACTS if header.get(name) not in (None, [], "")}
    shares = [
        gettext("%(bad)s of %(all)s") % {"bad": header[bad], "all": header[of]}
        for bad, of in _SHARES
        if bad in header and of in header
    ]
    theirs = [say(people[header[name]]) for name, say in _PEOPLE.items() if header.get(name) in people]
    return Markup(" · ").join(filter(None, (*known.values(), *shares, *theirs)))


def _said(name: str, value: Any) -> str:
    """What an older release wrote in another shape is shown as it wrote it."""
    try:
        return FACTS[name](value)
    except (AttributeError, TypeError, ValueError):
        return str(value)


def teach(app: Flask) -> None:
    """Give the templates these words."""
    app.jinja_env.filters["facts"] = facts
