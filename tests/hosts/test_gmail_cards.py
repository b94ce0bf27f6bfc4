"""Gmail's cards: every view as Google's own types read it, and as it was looked at and kept."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from app.panel import (
    Act,
    Banner,
    Beside,
    Cited,
    Consent,
    Field,
    Form,
    Home,
    InsertText,
    Kind,
    Note,
    OpenDraft,
    Piece,
    Said,
    Show,
    Suggestions,
    Tone,
    Waiting,
    Way,
)
from integrations.gmail.addon import deployment, thread
from integrations.gmail.answers import rendered
from integrations.gmail.cards import LETTER, Reader
from tests.judges import cards, judge_answer, judge_deployment

KEPT = Path(__file__).parent / "fixtures/gmail/cards"
ENGLISH = Reader("https://cs.example", str)
STANDARD = Cited(
    "shipping-times#standard", "Delivery times", "Standard delivery takes 3 to 5 working days. It costs 4.90 euros."
)
SENTENCES = (
    Piece("Hello Casey,\n\n"),
    Piece("Standard delivery takes 3 to 5 working days.", (STANDARD,)),
    Piece(" It is <b>free</b> & quick.", (), ("No source says so",)),
    Piece("\n\nKind regards"),
)
OFFERED = Beside(
    thread="18c2a5f0b1d3e4f5",
    title="Delivery times",
    chips=("Tier 1 · look-up", "Assisted", "en"),
    reasons=("Waits for a person: delivery-times is in assisted mode",),
    draft="".join(piece.text for piece in SENTENCES),
    pieces=SENTENCES,
    findings=("Numbers: the number 3 is not in any source",),
    acts=frozenset({Act.APPROVE, Act.INSERT, Act.EDIT, Act.REJECT, Act.ESCALATE, Act.CORRECT}),
    proposal="01P",
    seen="5ee",
)
STOPPED = Banner(Tone.STOP, "Stopped.", "People answer; nothing is sent.")
PLAIN = Beside(
    thread="18c2a5f0b1d3e4f5",
    title="Delivery times",
    others="Anna & <b>Ben</b> are on this",
    proposal="01P",
    seen="5ee",
)
LAWYER = Note("Legal · legal@acme.example · within 4 hours", "“my lawyer will <call> you”")
SUMMARY = Note("Summary, for people only", "A refund is wanted.", ("Promised: a call back by Friday",))
WAITS = Waiting("01P", "Delivery times", "Where is <it>?", "Casey Lee")
VIEWS = {
    "offered": OFFERED,
    "by-hand": replace(OFFERED, acts=OFFERED.acts - {Act.APPROVE}, by_hand=True, told=("Edited by Rosa Romano",)),
    "held-back": replace(OFFERED, acts=frozenset({Act.REDO, Act.EDIT}), notes=(Note("The source changed", "Look at it."),)),
    "approved": replace(OFFERED, acts=frozenset({Act.UNDO}), outcome="Goes out in 5 s", details=("Approved by Rosa",)),
    "sending": replace(OFFERED, acts=frozenset(), outcome="Sending…"),
    "sent": replace(OFFERED, acts=frozenset(), outcome="Sent", details=("Approved by Rosa Romano",), findings=()),
    "off": replace(PLAIN, banners=(STOPPED,), outcome="People answer while the switch is off.", acts=frozenset({Act.ESCALATE})),
    "drafting": replace(PLAIN, title="Preparing an answer", banners=(Banner(Tone.CALM, "Preparing an answer…"),)),
    "stale": replace(OFFERED, banners=(Banner(Tone.WARN, "It changed since you saw it; your press sent nothing.", "Look."),)),
    "escalated": replace(PLAIN, notes=(LAWYER, SUMMARY), outcome="Ben has this.", details=("Due in 4 hours",)),
    "nothing": Beside(thread="", title="Nothing waits here", notes=(Note("", "When this customer writes, it appears here."),)),
    "home": Home(
        switch=(Banner(Tone.CALM, "Everything", "On"), Banner(Tone.STOP, "Billing", "Stopped")),
        troubles=("the clock process was last seen at 09:00",), due=(Note("1 open escalation", "See there."),),
        waiting=(WAITS,), count=12, may_stop=True,
    ),
    "compose": Suggestions(drafts=((WAITS, "Hello\n\nIt left today."),)),
    "compose-nothing": Suggestions(drafts=()),
    "form": Form(
        title="Escalate", press="Escalate", act=Act.ESCALATED, proposal="01P", seen="5ee", hint="It stays inside.",
        fields=(
            Field(kind=Kind.LINE, name="to", label="To whom", suggestions=("legal@acme.example",), required=True),
            Field(kind=Kind.LINES, name="text", label="Your text", value="Hello", longest=500),
            Field(kind=Kind.ONE, name="reason", label="Why", choices=(("tone", "Wrong tone"),)),
            Field(kind=Kind.MENU, name="hours", label="By when", value="4", choices=(("4", "in 4 hours"), ("1", "in 1 hour"))),
            Field(kind=Kind.TICK, name="clear", label="", choices=(("yes", "This is not an escalation"),)),
        ),
    ),
    "unknown-person": Said("Countersign does not know you", "nobody@acme.example is nobody who answers customers here."),
    "not-now": Said("Not now", "Zendesk does not answer. Nothing was done.", again=True, may_stop=True),
}  # fmt: skip
ANSWERS = {
    **{name: Show(view, Way.OPEN) for name, view in VIEWS.items()},
    "put": Show(OFFERED, Way.PUT, "Saved and checked again."),
    "back": Show(OFFERED, Way.BACK),
    "open-draft": OpenDraft("r-8123", "18c2a5f0b1d3e4f5"),
    "insert-text": InsertText("It is <free> & quick.\n\nKind regards"),
    "consent": Consent(("https://www.googleapis.com/auth/userinfo.email",)),
}


def shown(name: str) -> str:
    pressed = name in {"put", "back"}
    return json.dumps(rendered(ANSWERS[name], ENGLISH, pressed=pressed), indent=1, ensure_ascii=False) + "\n"


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_is_one_that_google_reads(name):
    judge_answer(json.loads(shown(name)))


def test_every_answer_is_as_it_was_looked_at():
    """UPDATE_KEPT=1 writes them anew: look at the difference before you commit it."""
    file = KEPT / "answers.json"
    found = {name: json.loads(shown(name)) for name in ANSWERS}
    if os.environ.get("UPDATE_KEPT"):
        file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(file.read_text(encoding="utf-8")) == found


def test_nothing_that_people_wrote_is_markup():
    evil = "<a href='https://evil.example'>x</a>\x00&<script>"
    many = (evil,) * 40
    cited = (replace(STANDARD, id=evil, title=evil, text=evil * 200),) * 40
    view = Beside(
        thread=evil, title=evil, chips=many[:3], banners=(Banner(Tone.STOP, evil, evil),) * 40, reasons=many, draft=evil,
        notes=(Note(evil, evil, many),) * 40, pieces=(Piece(evil, cited, many),) * 40, findings=many, told=many[:3], outcome=evil, details=many[:3],
        acts=frozenset(Act), proposal=evil, seen=evil, by_hand=True,
    )  # fmt: skip
    answer = rendered(Show(view, Way.OPEN), ENGLISH, pressed=False)
    judge_answer(answer)
    (card,) = cards(answer)
    texts = [
        one["text"]
        for section in card["sections"]
        for widget in section["widgets"]
        for one in widget.values()
        if "text" in one
    ]
    assert not [text for text in texts if "<a" in text or "<script" in text]


@pytest.mark.threat("panel-forged")
def test_a_draft_too_long_to_be_read_here_is_not_approved_here():
    draft = "x" * (LETTER + 1)
    view = replace(OFFERED, draft=draft, pieces=(Piece(draft),))
    (card,) = cards(rendered(Show(view, Way.OPEN), ENGLISH, pressed=False))
    assert "fixedFooter" not in card
    assert "too long" in str(card)


def test_the_letter_is_shown_to_the_last_word():
    draft = "word " * (LETTER // 5)
    (card,) = cards(
        rendered(Show(replace(OFFERED, draft=draft, pieces=(Piece(draft),)), Way.OPEN), ENGLISH, pressed=False)
    )
    assert draft in str(card)


def test_what_we_declare_is_what_google_reads_and_what_is_in_the_manifest():
    declared = deployment("https://countersign.example")
    judge_deployment(declared)
    kept = Path(__file__).parents[2] / "manifest/gmail/deployment.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == declared


THREADS = {
    "thread-f:1784201503843456245": f"{1784201503843456245:x}",
    "18c2a5f0b1d3e4f5": "18c2a5f0b1d3e4f5",
    "thread-a:r-1234": "",
    "msg-f:12": "",
    "thread-f:": "",
    "thread-f:99999999999999999999": "",
    "../../18c2": "",
    "": "",
}


@pytest.mark.parametrize(("told", "found"), THREADS.items())
def test_a_thread_is_called_as_the_api_calls_it(told, found):
    assert thread(told) == found
