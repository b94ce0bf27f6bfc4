"""Behind the charts: their tables as CSV, and the answers that a point is made of."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from flask import Blueprint, abort, make_response, request
from werkzeug.wrappers import Response

from app import board, charts, curves, figures
from app.metrics import MODES, NAMES
from app.web.context import current_deps
from app.web.pages import page
from app.web.views import chosen_weeks

bp = Blueprint("charts", __name__)


@bp.get("/figures/<metric>.csv")
def table(metric: str) -> Response:
    """One chart's table, week by week."""
    if metric not in board.SHOWN:
        abort(404, "There is no such figure.")
    weeks = chosen_weeks(request.args.get("weeks", "", type=str))
    found = board.board(current_deps(), weeks)
    told = charts.rows(found.weeks, metric, request.args.get("category") or None)
    return _sheet(told, f"{metric}-{weeks}-weeks.csv")


@bp.get("/evidence/<category>.csv")
def evidence(category: str) -> Response:
    """One category's reviews, one after the other, and what they showed by then."""
    report = next((one for one in figures.evidence(current_deps()) if one.category.name == category), None)
    if report is None:
        abort(404, "No such category is on its way to auto-send.")
    return _sheet(curves.rows(curves.steps_of(report)), f"evidence-{category}.csv")


def _sheet(rows: Iterable[Sequence[object]], name: str) -> Response:
    lines = io.StringIO()
    csv.writer(lines).writerows(rows)
    response = make_response(lines.getvalue())
    response.mimetype = "text/csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@bp.get("/figures/behind")
def behind() -> str:
    """The answers of one week that went out in one way, and what became of each."""
    week, mode = request.args.get("week", ""), request.args.get("mode", "")
    metric, category = request.args.get("metric", ""), request.args.get("category") or None
    if mode not in MODES or metric not in board.SHOWN:
        abort(404, "There is no such figure.")
    found = board.behind(current_deps(), _monday(week), mode, category)
    return page("behind", title=f"{NAMES[metric]}, {week}", answers=found, week=week, mode=MODES[mode], metric=metric, what=NAMES[metric], category=category)  # fmt: skip


def _monday(week: str) -> datetime:
    found = re.fullmatch(r"(\d{4})-W(\d{2})", week) or abort(404, "There is no such week.")
    try:
        return datetime.fromisocalendar(int(found[1]), int(found[2]), 1).replace(tzinfo=UTC)
    except ValueError:
        abort(404, "There is no such week.")
