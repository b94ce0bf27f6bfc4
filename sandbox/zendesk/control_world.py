"""More of the world: other bots, long tickets, merges, redactions, ratings, people and groups that change."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, request

from sandbox.zendesk import audits, events, markup, merging, people, ratings, tickets, updates
from sandbox.zendesk.access import Caller
from sandbox.zendesk.change import Change, NewComment
from sandbox.zendesk.context import sandbox, sent, store
from sandbox.zendesk.errors import bad_request, record_not_found
from sandbox.zendesk.seeding import spoken
from sandbox.zendesk.state import Doc

world = Blueprint("world", __name__)
ROBOT = ("Macro Robot", "robot@acme.example")
REDACTED = "▇"


def _staff(email: str) -> Doc:
    found = people.user_by_email(store(), email)
    if found is None or not people.is_staff(found):
        raise record_not_found()
    return found


def _ticket() -> int:
    number = sent().get("ticket")
    if not isinstance(number, int):
        raise bad_request("`ticket` is required")
    return number


@world.post("/bot-writes")
def bot_writes() -> Response:
    """{ticket, text|html, public?: true, by?: email, metadata?, status?}: another program of the account writes."""
    body = sent()
    with store().write():
        author = _staff(body["by"]) if body.get("by") else _robot()
        fields = {"status": body["status"]} if body.get("status") else {}
        change = Change(fields, spoken(store(), author, body), body.get("metadata") or {})
        _ticket_now, audit = updates.update(store(), _ticket(), change, Caller(author, "api", client="robot/1.0"))
    return jsonify(audit=audit)


def _robot() -> Doc:
    name, email = ROBOT
    return people.user_by_email(store(), email) or people.add_user(store(), people.NewUser(name, email, "agent"))


@world.post("/fill")
def fill() -> Response:
    """{ticket, comments: 5000}: a conversation of that length, as of long ago: no event, no line in the ledger."""
    wanted = int(sent().get("comments") or updates.MOST_COMMENTS)
    agent = people.staff(store())[0]
    with store().write():
        ticket = tickets.get(store(), _ticket())
        customer = people.user(store(), ticket["requester_id"])
        for number in range(len(audits.Listing(store(), ticket["id"], speaking=True)), wanted):
            author = customer if number % 2 else agent
            said = NewComment(author, markup.from_text(f"Message {number + 1}"), public=True)
            updates.update(store(), ticket["id"], Change(comment=said), Caller(author, "email", from_history=True))
    return jsonify(comments=wanted)


@world.post("/merge")
def merge() -> Response:
    """{ticket: target, ids: sources, by?: email}: an agent merges tickets on the host's own screen."""
    by = _staff(sent().get("by") or people.staff(store())[0]["email"])
    return jsonify(result=merging.merge(store(), _ticket(), sent().get("ids") or [], sent(), Caller(by, "web")))


@world.post("/redact")
def redact() -> Response:
    """{ticket, comment}: its text is blacked out for good."""
    with store().write():
        ticket = tickets.get(store(), _ticket())
        for audit in audits.of_ticket(store(), ticket["id"]):
            for event in audit["events"]:
                if event["type"] == "Comment" and event["id"] == sent().get("comment"):
                    _black_out(ticket, audit, event)
                    return jsonify(comment=event)
    raise record_not_found()


def _black_out(ticket: Doc, audit: Doc, event: Doc) -> None:
    text = REDACTED * len(event["plain_body"])
    event |= {"body": text, "plain_body": text, "html_body": markup.stored(markup.from_text(text)), "attachments": []}
    audits.save(store(), audit)
    tickets.save(store(), ticket)
    told = {"comment": {"id": str(event["id"])}}
    events.tell(store(), ticket, "comment_redacted", told, Caller(people.staff(store())[0], "web"))


@world.post("/rate")
def rate() -> Response:
    """{ticket, score: good|bad, comment?, reason?}: the customer clicks on the rating."""
    return jsonify(satisfaction_rating=ratings.rate(store(), _ticket(), sent()))


@world.post("/light-agent")
def light_agent() -> Response:
    """{email}: from now on this agent may write notes only."""
    with store().write():
        return jsonify(user=people.make_light(store(), _staff(str(sent().get("email")))))


@world.post("/delete-group")
def delete_group() -> Response:
    """{group: name}: it vanishes; its open tickets are in no group any more."""
    with store().write():
        team = people.group_named(store(), str(sent().get("group")))
        if team is None:
            raise record_not_found()
        people.delete_group(store(), team["id"])
        for ticket in tickets.every(store()):
            if ticket["group_id"] == team["id"] and ticket["status"] != "closed":
                tickets.save(store(), {**ticket, "group_id": None, "updated_at": store().stamp()})
    return make_response("", 204)


@world.post("/clock")
def clock() -> Response:
    """{ahead: seconds}: the host's clock goes forward by so much, until the next start."""
    seconds = float(sent().get("ahead") or 0)
    store().ahead += seconds
    return jsonify(now=store().now())


@world.get("/calls")
def calls() -> Response:
    """The last calls of the API, newest first: what a client really asked, and with which headers."""
    limit = request.args.get("limit", 200, type=int)
    return jsonify(calls=list(sandbox().calls)[::-1][:limit])
