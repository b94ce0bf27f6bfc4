"""Our sign in Zendesk's audits, and what the audits say became of an attempt."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.host import Fate, Marker, Outgoing, Permit, Purpose, Receipt, Trace

Doc = dict[str, Any]

KEY = "countersign"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A Comment event and the audit that holds it."""

    audit: Doc
    event: Doc

    @property
    def comment(self) -> str:
        """The comment's id, the same in audits and in the list of comments."""
        return str(self.event["id"])

    @property
    def sign(self) -> Doc | None:
        """What a Countersign wrote into this audit's metadata, ours or another's."""
        custom = (self.audit.get("metadata") or {}).get("custom") or {}
        sign = custom.get(KEY)
        return sign if isinstance(sign, dict) else None

    @property
    def is_public(self) -> bool:
        """The customer can read it."""
        return self.event.get("public") is True

    @property
    def by_hand(self) -> bool:
        """Written in Zendesk's own screens."""
        return self._channel == "web"

    @property
    def by_mail(self) -> bool:
        """Mailed in, by a customer or by an agent."""
        return self._channel == "email"

    @property
    def _channel(self) -> object:
        return (self.audit.get("via") or {}).get("channel")


def spoken(audits: Sequence[Doc]) -> Iterator[Spoken]:
    """Every comment, as its audit tells it, oldest first."""
    for audit in audits:
        for event in audit.get("events") or ():
            if event.get("type") == "Comment":
                yield Spoken(audit, event)


def receipt(comment: Spoken, warnings: Sequence[str] = ()) -> Receipt:
    """What the outbox keeps."""
    reached = comment.event.get("public") is True
    return Receipt(comment.comment, str(comment.audit["id"]), "; ".join(warnings) or None, reached, delivery(comment))


def delivery(comment: Spoken) -> str | None:
    """Which rule Zendesk says it told people by. That it says nothing proves nothing: it may tell later."""
    told = [event for event in comment.audit.get("events") or () if event.get("type") == "Notification"]
    if not comment.is_public or not told:
        return None
    rules = {str(((event.get("via") or {}).get("source") or {}).get("from", {}).get("title") or "") for event in told}
    by = ", ".join(f"“{rule}”" for rule in sorted(rules) if rule)
    many = len({person for event in told for person in event.get("recipients") or ()})
    return f"Zendesk notified {many} {'person' if many == 1 else 'people'}{by and ' by '}{by}"


def doubts(comment: Spoken, message: Outgoing) -> list[str]:
    """What Zendesk made of the comment, where it is not what we asked."""
    wanted, public = message.purpose is Purpose.ANSWER, comment.event.get("public")
    found = [] if public is wanted else [f"Zendesk made the comment {'public' if public else 'an internal note'}"]
    if comment.sign is None:
        found.append("Zendesk kept no marker: a lost answer could not be settled on this account")
    return found


def trace(comment: Spoken) -> Trace:
    """What the reconciliation compares with the outbox."""
    moment = datetime.fromisoformat(str(comment.audit["created_at"]))
    return Trace(comment.comment, moment, marker(comment.sign), comment.by_hand)


def marker(sign: Doc | None) -> Marker | None:
    return Marker(str(sign.get("deployment")), str(sign.get("send_id"))) if sign else None


def sign(deployment: str, permit: Permit, message: Outgoing) -> Doc:
    """The value of `ticket.metadata` that goes with an attempt."""
    return {
        KEY: {
            "deployment": deployment,
            "send_id": permit.send_id,
            "attempt": permit.attempt,
            "purpose": message.purpose.value,
            "mode": message.mode,
            "policy_version": message.policy_version,
            "approved_by": message.approved_by,
        }
    }


def as_html(text: str) -> str:
    """Plain text as paragraphs and line breaks; whatever looks like markup in it stays visible text."""
    paragraphs = re.split(r"\n[ \t]*\n+", text.replace("\r\n", "\n").strip())
    return "".join(f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)


@dataclass(frozen=True, slots=True)
class ReadBack:
    """What to look for in the audits of an attempt that is dead."""

    permit: Permit
    message: Outgoing
    deployment: str
    author: str

    def fate(self, audits: Sequence[Doc]) -> tuple[Fate, Spoken | None]:
        """SENT: our marker is there. UNCLEAR: something without any marker may be ours. Else NEVER_SENT."""
        comments = list(spoken(audits))
        ours = next((comment for comment in comments if self._bears_our_marker(comment)), None)
        if ours:
            return Fate.SENT, ours
        lookalike = next((comment for comment in comments if self._may_be_ours(comment)), None)
        return (Fate.UNCLEAR, lookalike) if lookalike else (Fate.NEVER_SENT, None)

    def receipt(self, found: Spoken) -> Receipt:
        """What is kept of a comment whose answer was lost."""
        status = self.message.status
        lost = [f"Zendesk's answer was lost before the status was set to {status}: please check"] if status else []
        return receipt(found, [*doubts(found, self.message), *lost])

    def _bears_our_marker(self, comment: Spoken) -> bool:
        sign = comment.sign or {}
        same = (sign.get("deployment"), sign.get("send_id")) == (self.deployment, self.permit.send_id)
        # A later attempt's marker is that attempt's business: it was let go only after this one was dead and unapplied.
        return same and isinstance(sign.get("attempt"), int) and sign["attempt"] <= self.permit.attempt

    def _may_be_ours(self, comment: Spoken) -> bool:
        """An account may drop metadata: then author, time and road must do. Its text may have been rewritten or signed,
        so what came through the API is taken for ours whatever it says.
        """
        return (
            comment.sign is None
            and str(comment.event.get("author_id")) == self.author
            and bool(comment.event.get("public")) is (self.message.purpose is Purpose.ANSWER)
            and later(str(comment.audit.get("created_at")), self.permit.fence)
            and (not comment.by_hand or self._same_words(comment))
        )

    def _same_words(self, comment: Spoken) -> bool:
        return words(str(comment.event.get("html_body") or "")) == words(as_html(self.message.body))


def words(markup: str) -> list[str]:
    """The words of a piece of HTML, whatever its tags and blanks."""
    return html.unescape(re.sub(r"<[^>]*>", " ", markup)).split()


def later(stamp: str, than: str) -> bool:
    """Both as Zendesk writes them; raises ValueError for anything else."""
    return datetime.fromisoformat(stamp) > datetime.fromisoformat(than)


def tells_of(tag: str, audits: Sequence[Doc], fence: str) -> bool:
    """Do these audits know that the tag came after the fence? If not, a lagging copy answered, which may hide more."""
    return any(
        event.get("field_name") == "tags" and tag in _tags(event.get("value"))
        for audit in audits
        if audit.get("created_at") and later(audit["created_at"], fence)
        for event in audit.get("events") or ()
    )


def tells_of_the_end(audits: Sequence[Doc]) -> bool:
    """Do they know that the ticket was closed? Nothing is written after that, so they know everything."""
    events = (event for audit in audits for event in audit.get("events") or ())
    return any(event.get("field_name") == "status" and event.get("value") == "closed" for event in events)


def _tags(value: object) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [str(tag) for tag in value] if isinstance(value, list) else []
