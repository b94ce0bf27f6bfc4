"""Too often in a minute: 429, when to come again, and nothing done. What stops is never asked."""

from __future__ import annotations

from flask import abort, request

from app.limits import What, seconds_to_wait
from app.store.staff import Member
from app.web.context import current_deps

TOO_OFTEN = "Too many requests in one minute. Nothing was done: try again in a minute."


def sign_in() -> None:
    """By address: nobody knows yet who it is."""
    _hold(What.SIGN_IN, request.remote_addr or "nowhere")


def call(member: Member) -> None:
    """By person, whichever way in they use and however many pages they have open."""
    _hold(What.CALL, member.id)


def delivery(host: str) -> None:
    """By host, of deliveries that it signed: whoever forges them cannot use them up. It brings them again, or polling finds them."""
    _hold(What.DELIVERY, host)


def calls_too_often(member: Member) -> bool:
    """The same count, where an answer must be a card."""
    deps = current_deps()
    return seconds_to_wait(deps, What.CALL, member.id, deps.clock.now()) > 0


def _hold(what: What, who: str) -> None:
    deps = current_deps()
    wait = seconds_to_wait(deps, what, who, deps.clock.now())
    if wait:
        abort(429, TOO_OFTEN, retry_after=wait)
