"""The first start: people, groups and conversations from the seed files, told to the app bit by bit."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.zendesk import audits, automations, events, markup, people, queue, tickets, triggers, updates
from sandbox.zendesk.access import Caller
from sandbox.zendesk.change import Change, NewComment
from sandbox.zendesk.people import NewUser
from sandbox.zendesk.state import Doc, Store

SECONDS_BETWEEN_PROBES = 0.3


def plant(store: Store, people_file: Path, conversations_file: Path) -> int:
    """All of it in one transaction, once: a restart finds it done. Returns how many tickets there are."""
    with store.write():
        if store.meta("planted"):
            return 0
        store.set_meta("planted", value=True)
        store.set_meta("started_at", store.stamp())
        triggers.install(store)
        automations.install(store)
        _plant_people(store, json.loads(people_file.read_text(encoding="utf-8")))
        seeds = _read(conversations_file)
        planted = [_plant_ticket(store, seed) for seed in seeds]
        _announce(store, planted)
    return len(planted)


def _read(path: Path) -> list[Doc]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _plant_people(store: Store, directory: Doc) -> None:
    for name in directory["groups"]:
        people.add_group(store, name)
    for agent in directory["agents"]:
        member = people.add_user(store, NewUser(agent["name"], agent["email"], agent["role"]))
        for name in agent["groups"]:
            team = people.group_named(store, name)
            if team is None:
                message = f"people.json: {agent['email']} is in an unknown group {name!r}"
                raise ValueError(message)
            people.join(store, member, team)


def _plant_ticket(store: Store, seed: Doc) -> Doc:
    """As if it had happened then: the clock of the store goes back for each comment."""
    today = store.now
    try:
        ticket: Doc | None = None
        for comment in seed["comments"]:
            moment = today() - 60 * comment["minutes_ago"]
            store.now = lambda moment=moment: moment  # type: ignore[misc]
            ticket = _speak(store, seed, comment, ticket)
        assert ticket is not None, f"seed {seed['key']} has no comments"  # noqa: S101
        return _as_it_stands(store, seed, ticket)
    finally:
        store.now = today
        _touch_all_now(store, ticket)


def _touch_all_now(store: Store, ticket: Doc | None) -> None:
    """For the export a seed is as new as the sandbox, however old its conversation is."""
    if ticket is not None:
        store.execute("UPDATE tickets SET generated=? WHERE id=?", store.now() + ticket["id"] * 1e-5, ticket["id"])


def _speak(store: Store, seed: Doc, comment: Doc, ticket: Doc | None) -> Doc:
    requester = people.requester(store, seed["requester"]["name"], seed["requester"]["email"])
    author = _author(store, seed, comment["from"], requester)
    who = Caller(author, comment.get("via") or "email", from_history=True)
    change = Change(comment=spoken(store, author, comment), fields=_first_fields(store, seed) if ticket is None else {})
    if ticket is None:
        blank = tickets.blank(store, requester["id"], seed["subject"], audits.via(who.channel, requester))
        return updates.create(store, blank, change, who)[0]
    return updates.update(store, ticket["id"], change, who)[0]


def _author(store: Store, seed: Doc, speaker: str, requester: Doc) -> Doc:
    if speaker == "requester":
        return requester
    found = people.user_by_email(store, speaker.removeprefix("agent:"))
    if found is None:
        message = f"seed {seed['key']}: unknown speaker {speaker!r}"
        raise ValueError(message)
    return found


def spoken(store: Store, author: Doc, comment: Doc) -> NewComment:
    """A comment as a seed or a test describes it."""
    html = comment.get("html") or markup.from_text(comment.get("text") or " ")
    attachments = tuple(attachment(store, one) for one in comment.get("attachments") or [])
    return NewComment(author, html, comment.get("public", True), attachments, tuple(comment.get("flags") or ()))


def attachment(store: Store, one: Doc) -> Doc:
    """Name, type and size only: the sandbox keeps no files."""
    number = store.next_id()
    return {
        "id": number, "file_name": one["file_name"], "content_type": one["content_type"], "size": one["size"],
        "inline": False, "deleted": False, "thumbnails": [], "width": None, "height": None,
        "content_url": f"https://acme.zendesk.com/attachments/token/{number}/?name={one['file_name']}",
        "mapped_content_url": f"https://acme.zendesk.com/attachments/token/{number}/?name={one['file_name']}",
        "url": f"https://acme.zendesk.com/api/v2/attachments/{number}.json",
    }  # fmt: skip


def _first_fields(store: Store, seed: Doc) -> Doc:
    team = people.group_named(store, seed.get("group") or "Support")
    return {"group_id": team["id"] if team else None, "tags": list(seed.get("tags") or [])}


def _as_it_stands(store: Store, seed: Doc, ticket: Doc) -> Doc:
    """The status comes last, with the time of the last comment, whatever the rules made of it on the way."""
    ticket = {**ticket, "status": seed.get("status") or "new"}
    speakers = [comment["from"] for comment in seed["comments"] if comment["from"].startswith("agent:")]
    if speakers and ticket["status"] != "new":
        assignee = people.user_by_email(store, speakers[-1].removeprefix("agent:"))
        ticket["assignee_id"] = assignee["id"] if assignee else None
    tickets.save(store, ticket)
    return ticket


def _announce(store: Store, planted: Iterable[Doc]) -> None:
    """The newest first, as an agent reads them; held until the app listens."""
    for ticket in sorted(planted, key=lambda ticket: ticket["updated_at"], reverse=True):
        if ticket["status"] == "closed":
            continue
        last = audits.of_ticket(store, ticket["id"])
        spoke = [(audit, event) for audit in last for event in audit["events"] if event["type"] == "Comment"]
        audit, event = spoke[-1]
        who = Caller(people.user(store, audit["author_id"]), audit["via"]["channel"])
        kinds: list[tuple[str, Doc]] = [("created", {})] if len(spoke) == 1 else []
        for kind, content in [*kinds, ("comment_added", {"comment": events.comment(store, event)})]:
            body = events.body(store, ticket, kind, content, who)
            for webhook_id in queue.listening(store, body["type"]):
                queue.insert(store, webhook_id, body, None, queue.HELD)


def announce_when_listening(store: Store, app_url: str, seconds_between: float, stop: threading.Event) -> None:
    """Wait for the app's first open door, then let the announcements go."""
    place = urlsplit(app_url)
    address = (place.hostname or "localhost", place.port or 80)
    while not stop.is_set():
        try:
            socket.create_connection(address, timeout=2).close()
        except OSError:
            stop.wait(SECONDS_BETWEEN_PROBES)
        else:
            queue.release(store, seconds_between)
            return
