"""Settling at Zendesk: a tag that makes every copy of a request stale, then what the audits say became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from app.host import Fate, HostError, Outgoing, Permit, Receipt, TicketRef
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.marker import ReadBack, later, tells_of, tells_of_the_end
from integrations.zendesk.wire import NotThere

FENCE_ROUNDS = 5
UNTIL_THE_SECOND_IS_OVER = 0.3


@dataclass(frozen=True, slots=True)
class Fence:
    """Kills attempts. Several may do this at once and again: each step can only repeat itself."""

    _client: ZendeskClient
    _pause: Callable[[float], None]

    def kill(self, permit: Permit, message: Outgoing, deployment: str, author: str) -> tuple[Fate, Receipt | None]:
        """Fence, then read back. Several may do this at once and again: each step can only repeat itself."""
        tag = f"cs_fence_{permit.send_id}_{permit.attempt}".lower()  # Zendesk keeps tags in lower case
        attempt = ReadBack(permit, message, deployment, author)
        return self._read_back(attempt, tag if self._fence_off(permit, tag) else None)

    def find(self, attempt: ReadBack) -> Receipt | None:
        """Without a fence: what bears our marker is ours, and nothing else is known."""
        try:
            fate, found = attempt.fate(self._client.audits(number(attempt.permit.ref)))
        except NotThere:
            return None
        return attempt.receipt(found) if fate is Fate.SENT and found else None

    def _fence_off(self, permit: Permit, tag: str) -> bool:
        """Return once no request with this fence can be applied any more. False: closed or gone, it takes no tag."""
        for _ in range(FENCE_ROUNDS):
            try:
                ticket = self._client.ticket(number(permit.ref)).ticket
            except NotThere:
                return False
            if ticket["status"] == "closed":
                return False
            shown = tag in (ticket.get("tags") or ())
            if shown and later(ticket["updated_at"], permit.fence):
                return True
            self._tag(permit, tag, again=shown)
        raise HostError("the fence does not show on the ticket yet")

    def _tag(self, permit: Permit, tag: str, *, again: bool) -> None:
        """A refusal proves nothing by itself (too many tags, say): the next read tells whether the ticket is closed.

        `again`: the tag came in the second of the fence itself. Adding it twice changes nothing, so it goes first.
        """
        try:
            if again:
                self._pause(UNTIL_THE_SECOND_IS_OVER)
                self._client.remove_tag(number(permit.ref), tag)
            self._client.add_tag(number(permit.ref), tag)
        except HostError as error:
            if not error.permanent:
                raise

    def _read_back(self, attempt: ReadBack, tag: str | None) -> tuple[Fate, Receipt | None]:
        permit, message = attempt.permit, attempt.message
        try:
            audits = self._client.audits(number(permit.ref))
        except NotThere:
            return Fate.UNCLEAR, None  # the ticket is deleted and its story with it
        if tag and not tells_of(tag, audits, permit.fence):
            raise HostError("Zendesk's audits do not show the fence yet")
        fate, found = attempt.fate(audits)
        if fate is Fate.NEVER_SENT and not tag and not tells_of_the_end(audits):
            return Fate.UNCLEAR, None  # closed, but this copy of its story does not reach that far
        if tag and found and message.status:
            # The status has the answer's stamp: a fence that came within the same second would let it pass.
            self._fence_off(replace(permit, fence=str(found.audit["created_at"])), tag)
        return fate, attempt.receipt(found) if found else None


def number(ref: TicketRef) -> int:
    """Ours are texts; Zendesk's are whole numbers."""
    if not (ref.ticket.isascii() and ref.ticket.isdigit()):
        raise HostError(f"Zendesk tickets have numbers: {ref.ticket[:40]!r} is none", permanent=True)
    return int(ref.ticket)
