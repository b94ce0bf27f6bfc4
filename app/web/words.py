"""What templates say with: names in words, times, and a draft laid out as its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import Flask
from markupsafe import Markup

from app import freezing, review
from app.governance import canary
from app.governance.naming import fired, in_words, titled
from app.governance.reviews import reading_floor
from app.web import callers, language
from app.web.access import ACCESS

STATES = {
    "working": "Being prepared",
    "offered": "Waiting",
    "approved": "Approved",
    "held": "Held",
    "sending": "Sending",
    "sent": "Sent",
    "rejected": "Rejected",
    "superseded": "Superseded",
    "escalated": "Escalated",
    "human": "For people",
    "handled": "Done by people",
    "unclear": "Please check",
}
TIERS = {1: "Tier 1 · look-up", 2: "Tier 2 · judgement", 3: "Tier 3 · people only"}
MODES = {"draft": "Draft", "assisted": "Assisted", "auto": "Auto"}
SCOPES = {"*": "Everything"}
DRILL_STEPS = {
    "preparing": "Canaries are approved",
    "flying": "They are being sent, and one sender is killed",
    "stopping": "The switch is thrown: waiting for CONFIRMED",
    "watching": "Watching that nothing more arrives",
}
PLAIN = {
    400: "Not possible",
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    409: "Not now",
    422: "Not possible",
    429: "Not now",
    502: "It did not work",
    503: "Not now",
}
NAVIGATION = (
    ("queue", "Queue", "pages.queue"),
    ("escalations", "Escalations", "escalations.page"),
    ("evidence", "Evidence", "pages.evidence"),
    ("figures", "Figures", "pages.figures"),
    ("log", "Log", "log.search"),
    ("settings", "Settings", "pages.settings"),
    ("people", "People", "people.page"),
)
IN_DESK = {"queue", "escalations", "figures", "settings", "people"}  # the tabs of the one document inside Zendesk
UNDER_SETTINGS = {"correction", "corrections", "policy", "source", "sources", "start"}
_SECOND = 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a draft: sentence number, or None for what stands between sentences."""

    text: str
    number: int | None


def laid_out(text: str, sentences: Sequence[str]) -> list[Piece]:
    """The text exactly as it would be sent, cut where its sentences begin and end."""
    pieces: list[Piece] = []
    at = 0
    for number, sentence in enumerate(sentences):
        found = text.find(sentence, at)
        if found < 0:
            continue  # a sentence that is not in the text is not shown: the text is what would be sent
        if found > at:
            pieces.append(Piece(text[at:found], None))
        pieces.append(Piece(sentence, number))
        at = found + len(sentence)
    return [*pieces, Piece(text[at:], None)] if at < len(text) else pieces


def marked(passage: str, sentence: str) -> list[tuple[str, bool]]:
    """A passage in pieces, the words of the sentence told apart where they stand in it."""
    if not sentence or sentence not in passage:
        return [(passage, False)]
    before, found, after = passage.partition(sentence)
    return [(before, False), (found, True), (after, False)]


def spoken(name: str | None) -> str:
    """`delivery-times` as a heading."""
    return titled(name) if name else language.gettext("No category")


def because(reason: str, category: str | None) -> str:
    """A rule's words as a line of their own; the category as its heading has it."""
    words = in_words(language.told(reason), category)
    return words[:1].upper() + words[1:]


def scope(name: str) -> str:
    """Of the switch: a queue has its own name."""
    return language.told(SCOPES[name]) if name in SCOPES else name


def place(host: str) -> str:
    """Zendesk; a mailbox by its address."""
    return host.partition(":")[2] or host.capitalize()


def maker(host: str) -> str:
    """Whose screens people have before them there: Zendesk's, Gmail's."""
    return host.partition(":")[0].capitalize()


def numbered(ticket: str, host: str) -> str:
    """How people call a ticket. Gmail's threads have no numbers that anybody sees: there it is the mailbox."""
    return host.partition(":")[2] or f"#{ticket}"


def moment(value: datetime) -> Markup:
    """A time for reading; the page's script puts it into the reader's zone."""
    stamp = value.astimezone(UTC)
    shown = f"{stamp:%d} {language.told(f'{stamp:%b}')} {stamp:%H:%M}"
    return Markup('<time datetime="{}">{} UTC</time>').format(stamp.isoformat(), shown)


def day(value: date) -> str:
    """A day for reading."""
    return f"{value:%d} {language.told(f'{value:%b}')} {value:%Y}"


def lasting(milliseconds: float | None) -> str:
    """How long something took."""
    if milliseconds is None:
        return "–"
    if milliseconds < _SECOND:
        return f"{milliseconds:.0f} ms"
    return f"{milliseconds / _SECOND:.1f} s"


def span(value: timedelta) -> str:
    """How long until something is due."""
    hours = value.total_seconds() / 3600
    if hours < 1:
        return counted(round(hours * 60), "minute")
    return counted(round(hours), "hour") if hours < 48 else counted(round(hours / 24), "day")


def reading_ms(draft: str | None) -> int:
    """How long anybody takes at least to read it: approved in less, it is no evidence."""
    return round(reading_floor(len((draft or "").split())).total_seconds() * 1000)


def took(seconds: int | None) -> str:
    """A time that was measured."""
    if seconds is None:
        return "–"
    return counted(seconds, "second") if seconds < 90 else span(timedelta(seconds=seconds))


def counted(number: int, one: str, many: str | None = None) -> str:
    """1 reply, 2 replies."""
    return language.ngettext(f"%(num)s {one}", f"%(num)s {many or one + 's'}", number) % {"num": number}


def teach(app: Flask) -> None:
    """Give the templates their words."""
    filters = (
        laid_out,
        marked,
        spoken,
        fired,
        because,
        place,
        maker,
        numbered,
        moment,
        day,
        lasting,
        span,
        took,
        counted,
        reading_ms,
    )
    app.jinja_env.filters.update({function.__name__: function for function in filters})
    app.jinja_env.globals.update(
        STATES=STATES,
        TIERS=TIERS,
        MODES=MODES,
        SCOPES=SCOPES,
        DRILL_STEPS=DRILL_STEPS,
        CANARIES=canary.QUEUE,
        is_draft_only=freezing.is_draft_only,
        ACCESS=ACCESS,
        NAVIGATION=NAVIGATION,
        IN_DESK=IN_DESK,
        UNDER_SETTINGS=UNDER_SETTINGS,
        PLAIN=PLAIN,
    )
    app.jinja_env.globals.update(REJECTIONS=review.REJECTIONS, form_token=callers.form_token)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
