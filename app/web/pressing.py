"""What is pressed in a host's own panel: each press is one action of `review` and its like, and what is true afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from app import correcting, desk, escalating, handled, holding, offering, review
from app.deps import Deps
from app.governance.decision import Reason
from app.panel import Act, Answer, Banner, Beside, Event, InsertText, OpenDraft, Show, SidePanel, Tone, Way
from app.review import Actor
from app.store.staff import Member
from app.web.beside import acts
from app.web.language import sentence, told
from app.web.panel_views import HOURS, STOPS, again, form, home, one_ticket
from app.web.stopping import stop_now

PATIENCE = 1.2  # seconds that an answer may wait for a worker: the host shows nothing meanwhile
VIA = "gmail"


def pressed(deps: Deps, panel: SidePanel, event: Event, member: Member) -> Answer:
    """One press. A refusal is shown where the person looks, over what is true now."""
    named = event.parameters.get("act", "")
    act = Act(named) if named in set(Act) else Act.SHOW
    way = Way.BACK if act in _FROM_A_FORM else Way.PUT
    try:
        if act is Act.STOP:
            return _stop(deps, panel, member)
        special = _SPECIAL.get(act)
        if special is not None:
            return special(deps, event, member)
        say = _DONE[act](deps, event, Actor(member, VIA)) if act in _DONE else ""
    except review.Changed as changed:
        title = told("It changed since you saw it; your press sent nothing.")
        return Show(_under(Banner(Tone.WARN, title, sentence(f"{changed}.")), again(deps, panel, event, member)), way)
    except review.Refusal as refusal:
        return Show(
            _under(Banner(Tone.WARN, told("Not done:"), told(f"{refusal}.")), again(deps, panel, event, member)), way
        )
    if act is Act.SHOW and event.parameters.get("above"):
        way = Way.OPEN
    return Show(again(deps, panel, event, member), way, told(say))


def _under(banner: Banner, view: Beside) -> Beside:
    return replace(view, banners=(banner, *view.banners))


def _item(deps: Deps, event: Event) -> desk.Item:
    found = desk.proposal(deps, event.parameters.get("proposal", ""))
    if found is None:
        raise review.NotFound(Reason("not-found", "there is no such proposal"))
    return found


def _ask(deps: Deps, event: Event, member: Member) -> Answer:
    """A form on top of the message, if that may still be done."""
    item, act = _item(deps, event), Act(event.parameters["act"])
    shown = form(item, act, member) if act in acts(item) else None
    if shown is None or item.seen != event.parameters.get("seen"):
        raise review.Changed(Reason("changed", f"it is {item.state} now"))
    return Show(shown, Way.OPEN)


def _insert(deps: Deps, event: Event, member: Member) -> Answer:
    """The draft in the thread, opened in Gmail's own editor."""
    item = _item(deps, event)
    coming = event.parameters.get("coming", "")
    mine = int(coming) if coming.isascii() and coming.isdigit() and len(coming) < 19 else None
    offered = offering.offer(deps, item.id, event.parameters.get("seen", ""), Actor(member, VIA), mine)
    offered = offering.wait(deps, offered, PATIENCE)
    if offered.at:
        return OpenDraft(offered.at, item.ticket)
    if offered.why:
        raise review.Refused(Reason("host", offered.why))
    wait = "The draft is being put into the thread.", "Press Insert draft again in a moment."
    view = one_ticket(deps, item.host, desk.for_ticket(deps, item.host, item.ticket), item.ticket, member)
    return Show(replace(_under(Banner(Tone.CALM, *map(told, wait)), view), coming=str(offered.row)), Way.PUT)


def _stop(deps: Deps, panel: SidePanel, member: Member) -> Answer:
    """One press, no question asked: OFF is committed before the answer."""
    if not member.may(STOPS):
        raise review.Refused(Reason("role", f"stopping needs the role {STOPS}"))
    stop_now("*", "", by=member)
    return Show(home(deps, panel.host, member), Way.PUT, told("Stopped. Nothing new is sent; people answer."))


def _compose(deps: Deps, event: Event, _member: Member) -> Answer:
    item = _item(deps, event)
    if Act.INSERT not in acts(item):
        raise review.Changed(Reason("changed", f"it is {item.state} now"))
    return InsertText(item.draft or "")


def _approve(deps: Deps, event: Event, actor: Actor) -> str:
    review.approve(deps, _id(event), event.parameters.get("seen", ""), actor)
    return ""


def _undo(deps: Deps, event: Event, actor: Actor) -> str:
    review.undo(deps, _id(event), actor)
    return "Taken back: nothing was sent."


def _save(deps: Deps, event: Event, actor: Actor) -> str:
    review.edit(deps, _id(event), event.inputs.get("text", ""), event.parameters.get("seen", ""), actor)
    there = offering.renew(deps, _id(event), actor)  # what lies in the thread must not go on saying what it said
    return "Saved and checked again; the draft in the thread follows." if there else "Saved and checked again."


def _reject(deps: Deps, event: Event, actor: Actor) -> str:
    review.reject(deps, _id(event), event.inputs.get("reason", ""), actor)
    return "Rejected. A person answers."


def _escalate(deps: Deps, event: Event, actor: Actor) -> str:
    hours = event.inputs.get("hours", "")
    due = deps.clock.now() + timedelta(hours=int(hours if hours in HOURS else "4"))
    to, note = event.inputs.get("to", "").strip(), event.inputs.get("note", "")[:500]
    escalating.escalate(deps, _id(event), to, due, actor, note=note)
    return "Escalated."


def _correct(deps: Deps, event: Event, actor: Actor) -> str:
    category = event.inputs.get("category", "")
    redo, cleared = event.inputs.get("redo", "")[:500], bool(event.inputs.get("not_escalation"))
    said = correcting.Asked("" if category == "as-it-is" else category, cleared, redo)
    correcting.correct(deps, _id(event), said, actor)
    return "Thank you. It is judged anew."


def _confirm_category(deps: Deps, event: Event, actor: Actor) -> str:
    review.confirm_category(deps, _id(event), actor)
    return "Thank you: category confirmed."


def _mark_done(deps: Deps, event: Event, actor: Actor) -> str:
    handled.mark(deps, _id(event), actor)
    return "Marked as done."


def _redo(deps: Deps, event: Event, actor: Actor) -> str:
    holding.redo(deps, _id(event), actor)
    return "It is written anew from the sources as they are now."


def _id(event: Event) -> str:
    return event.parameters.get("proposal", "")


_FROM_A_FORM = {Act.SAVE, Act.REJECTED, Act.ESCALATED, Act.CORRECTED}
_SPECIAL: dict[Act, Callable[[Deps, Event, Member], Answer]] = {
    **dict.fromkeys((Act.EDIT, Act.REJECT, Act.ESCALATE, Act.CORRECT), _ask),
    Act.INSERT: _insert,
    Act.COMPOSE: _compose,
}
_DONE: dict[Act, Callable[[Deps, Event, Actor], str]] = {
    Act.APPROVE: _approve,
    Act.UNDO: _undo,
    Act.DONE: _mark_done,
    Act.SAVE: _save,
    Act.REJECTED: _reject,
    Act.ESCALATED: _escalate,
    Act.CORRECTED: _correct,
    Act.CONFIRM_CATEGORY: _confirm_category,
    Act.REDO: _redo,
}
