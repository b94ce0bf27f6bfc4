"""Practice drafts: announced, mixed in, revealed to whoever judged them, and unable to leave by any road."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import own_figures, planting, practice, retention
from app.ai.embed import Embedder
from app.governance.decision import Action, Switch, decide
from app.governance.practice import HOST, is_mended, planted
from app.governance.proposal import Draft, Sentence
from app.host import Purpose
from app.minds import Minds
from app.review import Actor
from app.store import controls, outbox, policies, practices, switch
from app.store.record import Page, Record
from app.store.tables import approval, audit, outcome, proposal, reading
from app.store.tables import outbox as outgoing
from tests.ai import small
from tests.ai.small import Words
from tests.fakes import ANA, ROSA
from tests.web.stage import LETTER, ROOT, SENTENCES, STANDARD, Stage

GOOD = Draft(LETTER, SENTENCES)


def turn_on(stage: Stage) -> None:
    text = (ROOT / "manifest/policy.toml").read_text(encoding="utf-8")
    on = text.replace('drill = "P90D"', 'drill = "P90D"\npractice = true', 1)
    with stage.deps.engine.begin() as tx:
        policies.publish(tx, on, "a", "b", stage.deps.clock.now())


@pytest.fixture
def spoilt(stage: Stage) -> str:
    """A practice draft that waits, beside a real one."""
    turn_on(stage)
    real = stage.proposed().record
    bad = planted(GOOD, (STANDARD,))
    assert bad is not None
    record = Record(replace(real.proposal, host=HOST, ticket="", comment="", draft=bad.draft), Page("Tom Baker", ""))
    with stage.deps.engine.begin() as tx:
        return practices.add(tx, record, "assisted", bad.was, bad.now, stage.deps.clock.now())


def actor(stage: Stage, person=ROSA) -> Actor:
    return Actor(stage.member(person), "queue")


def seen_of(stage: Stage, practice_id: str) -> str:
    item = practice.shown(stage.deps, practice_id)
    assert item is not None
    return item.seen


# --- planted ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("good", "source", "bad"),
    [
        ("It takes 4 days.", "It takes 4 days. Returns take 14 days.", "It takes 14 days."),
        ("It takes 3 days.", "It takes 3 days.", "It takes 4 days."),
        ("It takes 3 to 5 days.", "It takes 3 to 5 days. Free from 50 euros.", "It takes 3 to 7 days."),
        ("We do not ship to islands.", "We do not ship to islands.", "We do ship to islands."),
        ("You can return it.", "You can return it.", "You cannot return it."),
        ("If nobody is there, we wait.", "If nobody is there, we wait.", None),
        ("There is no fee.", "There is no fee.", "There is a fee."),
        ("We use the rate when it is booked.", "We use the rate when it is booked.", None),
        ("Thank you for asking.", "Thank you for asking.", None),
        (
            "It takes 1 day and is free.",
            "It takes 1 day and is free. Returns take 14 days.",
            "It takes 1 day and is not free.",
        ),
        ("Prices of 2026.", "Prices of 2026. Then those of 2027.", None),
        ("See https://acme.example/a/12 or 4.90", "See https://acme.example/a/12 or 4.90", None),
    ],
)
def test_one_mistake_is_planted_where_a_source_shows_it(good, source, bad):
    passage = replace(STANDARD, text=source)
    found = planted(Draft(f"Hello,\n\n{good}", (Sentence(good, (STANDARD.id,)),)), (passage,))
    assert (found and found.now) == bad
    assert found is None or found.draft.text == f"Hello,\n\n{bad}"


def test_an_edit_mends_it_only_if_the_planted_sentence_is_gone():
    assert is_mended("It takes 3 days.", "It takes 14 days.")
    assert not is_mended("Hello,\nIt takes  14 days.", "It takes 14 days.")
    assert not is_mended("  ", "It takes 14 days.")


# --- off and on ---------------------------------------------------------------------------------------------------------


def test_off_is_the_default_and_shows_nothing(stage, browser, spoilt):
    page = browser(ROSA).get("/").text
    assert "Practice drafts are mixed in" in page
    assert spoilt in page
    off = (ROOT / "manifest/policy.toml").read_text(encoding="utf-8")
    with stage.deps.engine.begin() as tx:
        policies.publish(tx, off, "a", "b", stage.deps.clock.now())
    page = browser(ROSA).get("/").text
    assert "Practice drafts" not in page
    assert spoilt not in page


def test_none_is_shown_while_the_queue_is_stopped_and_none_to_scripts(stage, browser, spoilt):
    assert spoilt not in browser(ROSA).get("/api/v1/queue").text
    assert browser(ROSA).get(f"/api/v1/proposals/{spoilt}").status_code == 404
    with stage.deps.engine.begin() as tx:
        switch.roll_back(tx, "*", "ana", "", stage.deps.clock.now())
    assert spoilt not in browser(ROSA).get("/").text


def test_one_is_made_of_an_example_only_where_one_is_due(stage, monkeypatch):
    minds = Minds(stage.deps.readers, Embedder(english=Words, multilingual=Words), None, None)
    made = stage.proposed().record
    record = Record(replace(made.proposal, host=HOST), Page("Tom Baker", ""))
    monkeypatch.setattr(planting, "_made", lambda *_: (record, "assisted", "It takes 3 days.", "It takes 14 days."))
    planting.keep_one(stage.deps, minds)
    assert waiting(stage) is None  # off
    turn_on(stage)
    planting.keep_one(stage.deps, minds)
    first = waiting(stage)
    planting.keep_one(stage.deps, minds)
    assert first is not None
    assert waiting(stage) == first
    practice.judged(stage.deps, first.id, "reject", "", actor(stage))
    planting.keep_one(stage.deps, minds)
    assert waiting(stage) is None  # not before people judged more


@pytest.mark.parametrize(
    ("question", "was", "now"),
    [
        ("How long does delivery take?", "takes 3 to 5 working days", "takes 3 to 7 working days"),
        ("Wie lange dauert die Lieferung?", "dauert 3 bis 5 Werktage", "dauert 3 bis 7 Werktage"),
    ],
)
def test_an_example_goes_through_every_stage_and_is_spoilt_then(stage, question, was, now):
    made = planting._made(stage.deps, small.mind(), question)
    assert made is not None
    record, mode, before, after = made
    assert was in before
    assert now in after
    assert after in record.proposal.draft.text
    assert before not in record.proposal.draft.text
    assert (record.proposal.host, record.proposal.text, mode) == (HOST, question, "assisted")


def test_what_no_click_could_send_is_no_practice_draft(stage):
    assert planting._made(stage.deps, small.mind(), "I demand damages") is None


def test_examples_of_which_none_can_be_made_are_not_tried_with_every_message(stage, monkeypatch):
    tried = []
    monkeypatch.setattr(planting, "_made", lambda *about: tried.append(about[2]))
    turn_on(stage)
    for _ in range(3):
        planting.keep_one(
            stage.deps, Minds(stage.deps.readers, Embedder(english=Words, multilingual=Words), None, None)
        )
    assert len(tried) == 3
    assert waiting(stage) is None


def waiting(stage: Stage) -> practices.Practice | None:
    with stage.deps.readers.begin() as tx:
        return practices.waiting(tx)


# --- judged -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "body", "told"),
    [
        ("approve", {"seen": "?"}, "missed"),
        ("reject", {"reason": "wrong answer"}, "caught"),
        ("edit", {"text": LETTER, "seen": "?"}, "caught"),
        ("edit", {"text": "Dear all, it takes 9 working days.", "seen": "?"}, "caught"),
        ("escalate", {"to": "a@b.example", "due": "2026-11-23T17:00:00Z"}, "not judged"),
        ("confirm-category", {}, "not judged"),
    ],
)
def test_a_judgement_reveals_it_to_that_person_and_does_nothing_else(stage, browser, spoilt, act, body, told):
    before = everything(stage)
    rosa = browser(ROSA)
    answer = rosa.post(f"/api/v1/proposals/{spoilt}/{act}", body)
    assert answer.json["practice"].startswith("This was a practice draft")
    with stage.deps.readers.begin() as tx:
        found = practices.find(tx, spoilt)
    assert found is not None
    assert found.said == told
    shown = rosa.get(f"/parts/proposal/{spoilt}").text
    assert found.was in shown
    assert found.now in shown
    assert browser(ANA).get(f"/parts/proposal/{spoilt}").status_code == 404
    assert spoilt not in rosa.get("/").text
    assert everything(stage) == before


def everything(stage: Stage) -> list[int]:
    """What a real judgement leaves behind."""
    counted = (proposal, approval, outgoing, outcome, reading)
    with stage.deps.readers.begin() as tx:
        return [tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in counted]


def test_in_a_batch_it_is_told_apart_and_not_sent(stage, browser, spoilt):
    before = everything(stage)
    items = [{"id": spoilt, "seen": seen_of(stage, spoilt)}]
    (result,) = browser(ANA).post("/api/v1/approvals", {"items": items, "status": None}).json["results"]
    assert not result["approved"]
    assert "missed" in result["why"]
    assert everything(stage) == before


def test_the_second_to_judge_changes_nothing_and_learns_nothing(stage, spoilt):
    assert "caught" in (practice.judged(stage.deps, spoilt, "reject", "", actor(stage)) or "")
    assert "judged already" in (practice.judged(stage.deps, spoilt, "approve", "", actor(stage, ANA)) or "")
    mine, ours = own_figures.practised(stage.deps, actor(stage))
    assert (mine.judged, mine.caught, ours) == (1, 1, None)
    assert own_figures.practised(stage.deps, actor(stage, ANA))[0].judged == 0
    retention.expire(stage.deps)
    assert own_figures.practised(stage.deps, actor(stage))[0].judged == 1


def test_the_log_says_that_one_was_revealed_never_to_whom(stage, spoilt):
    rosa = actor(stage)
    practice.judged(stage.deps, spoilt, "approve", "", rosa)
    with stage.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(audit).where(audit.c.object == spoilt)).all()
    assert [(row.action, row.actor) for row in rows] == [
        ("practice.made", "countersign"), ("practice.revealed", "countersign"),
    ]  # fmt: skip
    assert not [row for row in rows if b"missed" in row.stored or rosa.member.id.encode() in row.stored]


# --- never sent ---------------------------------------------------------------------------------------------------------


def test_no_row_about_one_can_be_put_into_proposals_or_the_outbox(stage, spoilt):
    real = stage.proposed()
    forged = replace(real, record=replace(real.record, proposal=replace(real.proposal, host=HOST)))
    with pytest.raises(IntegrityError), stage.deps.engine.begin() as tx:
        outbox.put(tx, stage.deps.keys, forged, Purpose.ANSWER, "x", stage.deps.clock.now())
    with pytest.raises(IntegrityError), stage.deps.engine.begin() as tx:
        outbox.put(tx, stage.deps.keys, replace(real, id=spoilt), Purpose.ANSWER, "x", stage.deps.clock.now())
    with pytest.raises(IntegrityError), stage.deps.engine.begin() as tx:
        tx.execute(proposal.update().where(proposal.c.id == real.id).values(host=HOST))


def test_the_claim_would_refuse_it_even_then_approved_or_not(stage):
    real = stage.proposed()
    forged = replace(real, record=replace(real.record, proposal=replace(real.proposal, host=HOST)))
    with stage.deps.readers.begin() as tx:
        setting = switch.read(tx, real.proposal.queue)
        assert setting.state is Switch.LIVE
        now = stage.deps.clock.now()
        for stored, practising in ((real, False), (forged, True)):
            facts = controls.read(tx, stage.deps.keys, stored, setting, stored.as_last_read(), now)
            decision = decide(facts.proposal, facts.policy, replace(facts.controls, approved=True))
            assert facts.controls.practice is practising
            assert (decision.action is Action.SEND) is not practising
