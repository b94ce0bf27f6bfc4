"""Where somebody goes after signing in: to a page of ours, never anywhere else."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.web.access import PAGES


def landing(wanted: str) -> str:
    """The wanted address, if it is that of a page of ours; else the queue."""
    parts = urlsplit(wanted)
    ours = not parts.scheme and not parts.netloc and _is_page(parts.path)
    return f"{parts.path}?{parts.query}".rstrip("?") if ours else url_for("pages.queue")


def _is_page(path: str) -> bool:
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return endpoint in PAGES
