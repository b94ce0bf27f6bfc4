"""One page that says what waits, since when and why; and who was alive when."""

from __future__ import annotations

from typing import Any

from flask import Blueprint
from werkzeug.wrappers import Response

from app import troubles
from app.store import backlog, heartbeats
from app.web.context import current_deps
from app.web.pages import page as whole_page
from app.web.parts import part

bp = Blueprint("status", __name__)


@bp.get("/status")
def page() -> str:
    """For everybody on the team: whoever waits for an answer asks an agent first."""
    return whole_page("status", title="What waits", **_view())


@bp.get("/parts/status")
def shown() -> Response:
    """The same again, as it stands now."""
    return part("parts/status.html", **_view())


def _view() -> dict[str, Any]:
    deps = current_deps()
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        lines = backlog.everything(tx, now)
        beats = [beat for beat in heartbeats.everybody(tx) if not beat.name.startswith(heartbeats.TEST)]
    return {"lines": lines, "beats": beats, "troubles_told": troubles.told(deps), "now": now}
