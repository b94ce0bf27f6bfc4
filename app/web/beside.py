"""What is beside a message, whichever host draws it: what may be pressed, how it ended in words, and all of it as facts."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from app import desk
from app.deps import Deps
from app.governance.corrective import CATEGORY
from app.governance.decision import Switch
from app.governance.naming import fired
from app.panel import Act, Banner, Beside, Note, Piece, Tone
from app.source_view import Held
from app.web.language import sentence, told
from app.web.words import MODES, STATES, TIERS, because, laid_out, span, spoken

_DECIDED = frozenset({"sent", "sending", "rejected", "superseded", "handled"})
_WITH_PEOPLE = frozenset({"human", "rejected", "unclear", "escalated", "handled"})
_EXPLAINED = frozenset({"offered", "human", "handled", "held"})
_ENDINGS = {
    "held": "Held for a moment; it goes out by itself.",
    "sending": "Sending…",
    "sent": "Sent",
    "rejected": "Rejected: a person answers.",
    "superseded": "The customer wrote again; this draft is void.",
    "human": "A person answers.",
    "handled": "Done by people.",
    "unclear": "Please check the ticket: we cannot tell whether this went out.",
    "approved": "Approved; on its way.",
}


def is_dark(item: desk.Item) -> bool:
    """After a stop no draft is shown that could still be used; what was sent stays readable."""
    return item.stopped and item.state not in _DECIDED


def _is_held_back(item: desk.Item) -> bool:
    """A source under the draft changed."""
    return any(reason.rule == "source-changed" for reason in item.reasons)


def acts(item: desk.Item) -> frozenset[Act]:
    """What may be pressed on it."""
    if is_dark(item):
        return frozenset({Act.ESCALATE} | ({Act.DONE} if _may_be_done(item) else set()))
    if item.state == "offered":
        judged = set() if item.category == CATEGORY else {Act.CORRECT, *_on_the_category(item)}
        return frozenset({Act.ESCALATE, *_with_the_draft(item), *judged})
    if item.state in {"approved", "held"} and item.approval:
        return frozenset({Act.UNDO})
    if item.state not in _WITH_PEOPLE:
        return frozenset()
    wanted = {
        Act.INSERT: bool(item.draft) and item.state == "human",
        Act.ESCALATE: item.state != "escalated",
        Act.DONE: _may_be_done(item),
        Act.CORRECT: item.state in {"human", "escalated"} and item.category != CATEGORY,
    }
    return frozenset(act for act, may in wanted.items() if may)


def _may_be_done(item: desk.Item) -> bool:
    """It is with people, and no open escalation is what ends it."""
    return item.state in desk.WITH_PEOPLE and item.owner is None


def _with_the_draft(item: desk.Item) -> set[Act]:
    if not item.draft:
        return set()
    use = set() if _is_held_back(item) else {Act.INSERT} | ({Act.APPROVE} if item.can_approve else set())
    return {Act.EDIT, Act.REJECT} | use


def _on_the_category(item: desk.Item) -> set[Act]:
    unsure = any(reason.rule == "unsure" for reason in item.reasons)
    return {Act.CONFIRM_CATEGORY} if unsure and item.category and not item.confirmed else set()


def ending(item: desk.Item) -> str:
    """How it stands, in words."""
    if item.state == "escalated" and item.owner:
        return f"{item.owner.name} has this." if item.owner.name else "Nobody owns this yet."
    if item.state == "escalated":
        return "A person answers."
    if item.state in {"human", "handled"} and item.told.ended:
        return "A person answered."
    return _ENDINGS.get(item.state, STATES.get(item.state, item.state))


def teach(app: Flask) -> None:
    """Give the templates the same rules and words."""
    app.jinja_env.filters.update({function.__name__: function for function in (is_dark, acts, ending)})


# --- as facts, for a host that draws the panel by itself ----------------------------------------------------------------


def beside(deps: Deps, view: desk.TicketView, thread: str, held: Held | None = None) -> Beside:
    """All that the sidebar shows of one ticket."""
    item = view.item
    if item is None:
        title, notes = (
            ("Preparing an answer", ()) if view.working else ("Nothing waits here", (Note("", told(_NOTHING)),))
        )
        return Beside(thread=thread, title=told(title), banners=_above(view), notes=notes)
    dark, can = is_dark(item), acts(item)
    shows = bool(item.draft) and not dark
    return Beside(
        thread=thread,
        title=spoken(item.category),
        chips=_chips(item),
        banners=(*_above(view), *_about(item)),
        reasons=_reasons(item),
        notes=(*_holding(held, dark=dark), *_notes(item)),
        draft=item.draft or "" if shows else "",
        pieces=_pieces(item) if shows else (),
        findings=tuple(f"{spoken(one.check)}: {told(one.text)}" for one in item.findings if one.sentence is None),
        told=_told(item) if shows else (),
        outcome=told(_outcome(item, dark, deps.clock.now())),
        details=() if dark else _details(item, deps.clock.now()),
        by_hand=item.state == "offered" and Act.INSERT in can and Act.APPROVE not in can,
        acts=can | ({Act.REDO} if held and not dark else set()),
        proposal=item.id,
        seen=item.seen or "",
    )


_NOTHING = "When this customer writes, what Countersign makes of it appears here."


def _above(view: desk.TicketView) -> tuple[Banner, ...]:
    found = []
    if view.switch is not Switch.LIVE:
        confirmed = view.switch is Switch.CONFIRMED
        title = "Stopped and confirmed." if confirmed else "Stopped."
        found.append(Banner(Tone.STOP, told(title), told("People answer; nothing is sent.")))
    found += [
        Banner(Tone.WARN, sentence(f"{trouble}."), told("Work waits; nothing is lost.")) for trouble in view.troubles
    ]
    if view.working:
        found.append(Banner(Tone.CALM, told("Preparing an answer to the newest message…")))
    return tuple(found)


def _about(item: desk.Item) -> tuple[Banner, ...]:
    moved = (Banner(Tone.WARN, told("The thread moved on:"), told(f"{item.moved_on}.")),) if item.moved_on else ()
    talks = told("Text that talks to the assistant:")
    return (*moved, *(Banner(Tone.WARN, talks, f"“{mark.quote}”") for mark in item.injection))


def _chips(item: desk.Item) -> tuple[str, ...]:
    tier = TIERS.get(item.tier or 0, "")
    urgent = item.urgency if item.urgency in {"high", "critical"} else ""
    return tuple(filter(None, (told(tier), told(MODES.get(item.mode, "")), sentence(urgent), item.language)))


def _reasons(item: desk.Item) -> tuple[str, ...]:
    if item.state not in _EXPLAINED and item.action != "hand_over":
        return ()
    shown = [one for one in item.reasons if one.rule != "source-changed" or item.state != "offered"]
    return tuple(because(reason.text, item.category) for reason in shown)


def _holding(held: Held | None, *, dark: bool) -> tuple[Note, ...]:
    if held is None or dark:
        return ()
    read_it = told("Read the source before you say that the draft is still right.")
    return tuple(Note(sentence(shift.why), read_it) for shift in held.shifts)


def _notes(item: desk.Item) -> tuple[Note, ...]:
    found = [Note(_trigger(one), f"“{one.quote}”" if one.quote else "") for one in item.triggers]
    if item.abstained and not any(reason.rule == "unanswerable" for reason in item.reasons):
        found.append(Note(told("No draft"), told(item.abstained.text)))
    if item.summary:
        promised = tuple(f"{told('Promised')}: {line}" for line in item.summary.commitments)
        found.append(Note(told("Summary, for people only"), item.summary.text, promised))
    return tuple(found)


def _trigger(one: desk.ShownTrigger) -> str:
    due = told(f"within {span(one.due)}") if one.due else None
    return " · ".join(filter(None, (told(fired(one.trigger)), one.owner, due)))


def _pieces(item: desk.Item) -> tuple[Piece, ...]:
    def piece(text: str, number: int | None) -> Piece:
        if number is None:
            return Piece(text)
        cited = tuple(one for one in item.sentences[number].sources if one.text)
        problems = tuple(sentence(one.text) for one in item.findings if one.sentence == number)
        return Piece(text, cited, problems)

    laid = laid_out(item.draft or "", [sentence.text for sentence in item.sentences])
    return tuple(piece(one.text, one.number) for one in laid)


def _told(item: desk.Item) -> tuple[str, ...]:
    asked = told(f"Redone as asked: “{item.told.instruction}”") if item.told.instruction else ""
    if asked and item.told.unmoved:
        asked += f" {told('The approved sources say no more on this, so the draft is the same.')}"
    return tuple(filter(None, (asked, told(f"Edited by {item.edited_by}") if item.edited_by else "")))


def _outcome(item: desk.Item, dark: bool, now: datetime) -> str:  # noqa: FBT001
    if dark:
        return "People answer while the switch is off."
    if item.state == "offered":
        return ""
    if item.state in {"approved", "held"} and item.approval:
        left = (item.approval.due_at - now).total_seconds()
        return f"Goes out in {left:.0f} s" if left >= 1 else "Sending…"
    return ending(item)


def _details(item: desk.Item, now: datetime) -> tuple[str, ...]:
    if item.state == "offered":
        return ()
    found = []
    if item.approval and item.state in {"approved", "held"}:
        nobody = "by itself: nobody needs to approve this one"
        found.append(f"Approved by {item.approval.by}" if item.state == "approved" else nobody)
    if item.owner:
        left = item.owner.due_at - now
        found.append(f"Due in {span(left)}" if left.total_seconds() > 0 else "Overdue")
    if item.sent_at and item.approval:
        found.append(f"Approved by {item.approval.by}")
    if item.told.ended:
        found.append(f"{item.told.ended}.")
    if item.outcome and item.outcome.lower() != item.state:
        found.append(item.outcome)
    return tuple(map(sentence, found))
