"""Zendesk as a host: read a ticket, fence it, write once, make an attempt dead and find out what became of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.governance.bygone import Page
from app.host import (
    Arrival,
    Changes,
    Fate,
    HostError,
    Installation,
    Outgoing,
    Permit,
    Person,
    Purpose,
    Receipt,
    Sender,
    StaleFence,
    Ticket,
    TicketRef,
    Trace,
)
from integrations.zendesk import account, webhook
from integrations.zendesk.bygone import bygone
from integrations.zendesk.client import Doc, Seen, Written, ZendeskClient
from integrations.zendesk.fence import UNTIL_THE_SECOND_IS_OVER, Fence, number
from integrations.zendesk.lately import Lately
from integrations.zendesk.marker import ReadBack, Spoken, as_html, doubts, receipt, sign, spoken, trace
from integrations.zendesk.ticket import addresses, copied, fields, people_on, person, ticket_from
from integrations.zendesk.wire import NotThere

READS_UNTIL_AGED = 6
OVERLAP = timedelta(minutes=5)  # the export may show a change late: each poll looks again at what the last one saw
FIRST_LOOK = timedelta(days=1)  # what a new deployment catches up with
PAGE = 1000  # tickets of history in one request; the export answers ten a minute
MOST_CHANGES = 2000  # in one poll; the rest comes with the next


class ZendeskHost:
    """One Zendesk account. `integration_user` is the id of the user whose token the client bears."""

    name = "zendesk"

    def __init__(
        self,
        client: ZendeskClient,
        *,
        deployment: str,
        integration_user: str,
        webhook_secrets: Sequence[str],
        installation: str = "",
        first_look: timedelta = FIRST_LOOK,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._deployment = deployment
        self._integration_user = str(int(integration_user))
        self._secrets = webhook.usable_secrets(webhook_secrets)
        self._installation = installation
        self._first_look = first_look
        self._pause = pause
        self._lately = Lately()

    # --- what is announced -------------------------------------------------------------------------------------------
    def receive(self, headers: Mapping[str, str], body: bytes, now: datetime) -> list[Arrival]:
        """Verify the raw bytes, then parse."""
        webhook.verify(headers, body, self._secrets, now)
        return webhook.arrivals(body, self.name)

    def poll(self, cursor: str | None, now: datetime) -> Changes:
        """The incremental export since the cursor, a time: the newest change that any poll has seen, less the overlap.

        The export never tells of the last minute, so the cursor follows what was seen and not the clock.
        """
        start = datetime.fromisoformat(cursor) if cursor else now - self._first_look
        changed = self._client.changed_since(int(start.timestamp()), MOST_CHANGES)
        newest = max([start, *(datetime.fromtimestamp(doc.get("generated_timestamp") or 0, UTC) for doc in changed)])
        if len(changed) < MOST_CHANGES:  # else there is more, and looking back could mean never to get on
            newest = max(start, newest - OVERLAP)
        found = tuple(self._change(doc) for doc in changed if doc.get("status") != "deleted")
        return Changes(found, newest.isoformat())

    def announce(self) -> None:
        """A webhook of Zendesk's never runs out."""

    def _change(self, doc: Doc) -> Arrival:
        ticket = str(doc["id"])
        return Arrival(f"poll:{ticket}:{doc['updated_at']}", "poll", TicketRef(self.name, ticket))

    def history(self, cursor: str | None, since: datetime) -> Page:
        """Tickets that changed since then, a page at a time, for a first look."""
        docs, following, last = self._client.export_page(cursor, int(since.timestamp()), PAGE)
        return Page(tuple(filter(None, map(bygone, docs))), following, last)

    # --- reading -----------------------------------------------------------------------------------------------------
    def fetch(self, ref: TicketRef) -> Ticket:
        """The whole ticket, as it is now. With an aged stamp it is at hand: the note on it has no need of its comments."""
        seen = self._client.ticket(number(ref))
        ticket = self._assembled(ref, seen)
        return self._lately.keep(replace(ticket, at_hand=True)) if seen.aged else ticket

    def prepare(self, message: Outgoing) -> Ticket:
        """As fetch, with a stamp whose second is over: any later write to the ticket gives it another.

        For a note the comments may be those of a moment ago, if the stamp is; for an answer everything is read anew.
        """
        ref = message.ref
        for _ in range(READS_UNTIL_AGED):
            seen = self._client.ticket(number(ref))
            if seen.aged:
                note = message.purpose is not Purpose.ANSWER
                known = self._lately.take(ref, seen.ticket["updated_at"]) if note else None
                return known or self._assembled(ref, seen)
            self._pause(UNTIL_THE_SECOND_IS_OVER)
        raise HostError("the ticket keeps changing, or Zendesk does not tell its time: no fence can be had now")

    def discard(self, message: Outgoing) -> None:
        """A stamp leaves nothing behind."""

    def _assembled(self, ref: TicketRef, seen: Seen) -> Ticket:
        """The ticket was read first and all else after it: what came in between is newer than the fence, never older."""
        doc = seen.ticket
        comments = self._client.comments(number(ref))
        audits = self._client.audits(number(ref))
        users = self._client.users(people_on(doc, comments))
        people = {one.id: one for one in map(person, users)}
        url = f"{self._client.base_url}/agent/tickets/{ref.ticket}"
        told = ticket_from(ref, doc, comments, audits, people, self._group(doc.get("group_id")), url)
        return replace(told, fields=fields(doc, users))

    def _group(self, group: int | None) -> str:
        """Its name; empty where there is none, or none any more: then the ticket is in no queue, which is people's."""
        try:
            return self._lately.group(group, lambda one: str(self._client.group(one)["name"])) if group else ""
        except NotThere:
            return ""

    def _people(self, ids: set[int]) -> dict[str, Person]:
        return {one.id: one for one in map(person, self._client.users(ids))}

    def person(self, host_id: str) -> Person:
        """Who that is, as Zendesk says now."""
        return person(self._client.user(int(host_id)))

    def staff(self) -> tuple[Person, ...]:
        """Agents and admins."""
        return tuple(map(person, self._client.staff()))

    # --- writing -----------------------------------------------------------------------------------------------------
    def send(self, permit: Permit, message: Outgoing) -> Receipt:
        """One PUT with the comment and nothing else, then, for an answer, its status in a second one, best effort."""
        if (permit.send_id, permit.ref) != (message.send_id, message.ref):
            raise HostError("the permit is for another message", permanent=True)
        written = self._client.update(
            number(message.ref),
            comment={
                "html_body": as_html(message.body),
                "public": message.purpose is Purpose.ANSWER,  # left out, Zendesk would inherit it: public for mail
                "author_id": int(self._author(message)),
            },
            metadata=sign(self._deployment, permit, message),
            safe_update=True,
            updated_stamp=permit.fence,
        )
        comment = next(spoken([written.audit]), None)
        if comment is None or written.audit.get("id") is None:
            raise HostError("Zendesk's answer shows no comment")
        ignored = ["Zendesk ignored a part of the request"] if written.ignored else []
        return receipt(comment, [*doubts(comment, message), *ignored, *self._after_answer(written, message)])

    def _author(self, message: Outgoing) -> str:
        return message.author or self._integration_user

    def _after_answer(self, written: Written, message: Outgoing) -> list[str]:
        """What follows the reply. The reply stands: from here on nothing may raise."""
        if message.purpose is not Purpose.ANSWER:
            return []
        closed = "a rule of yours closed the ticket at once" if written.ticket.get("status") == "closed" else None
        problems = (closed, self._copies(written, message), None if closed else self._status(written, message))
        return [problem for problem in problems if problem]

    def _copies(self, written: Written, message: Outgoing) -> str | None:
        try:
            people = self._people(set(copied(written.ticket)))
        except HostError as error:
            return f"who was copied could not be read back ({error})"
        found, wanted = set(addresses(copied(written.ticket), people)), {address.lower() for address in message.cc}
        return None if found == wanted else f"copied: {len(found)} people instead of {len(wanted)}"

    def _status(self, written: Written, message: Outgoing) -> str | None:
        if message.status is None or message.status == written.ticket.get("status"):
            return None
        try:
            # With the stamp of the answer: whoever changed the ticket since, a fence above all, wins.
            self._client.update(
                number(message.ref),
                status=message.status,
                safe_update=True,
                updated_stamp=written.ticket["updated_at"],
            )
        except StaleFence:
            return f"status not set to {message.status}: the ticket changed meanwhile"
        except HostError as error:
            return f"status not set to {message.status}: {error}"
        return None

    def assign(self, ref: TicketRef, email: str) -> bool:
        """Give the ticket to that agent; their group comes along."""
        agents = [one for one in map(person, self._client.users_by_email(email)) if one.is_staff]
        if not agents:
            return False
        self._client.update(number(ref), assignee_id=int(agents[0].id))
        return True

    def kill(self, permit: Permit, message: Outgoing) -> tuple[Fate, Receipt | None]:
        """Fence, then read back. Several may do this at once and again: each step can only repeat itself."""
        return Fence(self._client, self._pause).kill(permit, message, self._deployment, self._author(message))

    def find(self, permit: Permit, message: Outgoing) -> Receipt | None:
        """By its marker in the audits."""
        return Fence(self._client, self._pause).find(ReadBack(permit, message, self._deployment, self._author(message)))

    def traces(self, ref: TicketRef) -> tuple[Trace, ...]:
        """As the audits tell: with a Countersign's sign, or by the user whose token we bear."""
        self._client.stand_back()
        told = spoken(self._client.audits(number(ref)))
        return tuple(trace(comment) for comment in told if comment.is_public and self._may_be_ours(comment))

    def _may_be_ours(self, comment: Spoken) -> bool:
        return comment.sign is not None or str(comment.event.get("author_id")) == self._integration_user

    # --- the installation --------------------------------------------------------------------------------------------
    def installation(self) -> Installation:
        """The app as Zendesk's admins left it: disabled, removed, or told by its own checkbox not to automate."""
        return account.installation(self._client, self._installation)

    def senders(self) -> tuple[Sender, ...]:
        """By the account's triggers and automations."""
        return account.senders(self._client)

    def revoke(self) -> None:
        """The token that we bear, for good."""
        account.revoke(self._client)
