"""A thread turned into a ticket: who asks, who answered, what may be trusted, and what nobody can read."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from app.host import Marker, Person, Ticket, TicketRef
from integrations.gmail.ticket import Mailbox, our_address, ticket_from

ROSA = Person("rosa@acme.example", "Rosa Romano", "rosa@acme.example", "agent")
BOX = Mailbox(
    "support@acme.example", {"support@acme.example": "Acme Support", "help@acme.example": "Acme Help"}, (ROSA,)
)
REF = TicketRef("gmail:support@acme.example", "18c2")
CASEY = "Casey <Casey@Customer.example>"
PASSED = "mx.google.com; dkim=pass header.i=@customer.example; dmarc=pass (p=REJECT) header.from=customer.example"


def text(words: str | bytes, kind: str = "text/plain", **more: Any) -> dict[str, Any]:
    raw = words if isinstance(words, bytes) else words.encode()
    return {"mimeType": kind, "filename": "", "body": {"data": base64.urlsafe_b64encode(raw).decode()}, **more}


def mail(number: int, body: Any = "Hello?", labels: tuple[str, ...] = ("INBOX",), **headers: str) -> dict[str, Any]:
    told = {"From": CASEY, "To": "support@acme.example", "Subject": "My parcel", "Authentication-Results": PASSED}
    shown = {name.replace("_", "-"): value for name, value in (told | headers).items()}
    payload = text(body) if isinstance(body, str | bytes) else body
    payload = payload | {"headers": [{"name": name, "value": value} for name, value in shown.items() if value]}
    return {"id": f"18c{number}", "labelIds": list(labels), "internalDate": str(number * 1000), "payload": payload}


def ours(number: int, body: str = "Three days.", **headers: str) -> dict[str, Any]:
    told = {"From": "support@acme.example", "To": "casey@customer.example", "Authentication_Results": ""}
    return mail(number, body, ("SENT",), **(told | headers))


def read(*messages: dict[str, Any], labels: dict[str, str] | None = None) -> Ticket:
    return ticket_from(REF, {"id": "18c2", "messages": list(messages)}, BOX, labels or {})


# --- who asks and who may be trusted -----------------------------------------------------------------------------------
@pytest.mark.threat("sender-forged")
def test_a_proven_sender_is_trusted_and_everybody_else_is_not() -> None:
    cases = {
        "proven": ({}, True),
        "without a result": ({"Authentication_Results": ""}, False),
        "failed": ({"Authentication_Results": PASSED.replace("dmarc=pass", "dmarc=fail")}, False),
        "of another authority": ({"Authentication_Results": PASSED.replace("mx.google.com", "mx.evil.example")}, False),
        "for another domain": ({"From": "Casey <casey@other.example>"}, False),
        "an answer would go elsewhere": ({"Reply_To": "eve@customer.example"}, False),
    }
    for name, (headers, trusted) in cases.items():
        assert read(mail(1, **headers)).standing("18c1", "acme").sender_trusted is trusted, name


def test_somebody_else_who_writes_into_the_thread_is_not_the_requester() -> None:
    other = mail(2, From="Eve <eve@customer.example>")
    ticket = read(mail(1), other)
    assert (ticket.requester.email, ticket.cc) == ("casey@customer.example", ("eve@customer.example",))
    assert not ticket.standing("18c2", "acme").sender_trusted
    assert ticket.participants == ("casey@customer.example", "eve@customer.example")


def test_an_answer_goes_where_the_customer_asked_for_it() -> None:
    form = mail(1, From="Shop <noreply@forms.example>", Reply_To="Dana <dana@mail.example>")
    assert (read(form).requester.email, read(form).requester.name) == ("dana@mail.example", "Dana")


def test_everybody_in_copy_is_named_and_our_own_addresses_are_not() -> None:
    ticket = read(
        mail(1, To="support@acme.example, Lee <LEE@mail.example>", Cc="help@acme.example, casey@customer.example")
    )
    assert ticket.cc == ("lee@mail.example",)


@pytest.mark.threat("sender-forged")
def test_a_forged_colleague_is_a_stranger_and_a_proven_one_is_staff() -> None:
    forged = read(mail(1), mail(2, From="Rosa Romano <rosa@acme.example>", Authentication_Results=""))
    assert not forged.comments[1].author.is_staff
    proven = PASSED.replace("customer.example", "acme.example")
    told = read(mail(1), mail(2, From="Rosa Romano <rosa@acme.example>", Authentication_Results=proven))
    assert told.comments[1].author == ROSA
    assert told.standing("18c1", "acme").moved_on == "Rosa Romano answered"


def test_mail_from_our_own_address_that_nobody_sent_from_here_is_no_answer() -> None:
    ticket = read(mail(1), mail(2, From="support@acme.example", Authentication_Results=""))
    assert not ticket.comments[1].author.is_staff


def test_the_address_that_the_customer_wrote_to_answers() -> None:
    assert our_address({"messages": [mail(1, To="Help <help@acme.example>")]}, BOX) == "help@acme.example"
    assert our_address({"messages": [mail(1, To="list@elsewhere.example")]}, BOX) == "support@acme.example"


# --- what was answered -------------------------------------------------------------------------------------------------
def test_a_person_who_answered_in_gmail_has_answered_by_hand() -> None:
    comment = read(mail(1), ours(2, Sender="rosa@acme.example")).comments[1]
    assert (comment.author, comment.by_hand, comment.public, comment.marker) == (ROSA, True, True, None)
    assert read(mail(1), ours(2)).comments[1].author.name == "Acme Support"


def test_what_a_program_handed_in_is_not_by_hand_even_without_our_sign() -> None:
    api = ours(2, Received="from 1 named unknown by gmailapi.google.com with HTTPREST; Mon")
    assert read(mail(1), api).comments[1].by_hand is False
    signed = ours(2, X_Countersign_Id="acme.01J.d1.abc")
    assert read(mail(1), signed).comments[1].marker == Marker("acme", "01J")


def test_an_offered_draft_is_internal_and_a_persons_own_draft_is_theirs() -> None:
    draft = {"labelIds": ["DRAFT"]}
    offered = ours(2, X_Countersign_Offer="acme.01J..abc") | draft
    ticket = read(mail(1), offered, ours(3, "private thoughts") | draft)
    assert [(one.id, one.public) for one in ticket.comments] == [("18c1", True), ("18c2", False)]
    assert ticket.standing("18c1", "acme").moved_on is None


def test_an_offered_draft_that_a_person_sent_is_their_answer() -> None:
    comment = read(mail(1), ours(2, X_Countersign_Offer="acme.01J..abc")).comments[1]
    assert (comment.by_hand, comment.marker) == (True, None)


def test_what_was_forwarded_to_a_colleague_is_no_answer() -> None:
    ticket = read(mail(1), ours(2, To="rosa@acme.example"))
    assert ticket.comments[1].public is False
    assert ticket.standing("18c1", "acme").moved_on is None


def test_another_deployments_sign_is_noticed() -> None:
    assert read(mail(1), ours(2, X_Countersign_Id="staging.01J.d1.abc")).standing("18c1", "acme").foreign_marker


# --- how it stands -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("labels", "status"), [(("INBOX",), "open"), ((), "solved"), (("TRASH",), "closed"), (("SPAM",), "closed")]
)
def test_a_threads_place_is_its_status(labels: tuple[str, ...], status: str) -> None:
    assert read(mail(1, labels=labels)).status == status


def test_what_comes_goes_or_is_labelled_changes_the_fence_and_reading_it_does_not() -> None:
    fences = [
        read(mail(1, labels=("INBOX", "UNREAD"))).fence, read(mail(1), mail(2)).fence, read(mail(1, labels=("INBOX", "Label_7"))).fence,
        read(mail(1, labels=("TRASH",))).fence, read(mail(2)).fence,
    ]  # fmt: skip
    assert len(set(fences)) == len(fences)
    draft = ours(3) | {"labelIds": ["DRAFT"]}
    assert read(mail(1, labels=("INBOX",)), draft).fence == fences[0]


def test_a_label_tells_who_is_on_it() -> None:
    labels = {"Label_1": "Countersign/With rosa@acme.example", "Label_2": "Countersign/With gone@acme.example"}
    assert read(mail(1, labels=("INBOX", "Label_1", "Label_2")), labels=labels).assignee == ROSA
    assert read(mail(1, labels=("INBOX", "Label_2")), labels=labels).assignee is None


# --- bodies ------------------------------------------------------------------------------------------------------------
def test_html_is_kept_as_it_came_and_names_of_attachments_are_told() -> None:
    parts = {"mimeType": "multipart/mixed", "filename": "", "body": {"size": 0}, "parts": [
        {"mimeType": "multipart/alternative", "parts": [text("plain"), text("<p>shown</p>", "text/html"), text("BEGIN", "text/calendar")]},
        text("x", "application/pdf", filename="invoice.pdf"), text("x", "message/rfc822"),
    ]}  # fmt: skip
    comment = read(mail(1, parts)).comments[0]
    assert (comment.html, comment.text) == ("<p>shown</p>", "")
    assert comment.attachments == ("text/calendar", "invoice.pdf", "message/rfc822")


def test_a_body_that_was_too_long_to_fetch_is_not_taken_for_an_empty_one() -> None:
    """Beside it may stand a plain one that says something else than what people see."""
    endless = {"mimeType": "text/html", "filename": "", "body": {"attachmentId": "ANG1", "size": 9_000_000}}
    comment = read(mail(1, {"mimeType": "multipart/alternative", "parts": [text("How long?"), endless]})).comments[0]
    assert (comment.text, comment.partial) == ("How long?", True)
    assert not read(mail(1, {"mimeType": "multipart/mixed", "parts": [text("Hi"), endless | {"filename": "a.html"}]})).comments[0].partial  # fmt: skip


@pytest.mark.parametrize(
    "payload",
    [
        {}, {"mimeType": None, "body": None}, {"mimeType": "text/plain", "body": {"data": "%%%"}}, {"parts": [{}]},
        text(b"\xff\xfe\x00caf\xe9"), text("cut \\ud83d"), {"mimeType": "text/html", "body": {}},
    ],
    ids=str,
)  # fmt: skip
def test_no_body_raises(payload: dict[str, Any]) -> None:
    comment = read(mail(1, payload)).comments[0]
    (comment.text + (comment.html or "")).encode()


@pytest.mark.parametrize(
    "sender",
    ["", "undisclosed-recipients:;", "<>", "a@", "=?x-unknown?q?=ff?= <a@b.example>", "\ud83d <a@b.example>", ",,,;;;"],
)
def test_no_sender_raises(sender: str) -> None:
    ticket = read(mail(1, From=sender))
    assert not ticket.standing("18c1", "acme").sender_trusted
    f"{ticket.requester.name} {ticket.requester.id}".encode()


def test_an_empty_thread_and_one_that_we_began() -> None:
    assert read().status == "closed"
    began = read(ours(1))
    assert (began.requester.email, began.newest_customer_comment()) == ("casey@customer.example", None)
