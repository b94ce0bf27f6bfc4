"""A ticket as Zendesk tells it, turned into ours; nulls, deleted users and missing parts included."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.host import Comment, Person, Ticket, TicketRef
from integrations.zendesk.marker import Spoken, marker, spoken

Doc = dict[str, Any]

ROLES = {"agent": "agent", "admin": "admin"}  # everybody else is a customer
# Comments by Zendesk itself carry this author. Nobody there waits for an answer: counted as staff, so that we stand down.
SYSTEM = Person(id="-1", name="Zendesk", email=None, role="agent")


def person(user: Doc) -> Person:
    role = ROLES.get(str(user.get("role")), "customer")
    gone = user.get("suspended") is True or user.get("active") is False  # they may do nothing any more
    return Person(str(user["id"]), whole(user.get("name")), user.get("email"), "customer" if gone else role)


def whole(text: object) -> str:
    """Text that can be written down: half of a cut emoji is legal in JSON and nowhere else."""
    return str(text or "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def person_of(user_id: object, people: Mapping[str, Person]) -> Person:
    """Somebody deleted is an unknown customer: the cautious reading of their comment."""
    if str(user_id) == SYSTEM.id:
        return SYSTEM
    return people.get(str(user_id)) or Person(id=str(user_id), name="somebody deleted", email=None)


def people_on(ticket: Doc, comments: Iterable[Doc]) -> set[int]:
    """The ids of everybody whom we must look up."""
    ids = [ticket.get("requester_id"), ticket.get("assignee_id"), *copied(ticket), *_followers(ticket)]
    ids += [comment.get("author_id") for comment in comments]
    return {number for number in ids if number is not None and number > 0}


def copied(ticket: Doc) -> list[int]:
    """CCs; accounts that never left the old scheme call them collaborators."""
    key = "email_cc_ids" if "email_cc_ids" in ticket else "collaborator_ids"
    return list(ticket.get(key) or ())


def _followers(ticket: Doc) -> list[int]:
    return [*(ticket.get("follower_ids") or ()), *(ticket.get("collaborator_ids") or ())]


def addresses(ids: Iterable[int], people: Mapping[str, Person]) -> tuple[str, ...]:
    """Sorted, each once; somebody without an address is named by number, so that they are not overlooked."""
    found = (person_of(number, people) for number in ids)
    return tuple(sorted({one.email.lower() if one.email else f"user {one.id}" for one in found}))


def ticket_from(
    ref: TicketRef,
    doc: Doc,
    comments: Sequence[Doc],
    audits: Sequence[Doc],
    people: Mapping[str, Person],
    group: str,
    url: str,
) -> Ticket:
    """All that was read, put together. `group` is the name of its group, empty where it has none."""
    told = {one.comment: one for one in spoken(audits)}
    return Ticket(
        ref=ref,
        subject=whole(doc.get("subject")),
        status=doc["status"],
        queue_keys=(f"zendesk:group:{group}",) if group else (),
        requester=person_of(doc.get("requester_id"), people),
        cc=addresses(copied(doc), people),
        participants=addresses(people_on(doc, comments), people),
        comments=tuple(comment_from(comment, told.get(str(comment["id"])), people) for comment in comments),
        url=url,
        fence=doc["updated_at"],
        assignee=person_of(doc["assignee_id"], people) if doc.get("assignee_id") else None,
        rating=_rating(doc),
        follows=_follows(doc),
    )


def fields(doc: Doc, users: Iterable[Doc]) -> tuple[tuple[str, str], ...]:
    """What the account's admins made up, of the ticket by Zendesk's id and of its requester by Zendesk's key."""
    own = [(f"field.{one.get('id')}", one.get("value")) for one in doc.get("custom_fields") or ()]
    requester = next((user for user in users if user["id"] == doc.get("requester_id")), {})
    theirs = [(f"user.{key}", value) for key, value in (requester.get("user_fields") or {}).items()]
    return tuple((name, _plain(value)) for name, value in (*own, *theirs) if _plain(value))


def _plain(value: object) -> str:
    """Lists and the like are nothing that one sentence could state."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return whole(value) if isinstance(value, (str, int, float)) else ""


def _rating(doc: Doc) -> str | None:
    """Offered and taken back say nothing."""
    score = (doc.get("satisfaction_rating") or {}).get("score")
    return score if score in {"good", "bad"} else None


def _follows(doc: Doc) -> str | None:
    """A reply to a closed ticket makes a new one."""
    source = (doc.get("via") or {}).get("source") or {}
    origin = (source.get("from") or {}).get("ticket_id")
    return str(origin) if source.get("rel") == "follow_up" and origin else None


def comment_from(doc: Doc, told: Spoken | None, people: Mapping[str, Person]) -> Comment:
    markup = whole(doc.get("html_body")) or None
    return Comment(
        id=str(doc["id"]),
        author=person_of(doc.get("author_id"), people),
        public=doc.get("public") is True,
        text="" if markup else whole(doc.get("plain_body") or doc.get("body")),
        html=markup,
        created_at=datetime.fromisoformat(doc["created_at"]),
        attachments=tuple(whole(file.get("file_name")) for file in doc.get("attachments") or ()),
        flags=flags(doc, told),
        marker=marker(told.sign) if told else None,
        by_hand=told.by_hand if told else False,
        by_mail=told.by_mail if told else False,
    )


def flags(comment: Doc, told: Spoken | None) -> tuple[int, ...] | None:
    """Wherever Zendesk shows them. None where it shows no metadata at all: then nobody vouched for the sender."""
    shown = [
        part for part in (comment.get("metadata"), told.audit.get("metadata") if told else None) if part is not None
    ]
    if not shown and comment.get("flags") is None:
        return None
    raised = [*(comment.get("flags") or ()), *(flag for part in shown for flag in part.get("flags") or ())]
    return tuple(sorted({int(flag) for flag in raised}))
