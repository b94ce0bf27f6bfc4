"""What crosses to a host's own side panel: what somebody pressed there, and what it is to show, told. No layout."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


class Act(StrEnum):
    """What can be pressed."""

    SHOW = "show"
    APPROVE = "approve"
    UNDO = "undo"
    DONE = "done"
    INSERT = "insert"
    EDIT = "edit"
    SAVE = "save"
    REJECT = "reject"
    REJECTED = "rejected"
    ESCALATE = "escalate"
    ESCALATED = "escalated"
    CORRECT = "correct"
    CORRECTED = "corrected"
    CONFIRM_CATEGORY = "confirm-category"
    REDO = "redo"
    COMPOSE = "compose"
    STOP = "stop"


class Tone(StrEnum):
    """How loud a banner is."""

    STOP = "stop"
    WARN = "warn"
    CALM = "calm"


@dataclass(frozen=True, slots=True)
class Banner:
    """What stands above everything else."""

    tone: Tone
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know, with its own heading."""

    title: str
    text: str = ""
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A source under a sentence."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the draft. Sentences have sources, or none where a person wrote them; what stands between has neither."""

    text: str
    cited: tuple[Cited, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is beside one message. `proposal` empty: nothing was made of it yet."""

    thread: str
    title: str
    chips: tuple[str, ...] = ()
    banners: tuple[Banner, ...] = ()
    others: str = ""  # who else is on this, in words
    reasons: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    draft: str = ""
    pieces: tuple[Piece, ...] = ()
    findings: tuple[str, ...] = ()  # of the whole draft
    told: tuple[str, ...] = ()  # who edited it, what was asked
    outcome: str = ""
    details: tuple[str, ...] = ()
    by_hand: bool = False  # a person sends it, with the host's own button
    acts: frozenset[Act] = frozenset()
    proposal: str = ""
    seen: str = ""
    coming: str = ""  # the draft that is being put into the thread


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal in a list."""

    proposal: str
    title: str
    subject: str
    requester: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The page without a message: the switch, what is due, what waits."""

    switch: tuple[Banner, ...]  # each scope and its state
    troubles: tuple[str, ...] = ()
    due: tuple[Note, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    count: int = 0
    may_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """In the compose window: the drafts that could be put there."""

    drafts: tuple[tuple[Waiting, str], ...]


class Kind(StrEnum):
    """How a field is filled in."""

    LINE = "line"
    LINES = "lines"
    ONE = "one"
    MENU = "menu"
    TICK = "tick"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that is asked."""

    kind: Kind
    name: str
    label: str
    value: str = ""
    choices: tuple[tuple[str, str], ...] = ()  # value and words
    suggestions: tuple[str, ...] = ()
    required: bool = False
    longest: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Something that is asked before `act` is done."""

    title: str
    fields: tuple[Field, ...]
    press: str
    act: Act
    proposal: str
    seen: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """Words only: unknown, forbidden, not now. `again`: looking once more may help. Who may stop, always may."""

    title: str
    text: str
    again: bool = False
    may_stop: bool = False


View = Beside | Home | Form | Said | Suggestions
Say = Callable[[str], str]  # a text of ours, told in its reader's language


class Way(StrEnum):
    """Where a view goes."""

    OPEN = "open"  # above what is shown
    PUT = "put"  # in its place
    BACK = "back"  # the form above goes, and this is put in the place of what was under it


@dataclass(frozen=True, slots=True)
class Show:
    """A view; `say` is said for a moment beside it."""

    view: View
    way: Way
    say: str = ""


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """The draft that was put into the thread, in the host's own editor."""

    draft: str
    thread: str


@dataclass(frozen=True, slots=True)
class InsertText:
    """Words into the editor that is open."""

    text: str


@dataclass(frozen=True, slots=True)
class Consent:
    """What the host is to ask the person for; it then presses again by itself."""

    scopes: tuple[str, ...]


Answer = Show | OpenDraft | InsertText | Consent


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened in the panel. `person` is a verified address, unless something is `lacking`."""

    person: str
    lacking: tuple[str, ...]  # what the person has not agreed to and this needs
    ticket: str  # as the host's API calls it; empty: no message is open
    parameters: Mapping[str, str]
    inputs: Mapping[str, str]
    recipients: tuple[str, ...]
    locale: str = ""  # what the host speaks with them: de, en-US


class SidePanel(Protocol):
    """A panel that a host draws by itself: it posts events to us, and shows what we answer."""

    @property
    def host(self) -> str:
        """How the names of its tickets' hosts begin."""

    def event(self, authorization: str, body: bytes, url: str, now: datetime) -> Event:
        """Verify first, then parse. Raises WebhookRejected."""

    def answer(self, answer: Answer, say: Say, *, pressed: bool) -> dict[str, Any]:
        """As the host draws it; views come told, `say` is for its own words. `pressed`: to a button, else to something that was opened."""
