"""Bygone tickets: what a host's history tells of how customers began, for a first look before anything is switched on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Bygone:
    """A ticket of the past, with the words that it began with. `theirs`: the customer began it, not an agent."""

    ticket: str
    created_at: datetime
    changed_at: datetime
    subject: str
    text: str
    tags: tuple[str, ...]
    theirs: bool
    html: str | None = None  # what the host shows instead of the text, untrusted
    sender: str = ""
    headers: tuple[tuple[str, str], ...] = ()  # mail headers where the host shows them
    attachments: tuple[str, ...] = ()  # names only


@dataclass(frozen=True, slots=True)
class Page:
    """One page of history, the oldest change first. `last`: there is no more."""

    tickets: tuple[Bygone, ...]
    cursor: str
    last: bool
