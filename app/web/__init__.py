"""Floor 4: the web. Pages, parts of pages, JSON and webhooks over `app.review` and `app.desk`; no business rules."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.web import (
    access,
    addon,
    api,
    auth,
    beside,
    charts,
    command_line,
    connected,
    connections,
    corrections,
    drills,
    earning,
    erasures,
    escalations,
    exports,
    freezes,
    headers,
    language,
    log,
    log_words,
    own,
    pages,
    parts,
    people,
    policy,
    probes,
    problems,
    sidebar,
    sign_in,
    sources,
    status,
    stop_links,
    webhooks,
    wire,
    words,
)

if TYPE_CHECKING:
    from app.deps import Deps

MAX_BODY = 1024 * 1024
BLUEPRINTS = (
    webhooks.bp, auth.bp, sign_in.bp, command_line.bp, sidebar.bp, pages.bp, log.bp, own.bp, parts.bp, people.bp, policy.bp, api.bp,
    sources.bp, addon.bp,
    probes.bp, status.bp, connected.bp, freezes.bp, drills.bp, stop_links.bp, earning.bp, escalations.bp, charts.bp, corrections.bp, connections.bp, erasures.bp, exports.bp,
)  # fmt: skip


def build(deps: Deps) -> Flask:
    """A Flask application with every route guarded, every answer with its headers, every error a problem document."""
    app = Flask("app.web", static_folder="static", template_folder="templates")
    app.extensions["deps"] = deps
    app.secret_key = deps.keys.derived("session cookie")
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_BODY, **_cookie(deps.settings.app_url))
    if behind := deps.settings.limits.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=behind, x_proto=0, x_host=0)  # type: ignore[method-assign]
    wire.teach(app)
    probes.prepare(app)
    access.protect(app)
    headers.dress(app)
    problems.answer(app)
    language.teach(app)
    words.teach(app)
    beside.teach(app)
    log_words.teach(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _cookie(app_url: str) -> dict[str, object]:
    behind_tls = app_url.startswith("https://")
    return {
        "SESSION_COOKIE_NAME": "__Host-countersign" if behind_tls else "countersign",
        "SESSION_COOKIE_SECURE": behind_tls,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(hours=8),
        "SESSION_REFRESH_EACH_REQUEST": False,
    }
