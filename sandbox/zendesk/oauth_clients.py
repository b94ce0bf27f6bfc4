"""OAuth clients: who may ask for tokens, and where people are sent back to."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlsplit

from sandbox.zendesk.errors import ApiError, invalid, oauth_refusal, record_not_found
from sandbox.zendesk.state import Doc, Store, dump

LOCAL = "countersign"
GLOBAL = "zdg-countersign"  # Zendesk puts zdg- before the name of a global one
PUBLIC = "countersign-public"
SECRET = "sandbox-client-secret"  # public on purpose: nothing here leaves the machine
LOCAL_NAMES = ("localhost", "127.0.0.1")


def install(store: Store, owner_id: int | None) -> None:
    """One of each kind. Until `redirect_uri` is set, any address of the app will do for them."""
    for identifier, kind, is_global in ((LOCAL, "confidential", False), (GLOBAL, "confidential", True), (PUBLIC, "public", False)):  # fmt: skip
        wanted = {"name": "Countersign", "identifier": identifier, "kind": kind, "secret": SECRET, "global": is_global}
        add(store, wanted, owner_id)


def add(store: Store, wanted: Doc, owner_id: int | None) -> Doc:
    identifier = str(wanted.get("identifier") or "")
    if not identifier or not wanted.get("name") or find(store, identifier):
        raise invalid("identifier", "Identifier: is blank or taken, or Name: is blank")
    stamp = store.stamp()
    doc: Doc = {
        "id": store.next_id(), "name": wanted["name"], "identifier": identifier, "company": wanted.get("company"),
        "description": wanted.get("description"), "kind": wanted.get("kind") or "confidential",
        "secret": wanted.get("secret") or secrets.token_hex(32), "redirect_uri": _checked(wanted.get("redirect_uri")),
        "scopes": wanted.get("scopes"), "global": bool(wanted.get("global")), "user_id": owner_id,
        "created_at": stamp, "updated_at": stamp,
    }  # fmt: skip
    store.execute("INSERT INTO oauth_clients VALUES (?, ?)", identifier, dump(doc))
    return doc


def update(store: Store, identifier: str, wanted: Doc) -> Doc:
    """`redirect_uri` and `scopes`, the ceiling of what may be asked for (null: anything)."""
    with store.write():
        doc = get(store, identifier)
        if "redirect_uri" in wanted:
            doc["redirect_uri"] = _checked(wanted["redirect_uri"])
        doc |= {key: wanted[key] for key in ("scopes", "name", "kind") if key in wanted} | {"updated_at": store.stamp()}
        store.execute("UPDATE oauth_clients SET doc=? WHERE identifier=?", dump(doc), identifier)
    return doc


def _checked(addresses: Any) -> list[str] | None:
    """Absolute and https, but for this machine."""
    if addresses is None:
        return None
    found = addresses.split() if isinstance(addresses, str) else list(addresses)
    for address in found:
        place = urlsplit(address)
        if place.scheme != "https" and place.hostname not in LOCAL_NAMES:
            raise invalid("redirect_uri", "Redirect uri: must be an absolute https address")
    return found


def every(store: Store) -> list[Doc]:
    return sorted(store.docs("SELECT doc FROM oauth_clients"), key=lambda doc: int(doc["id"]))


def find(store: Store, identifier: object) -> Doc | None:
    return store.doc("SELECT doc FROM oauth_clients WHERE identifier=?", identifier)


def get(store: Store, identifier: object) -> Doc:
    found = find(store, identifier)
    if found is None:
        raise record_not_found()
    return found


def knows_address(client: Doc, address: str, app_url: str) -> bool:
    if client["redirect_uri"] is None:
        return address.startswith(app_url + "/")
    return address in client["redirect_uri"]


def authenticated(store: Store, body: Doc) -> Doc:
    """The client of a token request. A public one has no secret to show."""
    client = find(store, body.get("client_id"))
    if client is None or (client["kind"] != "public" and body.get("client_secret") != client["secret"]):
        raise unknown_client()
    return client


def unknown_client() -> ApiError:
    text = "Client authentication failed due to unknown client, no client authentication included, or unsupported authentication method."
    return oauth_refusal("invalid_client", text, 401)


def shown(client: Doc, root: str) -> Doc:
    """The secret is told once, when the client is made."""
    url = f"{root}/api/v2/oauth/clients/{client['id']}.json"
    return {**client, "url": url, "secret": client["secret"][:10] + "..."}
