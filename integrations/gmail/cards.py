"""Gmail's cards: from what our panel shows to google.apps.card.v1, as a pure function."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.panel import (
    Act,
    Banner,
    Beside,
    Cited,
    Form,
    Home,
    Note,
    Piece,
    Said,
    Say,
    Suggestions,
    Tone,
    View,
    Waiting,
)
from integrations.gmail import widgets
from integrations.gmail.widgets import Json, html, line, quiet, section, words

MOST = 10  # of each thing, so that a card stays far below Gmail's 100 widgets
LETTER = 12_000  # a draft that is longer is not shown, and what is not shown whole cannot be approved
PASSAGE = 600
_WORDS = {
    Act.INSERT: "Insert draft",
    Act.EDIT: "Edit",
    Act.REJECT: "Reject",
    Act.ESCALATE: "Escalate",
    Act.CORRECT: "Correct…",
    Act.UNDO: "Undo",
    Act.DONE: "Mark as done",
    Act.CONFIRM_CATEGORY: "Yes, the category is right",
    Act.REDO: "Write it anew",
    Act.APPROVE: "Approve & send",
}
_BY_HAND = "A person sends this: insert it, look at it, then use Gmail's own button."
_SMALL = (
    Act.UNDO,
    Act.DONE,
    Act.REDO,
    Act.CONFIRM_CATEGORY,
    Act.EDIT,
    Act.REJECT,
    Act.ESCALATE,
    Act.CORRECT,
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a card is for: where what they press is posted and links lead, and a card's own words in their language."""

    app: str
    say: Say

    @property
    def action(self) -> str:
        """For everything that is pressed: a whole address, as Gmail wants it."""
        return f"{self.app}/gmail/addon/action"

    def does(self, act: Act, **parameters: str) -> Json:
        """The action of a button."""
        return widgets.action(self.action, act, **parameters)


def card(view: View, to: Reader) -> Json:
    """One card."""
    match view:
        case Beside():
            return _beside(view, to)
        case Home():
            return _home(view, to)
        case Form():
            return _form(view, to)
        case Suggestions():
            return _suggestions(view, to)
        case Said():
            return _said(view, to)


# --- one message -------------------------------------------------------------------------------------------------------


def _beside(view: Beside, to: Reader) -> Json:
    sections = [
        section("", [*_others(view), *map(widgets.banner, view.banners[:MOST]), *_outcome(view)]),
        section("", [words(f"• {reason}") for reason in view.reasons[:MOST]], shown=3),
        *(section(note.title, _note(note)) for note in view.notes[:MOST]),
        section(to.say("Suggested reply"), _draft(view, to)),
        section(to.say("Sources"), _sources(view.pieces, to) if _fits(view) else [], shown=0),
        section("", [_small_buttons(view, to)]),
    ]
    return widgets.card(view.title, " · ".join(view.chips), sections, _footer(view, to))


def _fits(view: Beside) -> bool:
    return len(view.draft) <= LETTER


def _others(view: Beside) -> list[Json]:
    return [line(html(widgets.clipped(view.others)), icon="visibility")] if view.others else []


def _outcome(view: Beside) -> list[Json]:
    return [line(f"<b>{html(view.outcome)}</b>", below=" · ".join(view.details))] if view.outcome else []


def _note(note: Note) -> list[Json]:
    return [words(told) for told in (note.text, *note.lines[:3]) if told]


def _draft(view: Beside, to: Reader) -> list[Json]:
    if not view.draft:
        return []
    if not _fits(view):
        return [words(to.say("It is too long for this panel.")), widgets.buttons([_queue(to)])]
    numbers = _numbers(view.pieces)
    letter = "".join(_piece(piece, numbers) for piece in view.pieces)
    problems = [*(problem for piece in view.pieces for problem in piece.problems), *view.findings]
    told = [quiet(one) for one in (*view.told, *([to.say(_BY_HAND)] if view.by_hand else ()))]
    return [widgets.paragraph(letter), *map(widgets.alarm, problems[:MOST]), *told]


def _numbers(pieces: Sequence[Piece]) -> dict[str, int]:
    """Each source by its place in the letter."""
    ids = dict.fromkeys(one.id for piece in pieces for one in piece.cited)
    return {name: number for number, name in enumerate(ids, 1)}


def _piece(piece: Piece, numbers: Mapping[str, int]) -> str:
    text = widgets.in_red(html(piece.text)) if piece.problems else html(piece.text)
    marks = "".join(f" <b>[{numbers[one.id]}]</b>" for one in piece.cited)
    return f"{text}{marks}"


def _sources(pieces: Sequence[Piece], to: Reader) -> list[Json]:
    cited = {
        one.id: (one, [piece.text for piece in pieces if one in piece.cited]) for piece in pieces for one in piece.cited
    }
    found = [_source(number, *cited[name]) for name, number in _numbers(pieces).items()]
    rest = len(found) - MOST
    return [*found[:MOST], *([quiet(to.say(f"{rest} more in the queue"))] if rest > 0 else [])]


def _source(number: int, one: Cited, sentences: Sequence[str]) -> Json:
    marked = html(_around(one.text, sentences[0]))
    for sentence in sentences:
        marked = marked.replace(html(sentence), f"<b>{html(sentence)}</b>", 1)
    return line(marked, above=f"[{number}] {one.title}", below=one.id)


def _around(passage: str, sentence: str) -> str:
    """As much of a long passage as fits, with the sentence in it."""
    if len(passage) <= PASSAGE:
        return passage
    begin = max(0, passage.find(sentence) - max(0, PASSAGE - len(sentence)) // 2)
    cut = passage[begin : begin + PASSAGE]
    return f"{'…' if begin else ''}{cut}{'…' if begin + PASSAGE < len(passage) else ''}"


def _small_buttons(view: Beside, to: Reader) -> Json:
    shown = [widgets.button(to.say(_WORDS[act]), _of(view, to, act)) for act in _SMALL if act in view.acts]
    return widgets.buttons([*shown, widgets.button(to.say("Refresh"), _of(view, to, Act.SHOW))])


def _footer(view: Beside, to: Reader) -> Json:
    """What is pressed most stands where it is always seen."""
    main = [act for act in (Act.APPROVE, Act.INSERT) if act in view.acts and _fits(view)]
    shown = [widgets.button(to.say(_WORDS[act]), _of(view, to, act), main=act is main[0]) for act in main]
    return {"fixedFooter": dict(zip(("primaryButton", "secondaryButton"), shown, strict=False))} if shown else {}


def _of(view: Beside, to: Reader, act: Act) -> Json:
    return to.does(act, proposal=view.proposal, seen=view.seen, coming=view.coming if act is Act.INSERT else "")


# --- everything else ---------------------------------------------------------------------------------------------------


def _home(view: Home, to: Reader) -> Json:
    switch = [
        line(f"<b>{html(one.text)}</b>", above=one.title, icon="block" if one.tone is Tone.STOP else "check_circle")
        for one in view.switch[:MOST]
    ]
    links = [widgets.link(to.say("Open the switch"), f"{to.app}/settings"), _queue(to)]
    stop = [widgets.buttons([_stop(to)])] if view.may_stop else []
    rest = view.count - len(view.waiting)
    more = [quiet(to.say(f"{rest} more in the queue"))] if rest > 0 else []
    waiting = [_waiting(one, to) for one in view.waiting]
    sections = [
        section("", [widgets.banner(Banner(Tone.WARN, trouble)) for trouble in view.troubles[:MOST]]),
        section(to.say("The switch"), [*switch, *stop, widgets.buttons(links)]),
        section(to.say("What is due"), [line(html(note.title), below=note.text) for note in view.due[:MOST]]),
        section(to.say("Waiting for a yes"), [*waiting, *more] or [words(to.say("Nothing waits."))]),
    ]
    return widgets.card("Countersign", to.say("What waits for people"), sections)


def _queue(to: Reader) -> Json:
    return widgets.link(to.say("Open the queue"), f"{to.app}/")


def _stop(to: Reader) -> Json:
    return widgets.danger(to.say("Stop everything"), to.does(Act.STOP))


def _waiting(one: Waiting, to: Reader) -> Json:
    opens = {"action": to.does(Act.SHOW, proposal=one.proposal, above="yes")}
    return line(html(widgets.clipped(one.subject)), above=one.title, below=one.requester, onClick=opens)


def _suggestions(view: Suggestions, to: Reader) -> Json:
    if not view.drafts:
        none = section("", [words(to.say("No suggested reply waits for these recipients."))])
        return widgets.card(to.say("Suggested replies"), "", [none])
    shown = [_suggestion(*one, to) for one in view.drafts]
    return widgets.card(to.say("Suggested replies"), to.say("Look at it before you send it"), shown)


def _suggestion(one: Waiting, text: str, to: Reader) -> Json:
    about = line(html(widgets.clipped(one.subject)), above=one.title, below=one.requester)
    press = widgets.button(to.say("Insert"), to.does(Act.COMPOSE, proposal=one.proposal), main=True)
    return section("", [about, words(text), widgets.buttons([press])])


def _form(view: Form, to: Reader) -> Json:
    needed: dict[str, Any] = (
        {"requiredWidgets": names} if (names := [one.name for one in view.fields if one.required]) else {}
    )
    doing = to.does(view.act, proposal=view.proposal, seen=view.seen) | needed
    hint = [quiet(view.hint)] if view.hint else []
    press = widgets.buttons([widgets.button(view.press, doing, main=True)])
    return widgets.card(view.title, "", [section("", [*map(widgets.field, view.fields), *hint, press])])


def _said(view: Said, to: Reader) -> Json:
    shown = [widgets.button(to.say("Refresh"), to.does(Act.SHOW))] if view.again else []
    shown += [_stop(to)] if view.may_stop else []
    told = [widgets.paragraph(f"<b>{html(view.title)}</b>"), words(view.text)]
    told += [widgets.buttons(shown)] if shown else []
    return widgets.card("Countersign", "", [section("", told)])
