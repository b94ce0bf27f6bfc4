"""A reply as mail: its thread, its recipients, and that nothing a customer wrote adds a header."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from app.host import HostError
from integrations.gmail import marker
from integrations.gmail.mime import Letter, Parent, composed, references, subject

PARENT = Parent("<two@mail.example>", "<one@mail.example>", "My parcel")
LETTER = Letter(
    sender="support@acme.example", sender_name="Rosa Romano", to="casey@customer.example", cc=(), parent=PARENT,
    body="Three days.",
)  # fmt: skip


def made(letter: Letter = LETTER) -> EmailMessage:
    return message_from_bytes(composed(letter, marker.ANSWER, "acme", "01J", "d1")[0], policy=policy.default)


def test_a_reply_stays_in_its_thread() -> None:
    mail = made()
    assert (mail["In-Reply-To"], mail["References"]) == ("<two@mail.example>", "<one@mail.example> <two@mail.example>")
    assert (mail["Subject"], mail["To"]) == ("Re: My parcel", "casey@customer.example")
    assert mail["From"] == "Rosa Romano <support@acme.example>"
    assert mail.get_content().split() == ["Three", "days."]


def test_a_persons_yes_is_no_automatic_reply_and_only_what_nobody_saw_is() -> None:
    assert made()["Auto-Submitted"] is None
    alone = made(replace(LETTER, alone=True, by="auto"))
    assert (alone["Auto-Submitted"], alone["X-Auto-Response-Suppress"], alone[marker.AI]) == (
        "auto-replied",
        "All",
        "auto",
    )


@pytest.mark.parametrize(
    ("original", "wanted"),
    [
        ("Re: My parcel", "Re: My parcel"),
        ("RE:RE: x", "RE:RE: x"),
        ("", "Re:"),
        ("Hi\r\nBcc: all@evil.example", "Re: Hi Bcc: all@evil.example"),
        ("Zoll\u2028Bcc: x", "Re: Zoll Bcc: x"),
        ("a\x00b\x85c", "Re: a b c"),
        ("\ud83d", "Re:"),
    ],
)
@pytest.mark.threat("mail-header")
def test_a_subject_is_one_line(original: str, wanted: str) -> None:
    assert subject(original) == wanted


def test_a_reply_to_more_people_than_can_be_compared_later_is_a_persons() -> None:
    """Its draft could not be told from what somebody made of it, and would be taken away with their words."""
    crowd = tuple(f"person.number{at}@customer.example" for at in range(200))
    with pytest.raises(HostError, match="in copy") as error:
        made(replace(LETTER, cc=crowd))
    assert error.value.permanent
    assert made(replace(LETTER, cc=crowd[:100]))["Cc"].count("@") == 100


NASTY = "Eve\r\nBcc: all@evil.example\r\n\r\nBuy!"


@pytest.mark.threat("mail-header")
def test_no_name_subject_or_id_adds_a_header() -> None:
    parent = Parent(f"<x@y.example>{NASTY}", f"{NASTY} <a@b.example>", NASTY)
    mail = made(replace(LETTER, sender_name=NASTY, parent=parent, body=f"Bcc: me@evil.example\n\n{NASTY}"))
    assert mail["Bcc"] is None
    assert sorted(name.lower() for name in mail) == sorted(name.lower() for name in made())
    assert len(mail.get_all("To", [])) == 1


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a@b@c.example",
        "x",
        "a@b.example, c@d.example",
        "a\r\nBcc: b@c.example",
        "jürgen@exämple.de",
        "a b@c.example",
        '"<x>"@y.example',
    ],
)
@pytest.mark.threat("mail-header")
def test_an_address_that_is_not_one_plain_one_is_a_persons_turn(address: str) -> None:
    with pytest.raises(HostError) as refused:
        made(replace(LETTER, to=address))
    assert refused.value.permanent


def test_odd_signs_arrive_as_they_are() -> None:
    body = "Grüße aus Köln 🎁\n\n.\nFrom here\n" + "x" * 2000 + "\n日本語"
    assert made(replace(LETTER, body=body)).get_content().splitlines() == body.splitlines()
    assert made(replace(LETTER, body="cut \ud83d emoji")).get_content().strip() == "cut \ufffd emoji"


def test_long_threads_keep_their_first_and_newest_references() -> None:
    ids = [f"<{n}@mail.example>" for n in range(200)]
    found = references(Parent(ids[-1], " ".join(ids[:-1]), ""))
    assert (found[0], found[-1], len(found)) == (ids[0], ids[-1], 50)


def test_the_sign_is_read_back_whatever_the_header_was_folded_into() -> None:
    raw, sign = composed(
        LETTER, marker.ANSWER, "a-deployment.with.dots-" + "x" * 80, "01JSENDSENDSENDSENDSENDSEND", "abcd1234"
    )
    assert marker.signed(raw) == sign
    assert marker.digest(raw) == sign.digest


@pytest.mark.parametrize(
    "change",
    [
        {"body": "Four days."}, {"to": "eve@customer.example"}, {"cc": ("eve@customer.example",)}, {"sender": "help@acme.example"},
        {"parent": replace(PARENT, subject="Another")}, {"parent": replace(PARENT, message_id="<else@mail.example>")}, {"alone": True},
    ],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_whatever_a_person_would_notice_changes_the_digest(change: dict[str, object]) -> None:
    assert (
        composed(replace(LETTER, **change), marker.ANSWER, "a", "1", "d")[1].digest
        != composed(LETTER, marker.ANSWER, "a", "1", "d")[1].digest
    )


def test_the_same_mail_written_down_otherwise_has_the_same_digest() -> None:
    raw, sign = composed(replace(LETTER, body="Grüße\nRosa"), marker.ANSWER, "a", "1", "d")
    other = message_from_bytes(raw, policy=policy.default)
    words = other.get_content()
    other.set_content(words, charset="utf-8", cte="base64")
    other["Message-ID"] = "<gmails-own@mail.example>"
    assert marker.digest(other.as_bytes()) == sign.digest


def test_what_a_person_attached_or_made_html_of_is_another_mail() -> None:
    raw, sign = composed(LETTER, marker.ANSWER, "a", "1", "d")
    mail = message_from_bytes(raw, policy=policy.default)
    mail.add_alternative("<p>Three days.</p>", subtype="html")
    assert marker.digest(mail.as_bytes()) != sign.digest
    assert marker.digest(b"From: <<<>>>@\r\nTo: \xff\xfe(((\r\n\r\n") != sign.digest


def test_a_rescued_draft_bears_no_sign_of_ours() -> None:
    plain = marker.unsigned(composed(LETTER, marker.ANSWER, "a", "1", "d")[0])
    assert marker.signed(plain) is None
    assert b"Three days." in plain
