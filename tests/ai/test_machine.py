"""Machine mail is known by headers, flags, senders, subjects and bodies; people are left alone."""

from __future__ import annotations

import pytest

from app.host import Marker, Person
from tests.ai.messages import cleaned


def kinds(found):
    return {mail.kind for mail in found.machine_mail}


@pytest.mark.parametrize(
    ("header", "value", "kind"),
    [
        ("Auto-Submitted", "auto-replied", "auto-reply"),
        ("Auto-Submitted", "auto-generated", "bulk"),
        ("Precedence", "bulk", "bulk"),
        ("Precedence", "list", "list"),
        ("List-Id", "<news.example>", "list"),
        ("List-Unsubscribe", "<mailto:x@y.example>", "list"),
        ("Return-Path", "<>", "bounce"),
        ("Content-Type", "multipart/report; report-type=delivery-status", "bounce"),
        ("Content-Type", "text/calendar; method=REQUEST", "calendar"),
        ("X-Auto-Response-Suppress", "All", "bulk"),
        ("X-Apple-Action", "VACATION/1", "auto-reply"),
        ("X-Countersign-Id", "abc", "own"),
    ],
)
@pytest.mark.threat("mail-loop")
def test_a_header_gives_it_away(header, value, kind):
    found = cleaned("Hello", headers=((header, value),))
    assert kinds(found) == {kind}
    assert found.machine_mail[0].signs == (f"header {header}",)


@pytest.mark.parametrize(
    ("header", "value"), [("Auto-Submitted", "no"), ("Return-Path", "<maria@home.example>"), ("Precedence", "normal")]
)
def test_a_persons_header_does_not(header, value):
    assert cleaned("Hello", headers=((header, value),)).machine_mail == ()


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("MAILER-DAEMON@x.example", "bounce"),
        ("no-reply@x.example", "bulk"),
        ("do_not_reply@x.example", "bulk"),
        ("bounces+1@x.example", "bounce"),
    ],
)
def test_a_sender_gives_it_away(address, kind):
    assert kinds(cleaned("Hello", author=Person("c1", "X", address))) == {kind}


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("Automatic reply: Your order", "auto-reply"),
        ("Out of Office", "auto-reply"),
        ("Abwesenheitsnotiz: Urlaub", "auto-reply"),
        ("Réponse automatique : congés", "auto-reply"),
        ("Respuesta automática", "auto-reply"),
        ("Resposta automática: férias", "auto-reply"),
        ("自動返信: 不在", "auto-reply"),
        ("Undelivered Mail Returned to Sender", "bounce"),
        ("Accepted: Meeting @ Monday", "calendar"),
    ],
)
def test_a_subject_gives_it_away(subject, kind):
    assert kinds(cleaned("Hello", subject=subject)) == {kind}


def test_zendesks_flag_for_automatic_mail_counts():
    assert kinds(cleaned("Hello", flags=(4,))) == {"auto-reply"}
    assert kinds(cleaned("Hello", flags=(0, 3))) == set()


def test_our_own_marker_comes_back_as_our_own():
    assert kinds(cleaned("Hello", marker=Marker("other", "s1"))) == {"own"}


def test_a_bounce_is_known_by_its_body_where_headers_are_hidden():
    assert kinds(cleaned("The error was: 550 5.1.1 <x@y.example>... User Unknown")) == {"bounce"}


@pytest.mark.parametrize(
    "text",
    [
        "I am away on Friday, please deliver on Monday.",
        "My order of 550 pieces never came.",
        "Do you accept American Express?",
        "I was out of the office when the parcel came",
    ],
)
def test_people_who_sound_a_little_like_machines_are_people(text):

    assert cleaned(text, subject="Delivery").machine_mail == ()
