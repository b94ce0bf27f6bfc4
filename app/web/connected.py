"""Where Zendesk leads an admin back to after consent: the terminal that asked is waiting for this page's address."""

from __future__ import annotations

from flask import Blueprint, render_template

bp = Blueprint("connected", __name__)


@bp.get("/connected")
def connected() -> str:
    """Nothing is taken from the address here: the code in it is worth nothing without the terminal's own secret."""
    return render_template("connected.html")
