"""The corrections pages: who was told it, what they will be told, and how far that is."""

from __future__ import annotations

import re

import pytest

from app.store import proposals, received
from app.store.tables import outbox
from tests.fakes import ANA, BOT, ROSA
from tests.web.stage import LETTER
from tests.web.test_pages import visible

TEXT = "Hello {{ticket.requester.first_name}}, it takes 5 to 7 days at the moment."


@pytest.fixture
def told(stage):
    """Casey was told something, and it stands on the ticket."""
    stored = stage.proposed(state=proposals.SENT)
    ref = next(iter(stage.host.tickets.values())).ticket.ref
    said = stage.host.says(ref, BOT, LETTER)
    now = stage.deps.clock.now()
    with stage.deps.engine.begin() as tx:
        from app.store.keys import seal

        row = {
            "msg_key": "one", "send_id": "one", "purpose": "answer", "proposal_id": stored.id, "queue": "support", "host": "zendesk",
            "ticket": ref.ticket, "state": "SENT", "fate": "sent", "settled_at": now, "not_before": now, "host_result_id": said.id,
            "body_sealed": seal(stage.deps.keys.of(tx, stored.subject_key), LETTER.encode()),
        }  # fmt: skip
        tx.execute(outbox.insert().values(**row))
    return stored


def test_from_the_question_to_a_message_that_waits_for_its_yes(stage, browser, told):
    ana = browser(ANA)
    asked = visible(ana.get("/corrections?kind=answer&what=3+to+5+working+days&since=2020-01-01").text)
    assert "1 customer received it" in asked
    assert "Nobody received it" in ana.get("/corrections?kind=answer&what=30+days&since=2020-01-01").text
    begun = {"kind": received.ANSWER, "what": "3 to 5 working days", "since": "2020-01-01", "text": TEXT}
    run = ana.post("/api/v1/corrections", begun).json["id"]
    assert ana.post(f"/api/v1/corrections/{run}/go-on").json["waiting"] == 0
    html = ana.get(f"/parts/correction?run={run}").text
    assert "1 to approve" in visible(html)
    assert "Hello Casey, it takes 5 to 7 days" in visible(html)
    (one, seen) = re.search(r'data-pick="(\w+)" data-seen="(\w+)"', html).groups()
    done = ana.post("/api/v1/approvals", {"items": [{"id": one, "seen": seen}], "status": None}).json
    assert done["results"][0]["approved"]
    going = ana.get(f"/parts/correction?run={run}")
    assert "1 on the way" in visible(going.text)
    again = ana.get(f"/parts/correction?run={run}", headers={"If-None-Match": going.headers["ETag"]})
    assert again.status_code == 304
    assert "Correction" in visible(ana.get(f"/parts/proposal/{one}").text)


def test_an_agent_sees_none_of_it(browser):
    assert browser(ROSA).get("/corrections").status_code == 403
