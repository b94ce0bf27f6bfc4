"""Who may enter where: one table for every route. A route that is not in it answers nobody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from urllib.parse import urlsplit

from flask import Flask, abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from app.known import Trust, member_now
from app.store.staff import Member
from app.web import callers, limits
from app.web.context import current_deps


class Door(Enum):
    """How a route knows who is there."""

    OPEN = "anybody: nothing to see and nothing to change"
    SIGNATURE = "the host signs the raw bytes; the route verifies before it reads"
    SIGNED_PAGE = "the host signs a token into the first POST of an iframe, which comes from another site"
    PANEL = "a host signs a token for this very address and another for its user; the route verifies both, then asks the role"
    LINK = "a signed link that was given to one person: the route verifies it, and it can only stop"
    HANDSHAKE = "a link before sign-in, or the way back from the host: the route compares what this browser was given"
    FORM = "a form before sign-in: token of the form and our own origin, no person yet"
    PERSON = "a bearer in the iframe, or the session cookie and the token of the form"


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller."""

    door: Door
    role: str | None = None
    trust: Trust = Trust.MINUTE  # how old the word on the role may be when something is changed; reading asks less


OPEN, HANDSHAKE, PANEL = Access(Door.OPEN), Access(Door.HANDSHAKE), Access(Door.PANEL)
AGENT, REVIEWER = Access(Door.PERSON, "agent"), Access(Door.PERSON, "reviewer")
STOP = Access(Door.PERSON, "reviewer", Trust.LAST)  # and the page with the button on it
ADMIN, WIDEN = Access(Door.PERSON, "admin"), Access(Door.PERSON, "admin", Trust.NOW)
LESS = Access(Door.PERSON, "admin", Trust.LAST)  # may narrow, and that waits for no host

ACCESS: dict[str, Access] = {
    "static": OPEN,
    "probes.healthz": OPEN,
    "probes.readyz": OPEN,
    "probes.metrics": OPEN,
    "api.openapi": OPEN,
    "connected.connected": OPEN,
    "auth.sign_in": OPEN,
    "auth.enter": Access(Door.FORM),
    "auth.sign_out": Access(Door.PERSON, "agent", Trust.LAST),
    "sign_in.start": HANDSHAKE,
    "sign_in.finish": HANDSHAKE,
    "sign_in.first_admin": HANDSHAKE,
    "command_line.ask": AGENT,
    "command_line.confirm": Access(Door.PERSON, "agent", Trust.NOW),
    "auth.renew": Access(Door.PERSON, "agent", Trust.LAST),  # a page that can no longer speak could not stop
    "webhooks.receive": Access(Door.SIGNATURE),
    "sidebar.sidebar": Access(Door.SIGNED_PAGE),
    "sidebar.desk_page": Access(Door.SIGNED_PAGE),
    "addon.homepage": PANEL,
    "addon.message": PANEL,
    "addon.compose": PANEL,
    "addon.action": PANEL,
    "pages.queue": AGENT,
    "escalations.page": AGENT,
    "pages.evidence": REVIEWER,
    "pages.figures": REVIEWER,
    **dict.fromkeys([f"charts.{name}" for name in ("table", "point", "point_table", "alarm", "evidence")], REVIEWER),
    "pages.settings": STOP,
    "pages.start": REVIEWER,
    "pages.stop": STOP,
    "log.search": REVIEWER,
    "exports.form": ADMIN,
    "exports.export": WIDEN,  # what has left cannot be called back
    "log.receipt": REVIEWER,
    "log.receipt_json": REVIEWER,
    **dict.fromkeys(("own.page", "own.part"), AGENT),
    "own.choose_language": AGENT,
    "status.page": AGENT,
    "status.shown": AGENT,
    "people.page": ADMIN,
    "people.part": ADMIN,
    "people.set_role": WIDEN,
    "people.sign_out": Access(Door.PERSON, "agent", Trust.LAST),
    "parts.ticket": AGENT,
    "parts.proposal": AGENT,
    "parts.queue": AGENT,
    "parts.batch": AGENT,
    "escalations.part": AGENT,
    "parts.evidence": REVIEWER,
    "parts.figures": REVIEWER,
    "parts.settings": STOP,
    "parts.state": Access(Door.PERSON, "agent", Trust.LAST),
    "api.queue": AGENT,
    "api.proposal": AGENT,
    "api.ticket": AGENT,
    "api.switch": AGENT,
    "api.approve": AGENT,
    "api.approve_batch": REVIEWER,
    "api.go_on": REVIEWER,
    "api.undo": AGENT,
    "api.done": AGENT,
    "api.edit": AGENT,
    "api.reject": AGENT,
    "api.escalate": AGENT,
    "api.confirm_category": AGENT,
    "api.correct": AGENT,  # that a code trigger is no escalation takes a reviewer: `correcting` asks
    "escalations.take": AGENT,  # one's own; another's takes a reviewer: `escalating` asks
    "escalations.pass_on": AGENT,
    "escalations.close": AGENT,
    "api.rollback": STOP,
    "api.restore": WIDEN,
    "stop_links.page": Access(Door.LINK),
    "stop_links.press": Access(Door.LINK),
    "stop_links.make": ADMIN,
    "stop_links.withdraw": LESS,
    "drills.begin": STOP,
    "drills.page": REVIEWER,
    "freezes.listed": REVIEWER,
    "freezes.freeze": STOP,
    "freezes.thaw": WIDEN,
    "earning.second": REVIEWER,
    "earning.ask": WIDEN,
    "earning.grant": WIDEN,
    "earning.lower": STOP,
    "policy.page": REVIEWER,
    "policy.status": REVIEWER,
    "policy.file": REVIEWER,
    "policy.one_page": REVIEWER,
    "policy.check": REVIEWER,
    "policy.nine": REVIEWER,
    "policy.answer": REVIEWER,
    "policy.save": ADMIN,
    "policy.kept": ADMIN,
    "policy.ask": LESS,
    "policy.approve": WIDEN,
    "policy.publish": LESS,  # what widens asks the host again
    "policy.withdraw": LESS,
    "policy.accept": WIDEN,
    "policy.try_it": ADMIN,
    "policy.tried": REVIEWER,
    "policy.leave": ADMIN,
    **dict.fromkeys([f"corrections.{name}" for name in ("page", "one", "part", "begin", "go_on", "again")], REVIEWER),
    "connections.test": ADMIN,
    "erasures.erase": WIDEN,  # nothing brings it back
    "sources.page": REVIEWER,
    "sources.part": REVIEWER,
    "sources.one": REVIEWER,
    "sources.part_of_one": REVIEWER,
    "sources.add": REVIEWER,  # what replies rest on is only asked for
    "sources.retire": STOP,
    "sources.approve": WIDEN,
    "sources.withdraw": STOP,
    "sources.ask_fix": AGENT,
    "sources.fixed": REVIEWER,
    "sources.open_pattern": STOP,
    "sources.close_pattern": WIDEN,
    "sources.confirm": AGENT,
    "sources.redo": AGENT,
}
PAGES = {
    "pages.queue",
    "escalations.page",
    "pages.evidence",
    "pages.figures",
    *(f"charts.{name}" for name in ("table", "point", "point_table", "alarm", "evidence")),
    "pages.settings",
    "pages.start",
    "drills.page",
    *("policy.page", "policy.file", "policy.one_page"),
    *("sources.page", "sources.one"),
    *("corrections.page", "corrections.one"),
    *("log.search", "log.receipt", "exports.form", "exports.export"),
    "own.page",
    "status.page",
    "people.page",
    "command_line.ask",
}  # a browser without a session is led to sign-in
CHANGING = {"POST", "PUT", "PATCH", "DELETE"}


def protect(app: Flask) -> None:
    """Put the guard before every route."""
    app.before_request(guard)


def guard() -> Response | None:
    """Let the request through, lead it to sign-in, or end it."""
    if request.endpoint is None:
        return None  # no such route: 404 or 405 by itself
    access = ACCESS.get(request.endpoint) or abort(403)
    if access.door in {Door.FORM, Door.HANDSHAKE}:
        limits.sign_in()
    if access.door is Door.FORM:
        _same_origin()
        _form_token()
    if access.door is not Door.PERSON or access.role is None:
        return None
    caller = callers.who()
    if caller is None:
        return _to_sign_in() if request.endpoint in PAGES else abort(401)
    if access.trust is not Trust.LAST:
        limits.call(caller.member)
    if request.method in CHANGING:
        _meant_it()
    caller = replace(caller, member=_as_the_host_says(caller.member, access.trust))
    if not caller.member.may(access.role):
        abort(403, f"This needs the role {access.role}; yours is {caller.member.role}.")
    g.caller = caller
    return None


def _as_the_host_says(member: Member, trust: Trust) -> Member:
    """Reading is content with an older word than changing; what may be done on any word may be seen on any."""
    if request.method not in CHANGING and trust is not Trust.LAST:
        trust = Trust.READ
    return member_now(current_deps(), member, trust) or abort(401, "You are no longer an agent.")


def _to_sign_in() -> Response:
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("auth.sign_in", next=wanted if wanted != "/" else None))


def _meant_it() -> None:
    """A change comes from our own page: by JSON under a bearer, or with the token that the page was given."""
    _same_origin()
    if callers.bearer() is None:
        _form_token()
    elif not request.is_json:
        abort(415, "Send JSON.")


def _same_origin() -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        abort(403, "This request came from another site.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403, "This request came from another origin.")


def _form_token() -> None:
    given = request.headers.get("X-Countersign-Form") or request.form.get("form_token", "")
    if not callers.is_form_token(session.get("form_token"), given):
        abort(403, "The form is too old or not ours. Load the page again.")
