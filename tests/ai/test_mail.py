"""Real mail: what machines wrote is recognised, and of a reply no word of the customer's is lost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.ai.clean import as_seen
from app.ai.machine import machine_mail
from app.ai.quotes import new_part
from app.letters import from_bytes

MAIL = Path(__file__).parent / "mail"
NOW = datetime(2026, 3, 2, tzinfo=UTC)
MACHINES = sorted((MAIL / "machine").glob("*.eml"))
REPLIES = sorted((MAIL / "replies").glob("*.txt"))


def kinds(raw: bytes) -> set[str]:
    letter = from_bytes(raw, "a.eml")
    comment = letter.as_ticket(NOW).comments[0]
    return {found.kind for found in machine_mail(comment, letter.subject, as_seen(comment)[0])}


@pytest.mark.parametrize("file", MACHINES, ids=lambda file: file.stem)
def test_what_a_machine_wrote_is_recognised(file):
    assert kinds(file.read_bytes())


@pytest.mark.parametrize("file", REPLIES, ids=lambda file: file.stem)
def test_no_word_of_the_customers_is_lost(file):
    wanted = "".join(file.with_suffix(".expected").read_text(encoding="utf-8").split())
    assert wanted in "".join(new_part(file.read_text(encoding="utf-8")).split())


HEAD = "From: Ann <ann@customer.example>\nSubject: Monday\nMIME-Version: 1.0\nContent-Type: multipart/{};boundary=b\n\n--b\n"
TEXT = "Content-Type: text/plain\n\nSee you there.\n--b\n"


def test_an_invitation_beside_the_text_is_a_calendars():
    assert kinds(f"{HEAD.format('alternative')}{TEXT}Content-Type: text/calendar\n\nBEGIN:VCALENDAR\n--b--".encode()) == {"calendar"}  # fmt: skip


def test_a_delivery_report_inside_is_a_bounce():
    assert kinds(f"{HEAD.format('mixed')}{TEXT}Content-Type: message/delivery-status\n\nAction: failed\n--b--".encode()) == {"bounce"}  # fmt: skip


def test_a_mail_that_a_customer_forwards_as_an_attachment_is_not_looked_into():
    inner = "Content-Type: message/rfc822\n\nContent-Type: text/calendar\n\nBEGIN:VCALENDAR\n"
    assert kinds(f"{HEAD.format('mixed')}{TEXT}{inner}--b--".encode()) == set()


def test_a_sentence_about_the_desk_is_no_telephones_signature():
    text = "Here is another one.\n\nSent from my desk, is much easier than my mobile phone."
    assert new_part(text) == text
