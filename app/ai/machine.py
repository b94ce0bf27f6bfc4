"""Machine mail: bounces, automatic replies, lists and the like, which nobody waits to see answered."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.governance.proposal import MachineMail
from app.host import Comment

AUTOMATIC = 4  # Zendesk's comment flag for a machine's message
# A mail header, what its value looks like, and what that makes of the mail. Names are compared in lower case.
_HEADERS: tuple[tuple[str, str, str], ...] = (
    ("x-countersign-id", r".", "own"),
    ("auto-submitted", r"^\s*auto-(?:replied|notified)", "auto-reply"),
    ("auto-submitted", r"^\s*(?!no\b)\S", "bulk"),
    ("precedence", r"^\s*auto_reply", "auto-reply"),
    ("precedence", r"^\s*list", "list"),
    ("precedence", r"^\s*(?:bulk|junk)", "bulk"),
    ("list-id", r".", "list"),
    ("list-unsubscribe", r".", "list"),
    ("mailing-list", r".", "list"),
    ("return-path", r"^\s*<\s*>\s*$", "bounce"),
    ("content-type", r"disposition-notification", "auto-reply"),
    ("content-type", r"multipart/report|message/delivery-status|message/feedback-report", "bounce"),
    ("content-type", r"text/calendar", "calendar"),
    ("x-autoreply", r".", "auto-reply"),
    ("x-autorespond", r".", "auto-reply"),
    ("x-auto-response-suppress", r".", "bulk"),
    ("x-apple-action", r"vacation", "auto-reply"),
    ("x-failed-recipients", r".", "bounce"),
    ("feedback-id", r".", "bulk"),
)
_SENDERS: tuple[tuple[str, str], ...] = (
    (r"mailer[-_.]?daemon|postmaster|post_master|mail[-_.]?delivery(?:[-_.]?subsystem)?|bounces?(?:[-+_.].*)?", "bounce"),
    (r"(?:.*[-_.])?(?:no|do[-_.]?not|ne[-_.]?pas)[-_.]?re?pl(?:y|ies|ay)(?:[-+_.].*)?|nicht[-_.]?antworten|no[-_.]?responder", "bulk"),
    (r"newsletter|mailing|listserv|majordomo|notifications?", "bulk"),
)  # fmt: skip
_SUBJECTS: tuple[tuple[str, str], ...] = (
    (
        (r"(?:re:\s*)?(?:auto(?:matic(?:ally)?|mated)?[\s:-]*(?:reply|response|generated)|out[\s-]of[\s-](?:the[\s-])?office|away\b(?:\s(?:from|until|till)|:|$)|on (?:annual )?(?:leave|vacation)\b|vacation(?: reply| response|:)|automatische antwort|abwesenheit(?:snotiz|snachricht|smeldung|:)?\b|nicht im büro|réponse automatique|absence du bureau|absent du bureau"
        r"|respuesta automática|fuera de (?:la )?oficina|resposta automática|fora do escritório|ausência temporária"
        r"|自動(?:返信|応答)|不在(?:通知|のお知らせ))"),
        "auto-reply",
    ),
    (
        (r"(?:undeliver(?:able|ed)|undelivered mail|delivery (?:status(?: notification|$)|(?:has )?fail(?:ed|ure)|incomplete|report)|mail delivery (?:fail|system|subsystem)|returned mail|failure notice|message (?:not delivered|undeliverable)"
        r"|mail (?:could not|failed)|unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|non remis|échec de (?:la )?(?:remise|distribution)|no se puede entregar|no entregado|não entregue|falha na entrega"
        r"|配信(?:不能|できません|エラー)|warning: could not send|complaint about message from|abuse report|email feedback report)"),
        "bounce",
    ),
    (r"(?:accepted|declined|tentative|tentatively accepted|canceled event|cancelled event|invitation|updated invitation|angenommen|abgelehnt|zugesagt|einladung|invitation acceptée|accepté|refusé|aceptado|rechazado|aceite|recusado|承諾|辞退)\s*[:：]\s", "calendar"),
)  # fmt: skip
# Only what no person writes: hosts that hide the headers leave us these.
_BODIES: tuple[tuple[str, str], ...] = (
    (r"^(?:final-recipient|reporting-mta|diagnostic-code|remote-mta|original-recipient)\s*:|this is the (?:mail system at host|postfix program)|this is an automatically generated delivery status notification", "bounce"),
    (r"\b(?:550|552|554|450|452)[ -][45]\.\d{1,2}\.\d{1,3}\b|(?:your message|this message|your mail|message) (?:could not|couldn't|cannot|wasn't|was not) (?:be )?delivered|delivery to the following recipients? (?:has )?failed|this is an (?:email abuse|authentication failure) report for an email message|your message could not be sent\. a transcript", "bounce"),
    (r"\A.{0,220}\b(?:this is an auto(?:mated|matic)(?:ally generated)? (?:reply|response|message)|i (?:am|will be) (?:currently )?out of (?:the )?office (?:until|from|and|with|till)|dies ist eine automatische (?:antwort|nachricht)|ich bin (?:derzeit |bis |vom |aktuell )[^.?]{0,60}(?:nicht im büro|abwesend|nicht erreichbar)|ceci est une réponse automatique|je suis (?:actuellement )?absente? du bureau|esta es una respuesta automática|esta é uma resposta automática|このメールは自動(?:返信|送信))", "auto-reply"),
)  # fmt: skip
# A part of the mail, by its type where it has no name. Only the names that calendar programs give.
_PARTS: tuple[tuple[str, str], ...] = (
    (r"text/calendar|(?:invite|meeting|cancel|reply)\.ics", "calendar"),
    (r"message/(?:delivery-status|feedback-report|global-delivery-status)|text/rfc822-headers", "bounce"),
    (r"message/disposition-notification", "auto-reply"),
)
_BODY_READ = 6000


def machine_mail(comment: Comment, subject: str, text: str) -> tuple[MachineMail, ...]:
    """One entry a kind, with the signs that gave it away; empty: a person seems to have written this."""
    signs: dict[str, list[str]] = {}
    for kind, sign in _signs(comment, subject, text):
        signs.setdefault(kind, []).append(sign)
    return tuple(MachineMail(kind, tuple(dict.fromkeys(found))) for kind, found in signs.items())


def _signs(comment: Comment, subject: str, text: str) -> Iterator[tuple[str, str]]:
    if comment.marker is not None:
        yield "own", "our own marker"
    if comment.flags is not None and AUTOMATIC in comment.flags:
        yield "auto-reply", "the host marks it as automatic"
    yield from _by_headers(comment.headers)
    yield from (
        (kind, f"part {part}")
        for part in comment.attachments
        for pattern, kind in _PARTS
        if re.fullmatch(pattern, part, re.I)
    )
    local = (comment.author.email or "").partition("@")[0].lower()
    yield from ((kind, f"sender {local}@") for pattern, kind in _SENDERS if local and re.fullmatch(pattern, local))
    yield from (
        (kind, f"subject “{subject[:80]}”") for pattern, kind in _SUBJECTS if re.match(rf"\W*{pattern}", subject, re.I)
    )
    for pattern, kind in _BODIES:
        if hit := re.search(pattern, text[:_BODY_READ], re.I | re.M | re.S):
            yield kind, f"text “{' '.join(hit[0].split())[-80:]}”"


def _by_headers(headers: tuple[tuple[str, str], ...]) -> Iterator[tuple[str, str]]:
    """The first row that fits a header speaks for it."""
    for name, value in headers:
        rows = (
            kind for wanted, pattern, kind in _HEADERS if wanted == name.lower() and re.search(pattern, value, re.I)
        )
        if (kind := next(rows, None)) is not None:
            yield kind, f"header {name}"
