"""The policy: the page, its parts, and the JSON side of its life."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, make_response, render_template, request, url_for
from werkzeug.wrappers import Response

from app import checking, policy_view, policy_words, publishing, replay
from app.governance.answers import answered, questions
from app.governance.document import PolicyError
from app.known import Trust, member_now
from app.one_pager import prints
from app.one_pager.facts import facts
from app.web.context import current_actor, current_deps, current_pass
from app.web.language import told_in
from app.web.parts import part
from app.web.views import state_view
from app.web.wire import number

bp = Blueprint("policy", __name__)
API = "/api/v1/policy"


@bp.get("/settings/policy")
def page() -> str:
    """The version in force, what is asked for, and the text to go on from."""
    shown = policy_view.showing(current_deps(), current_pass().member)
    started = policy_view.beginning(current_deps(), current_pass().member)
    return render_template("page.html", page="policy", me=current_pass(), **state_view(), shown=shown, started=started)


@bp.get("/parts/policy")
def status() -> Response:
    """What is in force and what is asked for: kept true while somebody writes beside it."""
    return part("parts/policy-status.html", shown=policy_view.showing(current_deps(), current_pass().member))


@bp.get("/settings/policy/file")
def file() -> Response:
    """A version as a file; the one in force if none is named."""
    shown = policy_view.showing(current_deps(), current_pass().member)
    version = number("version") or (shown.in_force.version if shown.in_force else 0)
    response = make_response(checking.exported(current_deps(), version))
    response.headers["Content-Type"] = "application/toml; charset=utf-8"
    response.headers["Content-Disposition"] = f'attachment; filename="policy-{version}.toml"'
    return response


@bp.get("/settings/policy/one-pager")
def one_page() -> Response:
    """The page for legal and security, to read or to print."""
    response = make_response(prints.as_html(facts(current_deps()), url_for("static", filename="one-pager.css")))
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    return response


@bp.post(f"{API}/check")
def check() -> dict[str, Any]:
    """What is wrong with the text, by line, and what it would change."""
    text = _asked("text")["text"]
    try:
        return dict(told_in(policy_words.checked(checking.check(current_deps(), text, current_pass().member.email))))
    except PolicyError as error:
        problems = told_in([asdict(problem) for problem in error.problems])
        return {"problems": problems, "findings": [], "changes": []}


@bp.post(f"{API}/questions")
def nine() -> dict[str, Any]:
    """The nine questions, as the text answers them."""
    try:
        return {"questions": told_in([asdict(question) for question in questions(_asked("text")["text"])])}
    except tomllib.TOMLDecodeError as error:
        abort(422, f"The text is not TOML: {error}")


@bp.post(f"{API}/answers")
def answer() -> dict[str, Any]:
    """The text with one answer changed."""
    asked = _asked("text")
    path = asked.get("path")
    if not isinstance(path, list) or not all(isinstance(one, (str, int)) for one in path):
        abort(400, "`path` is a list of names and places.")
    try:
        return {"text": answered(asked["text"], path, asked.get("value"))}
    except ValueError as error:
        abort(422, f"{error}")


@bp.post(f"{API}/drafts")
def save() -> dict[str, Any]:
    """Keep the text; whoever saved meanwhile is named."""
    asked = _asked("text")
    numbers = [number if isinstance(number, int) else None for number in (asked.get("parent"), asked.get("base"))]
    saved = publishing.save(current_deps(), asked["text"], numbers[0], current_actor(), numbers[1])
    return {
        "id": saved.draft.id,
        "meanwhile": [policy_view.named_draft(current_deps(), one, asked["text"]) for one in saved.meanwhile],
    }


@bp.get(f"{API}/drafts/<int:draft_id>")
def kept(draft_id: int) -> dict[str, Any]:
    """What somebody kept, to go on from."""
    draft = policy_view.draft_text(current_deps(), draft_id) or abort(404, "There is no such draft.")
    return {"id": draft.id, "base": draft.base, "text": draft.toml}


@bp.post(f"{API}/requests")
def ask() -> dict[str, Any]:
    """Ask for the text to be put in force. `base`: the version that it went out from."""
    asked, base = _asked("text", "reason"), request.get_json().get("base")
    began = base if isinstance(base, int) else None

    def act() -> dict[str, Any]:
        made = publishing.request(current_deps(), asked["text"], asked["reason"], current_actor(), began)
        return policy_words.request(made)

    return _or_problems(act)


@bp.post(f"{API}/requests/<int:request_id>/approve")
def approve(request_id: int) -> dict[str, Any]:
    """A second person's yes to exactly the text that they were shown."""
    return policy_words.request(publishing.approve(current_deps(), request_id, current_actor(), _asked("seen")["seen"]))


@bp.post(f"{API}/requests/<int:request_id>/publish")
def publish(request_id: int) -> dict[str, Any]:
    """Into force, now or at a time with its zone."""
    at = _moment(_asked().get("at") or None)
    if publishing.widens(current_deps(), request_id):
        member_now(current_deps(), current_pass().member, Trust.NOW) or abort(401, "You are no longer an agent.")
    return _or_problems(
        lambda: policy_words.version(publishing.publish(current_deps(), request_id, current_actor(), at))
    )


@bp.post(f"{API}/requests/<int:request_id>/withdraw")
def withdraw(request_id: int) -> dict[str, Any]:
    """Take a request back."""
    publishing.withdraw(current_deps(), request_id, current_actor())
    return {"id": request_id, "state": "withdrawn"}


@bp.post(f"{API}/findings/accept")
def accept() -> dict[str, Any]:
    """Live with a finding for a while: one asks, another grants."""
    asked = _asked("text", "key", "reason", "until")
    until = _moment(asked["until"]) or abort(400, "`until` is a time with its zone.")

    def act() -> dict[str, Any]:
        rest = asked["key"], asked["reason"], until, current_actor()
        return {"key": asked["key"], "accepted": publishing.accept(current_deps(), asked["text"], *rest)}

    return _or_problems(act)


@bp.post(f"{API}/replays")
def try_it() -> dict[str, Any]:
    """Try the text on the last days' decisions, or go on where that was left."""
    asked = _asked("text")
    days = asked.get("days", 30)
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 3650:
        abort(400, "`days` is a whole number from 1 to 3650.")

    def begin() -> dict[str, Any]:
        at = replay.begin(
            current_deps(),
            checking.imported(asked["text"], current_deps().settings.deployment),
            days,
            current_pass().member.id,
        )
        current_deps().ring("replay", [at.id])
        return replay.as_json(at)

    return _or_problems(begin)


@bp.get(f"{API}/replays/<int:replay_id>")
def tried(replay_id: int) -> dict[str, Any]:
    """How far it is. A bell that was lost is rung again by whoever looks."""
    at = replay.look(current_deps(), replay_id) or abort(404, "There is no such trial.")
    return dict(told_in(replay.as_json(at)))


@bp.post(f"{API}/replays/<int:replay_id>/stop")
def leave(replay_id: int) -> dict[str, Any]:
    """Leave it; the same trial goes on from there."""
    at = replay.look(current_deps(), replay_id) or abort(404, "There is no such trial.")
    replay.stop(current_deps(), at.id)
    return replay.as_json(replay.look(current_deps(), at.id) or at)


def _asked(*needed: str) -> dict[str, Any]:
    asked = request.get_json()
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name), str) for name in needed):
        abort(400, f"Send a JSON object with {', '.join(needed) or 'its fields'}.")
    return asked


def _or_problems(act: Any) -> dict[str, Any]:
    """A document that cannot be read is a refusal with its lines."""
    try:
        return dict(act())
    except PolicyError as error:
        abort(422, "; ".join(str(problem) for problem in error.problems))


def _moment(text: Any) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        abort(400, "A time reads like 2026-11-23T17:00:00+01:00.")
    return moment if moment.tzinfo else abort(400, "A time needs its zone, such as +01:00 or Z.")
