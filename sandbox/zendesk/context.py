"""What every route needs: the store, the app's key, and how to find them from a request."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from flask import current_app, request

from sandbox.zendesk import access, scopes
from sandbox.zendesk.access import Caller
from sandbox.zendesk.app_install import AppKey
from sandbox.zendesk.errors import forbidden, unauthenticated
from sandbox.zendesk.limits import Limits
from sandbox.zendesk.state import Doc, Store


@dataclass(frozen=True)
class Sandbox:
    """One running sandbox."""

    store: Store
    key: AppKey
    home: Path
    app_url: str
    limits: Limits
    calls: deque[Doc] = field(default_factory=lambda: deque(maxlen=1000))  # of the API, newest last


def sandbox() -> Sandbox:
    return cast("Sandbox", current_app.extensions["sandbox"])


def store() -> Store:
    return sandbox().store


def root() -> str:
    """The address that the caller used; `url`, `next_page` and `links` begin with it."""
    return request.host_url.rstrip("/")


def known_caller() -> Caller:
    found = access.caller(store(), request)
    if found is None:
        raise unauthenticated()
    return found


def reader() -> Caller:
    return _permitted("read")


def writer() -> Caller:
    return _permitted("write")


def _permitted(way: str) -> Caller:
    who = known_caller()
    scopes.require(who.scopes, way, request.path)
    return who


def admin(what: str) -> Caller:
    """Someone who may change the account itself."""
    who = reader() if request.method == "GET" else writer()
    if who.user["role"] != "admin":
        raise forbidden(f"You do not have permission to {what}")
    return who


def sent() -> Doc:
    """The JSON object of the request; anything else is empty."""
    found = request.get_json(force=True, silent=True)
    return found if isinstance(found, dict) else {}
