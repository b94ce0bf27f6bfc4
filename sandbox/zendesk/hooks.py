"""Webhooks as records: whom to tell of what, and how they know that it was us."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from sandbox.zendesk import events, queue
from sandbox.zendesk.errors import invalid, record_not_found
from sandbox.zendesk.state import Doc, Store, dump

# What the button "Test webhook" signs with before a webhook exists. It is in the documentation: nobody may trust it.
STATIC_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="
AUTHENTICATIONS = ("basic_auth", "bearer_token", "api_key")
CHANGEABLE = ("name", "description", "endpoint", "status", "subscriptions", "authentication")


def install(store: Store, webhook_id: str, endpoint: str, secret: str) -> None:
    """The app's own webhook; its address and secret are those of this start."""
    known = store.doc("SELECT doc FROM webhooks WHERE id=?", webhook_id)
    if known:
        _save(store, {**known, "endpoint": endpoint, "secret": secret})
        return
    wanted = {"name": "Countersign", "description": "events", "endpoint": endpoint, "subscriptions": [*events.TYPES]}
    _insert(store, webhook_id, wanted, secret)


def add(store: Store, wanted: Doc) -> Doc:
    if not wanted.get("name"):
        raise invalid("name", "Name: cannot be blank")
    _endpoint(wanted)
    authentication = wanted.get("authentication")
    if authentication and authentication.get("type") not in AUTHENTICATIONS:
        raise invalid("authentication", "Authentication type: is invalid")
    with store.write():
        return _insert(store, queue.ulid(), wanted, secrets.token_urlsafe(32))


def _endpoint(wanted: Doc) -> str:
    """On this machine: nothing that the sandbox does leaves it."""
    address = str(wanted.get("endpoint", ""))
    if not address.startswith(("http://127.0.0.1:", "http://localhost:")):
        raise invalid("endpoint", "Endpoint: must be on this machine")
    return address


def for_one_try(wanted: Doc) -> Doc:
    """A webhook that is only tried: it is kept nowhere and has the secret that everybody knows."""
    return {"id": queue.ulid(), "secret": STATIC_SECRET, "authentication": None, "endpoint": _endpoint(wanted)}


def _insert(store: Store, webhook_id: str, wanted: Doc, secret: str) -> Doc:
    stamp = store.stamp()
    doc: Doc = {
        "id": webhook_id, "name": wanted["name"], "description": wanted.get("description"), "status": "active",
        "endpoint": wanted["endpoint"], "http_method": "POST", "request_format": "json",
        "subscriptions": wanted.get("subscriptions") or [], "authentication": wanted.get("authentication"),
        "created_at": stamp, "created_by": "1", "updated_at": stamp, "updated_by": "1", "secret": secret,
    }  # fmt: skip
    store.execute("INSERT INTO webhooks VALUES (?, ?)", webhook_id, dump(doc))
    return doc


def every(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM webhooks ORDER BY rowid")


def get(store: Store, webhook_id: object) -> Doc:
    found = store.doc("SELECT doc FROM webhooks WHERE id=?", webhook_id)
    if found is None:
        raise record_not_found()
    return found


def change(store: Store, webhook_id: str, wanted: Doc) -> Doc:
    with store.write():
        changed: Doc = {key: wanted[key] for key in CHANGEABLE if key in wanted}
        doc = get(store, webhook_id) | changed | {"updated_at": store.stamp()}
        _save(store, doc)
    return doc


def delete(store: Store, webhook_id: str) -> None:
    with store.write():
        get(store, webhook_id)
        store.execute("DELETE FROM webhooks WHERE id=?", webhook_id)


def reset_secret(store: Store, webhook_id: str) -> Doc:
    with store.write():
        doc = {**get(store, webhook_id), "secret": secrets.token_urlsafe(32)}
        _save(store, doc)
    return doc


def _save(store: Store, doc: Doc) -> None:
    store.execute("UPDATE webhooks SET doc=? WHERE id=?", dump(doc), doc["id"])


def shown(webhook: Doc) -> Doc:
    """Secrets are never told again."""
    authentication = webhook["authentication"]
    visible = authentication and {key: value for key, value in authentication.items() if key != "data"}
    return {**{key: value for key, value in webhook.items() if key != "secret"}, "authentication": visible}


def proof(webhook: Doc) -> dict[str, str]:
    """The header by which the receiver knows the sender, beside the signature."""
    authentication: Any = webhook["authentication"]
    if not authentication:
        return {}
    kind, data = authentication["type"], authentication["data"]
    if kind == "bearer_token":
        return {"Authorization": f"Bearer {data['token']}"}
    if kind == "api_key":
        return {data["name"]: data["value"]}
    pair = base64.b64encode(f"{data['username']}:{data['password']}".encode()).decode()
    return {"Authorization": f"Basic {pair}"}
