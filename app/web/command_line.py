"""`countersign login`: a person confirms on this page that the command line which shows the same code acts for them."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from app.store import sessions
from app.web.context import current_deps, current_pass

bp = Blueprint("command_line", __name__)
GONE = "No command line waits with that code. Start countersign login again; it waits for ten minutes."


@bp.get("/command-line")
def ask() -> str:
    """Who asks, and what a yes means."""
    deps = current_deps()
    with deps.readers.connect() as tx:
        waiting = sessions.waiting(tx, request.args.get("code", ""), deps.clock.now()) or abort(404, GONE)
    return render_template("command_line.html", waiting=waiting, me=current_pass())


@bp.post("/command-line")
def confirm() -> str:
    """The yes."""
    deps, me = current_deps(), current_pass()
    with deps.engine.begin() as tx:
        if not sessions.confirm(tx, request.form.get("code", ""), me.member, deps.clock.now()):
            abort(404, GONE)
    return render_template("command_line.html", waiting=None, me=me)
