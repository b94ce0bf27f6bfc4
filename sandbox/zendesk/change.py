"""What a caller asks of a ticket, read from JSON and checked for shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.zendesk import markup, people
from sandbox.zendesk.access import Caller
from sandbox.zendesk.errors import bad_request, invalid
from sandbox.zendesk.state import Doc, Store

FIELDS = (
    "status", "priority", "type", "subject", "assignee_id", "group_id", "tags", "custom_fields", "external_id",
    "problem_id", "due_at", "requester_id",
)  # fmt: skip
KNOWN = {
    *FIELDS, "comment", "metadata", "safe_update", "updated_stamp", "assignee_email", "id", "additional_tags", "remove_tags",
    "requester", "submitter_id", "description", "via_followup_source_id", "email_ccs", "followers",
    "additional_collaborators", "collaborator_ids", "organization_id", "brand_id", "ticket_form_id", "recipient",
}  # fmt: skip


@dataclass(frozen=True)
class NewComment:
    """A comment on its way in. `public` None inherits the visibility of the first comment."""

    author: Doc
    html: str
    public: bool | None
    attachments: tuple[Doc, ...] = ()
    flags: tuple[int, ...] = ()


@dataclass(frozen=True)
class Change:
    fields: Doc = field(default_factory=dict)
    comment: NewComment | None = None
    metadata: Doc = field(default_factory=dict)
    guarded: bool = False
    stamp: object = None

    def refuses(self, updated_at: str) -> bool:
        """`safe_update` present, true or false, demands the ticket as it was read."""
        return self.guarded and self.stamp != updated_at


def read(store: Store, body: Doc, who: Caller) -> Change:
    fields = {key: body[key] for key in FIELDS if key in body}
    if "assignee_email" in body:
        fields["assignee_id"] = _agent_by_email(store, body["assignee_email"])
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict):
        raise invalid("metadata", "Metadata: is invalid")
    return Change(
        fields, _comment(store, body.get("comment"), who), metadata, "safe_update" in body, body.get("updated_stamp")
    )


def _agent_by_email(store: Store, email: str) -> int:
    found = people.user_by_email(store, email)
    if found is None:
        raise invalid("assignee", "Assignee: is invalid")
    return int(found["id"])


def _comment(store: Store, body: Any, who: Caller) -> NewComment | None:
    if body is None:
        return None
    if not isinstance(body, dict):
        raise bad_request("comment must be an object")
    public = body.get("public")
    if public not in (None, True, False):
        raise invalid("comment", "Public: must be true or false")
    return NewComment(_author(store, body, who), _html(body), public)


def _author(store: Store, body: Doc, who: Caller) -> Doc:
    author_id = body.get("author_id")
    if author_id is None:
        return who.user
    author = people.find_user(store, author_id)
    if author is None or not author["active"]:
        raise invalid("author", "Author: is invalid")
    return author


def _html(body: Doc) -> str:
    html = body.get("html_body")
    text = body.get("body")
    if isinstance(html, str) and markup.plain(html):
        return html
    if isinstance(text, str) and text.strip():
        return markup.from_text(text)
    raise invalid("comment", "Comment: cannot be blank")


def unknown_keys(body: Doc) -> list[str]:
    return sorted(set(body) - KNOWN)
