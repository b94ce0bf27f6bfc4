"""Playing the world: customers who write, people who answer by hand, time that passes, things that break."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.gmail import delegation, drafts, faults, mailbox, mime, quota, tokens
from sandbox.gmail.context import sandbox, store
from sandbox.gmail.errors import GoogleError, invalid, login_required
from sandbox.gmail.state import Doc

ADMIN = "sandbox-admin"
SETTINGS = {
    "keep_message_id", "drop_custom_headers", "limit_pushes", "history_as_number", "enforce_quota", "sends_a_day", "horizon",
    "testing_days", "vacation", "addon_deadline",
}  # fmt: skip

control = Blueprint("control", __name__, url_prefix="/sandbox")


@control.before_request
def _by_the_admin() -> None:
    if request.headers.get("Authorization") != f"Bearer {ADMIN}":
        raise login_required()


def _sent() -> Doc:
    found = request.get_json(force=True, silent=True)
    return found if isinstance(found, dict) else {}


@control.post("/receive")
def receive() -> Response:
    """`{mailbox, raw}` as it came, or `{mailbox, from, subject, text, [thread], [headers]}`; `ago`: seconds."""
    asked = _sent()
    try:
        raw = mime.decode(asked["raw"]) if "raw" in asked else _composed(asked)
    except ValueError as error:  # a line break in a header, say
        raise invalid(str(error)) from error
    found = mailbox.receive(store(), asked["mailbox"], raw, store().now() - float(asked.get("ago", 0)))
    return jsonify(id=found.id, threadId=found.thread)


def _composed(asked: Doc) -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = asked["from"], asked["mailbox"], asked.get("subject", "Hello")
    with store().write():
        mail["Message-ID"] = f"<customer-{store().next('next_customer', 1)}@mail.example>"
    domain = mime.addresses(asked["from"])[0].partition("@")[2]
    mail["Authentication-Results"] = f"mx.google.com; dkim=pass header.i=@{domain}; dmarc=pass header.from={domain}"
    for name, value in (asked.get("headers") or {}).items():
        del mail[name]
        mail[name] = value
    if asked.get("thread"):
        _refer(mail, asked["mailbox"], asked["thread"])
    mail.set_content(asked["text"])
    return mail.as_bytes()


def _refer(mail: EmailMessage, box: str, thread: str) -> None:
    """A reply to the newest message of that thread."""
    shown = [one for one in mailbox.thread(store(), box, thread) if "DRAFT" not in one.labels]
    last = shown[-1].parsed
    del mail["Subject"]
    mail["Subject"] = f"Re: {mime.subject(shown[0].parsed)}"
    mail["In-Reply-To"], mail["References"] = (
        str(last["Message-ID"]),
        " ".join([*mime.references(last), str(last["Message-ID"])]),
    )


@control.post("/answer")
def answer() -> Response:
    """`{mailbox, thread, text, [by]}`: a person answers in Gmail's own window, a delegate named by address."""
    asked = _sent()
    found = mailbox.thread(store(), asked["mailbox"], asked["thread"])
    customer = next(one for one in found if "SENT" not in one.labels and "DRAFT" not in one.labels)
    mail = EmailMessage()
    mail["From"], mail["To"] = asked["mailbox"], mime.header(customer.parsed, "From")
    mail["Subject"] = "placeholder"
    if asked.get("by"):
        mail["Sender"] = asked["by"]
    _refer(mail, asked["mailbox"], asked["thread"])
    mail.set_content(asked["text"])
    with store().write():
        made = drafts.send(store(), asked["mailbox"], mail.as_bytes(), asked["thread"], "hand")
    return jsonify(id=made.id, threadId=made.thread)


@control.post("/trash-thread")
def trash_thread() -> Response:
    asked = _sent()
    with store().write():
        for one in mailbox.thread(store(), asked["mailbox"], asked["thread"]):
            mailbox.relabel(store(), one, ("TRASH",), ("INBOX",))
    return jsonify({})


@control.post("/delete-thread")
def delete_thread() -> Response:
    asked = _sent()
    with store().write():
        for one in mailbox.thread(store(), asked["mailbox"], asked["thread"]):
            mailbox.delete(store(), one)
    return jsonify({})


@control.route("/faults", methods=["GET", "POST", "DELETE"])
def bad_days() -> Response:
    if request.method == "POST":
        faults.switch_on(store(), _sent())
    if request.method == "DELETE":
        faults.switch_off(store())
    return jsonify(faults=faults.active(store()), kinds=faults.KINDS)


@control.put("/settings")
def settings() -> Response:
    asked = _sent()
    if unknown := set(asked) - SETTINGS:
        raise invalid(f"unknown settings {sorted(unknown)}")
    with store().write():
        for name, value in asked.items():
            store().set_meta(name, store().newest_history_id() if (name, value) == ("horizon", "now") else value)
    return jsonify({name: store().meta(name) for name in SETTINGS})


@control.post("/grant")
def grant() -> Response:
    """`{email, [scopes], [seconds]}`: as if consent had been given."""
    asked = _sent()
    scopes = asked.get("scopes", tokens.MODIFY)
    access = tokens.grant(store(), asked["email"], scopes, "access", asked.get("seconds", tokens.SECONDS))
    return jsonify(access_token=access, refresh_token=tokens.grant(store(), asked["email"], scopes, "refresh", None))


@control.post("/mailbox")
def open_mailbox() -> Response:
    """`{email, [name]}`: one more mailbox of this domain."""
    asked = _sent()
    mailbox.open_mailbox(store(), asked["email"].lower(), str(asked.get("name") or asked["email"]))
    return jsonify({})


@control.post("/delegate")
def delegate() -> Response:
    """`{[scopes]}`: the domain's admin lets the service account act for every mailbox; its key file is answered."""
    return jsonify(delegation.allow(store(), _sent().get("scopes", tokens.MODIFY), f"{request.host_url}token"))


@control.post("/withdraw")
def withdraw() -> Response:
    """`{email}`: the user withdraws the grant, or removes the add-on."""
    tokens.revoke(store(), _sent()["email"])
    return jsonify({})


@control.post("/advance")
def advance() -> Response:
    store().ahead += float(_sent()["seconds"])
    store().changed.set()
    return jsonify(now=store().now())


@control.get("/ledger")
def ledger() -> Response:
    entries: list[dict[str, Any]] = sandbox().store.ledger.entries()
    wanted = request.args.get("thread")
    return jsonify(entries=[one for one in entries if wanted in (None, one["ticket_id"])])


@control.get("/units")
def units() -> Response:
    since = store().now() - float(request.args.get("seconds", 3600))
    return jsonify({email: quota.used(store(), email, since) for email in mailbox.emails(store())})


@control.errorhandler(KeyError)
def _missing(error: KeyError) -> Response:
    from sandbox.gmail.rest import refusal

    return refusal(GoogleError(400, f"{error} is missing", "required"))
