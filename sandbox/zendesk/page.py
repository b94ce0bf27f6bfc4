"""The agent workspace."""

from __future__ import annotations

from flask import Blueprint

page_routes = Blueprint("page", __name__)
