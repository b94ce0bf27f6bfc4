"""Corrections: who was told something wrong, and the messages that set it right, each for an approval of its own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from app import correction_run, desk, review
from app.governance.difference import ADDED, pieces
from app.store import corrections, received, sources
from app.store.corrections import Run
from app.store.received import Sought
from app.web.asked import body
from app.web.context import current_actor, current_deps
from app.web.pages import page as whole_page
from app.web.parts import once
from app.web.views import categories

bp = Blueprint("corrections", __name__)
KINDS = {
    received.ANSWER: "Words of the answer",
    received.SOURCE: "A source under it",
    received.IN_CATEGORY: "Its category",
}
SHOWN = 25  # of those found; a run holds them all
A_WEEK = timedelta(days=7)
_GOING = {"approved", "held", "sending"}


@bp.get("/corrections")
def page() -> str:
    """Ask who received it, and what was begun before."""
    deps, given = current_deps(), request.args
    kind, what = given.get("kind", received.ANSWER), given.get("what", "").strip()
    day = given.get("since") or (deps.clock.now() - A_WEEK).date().isoformat()
    found, refused = None, None
    if what:
        try:
            found = correction_run.find(deps, Sought(kind, what, _since(day)))
        except review.Refused as error:
            refused = str(error)
    with deps.readers.begin() as tx:
        runs, known = corrections.newest(tx), sorted({one.id for one in sources.current(tx)})
    return whole_page(
        "corrections", found=found, refused=refused, kind=kind, what=what, since=day, KINDS=KINDS, SHOWN=SHOWN, runs=runs,
        names=desk.names_of(deps, {run.by for run in runs}), sources=known, categories=categories(),
    )  # fmt: skip


@bp.get("/correction")
def one() -> str:
    """One run: what each is told, and how far it is."""
    return whole_page("correction", title="Correction", **_view(_asked()))


@bp.get("/parts/correction")
def part() -> Response:
    """The same, for the page to keep itself true: rendered anew when anything changed, here or in any of its messages."""
    run = _asked()
    return once("parts/correction.html", repr(run), lambda: _view(run))


def _asked() -> Run:
    return correction_run.standing(current_deps(), request.args.get("run", ""))


def _view(run: Run) -> dict[str, Any]:
    deps = current_deps()
    items = {item.id: item for item in desk.these(deps, [one.made for one in run.items if one.made])}
    answers = {item.id: item for item in desk.these(deps, [one.proposal_id for one in run.items])}
    rows = [_row(run.text, one, answers.get(one.proposal_id), items.get(one.made or "")) for one in run.items]
    kinds = ("ready", "going", "sent", "left", "waiting")
    return {
        "run": run, "by": desk.names_of(deps, [run.by])[run.by], "KINDS": KINDS, "rows": rows,
        "counts": {kind: sum(row["how"] == kind for row in rows) for kind in kinds},
    }  # fmt: skip


def _row(text: str, one: corrections.Item, answer: desk.Item | None, item: desk.Item | None) -> dict[str, Any]:
    how, words = _how(one, item)
    told = pieces(text, item.draft) if item and item.draft else ()
    own = [piece.text for piece in told if piece.kind == ADDED]
    return {"one": one, "answer": answer, "item": item, "how": how, "words": words, "own": own}


def _how(one: corrections.Item, item: desk.Item | None) -> tuple[str, str]:
    if one.tried_at is None:
        return "waiting", one.why or "to be prepared"
    if item is None:
        return "left", one.why or "its words are gone"
    if item.state == "sent":
        return "sent", "sent"
    if item.state in _GOING:
        return "going", "on its way"
    if item.state == "offered":
        return "ready", (one.why or "") if item.can_approve else "; ".join(reason.text for reason in item.reasons[:2])
    return "left", item.outcome or (item.moved_on or item.state)


@bp.post("/api/v1/corrections")
def begin() -> dict[str, Any]:
    """Whom it is for and what they are told; nothing is sent."""
    asked = body("kind", "what", "since", "text")
    sought = Sought(asked["kind"], asked["what"].strip(), _since(asked["since"]))
    return {"id": correction_run.begin(current_deps(), sought, asked["text"], current_actor())}


@bp.post("/api/v1/corrections/<run_id>/go-on")
def go_on(run_id: str) -> dict[str, Any]:
    """Prepare more of them, for two seconds; how many are left."""
    return {"id": run_id, "waiting": correction_run.go_on(current_deps(), run_id, current_actor())}


@bp.post("/api/v1/corrections/<run_id>/again")
def again(run_id: str) -> dict[str, Any]:
    """Those that could not be prepared, or came back unsent, once more."""
    correction_run.again(current_deps(), run_id, current_actor())
    return {"id": run_id}


def _since(day: str) -> datetime:
    """A day, or a time with its zone."""
    try:
        found = datetime.fromisoformat(day) if "T" in day else datetime.combine(date.fromisoformat(day), time(), UTC)
        return found.astimezone(UTC) if found.tzinfo else abort(400, "`since` needs a zone, such as Z.")
    except (ValueError, OverflowError):
        abort(400, "`since` is a day such as 2026-11-01.")
