"""Mail rules: which machine mail is recognised, whom that wrongs, and what is left of a reply. Data: ../shared/data."""

from __future__ import annotations

import email
import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from app.ai.clean import as_seen
from app.ai.machine import machine_mail
from app.ai.quotes import new_part
from app.letters import Letter, from_bytes
from benchmarks import judgement_data as data
from benchmarks.report import Figure, percentile

MACHINES = (
    "peers/sisimai-autoreply-bounce",
    "mail/sisimai-set-of-emails/bsd",
    "mail/mikel-mail/multipart_report_emails",
)
PEOPLE = ("tiering", "oos", "escalation", "injection", "pii", "grounded")
NOW = datetime(2026, 3, 2, tzinfo=UTC)
Case = tuple[str, str]  # a mail's text, and what of it is new


def measure(_seed: int) -> list[Figure]:
    hosts = data.folder().parent / "hosts"
    if not hosts.is_dir():
        raise data.Absent
    return [*_machines(hosts), *_replies(list(_cases(hosts)))]


def _machines(hosts: Path) -> list[Figure]:
    """The floor: RFC 3834's own header, and nothing else."""
    mails = [_letter(file) for folder in MACHINES for file in sorted((hosts / folder).glob("*.eml"))]
    people = list(_people())
    found, wronged = sum(map(_is_machine, mails)), sum(map(_is_machine, people))
    bare = sum(any(name.lower() == "auto-submitted" and value != "no" for name, value in one.headers) for one in mails)
    return [
        Figure("machine_recall", f"machine mail recognised, of {len(mails)}", found / len(mails), floor=bare / len(mails), at_least=0.98),
        Figure("machine_false_alarms", f"customers taken for machines, of {len(people)}", wronged / len(people), at_most=0.005),
    ]  # fmt: skip


def _letter(file: Path) -> Letter:
    raw = file.read_bytes()
    return from_bytes(raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw, file.name)


def _people() -> Iterator[Letter]:
    """Every message twice: its first line may be a subject, too."""
    for name in PEOPLE:
        for row in data.rows(name):
            if not row.get("injection"):
                text = row.get("text") or row["question"]
                for subject in ("Question", text.strip().partition("\n")[0][:80]):
                    yield Letter("1", subject, text, None, "Casey <casey@customer.example>")


def _is_machine(letter: Letter) -> bool:
    comment = letter.as_ticket(NOW).comments[0]
    return bool(machine_mail(comment, letter.subject, as_seen(comment)[0]))


# --- what is new in a reply ----------------------------------------------------------------------------------------------
def _cases(hosts: Path) -> Iterator[Case]:
    for row in json.loads((hosts / "mail/reply_oracle.json").read_text(encoding="utf-8")):
        if not row["kind"].startswith("html"):
            raw = (hosts / row["file"]).read_bytes()
            yield _plain(raw) if row["kind"].startswith("eml") else raw.decode("utf-8", "replace"), row["expected"]
    for file in sorted((hosts / "mail/talon/signature/emails/stripped").glob("*_body")):
        words = file.read_text(encoding="utf-8", errors="replace")
        below = file.with_name(file.name.replace("_body", "_signature")).read_text(encoding="utf-8", errors="replace")
        yield f"{words}\n{below}", words


def _plain(raw: bytes) -> str:
    part = email.message_from_bytes(raw, _class=EmailMessage, policy=default).get_body(("plain",))
    payload = part.get_payload(decode=True) if part else b""
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _replies(cases: list[Case]) -> list[Figure]:
    """The floor: lines that begin with `>` are left out. Spaces do not count."""
    exact, kept, milliseconds = _scores(cases, new_part)
    floor = _scores(cases, lambda text: "\n".join(line for line in text.splitlines() if not line.startswith(">")))
    return [
        Figure("reply_exact", f"replies stripped exactly, of {len(cases)}", exact, floor=floor[0], at_least=69 / 133),
        Figure("reply_kept", "  every word of the customer's kept", kept, floor=floor[1], at_least=126 / 133),
        Figure("reply_ms", "  median", percentile(milliseconds, 0.5), "ms", percentile(floor[2], 0.5), at_most=2),
    ]


def _scores(cases: list[Case], strip: Callable[[str], str]) -> tuple[float, float, list[float]]:
    exact, kept, milliseconds = 0, 0, []
    for text, wanted in cases:
        began = time.perf_counter()
        found = strip(text)
        milliseconds.append(1000 * (time.perf_counter() - began))
        exact += _bare(found) == _bare(wanted)
        kept += _bare(wanted) in _bare(found)
    return exact / len(cases), kept / len(cases), milliseconds


def _bare(text: str) -> str:
    return re.sub(r"\s+", "", text)
