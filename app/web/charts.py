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
from app.behind import SHOWN, Point, behind, rows
from app.metrics import MODES, NAMES
from app.web.context import current_deps
from app.web.pages import page
from app.web.views import chosen_weeks

bp = Blueprint("charts", __name__)


@bp.get("/figures/<metric>.csv")
def table(metric: str) -> Response:
    """One chart's table, week by week."""
    if metric not in board.DRAWN:
        abort(404, "There is no such figure.")
    weeks = chosen_weeks(request.args.get("weeks", "", type=str))
    found = board.board(current_deps(), weeks).drawn(request.args.get("category") or None)
    return _sheet(charts.rows(found, metric), f"{metric}-{weeks}-weeks.csv")


@bp.get("/figures/alarm/<metric>.csv")
def alarm(metric: str) -> Response:
    """The answers that brought a category's alarm nearer."""
    category = request.args.get("category")
    groups = board.board(current_deps(), chosen_weeks(request.args.get("weeks", ""))).groups
    watches = (watch for group in groups if group.category == category for watch in group.watches)
    watch = next((one for one in watches if one.metric == metric), None) or abort(404, "There is no such alarm.")
    return _sheet(charts.alarm_rows(watch), f"alarm-{metric}-{category}.csv")


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
def point() -> str:
    """The answers of one week that went out in one way, and what became of each."""
    asked = _point()
    found = behind(current_deps(), asked)
    return page(
        "behind", title=f"{NAMES[asked.metric]}, {request.args['week']}", answers=found[:SHOWN], many=len(found), point=asked,
        what=NAMES[asked.metric], mode=MODES[asked.mode], timed=asked.metric in board.TIMED, week=request.args["week"],
    )  # fmt: skip


@bp.get("/figures/behind.csv")
def point_table() -> Response:
    """All of them for a spreadsheet."""
    asked = _point()
    name = f"{asked.metric}-{asked.mode}-{asked.monday:%G-W%V}.csv"
    return _sheet(rows(behind(current_deps(), asked), asked), name)


def _point() -> Point:
    metric, mode = request.args.get("metric", ""), request.args.get("mode", "")
    if mode not in MODES or metric not in board.DRAWN:
        abort(404, "There is no such figure.")
    return Point(metric, _monday(request.args.get("week", "")), mode, request.args.get("category") or None)


def _monday(week: str) -> datetime:
    found = re.fullmatch(r"(20\d\d)-W(\d\d)", week) or abort(404, "There is no such week.")
    try:
        return datetime.fromisocalendar(int(found[1]), int(found[2]), 1).replace(tzinfo=UTC)
    except ValueError:
        abort(404, "There is no such week.")
