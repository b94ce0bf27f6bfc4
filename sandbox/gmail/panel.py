"""Google as the host of an add-on: what was declared, events with signed tokens, consent, and how long it waits."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from sandbox.gmail.signing import ADDON_ACCOUNT, ADDON_CLIENT, Signer
from sandbox.gmail.state import Doc, Store

DECLARED = Path(__file__).parents[2] / "manifest/gmail/deployment.json"
DECLARED_FOR = "https://countersign.example"
DEADLINE = 30.0  # seconds; the setting `addon_deadline` replaces it
WHO = "https://www.googleapis.com/auth/userinfo.email"
LOCALE = "https://www.googleapis.com/auth/script.locale"


def declared(app_url: str) -> Doc:
    """The deployment, for the server that this sandbox works with."""
    text = DECLARED.read_text(encoding="utf-8").replace(DECLARED_FOR, app_url)
    found: Doc = json.loads(text)
    return found


def granted(store: Store, email: str, app_url: str) -> list[str]:
    """What that person agreed to; at first everything that is declared."""
    found: list[str] = store.meta(f"granted:{email}", declared(app_url)["oauthScopes"])
    return found


def grant(store: Store, email: str, scopes: list[str]) -> None:
    with store.write():
        store.set_meta(f"granted:{email}", scopes)


def event(store: Store, signer: Signer, app_url: str, email: str, told: Mapping[str, Doc], locale: str) -> Doc:
    """As Google posts it. `told` holds what is open (`open`), and what was typed and pressed; `locale` is the window's."""
    scopes = granted(store, email, app_url)
    allowed: Doc = {"userOAuthToken": f"ya29.{secrets.token_urlsafe(24)}", "authorizedScopes": scopes}
    if WHO in scopes:
        allowed["userIdToken"] = signer.token(ADDON_CLIENT, email, hd=email.partition("@")[2])
    common: Doc = {"hostApp": "GMAIL", "platform": "WEB"}
    if LOCALE in scopes and declared(app_url)["addOns"]["common"].get("useLocaleFromApp"):
        common["userLocale"] = locale
    inputs = told.get("inputs") or {}
    if inputs:
        common["formInputs"] = {
            name: {"stringInputs": {"value": [value]}} for name, value in inputs.items() if value != ""
        }
    if told.get("parameters"):
        common["parameters"] = told["parameters"]
    return {"commonEventObject": common, "authorizationEventObject": allowed, "gmail": _open(told.get("open") or {})}


def _open(place: Mapping[str, object]) -> Doc:
    shown: Doc = {"accessToken": secrets.token_hex(8)} if place else {}
    if place.get("message"):
        shown["messageId"] = f"msg-f:{int(str(place['message']), 16)}"
    if place.get("thread"):
        shown["threadId"] = f"thread-f:{int(str(place['thread']), 16)}"
    if "to" in place:
        shown |= {"toRecipients": place["to"], "ccRecipients": [], "bccRecipients": []}
    return shown


def post(store: Store, signer: Signer, app_url: str, url: str, body: Doc) -> Doc:
    """`{answer, took}`, or `{problem}` in words. Google goes only where the deployment leads."""
    if not url.startswith(f"{app_url}/gmail/addon/"):
        return {"problem": f"{url} is not an address of this add-on"}
    token = signer.token(url.partition("?")[0], ADDON_ACCOUNT)
    system = body["authorizationEventObject"] | {"systemIdToken": token}
    deadline, began = float(store.meta("addon_deadline") or DEADLINE), time.monotonic()
    try:
        answer = _posted(url, body | {"authorizationEventObject": system}, token, deadline)
        told = answer.json() if answer.ok else None
    except (requests.RequestException, ValueError):
        return {"problem": "the add-on did not answer"}
    took = round((time.monotonic() - began) * 1000)
    return (
        {"answer": told, "took": took} if told is not None else {"problem": f"the add-on answered {answer.status_code}"}
    )


def _posted(url: str, body: Doc, token: str, deadline: float) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        headers = {"Authorization": f"Bearer {token}"}
        return session.post(url, json=body, headers=headers, timeout=deadline, allow_redirects=False)
