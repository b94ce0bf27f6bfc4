"""A mailbox's past as a first look reads it: the mail that began each thread which somebody answered, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from app.governance.bygone import Bygone, Page
from app.host import HostError
from integrations.gmail.client import Doc, GmailClient
from integrations.gmail.thread import Mail, words
from integrations.gmail.ticket import Mailbox
from integrations.gmail.wire import NotThere

DAY = timedelta(days=1)
ANSWERED_WITHIN = timedelta(days=14)  # a thread that nobody answered for so long is left out
MOST = 50  # mails in one page of history: a thousand units of Gmail's six thousand a minute
MOST_PAGES = 100


def page(
    client: GmailClient, mailbox: Callable[[], Mailbox], cursor: str | None, since: datetime, now: datetime
) -> Page:
    """The threads that began on one day, at most so many of them. Only reads, and stands back for replies.

    The cursor is a day and the thread after which it goes on there. Gmail names a thread by the mail that began it, so
    one list tells which mails those are, and only they are fetched: 20 units each, a whole thread would be 40.
    """
    client.budget.stand_back()
    day, after = _parsed(cursor, since)
    begun = [one for one in _begun(client, day) if one > after]
    found = tuple(_bygone(client, begun[:MOST], mailbox()))
    if len(begun) > MOST:
        return Page(found, _cursor(day, begun[MOST - 1]), last=False)
    return Page(found, _cursor(day + DAY, ""), last=day + DAY > now)


def _begun(client: GmailClient, day: datetime) -> list[str]:
    """The threads that began that day by somebody else's mail, and that we answered."""
    ours = list(_listed(client, day, day + DAY + ANSWERED_WITHIN, "SENT"))
    answered, sent = {one["threadId"] for one in ours}, {one["id"] for one in ours}
    came = {str(one["id"]) for one in _listed(client, day, day + DAY) if one["id"] == one["threadId"]}
    return sorted((came & answered) - sent)


def _listed(client: GmailClient, after: datetime, before: datetime, label: str | None = None) -> Iterator[Doc]:
    token = None
    for _ in range(MOST_PAGES):
        told = client.listed(label, after, token, before)
        yield from told.get("messages", [])
        token = told.get("nextPageToken")
        if not token:
            return
    raise HostError("Gmail's list of messages has no end")


def _bygone(client: GmailClient, ids: list[str], mailbox: Mailbox) -> Iterator[Bygone]:
    """What was deleted meanwhile is left out, and so is mail without words."""
    names = {str(doc["id"]): str(doc.get("name", "")) for doc in client.labels()} if ids else {}
    for one in ids:
        try:
            mail = Mail(client.message(one))
        except NotThere:
            continue
        text, markup, attachments = words(mail)
        if text.strip() or markup:
            yield _told(mail, (text, markup), attachments, mailbox, names)


def _told(
    mail: Mail, said: tuple[str, str], attachments: tuple[str, ...], mailbox: Mailbox, names: Mapping[str, str]
) -> Bygone:
    """A label that people gave is a tag, by the last part of its name."""
    sender = (mail.addresses("From") or (("", ""),))[0][1]
    return Bygone(
        ticket=mail.id,
        created_at=mail.at,
        changed_at=mail.at,
        subject=mail.header("Subject"),
        text=said[0],
        html=said[1] or None,
        tags=tuple(names[label].rpartition("/")[2] for label in sorted(mail.labels) if label in names),
        theirs=not mailbox.owns(sender) and mailbox.member(sender) is None,
        sender=mail.header("From"),
        headers=mail.headers,
        attachments=attachments,
    )


def _cursor(day: datetime, after: str) -> str:
    return f"{int(day.timestamp())} {after}".strip()


def _parsed(cursor: str | None, since: datetime) -> tuple[datetime, str]:
    moment, _, after = (cursor or "").partition(" ")
    return (datetime.fromtimestamp(int(moment), UTC), after) if moment else (since, "")
