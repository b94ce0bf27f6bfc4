"""Everything that reads what strangers write, each with the one way in which it may say no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.ai import injection, machine, markup, quotes
from app.ai.clean import as_seen
from app.governance import answers, document
from app.governance.sources import SourceError
from app.host import HostError, Person, TicketRef, WebhookRejected
from app.learning import _labelled
from app.letters import Letter, Unreadable, from_bytes
from app.source_files import Missing, documents
from app.web.signed_page import Installation, PageRefused, verify
from integrations.gmail import marker, mime, push, ticket, trust
from integrations.gmail.addon import GmailAddOn
from integrations.gmail.oidc import GoogleTokens, Identity, Keys, Published
from integrations.zendesk import webhook

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MISSING = Missing(owner="rosa@acme.example", review_by=date(2027, 3, 31))
MAILBOX = ticket.Mailbox(
    "support@acme.example",
    {"support@acme.example": "Acme support"},
    (Person(id="2", name="Rosa", email="rosa@acme.example"),),
)


@dataclass(frozen=True, slots=True)
class Target:
    """`read` may raise nothing but `refusals`, and not take long."""

    read: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()

    def __call__(self, raw: bytes) -> None:
        try:
            self.read(raw)
        except self.refusals:
            return


def _text(raw: bytes) -> str:
    """Any text, half emoji and all: JSON can bring them."""
    return raw.decode("utf-8", "surrogateescape")


def _two(raw: bytes) -> tuple[bytes, bytes]:
    first, _, second = raw.partition(b"\n\n")
    return first, second


def zendesk_signature(raw: bytes) -> None:
    stamp, given = _two(raw)
    headers = {webhook.SIGNATURE: given.decode("latin-1"), webhook.TIMESTAMP: stamp.decode("latin-1")}
    webhook.verify(headers, raw, ("a made-up secret",), NOW)


def gmail_push(raw: bytes) -> None:
    push.arrivals({"Authorization": "Bearer x"}, raw, NOW, lambda _token, _now: None)


def google_token(raw: bytes) -> None:
    GoogleTokens(Keys(lambda: Published({}, document.duration("P1D")))).of_person(_text(raw), "us", NOW)


class _Anybody(GoogleTokens):
    """The tokens held: what comes behind them is read."""

    def of_account(self, token: str, audience: str, account: str, now: datetime) -> Identity:
        return Identity("1", account)

    def of_person(self, token: str, audience: str, now: datetime) -> Identity:
        return Identity("2", "rosa@acme.example")


def addon_event(raw: bytes) -> None:
    add_on = GmailAddOn(_Anybody(), "http://localhost:8000", "addon@example", "client")
    add_on.event("Bearer x", raw, "http://localhost:8000/gmail/addon/message", NOW)


def signed_page(raw: bytes) -> None:
    verify(_text(raw), Installation("no key", "acme", "77"), "ticket_sidebar", NOW)


def mail(raw: bytes) -> None:
    """A mail from a file, then all that is read out of it without a model."""
    letter = from_bytes(raw, "fuzz.eml")
    judged(letter)
    marker.digest(raw)


def judged(letter: Letter) -> None:
    comment = letter.as_ticket(NOW).comments[0]
    seen, hidden = as_seen(comment)
    quotes.new_part(seen)
    machine.machine_mail(comment, letter.subject, seen)
    injection.injections("\n".join((seen, *hidden)))


def html(raw: bytes) -> None:
    seen, hidden = markup.visible(_text(raw))
    quotes.new_part(markup.uncloaked(seen)[0])
    injection.injections("\n".join((seen, *hidden)))


def thread(raw: bytes) -> None:
    """A mail as Gmail tells it: the headers are a stranger's, the shape is Gmail's. Then a reply to it."""
    head, body = _two(raw)
    headers = [dict(zip(("name", "value"), _text(line).partition(":")[::2], strict=True)) for line in head.splitlines()]
    told = {"id": "1", "internalDate": "1772442000000", "labelIds": ["INBOX"]}
    payload = {"mimeType": "text/html", "headers": headers, "body": {"data": _text(body)}}
    doc = {"messages": [{**told, "payload": payload}]}
    read = ticket.ticket_from(TicketRef("gmail:support@acme.example", "1"), doc, MAILBOX, {})
    trust.is_proven(read.comments[0].headers)
    parent = ticket.parent(read, doc, "1")
    rest: Mapping[str, Any] = {"sender": "support@acme.example", "sender_name": "Rosa", "cc": read.cc, "parent": parent}
    mime.composed(mime.Letter(to=read.requester.email or "", body=_text(body), **rest), marker.ANSWER, "us", "1", "d")


def policy(raw: bytes) -> None:
    document.parse(_text(raw))


def policy_answers(raw: bytes) -> None:
    text = _text(raw)
    answers.questions(text)
    answers.answered(text, ["queue", 0, "name"], "other")


def jsonl(raw: bytes) -> None:
    """Each kind of line that somebody imports."""
    list(_labelled(raw, "fuzz"))


def letter(raw: bytes) -> None:
    judged(from_bytes(raw, "-"))


def source(raw: bytes) -> None:
    """The first line names the kind of file."""
    kind, _, text = raw.partition(b"\n")
    endings = (".md", ".html", ".jsonl", ".json")
    with TemporaryDirectory(dir="/dev/shm") as folder:
        file = Path(folder) / f"fuzz{endings[len(kind) % 4]}"
        file.write_bytes(text)
        documents(file, MISSING)


TARGETS: dict[str, Target] = {
    "zendesk-signature": Target(zendesk_signature, (WebhookRejected,)),
    "zendesk-event": Target(webhook.arrivals),
    "gmail-push": Target(gmail_push, (WebhookRejected,)),
    "google-token": Target(google_token, (WebhookRejected,)),
    "addon-event": Target(addon_event, (WebhookRejected,)),
    "signed-page": Target(signed_page, (PageRefused,)),
    "mail": Target(mail, (Unreadable,)),
    "html": Target(html),
    "thread": Target(thread, (HostError,)),
    "policy": Target(policy, (document.PolicyError,)),
    "policy-answers": Target(policy_answers, (ValueError,)),
    "history": Target(jsonl, (Unreadable,)),
    "letter": Target(letter, (Unreadable,)),
    "source": Target(source, (SourceError,)),
}
