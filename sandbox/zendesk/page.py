"""The agent workspace: one document, and the few calls that its scripts make."""

from __future__ import annotations

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request

from sandbox.zendesk import access, app_install, audits, faults, people, tickets, triggers, updates, workspace
from sandbox.zendesk.access import Caller
from sandbox.zendesk.change import Change
from sandbox.zendesk.context import root, sandbox, sent, store
from sandbox.zendesk.errors import forbidden
from sandbox.zendesk.seeding import spoken
from sandbox.zendesk.state import Doc

page_routes = Blueprint("page", __name__, url_prefix="/agent")
FIRST_AGENT = "rosa@acme.example"


@page_routes.before_request
def _only_our_own_page() -> None:
    """A form or script of another site may not act for the signed-in agent."""
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site") != "same-origin":
        raise forbidden("only the agent page itself may call this")


@page_routes.get("/")
@page_routes.get("")
@page_routes.get("/tickets/<int:ticket_id>")
@page_routes.get("/desk")
@page_routes.get("/settings")
def workspace_page(ticket_id: int | None = None) -> Response:  # noqa: ARG001  # its script reads the address
    me = access.signed_in(store(), request) or _first_agent()
    answer = make_response(render_template("agent.html", me=me, agents=_humans(), app_name=app_install.APP_NAME))
    answer.set_cookie(access.COOKIE, str(me["id"]), httponly=True, samesite="Lax")
    answer.headers["Content-Security-Policy"] = _policy()
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _policy() -> str:
    """Frames and form posts go to the app and nowhere else; mail may style itself, not run or fetch anything."""
    app = sandbox().app_url
    return (
        f"default-src 'self'; frame-src {app} 'self'; form-action 'self' {app}; script-src 'self'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
    )


def _humans() -> list[Doc]:
    return [doc for doc in people.staff(store()) if doc["email"] != access.INTEGRATION_EMAIL]


def _first_agent() -> Doc:
    found = people.user_by_email(store(), FIRST_AGENT) or next(iter(_humans()), None)
    return found or abort(503)


def _me() -> Doc:
    return access.signed_in(store(), request) or abort(401)


def _caller() -> Caller:
    return Caller(_me(), "web", client=request.headers.get("User-Agent", ""))


@page_routes.post("/person")
def choose_person() -> Response:
    chosen = people.find_user(store(), sent().get("id"))
    if chosen is None or not people.is_staff(chosen):
        abort(404)
    answer = jsonify(id=chosen["id"])
    answer.set_cookie(access.COOKIE, str(chosen["id"]), httponly=True, samesite="Lax")
    return answer


@page_routes.get("/state")
def state() -> Response:
    """The list and one ticket, or only the version while nothing has changed."""
    version = store().version()
    if request.args.get("version", type=int) == version:
        return jsonify(version=version)
    seen = {"version": version, "me": workspace.person(_me()), "tickets": workspace.ticket_list(store())}
    ticket_id = request.args.get("ticket", type=int)
    if ticket_id is not None:
        seen["ticket"] = workspace.open_ticket(store(), ticket_id)
    return jsonify(seen)


@page_routes.post("/tickets/<int:ticket_id>")
def submit(ticket_id: int) -> Response:
    """The composer's button: {html?, public?, fields: {status?, tags?, assignee_id?, group_id?, priority?, subject?}}"""
    body = sent()
    who = _caller()
    comment = spoken(store(), who.user, body) if body.get("html") else None
    change = Change(body.get("fields") or {}, comment)
    with store().write():
        if change.fields.get("status") == "solved" and tickets.get(store(), ticket_id)["assignee_id"] is None:
            change.fields.setdefault("assignee_id", who.user["id"])
        _ticket, audit = updates.update(store(), ticket_id, change, who)
    return jsonify(audit_id=audit["id"], version=store().version())


@page_routes.post("/tickets/<int:ticket_id>/customer")
def play_the_customer(ticket_id: int) -> Response:
    """{text}: the requester writes back by mail."""
    requester = people.user(store(), tickets.get(store(), ticket_id)["requester_id"])
    said = Change(comment=spoken(store(), requester, {"text": sent().get("text"), "public": True}))
    updates.update(store(), ticket_id, said, Caller(requester, "email", client="customer"))
    return jsonify(version=store().version())


@page_routes.post("/new-ticket")
def write_as_a_customer() -> Response:
    """{name, email, subject, text}: a mail from outside, for trying one's own words."""
    body = sent()
    with store().write():
        author = people.requester(store(), body["name"], body["email"])
        blank = tickets.blank(store(), author["id"], body["subject"], audits.via("email", author))
        team = people.group_named(store(), "Support")
        said = Change({"group_id": team["id"] if team else None}, spoken(store(), author, {"text": body["text"]}))
        ticket, _audit = updates.create(store(), blank, said, Caller(author, "email", client="customer"))
    return jsonify(id=ticket["id"])


@page_routes.post("/signed-page")
def signed_page() -> Response:
    """{location, ticket?}: what the page posts into the frame, and what it tells the app when it registers."""
    location = sent().get("location")
    found = app_install.installation(store(), sandbox().app_url)
    if found is None or not found["enabled"] or location not in app_install.LOCATIONS:
        abort(404)
    page = app_install.signed_page(sandbox().key, sandbox().app_url, root(), location, _me()["id"], store().now())
    metadata = {
        "appId": found["app_id"], "name": app_install.APP_NAME, "installationId": found["id"], "version": "1.0.0",
        "settings": found["settings"], "plan": {},
    }  # fmt: skip
    return jsonify(
        url=page.url, token=page.token, app_guid=page.app_guid, metadata=metadata, subdomain=app_install.SUBDOMAIN
    )


@page_routes.route("/app-form", methods=["GET", "POST"])
def app_form() -> Response:
    """{settings}: the form that Zendesk makes of the app's parameters. Anybody sees it, an admin sends it."""
    if request.method == "POST":
        if _me()["role"] != "admin":
            raise forbidden("Only an admin may change the settings of an app")
        app_install.change_installation(store(), {"settings": sent().get("settings") or {}})
    found = app_install.installation(store(), sandbox().app_url)
    return jsonify(
        installed=found is not None, settings=found["settings"] if found else {}, parameters=app_install.PARAMETERS,
        may_change=_me()["role"] == "admin",
    )  # fmt: skip


@page_routes.route("/switches", methods=["GET", "POST"])
def switches() -> Response:
    """The settings view: {enabled?, automation_allowed?, notify?, fault?: {kind, on, ...}}"""
    body = sent() if request.method == "POST" else {}
    if {"enabled", "automation_allowed"} & set(body):
        app_install.change_installation(store(), body)
    if "notify" in body:
        triggers.switch_notifying(store(), active=bool(body["notify"]))
    if "fault" in body:
        _switch_fault(body["fault"])
    found = app_install.installation(store(), sandbox().app_url) or {}
    active = sorted({fault["kind"] for fault in faults.active(store())})
    return jsonify(
        enabled=found.get("enabled", False), faults=active, notify=triggers.notifying(store()) is not None,
        automation_allowed=found.get("settings", {}).get("automation_allowed", False),
    )  # fmt: skip


def _switch_fault(wanted: Doc) -> None:
    if wanted.pop("active"):
        faults.switch_on(store(), wanted)
        return
    for fault in faults.active(store()):
        if fault["kind"] == wanted["kind"]:
            faults.switch_off(store(), fault["id"])
