"""One page that says what waits, since when and why; and who was alive when."""

from __future__ import annotations

from flask import Blueprint

from app import troubles
from app.store import backlog, heartbeats
from app.web.context import current_deps
from app.web.pages import page as whole_page

bp = Blueprint("status", __name__)


@bp.get("/status")
def page() -> str:
    """For everybody on the team: whoever waits for an answer asks an agent first."""
    deps = current_deps()
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        lines, beats = backlog.everything(tx, now), heartbeats.everybody(tx)
    told = troubles.told(deps)
    return whole_page("status", title="What waits", lines=lines, beats=beats, troubles_told=told, now=now)
