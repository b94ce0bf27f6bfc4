"""Drills on the settings page: begun there, run beside the answer, watched by whoever looks."""

from __future__ import annotations

import threading
from typing import Any

from flask import Blueprint, abort, render_template, request

from app import drills, runbook
from app.governance.canary import QUEUE
from app.web.context import current_actor, current_deps, current_pass

bp = Blueprint("drills", __name__)


@bp.post("/api/v1/drills")
def begin() -> dict[str, Any]:
    """Rehearse the stop on the canary queue, or on a real one, which it stops."""
    asked = request.get_json()
    queue = asked.get("queue") if isinstance(asked, dict) else None
    if not isinstance(queue, str):
        abort(400, "`queue` is the name of a queue; an empty one means the canaries' own.")
    deps, actor = current_deps(), current_actor()
    drill_id = drills.begin(deps, queue or QUEUE, actor)
    rest = (deps, drill_id, actor, drills.own_sender)
    threading.Thread(target=drills.run, args=rest, name=f"drill {drill_id}", daemon=True).start()
    return {"id": drill_id}


@bp.get("/settings/runbook")
def page() -> str:
    """The page to print and to hang up beside the phone."""
    return render_template("runbook.html", me=current_pass(), book=runbook.book(current_deps()))
