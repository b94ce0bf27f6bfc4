"""Access and refresh tokens: given out, rotated, expired, revoked."""

from __future__ import annotations

import secrets
from typing import Any

from sandbox.zendesk import scopes
from sandbox.zendesk.errors import dead_token, oauth_refusal, record_not_found, unauthenticated
from sandbox.zendesk.state import Doc, Store, dump

ACCESS_SECONDS, REFRESH_SECONDS = 1800, 30 * 86400
ACCESS_RANGE, REFRESH_RANGE = (300, 172_800), (604_800, 7_776_000)
ALIVE, ROTATED, REVOKED = "alive", "rotated", "revoked"


def grantable(store: Store, client: Doc, asked: str) -> Doc:
    """{scopes, useless}: what is granted of what was asked.

    Outside the client's ceiling: refused. A name that nobody knows: granted without it, and the token opens nothing.
    A name in the setting `dropped_scopes`: granted without it, and not a word about it.
    """
    wanted = asked.split() or ["read", "write"]
    ceiling = client["scopes"]
    if scopes.mixed(wanted) or (ceiling is not None and not set(wanted) <= set(ceiling)):
        raise oauth_refusal("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    dropped = store.meta("dropped_scopes", [])
    granted = [scope for scope in wanted if scopes.known(scope) and scope not in dropped]
    return {"scopes": granted, "useless": not all(map(scopes.known, wanted))}


def issue(store: Store, client: Doc, user_id: int, granted: Doc, body: Doc, *, refreshable: bool = True) -> Doc:
    """A new pair, durable before it is told."""
    access_for = _seconds(body, "expires_in", ACCESS_SECONDS, ACCESS_RANGE)
    refresh_for = _seconds(body, "refresh_token_expires_in", REFRESH_SECONDS, REFRESH_RANGE)
    with store.write():
        doc: Doc = {
            "id": store.next_id(), "client": client["identifier"], "client_id": client["id"], "user_id": user_id, **granted,
            "access": secrets.token_hex(32), "refresh": secrets.token_hex(32) if refreshable else None,
            "created_at": store.now(), "expires_at": store.now() + access_for,
            "refresh_expires_at": store.now() + refresh_for, "state": ALIVE,
        }  # fmt: skip
        store.execute(
            "INSERT INTO oauth_tokens VALUES (?, ?, ?, ?)", doc["id"], doc["access"], doc["refresh"], dump(doc)
        )
    return doc


def _seconds(body: Doc, name: str, otherwise: int, allowed: tuple[int, int]) -> int:
    value: Any = body.get(name) or otherwise
    if not str(value).isdigit() or not allowed[0] <= int(value) <= allowed[1]:
        raise oauth_refusal("invalid_request", f"{name} must be between {allowed[0]} and {allowed[1]} seconds")
    return int(value)


def answer(token: Doc, now: float) -> Doc:
    """What the token endpoint tells."""
    told = {
        "access_token": token["access"], "token_type": "bearer", "scope": " ".join(token["scopes"]),
        "expires_in": round(token["expires_at"] - now),
    }  # fmt: skip
    if token["refresh"] is None:
        return told
    return told | {
        "refresh_token": token["refresh"],
        "refresh_token_expires_in": round(token["refresh_expires_at"] - now),
    }


def rotate(store: Store, client: Doc, body: Doc) -> Doc:
    """The old access and refresh token die with the birth of the new pair. A replay is refused and kills nothing."""
    with store.write():
        old = store.doc("SELECT doc FROM oauth_tokens WHERE refresh=?", body.get("refresh_token"))
        if old is None or old["state"] != ALIVE or old["client"] != client["identifier"] or old["refresh_expires_at"] <= store.now():  # fmt: skip
            raise bad_grant()
        _set_state(store, old, ROTATED)
        granted = {"scopes": old["scopes"], "useless": old["useless"]}
        return issue(store, client, old["user_id"], granted, body)


def bad_grant() -> Exception:
    text = "The provided access grant is invalid, expired, or revoked (e.g. invalid assertion, expired authorization token, bad end-user password credentials, or mismatching authorization code and redirection URI)."
    return oauth_refusal("invalid_grant", text)


def living(store: Store, access: str) -> Doc:
    """The token as it stands. One that was never given out and one that has died are refused differently."""
    found = store.doc("SELECT doc FROM oauth_tokens WHERE access=?", access)
    if found is None:
        raise unauthenticated()
    if found["state"] != ALIVE or found["expires_at"] <= store.now():
        raise dead_token()
    return found


def powers(token: Doc) -> frozenset[str]:
    return frozenset() if token["useless"] else frozenset(token["scopes"])


def every(store: Store) -> list[Doc]:
    return [doc for doc in store.docs("SELECT doc FROM oauth_tokens ORDER BY id") if doc["state"] == ALIVE]


def get(store: Store, token_id: object) -> Doc:
    found = next((doc for doc in every(store) if doc["id"] == token_id), None)
    if found is None:
        raise record_not_found()
    return found


def revoke(store: Store, token: Doc) -> None:
    with store.write():
        _set_state(store, token, REVOKED)


def expire(store: Store, token: Doc, *, refresh_too: bool = False) -> None:
    """As if its time were over now."""
    with store.write():
        over = {"expires_at": store.now(), **({"refresh_expires_at": store.now()} if refresh_too else {})}
        _save(store, {**token, **over})


def _set_state(store: Store, token: Doc, state: str) -> None:
    _save(store, {**token, "state": state})


def _save(store: Store, token: Doc) -> None:
    store.execute("UPDATE oauth_tokens SET doc=? WHERE id=?", dump(token), token["id"])


def shown(store: Store, token: Doc, root: str) -> Doc:
    """Ten characters of each: enough to know one by, too little to use it."""
    refresh = token["refresh"]
    return {
        "url": f"{root}/api/v2/oauth/tokens/{token['id']}.json", "id": token["id"], "user_id": token["user_id"],
        "client_id": token["client_id"], "token": token["access"][:10], "refresh_token": refresh and refresh[:10],
        "created_at": store.stamp(token["created_at"]), "expires_at": store.stamp(token["expires_at"]),
        "used_at": None, "scopes": token["scopes"],
        "refresh_token_expires_at": store.stamp(token["refresh_expires_at"]) if refresh else None,
    }  # fmt: skip
