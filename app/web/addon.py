"""The panel that Gmail draws: an event in, a card out. Who calls and who pressed are proven before anything is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, request

from app import known
from app.deps import Deps
from app.host import HostError, WebhookRejected
from app.known import Trust
from app.panel import Act, Answer, Consent, Event, Said, Show, SidePanel, Way
from app.store import staff
from app.store.staff import Member
from app.web import language, limits
from app.web.context import current_deps
from app.web.language import told
from app.web.panel_views import STOPS, home, opened, suggestions
from app.web.pressing import pressed

bp = Blueprint("addon", __name__, url_prefix="/gmail/addon")
Json = dict[str, Any]
Answering = Callable[[Deps, SidePanel, Event, Member], Answer]


@bp.post("/home")
def homepage() -> Json:
    """Nothing is open: the switch, what is due, what waits."""
    return _answered(lambda deps, panel, _event, member: Show(home(deps, panel.host, member), Way.OPEN), Trust.READ)


@bp.post("/message")
def message() -> Json:
    """A message was opened."""
    return _answered(lambda deps, panel, event, member: Show(opened(deps, panel, event, member), Way.OPEN), Trust.READ)


@bp.post("/compose")
def compose() -> Json:
    """From the compose window."""

    def suggest(deps: Deps, panel: SidePanel, event: Event, _member: Member) -> Answer:
        return Show(suggestions(deps, panel.host, event.ticket, event.recipients), Way.OPEN)

    return _answered(suggest, Trust.READ)


@bp.post("/action")
def action() -> Json:
    """Something was pressed."""
    return _answered(pressed, Trust.MINUTE, is_pressed=True)


def _answered(make: Answering, trust: Trust, *, is_pressed: bool = False) -> Json:
    """The whole of every route: the host's token, the person's token, what they may do, and then the answer."""
    deps = current_deps()
    panel = deps.panel or abort(404)
    url = f"{deps.settings.app_url}{request.path}"  # never from the request's own Host
    try:
        event = panel.event(request.headers.get("Authorization", ""), request.get_data(), url, deps.clock.now())
    except WebhookRejected:
        abort(401)
    way = Way.PUT if is_pressed else Way.OPEN
    if event.lacking:
        return panel.answer(Consent(event.lacking), told, pressed=is_pressed)
    stops = is_pressed and event.parameters.get("act") == Act.STOP  # waits for nobody's word
    member = _member(deps, panel, event, Trust.LAST if stops else trust)
    if isinstance(member, Member) and not stops and limits.calls_too_often(member):
        member = Said(told("Not now"), told(limits.TOO_OFTEN), again=True, may_stop=member.may(STOPS))
    answer = Show(member, way) if isinstance(member, Said) else make(deps, panel, event, member)
    return panel.answer(answer, told, pressed=is_pressed)


def _member(deps: Deps, panel: SidePanel, event: Event, trust: Trust) -> Member | Said:
    """One of ours, by the address that Google verified; or why not, in words. From here on their language is spoken."""
    email = event.person
    with deps.readers.begin() as tx:
        found = staff.by_email(tx, email)
    language.speak(found.language if found else None, event.locale)
    if f"{panel.host}{email}" in deps.hosts:
        text = f"{email} is the mailbox itself: whoever uses it, nobody would be named. Sign in to Gmail as yourself."
        return Said(told("This needs a person"), told(text))
    try:
        member = known.member_now(deps, found, trust) if found is not None and found.may("agent") else None
    except HostError as error:
        may_stop = found is not None and found.may(STOPS)
        return Said(told("Not now"), told(f"{error} Nothing was done."), again=True, may_stop=may_stop)
    if member is None or not member.may("agent"):
        text = f"{email} is nobody who answers customers here. Ask an admin."
        return Said(told("Countersign does not know you"), told(text))
    return member
