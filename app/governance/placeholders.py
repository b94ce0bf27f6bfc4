"""Placeholders: the common ones of Zendesk's macros, filled with the ticket's facts. What is left over is never sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.governance.proposal import Draft, Finding
from app.governance.prose import links

_PLACEHOLDER = re.compile(r"\{\{\s*([\w.\[\]-]+)\s*\}\}")
# Anything that a template language, Zendesk's own among them, would take for one of its marks; also one half of it.
_LEFT_OVER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{\{|\}\}|\{%|%\}", re.S)

_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a ticket when its answer is written. Empty: not known, and its placeholder stays."""

    ticket: str
    subject: str
    requester: str  # name
    email: str
    team: str  # who signs: which colleague will send it is not known yet


def values(facts: Facts) -> Mapping[str, str]:
    """Each known placeholder and what stands for it here."""
    name = _harmless(facts.requester)
    first, _, last = name.partition(" ")
    return {
        "ticket.id": facts.ticket,
        "ticket.title": _harmless(facts.subject),
        "ticket.requester.name": name,
        "ticket.requester.first_name": first,
        "ticket.requester.last_name": last.strip(),
        "ticket.requester.email": facts.email,
        "current_user.name": facts.team,
        "current_user.first_name": facts.team,
        "ticket.assignee.name": facts.team,
        "ticket.assignee.first_name": facts.team,
        "ticket.organization.name": "",
    }


def _harmless(given: str) -> str:
    """What a customer calls themselves or their ticket; nothing, where it is more than a name: a link, a page, a mark."""
    text = " ".join(given.split())
    return "" if links(text) or left_over(text) or len(text) > _LONGEST else text


def filled(text: str, facts: Facts) -> str:
    """The text with what is known in place; a placeholder without a value stays, for the check to find.

    A value is put in as it is and never looked at again.
    """
    known = values(facts)
    return _PLACEHOLDER.sub(lambda found: known.get(found[1].lower()) or found[0], text)


def left_over(text: str) -> tuple[str, ...]:
    """What would be sent literally, or be filled by the host behind our back."""
    return tuple(dict.fromkeys(found[0] for found in _LEFT_OVER.finditer(text)))


def unknown(text: str) -> tuple[str, ...]:
    """Placeholders of a source that no fact ever fills."""
    return tuple(found for found in left_over(text) if not _is_known(found))


def _is_known(found: str) -> bool:
    name = _PLACEHOLDER.fullmatch(found)
    return name is not None and name[1].lower() in KNOWN


def literal_placeholders(draft: Draft) -> list[Finding]:
    """One finding for each sentence with a mark in it, and one for the whole where it stands between sentences."""
    found = [
        Finding("placeholder", f"{marks[0]} stands for nothing that is known here: write it out", at)
        for at, sentence in enumerate(draft.sentences)
        if (marks := left_over(sentence.text))
    ]
    loose = left_over(draft.text)
    return found or ([Finding("placeholder", f"{loose[0]} stands for nothing here: write it out")] if loose else [])


KNOWN = frozenset(values(Facts(ticket="1", subject="s", requester="a b", email="e", team="t")))
