"""What every answer tells the browser: no foreign script, no frame but the host's, nothing kept."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request

from app.web.context import current_deps
from app.web.problems import IFRAMES


def dress(app: Flask) -> None:
    """Put the headers on every answer, errors included."""
    app.after_request(_dress)


def _dress(response: Response) -> Response:
    settings = current_deps().settings
    script, frame = "", "'none'"
    if request.endpoint in IFRAMES and settings.zendesk is not None:
        script, frame = _origin(settings.zaf_sdk_url), settings.zendesk.frame_origin
    response.headers["Content-Security-Policy"] = policy(script, frame)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    if settings.app_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response


def policy(script_origin: str, frame_ancestors: str) -> str:
    """The Content-Security-Policy. `frame_ancestors` is one exact site or 'none', never a wildcard."""
    rules = {
        "default-src": "'none'",
        "script-src": f"'self' {script_origin}".strip(),
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": frame_ancestors,
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
