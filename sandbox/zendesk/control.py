"""/sandbox/*: play the customer, write as a person by hand, make things go wrong, read the ledger."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, request

from sandbox.zendesk import access, app_install, audits, creation, faults, hooks, people, queue, tickets, updates
from sandbox.zendesk.access import Caller
from sandbox.zendesk.change import Change
from sandbox.zendesk.context import root, sandbox, sent, store
from sandbox.zendesk.control_oauth import oauth_control
from sandbox.zendesk.control_world import world
from sandbox.zendesk.errors import bad_request, record_not_found, unauthenticated
from sandbox.zendesk.seeding import spoken
from sandbox.zendesk.state import Doc

control = Blueprint("control", __name__, url_prefix="/sandbox")
control.register_blueprint(oauth_control)
control.register_blueprint(world)


@control.before_request
def _operator_only() -> None:
    if access.bearer(request) != access.ADMIN_TOKEN:
        raise unauthenticated()


def _told(ticket: Doc, audit: Doc) -> Response:
    comments = [event["id"] for event in audit["events"] if event["type"] == "Comment"]
    comment_id = comments[0] if comments else None
    return jsonify(ticket=tickets.shown(ticket, root()), audit=audit, comment_id=comment_id)


def _needed(body: Doc, key: str) -> str:
    value = body.get(key)
    if value in (None, ""):
        raise bad_request(f"`{key}` is required")
    return str(value)


@control.post("/new-ticket")
def new_ticket() -> Response:
    """{subject, text|html, requester: {name, email}, group?, tags?, via?, flags?, attachments?, public?}"""
    body = sent()
    asker = body.get("requester") or {"name": "Casey Customer", "email": "casey@customer.example"}
    with store().write():
        author = people.requester(store(), asker.get("name") or asker["email"], asker["email"])
        who = Caller(author, body.get("via") or "email", client="customer")
        blank = tickets.blank(store(), author["id"], _needed(body, "subject"), audits.via(who.channel, author))
        team = people.group_named(store(), body.get("group") or "Support")
        fields = {"group_id": team["id"] if team else None, "tags": body.get("tags") or []}
        ticket, audit = updates.create(store(), blank, Change(fields, spoken(store(), author, body)), who)
    return make_response(_told(ticket, audit), 201)


@control.post("/customer-reply")
def customer_reply() -> Response:
    """{ticket, text|html, via?, flags?, attachments?, from?: {name, email}}; on a closed ticket a follow-up begins."""
    body = sent()
    with store().write():
        ticket = tickets.get(store(), body.get("ticket"))
        author = _speaker(body, ticket)
        who = Caller(author, body.get("via") or "email", client="customer")
        said = Change(comment=spoken(store(), author, body))
        if ticket["status"] == "closed":
            blank = tickets.blank(store(), author["id"], ticket["subject"], audits.via(who.channel, author))
            return _told(*updates.create(store(), creation.follow_up(store(), blank, ticket["id"]), said, who))
        return _told(*updates.update(store(), ticket["id"], said, who))


def _speaker(body: Doc, ticket: Doc) -> Doc:
    other = body.get("from")
    if other:
        return people.requester(store(), other.get("name") or other["email"], other["email"])
    return people.user(store(), ticket["requester_id"])


@control.post("/person-replies")
def person_replies() -> Response:
    """{ticket, by: email, text|html, public?: true, status?}: an agent types into the host's own screen."""
    body = sent()
    with store().write():
        author = people.user_by_email(store(), _needed(body, "by"))
        if author is None or not people.is_staff(author):
            raise record_not_found()
        fields = {"status": body["status"]} if body.get("status") else {}
        who = Caller(author, "web", client="Mozilla/5.0 (sandbox)")
        said = Change(fields, spoken(store(), author, body))
        return _told(*updates.update(store(), int(_needed(body, "ticket")), said, who))


@control.post("/close")
@control.post("/status")
def set_status() -> Response:
    """{ticket, status?: closed, by?: email}"""
    body = sent()
    by = people.user_by_email(store(), body.get("by") or "ana@acme.example") or people.staff(store())[0]
    status = body.get("status") or "closed"
    return _told(*updates.update(store(), int(_needed(body, "ticket")), Change({"status": status}), Caller(by, "web")))


@control.post("/delete")
def delete() -> Response:
    """{ticket, permanently?}: gone, 404 from now on; permanently, even from the export."""
    by = Caller(people.staff(store())[0], "web")
    updates.delete(store(), int(_needed(sent(), "ticket")), by, permanently=bool(sent().get("permanently")))
    return make_response("", 204)


@control.get("/faults")
def list_faults() -> Response:
    return jsonify(faults=faults.active(store()), kinds=faults.KINDS)


@control.post("/faults")
def add_fault() -> Response:
    """{kind, ticket?, times?, on?, when?, seconds?, retry_after?, copies?, status?}"""
    return make_response(jsonify(fault=faults.switch_on(store(), sent())), 201)


@control.delete("/faults")
@control.delete("/faults/<int:fault_id>")
def remove_faults(fault_id: int | None = None) -> Response:
    return jsonify(removed=faults.switch_off(store(), fault_id))


@control.get("/ledger")
def ledger() -> Response:
    """Every public staff comment since the start; ?ticket=ID for one ticket."""
    only = request.args.get("ticket", type=int)
    entries = store().docs("SELECT doc FROM ledger ORDER BY comment_id")
    return jsonify(entries=[entry for entry in entries if only in (None, entry["ticket_id"])])


@control.get("/deliveries")
def deliveries() -> Response:
    """The webhook invocations, newest first, each with its attempts."""
    return jsonify(invocations=queue.history(store(), request.args.get("limit", 200, type=int)))


@control.post("/redeliver")
def redeliver() -> Response:
    """{ticket?}: every event so far once more, as a replay."""
    only = sent().get("ticket")
    with store().write():
        docs = store().docs("SELECT doc FROM invocations ORDER BY rowid")
        chosen = [doc["event"] for doc in docs if only is None or doc["event"]["subject"] == f"zen:ticket:{only}"]
        for event in chosen:
            for webhook_id in queue.listening(store(), event["type"]):
                queue.insert(store(), webhook_id, event, store().now(), queue.WAITING)
    return jsonify(events=len(chosen))


@control.route("/settings", methods=["GET", "PUT"])
def settings() -> Response:
    """{blind_seconds?, subscriptions?, revoked_tokens?, dropped_scopes?, limits?}"""
    keys = ("blind_seconds", "revoked_tokens", "dropped_scopes", "limits")
    webhook = store().meta("webhook_id")
    if request.method == "PUT":
        with store().write():
            for key in set(keys) & set(sent()):
                store().set_meta(key, sent()[key])
            hooks.change(store(), webhook, {key: sent()[key] for key in ("subscriptions",) if key in sent()})
    known = {key: store().meta(key) for key in keys}
    return jsonify({**known, "subscriptions": hooks.get(store(), webhook)["subscriptions"]})


@control.put("/installation")
def installation() -> Response:
    """{enabled?, installed?, automation_allowed?}"""
    app_install.change_installation(store(), sent())
    return jsonify(installation=app_install.installation(store(), sandbox().app_url))


@control.put("/person")
def person() -> Response:
    """{email, role?, active?}: an admin promotes somebody, lowers them, or takes them off the team."""
    with store().write():
        found = people.user_by_email(store(), _needed(sent(), "email"))
        if found is None:
            raise record_not_found()
        people.save_user(store(), {**found, **{key: sent()[key] for key in ("role", "active") if key in sent()}})
        store().bump()
    return jsonify(user=people.user(store(), found["id"]))


@control.post("/signed-page")
def signed_page() -> Response:
    """{location, by: email}: the address and token that the agent page would post."""
    body = sent()
    location = body.get("location") or "ticket_sidebar"
    by = people.user_by_email(store(), _needed(body, "by"))
    if by is None or location not in app_install.LOCATIONS:
        raise record_not_found()
    page = app_install.signed_page(sandbox().key, sandbox().app_url, root(), location, by["id"], store().now())
    return jsonify(url=page.url, token=page.token, app_guid=page.app_guid)
