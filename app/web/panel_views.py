"""Views of a host's own panel beside the one of a message: its homepage, its forms, and drafts for a compose window."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from app import desk, presence, review, source_view, troubles
from app.deps import Deps
from app.panel import Act, Banner, Beside, Event, Field, Form, Home, Kind, Note, SidePanel, Suggestions, Tone, Waiting
from app.store import drills, escalations, lineup, policies, proposals
from app.store.staff import Member
from app.web.beside import acts, beside
from app.web.language import sentence, told
from app.web.views import categories, owners
from app.web.words import SCOPES, counted, span, spoken

LISTED = 10
SUGGESTED = 5
LOOKED_AT = 200
STOPS = "reviewer"  # and above
_SWITCH = {"LIVE": "On", "OFF": "Stopped", "CONFIRMED": "Stopped and confirmed"}
HOURS = {"1": "in 1 hour", "4": "in 4 hours", "24": "in 1 day", "72": "in 3 days"}


def home(deps: Deps, prefix: str, me: Member) -> Home:
    """The switch, what is due, and what waits in this host's mailboxes."""
    switches = desk.switches(deps)
    stopped = {one.scope for one in switches if one.state != "LIVE"}
    shown = tuple(_scope(one) for one in switches if one.scope in {"*", *stopped})
    found = [] if "*" in stopped else _offered(deps, prefix, stopped)
    wrong = tuple(map(sentence, troubles.told(deps)))
    may_stop = me.may(STOPS) and "*" not in stopped
    waiting = tuple(found[:LISTED])
    return Home(switch=shown, troubles=wrong, due=_due(deps), waiting=waiting, count=len(found), may_stop=may_stop)


def _scope(one: desk.Scope) -> Banner:
    tone = Tone.CALM if one.state == "LIVE" else Tone.STOP
    title = told(SCOPES[one.scope]) if one.scope in SCOPES else spoken(one.scope)
    return Banner(tone, title, told(_SWITCH[one.state]))


def _offered(deps: Deps, prefix: str, stopped: set[str]) -> list[Waiting]:
    """Not judged again: whoever opens one sees how it stands now."""
    with deps.readers.begin() as tx:
        listed = lineup.listed(tx, deps.keys, (proposals.OFFERED,), limit=LOOKED_AT)
    mine = [one for one in listed if one.proposal.host.startswith(prefix) and one.proposal.queue not in stopped]
    return [
        Waiting(one.id, spoken(one.proposal.category), one.proposal.subject, one.record.page.requester_name)
        for one in mine
    ]


def _waiting(item: desk.Item) -> Waiting:
    return Waiting(item.id, spoken(item.category), item.subject, item.requester_name)


def _due(deps: Deps) -> tuple[Note, ...]:
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        open_ones = escalations.still_open(tx, deps.keys)
        rehearsed = drills.drill_state(tx, policies.in_force(tx, now))
    found = []
    if open_ones:
        left = open_ones[0].due_at - now
        late = "the first is overdue" if left <= timedelta() else f"the first is due in {span(left)}"
        title = f"{counted(len(open_ones), 'open escalation')}: {told(late)}"
        found.append(Note(title, told("They are under Escalations.")))
    if rehearsed.overdue(now):
        found.append(Note(told("The rollback drill is overdue"), told("Rehearse the stop under Settings.")))
    return tuple(found)


def suggestions(deps: Deps, prefix: str, ticket: str, recipients: tuple[str, ...]) -> Suggestions:
    """Drafts for this thread, or for one of these recipients; those of nobody else."""
    wanted = {address.lower() for address in recipients}
    with deps.readers.begin() as tx:
        listed = lineup.listed(tx, deps.keys, (proposals.OFFERED,), limit=LOOKED_AT)
        theirs = {
            stored.id
            for stored in listed
            if stored.proposal.host.startswith(prefix)
            and (stored.proposal.ticket == ticket or wanted & {one.lower() for one in stored.proposal.participants})
        }
    items = [item for one in sorted(theirs) if (item := desk.proposal(deps, one)) and Act.INSERT in acts(item)]
    return Suggestions(drafts=tuple((_waiting(item), item.draft or "") for item in items[:SUGGESTED]))


# --- one message -------------------------------------------------------------------------------------------------------


def opened(deps: Deps, panel: SidePanel, event: Event, me: Member) -> Beside:
    """The thread in whichever of our mailboxes it is; the reader's own first."""
    mine = f"{panel.host}{event.person}"
    names = sorted((name for name in deps.hosts if name.startswith(panel.host)), key=lambda name: (name != mine, name))
    views = [(name, desk.for_ticket(deps, name, event.ticket)) for name in names] if event.ticket else []
    found = next(((name, view) for name, view in views if view.item or view.working), None)
    if found is None:  # nothing of ours: who reads what in a mailbox of their own is nobody's business
        return beside(deps, views[0][1] if views else desk.for_ticket(deps, panel.host, ""), event.ticket)
    return one_ticket(deps, *found, event.ticket, me)


def one_ticket(deps: Deps, host: str, view: desk.TicketView, ticket: str, me: Member) -> Beside:
    """With who else has it open; and from now on so have I."""
    shown = beside(deps, view, ticket, source_view.held(deps, view.item.id) if view.item else None)
    return replace(shown, others=told(presence.said(presence.others(deps, host, ticket, me, here=True))))


def again(deps: Deps, panel: SidePanel, event: Event, me: Member) -> Beside:
    """What is beside the ticket that the pressed button was about, as it is now."""
    item = desk.proposal(deps, event.parameters.get("proposal", ""))
    if item is None:
        return opened(deps, panel, event, me)
    return one_ticket(deps, item.host, desk.for_ticket(deps, item.host, item.ticket), item.ticket, me)


# --- forms -------------------------------------------------------------------------------------------------------------


def form(item: desk.Item, act: Act, me: Member) -> Form | None:
    """What is asked before that is done; None: nothing is."""
    builders = {Act.EDIT: _edit, Act.REJECT: _reject, Act.ESCALATE: _escalate}
    if act is Act.CORRECT:
        return _correct(item, me)
    return builders[act](item) if act in builders else None


def _asked(item: desk.Item, title: str, press: str, act: Act, fields: tuple[Field, ...], hint: str = "") -> Form:
    said = {"title": told(title), "press": told(press), "hint": told(hint)}
    asked = tuple(replace(one, label=told(one.label)) for one in fields)
    return Form(**said, fields=asked, act=act, proposal=item.id, seen=item.seen or "")


def _edit(item: desk.Item) -> Form:
    text = Field(kind=Kind.LINES, name="text", label="Your text", value=item.draft or "", required=True)
    hint = "It is checked again, and waits for an approval."
    return _asked(item, "Edit the reply", "Save and check", Act.SAVE, (text,), hint)


def _reject(item: desk.Item) -> Form:
    choices = tuple((reason, sentence(reason)) for reason in review.REJECTIONS)
    why = Field(kind=Kind.ONE, name="reason", label="What is wrong with it?", choices=choices, required=True)
    return _asked(item, "Reject the reply", "Reject", Act.REJECTED, (why,))


def _escalate(item: desk.Item) -> Form:
    named = item.triggers[0].owner or "" if item.triggers else ""
    fields = (
        Field(kind=Kind.LINE, name="to", label="To whom", value=named, suggestions=tuple(owners()), required=True),
        Field(
            kind=Kind.MENU,
            name="hours",
            label="By when",
            value="4",
            choices=tuple((hours, told(words)) for hours, words in HOURS.items()),
        ),
        Field(kind=Kind.LINE, name="note", label="Note, stays inside", longest=500),
    )
    return _asked(item, "Escalate", "Escalate", Act.ESCALATED, fields)


def _correct(item: desk.Item, me: Member) -> Form:
    as_it_is = told(f"{spoken(item.category)} (as it is)") if item.category else spoken(None)
    others = tuple((name, spoken(name)) for name in categories() if name != item.category)
    clears = item.state == "escalated" and (me.may("reviewer") or not item.told.needs_reviewer)
    tick = Field(kind=Kind.TICK, name="not_escalation", label="", choices=(("yes", told("This is not an escalation")),))
    redo = "What the draft should say, as far as the approved sources do"
    fields = (
        *((tick,) if clears else ()),
        Field(
            kind=Kind.MENU,
            name="category",
            label="What it is about",
            choices=(("as-it-is", as_it_is), *others),
            value="as-it-is",
        ),
        Field(kind=Kind.LINES, name="redo", label=redo, value=item.told.instruction, longest=500),
    )
    return _asked(item, "Correct", "Judge anew", Act.CORRECTED, fields, "Judged anew; it waits for an approval again.")
