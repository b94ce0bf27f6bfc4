"""Insert draft and the compose window: what is opened lies there now, and only for whom it is meant."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from app import review
from app.host import Fate
from app.store import outbox, proposals
from app.store.tables import outbox as rows
from tests.fakes import ANA, CASEY
from tests.web import google
from tests.web.google import APP, card, look, of, orders, text
from tests.web.stage import LETTER


def put_there(gmail, number: int = 1):
    """What the door writes once the draft is in the thread."""
    with gmail.deps.engine.begin() as tx:
        newest = sa.select(sa.func.max(rows.c.id)).scalar_subquery()
        tx.execute(rows.update().where(rows.c.id == newest).values(state=outbox.SENT, host_result_id=f"r-{number}"))


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr("app.web.pressing.PATIENCE", 0.0)


def test_insert_goes_through_the_door_and_opens_what_was_put_there(gmail, rosa, hasty):
    stored = gmail.proposed()
    shown = look(rosa, stored)
    waiting = card(rosa.press(shown, "Insert draft"))
    assert "being put into the thread" in text(waiting)
    assert orders(gmail) == [("offer", "READY")]
    assert gmail.rung[-1][0] == "deliver"
    put_there(gmail)
    opened = rosa.press(waiting, "Insert draft").json["renderActions"]["hostAppAction"]["gmailAction"]
    expected = {"draftId": "r-1", "draftThreadId": stored.proposal.ticket}
    assert opened == {"openCreatedDraftActionMarkup": expected}
    assert orders(gmail) == [("offer", "SENT")]


def test_a_draft_that_was_put_there_long_ago_is_looked_for_before_it_is_opened(gmail, rosa, hasty):
    """Somebody may have deleted it since, or sent it: only what the host just said is opened."""
    stored = gmail.proposed()
    rosa.press(look(rosa, stored), "Insert draft")
    put_there(gmail)
    waiting = rosa.press(look(rosa, stored), "Insert draft")
    assert "r-1" not in waiting.text
    assert orders(gmail) == [("offer", "SENT"), ("offer", "READY")]
    rosa.press(look(rosa, stored), "Insert draft")
    assert len(orders(gmail)) == 2, "one look for it is on its way"
    put_there(gmail, 2)
    opened = rosa.press(card(waiting), "Insert draft").json["renderActions"]["hostAppAction"]["gmailAction"]
    assert opened["openCreatedDraftActionMarkup"]["draftId"] == "r-2"


@pytest.mark.parametrize("fate", [Fate.NEVER_SENT, Fate.UNCLEAR])
def test_why_a_draft_was_not_put_there_is_told_and_it_can_be_tried_again(gmail, rosa, hasty, fate):
    stored = gmail.proposed()
    waiting = card(rosa.press(look(rosa, stored), "Insert draft"))
    with gmail.deps.engine.begin() as tx:
        tx.execute(rows.update().values(state=outbox.HUMAN, reason="a colleague answered", fate=fate))
    shown = card(rosa.press(waiting, "Insert draft"))
    assert "a colleague answered" in text(shown)
    assert orders(gmail) == [("offer", "HUMAN")]
    assert "being put into the thread" in text(card(rosa.press(shown, "Insert draft")))
    assert orders(gmail) == [("offer", "HUMAN"), ("offer", "READY")]


def test_an_edited_draft_is_put_there_anew(gmail, rosa, hasty):
    stored = gmail.proposed()
    rosa.press(look(rosa, stored), "Insert draft")
    put_there(gmail)
    form = card(rosa.press(look(rosa, stored), "Edit"))
    edited = rosa.press(form, "Save and check", text="Another text.")
    assert "the draft in the thread follows" in edited.text
    assert orders(gmail) == [("offer", "SENT"), ("offer", "READY")]
    put_there(gmail, 2)
    rosa.press(card(edited), "Insert draft")
    assert orders(gmail) == [("offer", "SENT"), ("offer", "SENT"), ("offer", "READY")]  # looked for before it is opened


def test_saving_puts_nothing_there_that_nobody_asked_for(gmail, rosa, hasty):
    stored = gmail.proposed()
    form = card(rosa.press(look(rosa, stored), "Edit"))
    assert "follows" not in rosa.press(form, "Save and check", text="Another text.").text
    assert orders(gmail) == []


def test_an_old_look_inserts_nothing(gmail, rosa, hasty):
    stored = gmail.proposed()
    before = look(rosa, stored)
    form = card(rosa.press(before, "Edit"))
    rosa.press(form, "Save and check", text="Another text.")
    assert "It changed since you saw it" in text(card(rosa.press(before, "Insert draft")))
    assert orders(gmail) == []


def test_the_compose_window_gets_the_draft_for_these_recipients_only(gmail, rosa):
    stored = gmail.proposed()
    event = rosa.event("", {}, {})
    token = google.signer().token(f"{APP}/gmail/addon/compose", google.ADDON_ACCOUNT)

    def compose(*to):
        body = json.dumps({**event, "gmail": {"toRecipients": list(to)}})
        return rosa.client.post("/gmail/addon/compose", data=body, headers={"Authorization": f"Bearer {token}"})

    assert "No suggested reply waits" in text(card(compose("somebody@else.example")))
    shown = card(compose("CASEY@" + (CASEY.email or "").partition("@")[2]))
    markup = rosa.press(shown, "Insert").json["renderActions"]["hostAppAction"]["gmailAction"][
        "updateDraftActionMarkup"
    ]
    assert markup["updateBody"]["insertContents"][0]["content"] == LETTER.replace("\n", "<br>")
    review.roll_back(gmail.deps, "*", gmail.member(ANA).id)
    assert "It changed since you saw it" in text(card(rosa.press(shown, "Insert")))
    assert of(gmail, stored).state == proposals.OFFERED
