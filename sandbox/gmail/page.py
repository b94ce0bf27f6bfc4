"""The mail client: one document, and the few calls that its scripts make."""

from __future__ import annotations

import json
from email.message import EmailMessage, Message
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request

from sandbox.gmail import drafts, faults, mailbox, mime, panel, reading
from sandbox.gmail.context import sandbox, store
from sandbox.gmail.control import ADMIN
from sandbox.gmail.errors import GoogleError
from sandbox.gmail.state import Doc

page_routes = Blueprint("page", __name__, url_prefix="/mail")
COOKIE = "gmail_person"
PEOPLE = json.loads((Path(__file__).parents[1] / "zendesk/seeds/people.json").read_text(encoding="utf-8"))["agents"]
FIRST = "rosa@acme.example"
_EMPTY = "\u200b"  # Gmail keeps an empty draft; an empty mail would be refused


@page_routes.before_request
def _only_our_own_page() -> None:
    """A form or script of another site may not act for whoever is signed in; whoever plays the world may."""
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    if request.method != "GET" and not ours and request.headers.get("Authorization") != f"Bearer {ADMIN}":
        raise GoogleError(403, "only the page itself may call this", "forbidden")


def _people() -> list[Doc]:
    """The same team as in the sandbox Zendesk, and the mailbox's own sign-in, which names nobody."""
    team = [{"name": one["name"], "email": one["email"]} for one in PEOPLE if not one.get("integration")]
    return [*team, *({"name": "the mailbox itself", "email": email} for email in mailbox.emails(store()))]


def _me() -> str:
    asked = request.cookies.get(COOKIE, FIRST)
    return asked if asked in {one["email"] for one in _people()} else FIRST


def _box() -> str:
    return next(iter(mailbox.emails(store())), None) or abort(503)


def _sent() -> Doc:
    found = request.get_json(silent=True)
    return found if isinstance(found, dict) else {}


@page_routes.get("/")
@page_routes.get("")
@page_routes.get("/settings")
@page_routes.get("/<thread>")
def client(thread: str = "") -> Response:  # noqa: ARG001 - its script reads the address
    answer = make_response(render_template("mail.html", me=_me(), people=_people(), box=_box(), declared=_declared()))
    app = sandbox().app_url
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'self'; frame-src 'self'; form-action 'self' {app}; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: {app}; frame-ancestors 'none'; base-uri 'none'"
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _declared() -> Doc:
    found: Doc = panel.declared(sandbox().app_url)["addOns"]
    return found


@page_routes.post("/person")
def choose_person() -> Response:
    chosen = _sent().get("email")
    if chosen not in {one["email"] for one in _people()}:
        abort(404)
    answer = jsonify(email=chosen)
    answer.set_cookie(COOKIE, quote(str(chosen), safe="@."), httponly=True, samesite="Lax")
    return answer


@page_routes.get("/state")
def state() -> Response:
    """The list and one thread, or only the version while nothing has changed."""
    version = store().newest_history_id()
    if request.args.get("version", type=int) == version:
        return jsonify(version=version)
    seen: Doc = {"version": version, "threads": reading.threads(store(), _box())}
    if wanted := request.args.get("thread"):
        try:
            seen["thread"] = reading.thread(store(), _box(), wanted)
        except GoogleError:
            seen["thread"] = None
    return jsonify(seen)


# --- writing by hand ---------------------------------------------------------------------------------------------------
@page_routes.post("/threads/<thread>/reply")
def reply(thread: str) -> Response:
    """A draft that answers the newest message, as the Reply button makes one."""
    found = [one for one in mailbox.thread(store(), _box(), thread) if "DRAFT" not in one.labels]
    last = found[-1].parsed
    mail = EmailMessage()
    mail["From"] = _box()
    mail["To"] = next((mime.header(last, name) for name in ("Reply-To", "From") if last[name]), "")
    if reading.sender(last)[1] == _box():
        mail.replace_header("To", mime.header(last, "To"))
    mail["Subject"] = f"Re: {mime.header(found[0].parsed, 'Subject').removeprefix('Re: ')}"
    mail["In-Reply-To"] = str(last["Message-ID"])
    mail["References"] = " ".join([*sorted(mime.references(last)), str(last["Message-ID"])])
    mail.set_content(_EMPTY)
    return jsonify(draft=drafts.save(store(), _box(), mail.as_bytes(), thread), thread=thread)


@page_routes.post("/compose")
def compose() -> Response:
    """A new mail."""
    mail = EmailMessage()
    mail["From"] = _box()
    mail.set_content(_EMPTY)
    made = drafts.save(store(), _box(), mail.as_bytes(), None)
    return jsonify(draft=made, thread=drafts.draft(store(), _box(), made).thread)


@page_routes.put("/drafts/<draft_id>")
def save(draft_id: str) -> Response:
    """{to, subject, text}: its other headers stay as they are."""
    found = drafts.draft(store(), _box(), draft_id)
    asked, parsed = _sent(), found.parsed
    _set(parsed, "To", asked.get("to", ""))
    _set(parsed, "Subject", asked.get("subject", ""))
    for name in ("Content-Type", "Content-Transfer-Encoding", "MIME-Version"):
        del parsed[name]
    words = EmailMessage()
    words.set_content(asked.get("text") or _EMPTY, cte="base64")
    for name, value in words.items():
        parsed[name] = value
    parsed.set_payload(words.get_payload())
    saved = drafts.save(store(), _box(), parsed.as_bytes(), found.thread, draft_id)
    return jsonify(draft=saved, thread=drafts.draft(store(), _box(), saved).thread)


def _set(parsed: Message, name: str, value: str) -> None:
    """Nobody types a line break into a header."""
    del parsed[name]
    if value:
        parsed[name] = " ".join(value.split())


@page_routes.post("/drafts/<draft_id>/send")
def send(draft_id: str) -> Response:
    sent = drafts.send_one(store(), _box(), draft_id, "hand")
    return jsonify(id=sent.id, thread=sent.thread)


@page_routes.delete("/drafts/<draft_id>")
def discard(draft_id: str) -> Response:
    drafts.delete(store(), _box(), draft_id)
    return jsonify({})


@page_routes.post("/threads/<thread>/read")
def read(thread: str) -> Response:
    """Somebody opened it."""
    with store().write():
        for one in mailbox.thread(store(), _box(), thread):
            if "UNREAD" in one.labels:
                mailbox.relabel(store(), one, (), ("UNREAD",))
    return jsonify({})


# --- playing the customer ----------------------------------------------------------------------------------------------
@page_routes.post("/threads/<thread>/customer")
def customer(thread: str) -> Response:
    """{text}: the customer writes back."""
    found = [one for one in mailbox.thread(store(), _box(), thread) if "DRAFT" not in one.labels]
    theirs = next((one for one in found if "SENT" not in one.labels), found[0]).parsed
    last = found[-1].parsed
    mail = _from_outside(mime.header(theirs, "From"), f"Re: {mime.header(theirs, 'Subject')}", _sent().get("text", ""))
    mail["In-Reply-To"] = str(last["Message-ID"])
    mail["References"] = " ".join([*sorted(mime.references(last)), str(last["Message-ID"])])
    mailbox.receive(store(), _box(), mail.as_bytes())
    return jsonify(thread=thread)


@page_routes.post("/new-mail")
def new_mail() -> Response:
    """{name, email, subject, text}: a mail from outside, for trying one's own words."""
    asked = _sent()
    mail = _from_outside(f"{asked['name']} <{asked['email']}>", asked["subject"], asked["text"])
    return jsonify(thread=mailbox.receive(store(), _box(), mail.as_bytes()).thread)


def _from_outside(sender: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"] = " ".join(sender.split()), _box()
    mail["Subject"] = " ".join(subject.split())
    with store().write():
        mail["Message-ID"] = f"<customer-{store().next('next_customer', 1)}@mail.example>"
    domain = mime.addresses(sender)[0].partition("@")[2]
    mail["Authentication-Results"] = f"mx.google.com; dkim=pass header.i=@{domain}; dmarc=pass header.from={domain}"
    mail.set_content(text)
    return mail


# --- the add-on --------------------------------------------------------------------------------------------------------
@page_routes.post("/panel")
def event() -> Response:
    """{url, open?, parameters?, inputs?}: what happened in the panel, for Google to post."""
    asked, made = _sent(), sandbox()
    locale = request.accept_languages.best or "en"
    body = panel.event(made.store, made.signer, made.app_url, _me(), asked, locale)
    return jsonify(panel.post(made.store, made.signer, made.app_url, str(asked.get("url")), body))


@page_routes.route("/consent", methods=["GET", "POST"])
def consent() -> Response:
    """{scopes}: from now on exactly these."""
    made = sandbox()
    if request.method == "POST":
        known = panel.declared(made.app_url)["oauthScopes"]
        panel.grant(made.store, _me(), [scope for scope in known if scope in (_sent().get("scopes") or [])])
    return jsonify(
        declared=panel.declared(made.app_url)["oauthScopes"], granted=panel.granted(made.store, _me(), made.app_url)
    )


@page_routes.route("/switches", methods=["GET", "POST"])
def switches() -> Response:
    """{faults: [{kind, on, ...}]}: exactly these bad days."""
    if request.method == "POST":
        faults.switch_off(store())
        for wanted in _sent().get("faults") or []:
            faults.switch_on(store(), wanted)
    return jsonify(faults=sorted({one["kind"] for one in faults.active(store())}))
