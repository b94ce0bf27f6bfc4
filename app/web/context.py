"""What a request stands on: the dependencies of this process and the person who is calling."""

from __future__ import annotations

from typing import Any, cast

from flask import current_app, g, request

from app import review
from app.deps import Deps
from app.web.passes import Pass

_A_DAY = 86_400_000


def current_deps() -> Deps:
    """The dependencies that `create_app` was given."""
    return cast("Deps", current_app.extensions["deps"])


def page_key() -> bytes:
    """Signs the bearer of the iframe pages, and nothing else."""
    return current_deps().keys.derived("page bearer")


def current_pass() -> Pass:
    """Who is calling; only behind the guard."""
    return cast("Pass", g.caller)


def current_actor() -> review.Actor:
    """The caller as the actions below know people."""
    caller = current_pass()
    return review.Actor(caller.member, caller.via, shown_ms(request.get_json(silent=True)))


def shown_ms(asked: Any) -> int | None:
    """How long the page says that this was in front of them; a claim, good enough for counting hasty reviews."""
    shown = asked.get("shown_ms") if isinstance(asked, dict) else None
    return min(shown, _A_DAY) if isinstance(shown, int) and not isinstance(shown, bool) and shown >= 0 else None
