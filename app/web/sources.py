"""Sources and failure patterns: their pages, and the JSON side of their life."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from app import failures, holding, lessons, source_view, sourcing
from app.governance.sources import SourceError
from app.web.context import current_actor, current_deps
from app.web.language import told
from app.web.pages import page as whole_page
from app.web.parts import part as part_of
from app.web.views import categories

bp = Blueprint("sources", __name__)
API = "/api/v1/sources"
ONE = "/api/v1/proposals/<proposal_id>"


@bp.get("/settings/sources")
def page() -> str:
    """The shelf: what replies may rest on, what waits for a second person, and known failures."""
    return whole_page("sources", **_shown())


@bp.get("/parts/sources")
def part() -> Response:
    """The same, for the page to keep itself true."""
    return part_of("parts/sources.html", **_shown())


def _shown() -> dict[str, Any]:
    deps = current_deps()
    return {"shelf": source_view.shelf(deps), "lessons": lessons.taught(deps), "categories": categories()}


@bp.get("/settings/source")
def one() -> str:
    """One document: its text, who let it, and each change in plain words."""
    return whole_page("source", life=_life())


@bp.get("/parts/source")
def part_of_one() -> Response:
    """The same, after something was done."""
    return part_of("parts/source.html", life=_life())


def _life() -> source_view.Life:
    name, language = request.args.get("id", ""), request.args.get("language", "en")
    return source_view.document(current_deps(), name, language) or abort(404, "There is no such source.")


@bp.post(API)
def add() -> dict[str, Any]:
    """A text: in force at once, or asked for where replies rest on it."""
    asked = _texts("text", "reason", "name")
    try:
        became = sourcing.add(
            current_deps(), _lines(asked["text"]), asked["name"] or "page", current_actor(), asked["reason"]
        )
    except SourceError as error:
        abort(422, f"{error}")
    return _became(became)


@bp.post(f"{API}/retire")
def retire() -> dict[str, Any]:
    """Out of force; drafts that rest on it wait for people."""
    asked = _texts("id", "language", "reason")
    actor = current_actor()
    return _became(sourcing.retire(current_deps(), asked["id"], asked["language"] or "en", asked["reason"], actor))


@bp.post(f"{API}/requests/<int:request_id>/approve")
def approve(request_id: int) -> dict[str, Any]:
    """A second person's yes to exactly the text that they were shown."""
    return _became(sourcing.approve(current_deps(), request_id, current_actor(), _texts("seen")["seen"]))


@bp.post(f"{API}/requests/<int:request_id>/withdraw")
def withdraw(request_id: int) -> dict[str, Any]:
    """No, by whoever asked or another."""
    sourcing.withdraw(current_deps(), request_id, current_actor())
    return {"id": request_id, "says": told("Withdrawn.")}


@bp.post(f"{API}/fixes")
def ask_fix() -> dict[str, Any]:
    """What a source should say, for its owner."""
    asked = _texts("words", "id")
    made = sourcing.ask_fix(current_deps(), asked["words"], current_actor(), asked["id"] or None)
    return {"id": made, "says": told("Noted for its owner.")}


@bp.post(f"{API}/fixes/<int:fix_id>/done")
def fixed(fix_id: int) -> dict[str, Any]:
    """Somebody has seen to it."""
    sourcing.fixed(current_deps(), fix_id, current_actor())
    return {"id": fix_id, "says": told("Done.")}


@bp.post("/api/v1/patterns")
def open_pattern() -> dict[str, Any]:
    """A known way drafts go wrong: what matches stops at once."""
    asked = _texts("name", "description", "phrases", "category", "examples", "owner")
    known = failures.Asked(
        name=asked["name"],
        description=asked["description"],
        categories=(asked["category"],) if asked["category"] else (),
        phrases=tuple(asked["phrases"].splitlines()),
        examples=tuple(asked["examples"].splitlines()),
        owner=asked["owner"],
    )
    made = failures.open_pattern(current_deps(), known, current_actor())
    return {"id": made, "says": told("Open. Drafts that match it are stopped from now on.")}


@bp.post("/api/v1/patterns/<int:pattern_id>/close")
def close_pattern(pattern_id: int) -> dict[str, Any]:
    """One says what was done about it; another, who saw that, closes it."""
    asked = _texts("done", "granting")
    granting = asked["granting"] == "true"
    closed = failures.close_pattern(current_deps(), pattern_id, asked["done"], current_actor(), granting=granting)
    return {
        "id": pattern_id,
        "closed": closed,
        "says": told("Fixed." if closed else "Asked: a second admin closes it."),
    }


@bp.post(f"{ONE}/confirm-sources")
def confirm(proposal_id: str) -> dict[str, Any]:
    """The draft is still right under the texts that they were shown."""
    holding.confirm(current_deps(), proposal_id, _texts("against")["against"], current_actor())
    return {"id": proposal_id}


@bp.post(f"{ONE}/redo")
def redo(proposal_id: str) -> dict[str, Any]:
    """Written anew from the sources as they are now."""
    holding.redo(current_deps(), proposal_id, current_actor())
    return {"id": proposal_id}


def _became(became: sourcing.Became) -> dict[str, Any]:
    asked = became.request.id if became.request else None
    held = f" {became.held} approved replies went back to people." if became.held else ""
    said = "Asked: a second person approves it." if asked else f"In force.{held}"
    said = {"unchanged": "Not a word changed.", "retired": f"Retired.{held}" if not asked else said}.get(
        became.change, said
    )
    return {"id": became.source.id, "change": became.change, "request": asked, "held": became.held, "says": told(said)}


def _lines(text: str) -> str:
    """A browser's form sends line ends as the mail of old did."""
    return text.replace("\r\n", "\n")


def _texts(*names: str) -> dict[str, str]:
    asked = request.get_json()
    if not isinstance(asked, dict) or not all(isinstance(asked.get(name, ""), str) for name in names):
        abort(400, f"Send a JSON object; {', '.join(names)} are texts.")
    return {name: asked.get(name, "") for name in names}
