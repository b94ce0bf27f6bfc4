"""Two Countersigns that answer each other's mail: the first answer of each is the last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.ai.clean import clean
from app.governance.decision import Action, decide
from app.letters import from_bytes
from integrations.gmail import marker
from integrations.gmail.mime import Letter, Parent, composed
from tests import builders

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ASKED = b"From: ours@acme.example\nTo: theirs@globex.example\nSubject: Delivery\nMessage-ID: <first@acme>\n\nWhen does it come?\n"


def answered(raw: bytes, us: str, *, alone: bool) -> bytes | None:
    """What the Countersign of `us` makes of that mail, with everything open: its answer, or None."""
    ticket = from_bytes(raw, "received.eml").as_ticket(NOW)
    cleaned = clean(builders.proposal(), ticket, ticket.comments[0])
    judged = builders.proposal(machine_mail=cleaned.machine_mail, injection=cleaned.injection)
    if decide(judged, builders.policy(), builders.OPEN).action is not Action.SEND:
        return None
    letter = Letter(
        sender=f"support@{us}.example", sender_name="Support", to="them@example.com", cc=(), body="Three days.",
        parent=Parent("<first@acme>", "", ticket.subject), by="auto" if alone else "assisted", alone=alone,
    )  # fmt: skip
    return composed(letter, marker.ANSWER, us, "01J", "d1")[0]


@pytest.mark.parametrize("alone", [True, False], ids=["sent by itself", "approved by a person"])
@pytest.mark.threat("mail-loop")
def test_what_one_sends_the_other_does_not_answer(alone):
    first = answered(ASKED, "globex", alone=alone)
    assert first is not None
    assert answered(first, "acme", alone=alone) is None


def test_an_automatic_reply_is_known_without_our_own_sign():
    """A gateway may take away headers that it does not know; Auto-Submitted is everybody's."""
    first = answered(ASKED, "globex", alone=True)
    assert first is not None
    bare = b"\n".join(line for line in first.splitlines() if not line.startswith(b"X-"))
    assert answered(bare, "acme", alone=True) is None
