"""A new release and the golden set: equal drafts keep their reviews, one that differs ends the plan in the open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from app import figures, forgetting, golden, pipeline
from app.ai.embed import Embedder
from app.governance.gate import Gate
from app.governance.proposal import Draft, Tier
from app.minds import Minds
from app.store import golden as store
from app.store import proposals, sources, subjects
from app.store.evidence import Report
from app.store.tables import golden as kept
from app.store.tables import proposal
from tests import builders, earned
from tests.ai.small import Words
from tests.earned import CATEGORY, QUESTION, TOOLS, customer, log
from tests.house import House

NEXT = replace(TOOLS, prompts={**TOOLS.prompts, "code": "of the next release"})


class Desk:
    """Messages as the worker prepares them, with the real stages, and people who approve what comes of it."""

    def __init__(self, house: House) -> None:
        earned.furnish(house)
        self.house, self.number = house, 0
        self.minds: Any = Minds(house.deps.readers, Embedder(english=Words, multilingual=Words), None, None)

    def asked(self, text: str = QUESTION) -> str:
        self.number += 1
        deps = self.house.deps
        ticket = self.house.host.fetch(self.house.host.new_ticket(text, author=customer(self.house, self.number)))
        assert pipeline.consider(deps, self.minds, ticket, deps.clock.now()) is pipeline.Concluded.PROPOSED
        with deps.readers.begin() as tx:
            return str(proposals.of_comment(tx, "zendesk", ticket.ref.ticket, ticket.comments[-1].id))

    def reviewed(self, times: int = 3) -> None:
        for _ in range(times):
            item = self.asked()
            self.house.clock.tick(60)
            self.house.approve(item)
            self.house.after_undo()

    def report(self) -> Report:
        return next(one for one in figures.evidence(self.house.deps) if one.category.name == CATEGORY)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def released(monkeypatch: pytest.MonkeyPatch, tools: Any = NEXT) -> None:
    monkeypatch.setattr(pipeline, "tools", lambda *_: tools)


def drafts_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    def think(*about: Any, **more: Any) -> Any:
        made = pipeline.think(*about, **more)
        assert made.draft is not None
        return replace(made, draft=Draft(made.draft.text.replace("days", "weeks"), made.draft.sentences))

    monkeypatch.setattr(golden, "think", think)


def test_a_release_that_drafts_alike_keeps_every_review(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reviewed(3)
    before = desk.report()
    released(monkeypatch)
    desk.reviewed(2)
    after = desk.report()
    assert after.registered is not None
    assert before.registered is not None
    assert after.registered.sha256 == before.registered.sha256
    assert after.registered.making.tools == NEXT
    assert (before.verdict.tally.good, after.verdict.tally.good) == (3, 5)
    assert (after.changed, after.earlier) == ((), 0)
    (told,) = log(desk.house, "evidence.carried")
    assert (told["compared"], told["different"], told["plan"]) == (3, 0, after.registered.sha256)
    assert len(log(desk.house, "evidence.planned")) == 1


def test_one_draft_that_differs_ends_the_plan_and_is_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reviewed(3)
    before = desk.report().registered
    released(monkeypatch)
    drafts_otherwise(monkeypatch)
    desk.asked()
    after = desk.report()
    assert before is not None
    assert after.registered is not None
    assert after.registered.sha256 != before.sha256
    assert (after.verdict.tally.counted, after.verdict.outcome, after.earlier) == (0, Gate.INCONCLUSIVE, 1)
    (told,) = log(desk.house, "evidence.ended")
    assert (told["compared"], told["different"]) == (3, 3)
    assert log(desk.house, "evidence.carried") == []
    with desk.house.deps.readers.begin() as tx:
        check = store.newest_check(tx, CATEGORY)
        assert check is not None
        shown = store.differences(tx, desk.house.deps.keys, [check.id])[check.id]
    assert "3 messages come out different since the update, of 3 reviewed ones" in check.found.why
    assert [one.parts for one in shown] == [("draft",)] * 3
    for one in shown:
        assert one.before is not None
        assert one.after is not None
        assert "days" in (one.before.draft or "")
        assert "weeks" in (one.after.draft or "")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_message_that_newly_comes_into_the_category_ends_the_plan_too(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.house.propose(QUESTION, category="refund-exception", tier=Tier.JUDGEMENT)  # now it would be delivery-times
    desk.reviewed(2)
    released(monkeypatch)
    desk.asked()
    (told,) = log(desk.house, "evidence.ended")
    assert (told["compared"], told["different"]) == (2, 1)
    with desk.house.deps.readers.begin() as tx:
        check = store.newest_check(tx, CATEGORY)
        assert check is not None
        (shown,) = store.differences(tx, desk.house.deps.keys, [check.id])[check.id]
    assert shown.parts == ("category",)
    assert shown.before is not None
    assert shown.before.category == "refund-exception"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_too_few_that_can_be_drafted_again_prove_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reviewed(3)
    with desk.house.deps.readers.begin() as tx:
        first = tx.execute(sa.select(proposal.c.subject_key).order_by(proposal.c.id)).scalars().first()
    with desk.house.deps.engine.begin() as tx:
        request = subjects.ask(tx, str(first), "Art. 17", "ana", desk.house.clock.now())
        subjects.forget(tx, request, str(first), desk.house.clock.now())
    released(monkeypatch)
    desk.asked()
    (told,) = log(desk.house, "evidence.ended")
    assert (told["wanted"], told["compared"], told["different"]) == (3, 2, 0)
    assert desk.report().verdict.tally.counted == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_customers_own_record_is_neither_kept_nor_asked_for_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.reviewed(1)
    own = replace(builders.PASSAGE, until=desk.house.clock.now())
    desk.house.propose(passages=(own,))
    with desk.house.deps.readers.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(kept)).scalar_one() == 1
    asked: list[Any] = []

    def think(proposal: Any, ticket: Any, comment: Any, mind: Any, *about: Any, **more: Any) -> Any:
        asked.append(mind.records)
        return pipeline.think(proposal, ticket, comment, mind, *about, **more)

    monkeypatch.setattr(golden, "think", think)
    desk.minds._records = object()
    released(monkeypatch)
    desk.asked()
    assert asked == [None]
    assert len(log(desk.house, "evidence.carried")) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_there_is_no_time_for_is_not_shown_equal(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reviewed(2)
    released(monkeypatch)
    monkeypatch.setattr(golden, "PATIENCE", -1.0)
    desk.asked()
    assert [one["compared"] for one in log(desk.house, "evidence.ended")] == [0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("change", [{"model": "another"}, {}], ids=["another model", "the same release"])
def test_only_a_release_is_tried(desk: Desk, monkeypatch: pytest.MonkeyPatch, change: dict[str, str]) -> None:
    desk.reviewed(1)
    released(monkeypatch, replace(TOOLS, **change))
    desk.asked()
    assert log(desk.house, "evidence.carried") + log(desk.house, "evidence.ended") == []
    assert len(log(desk.house, "evidence.planned")) == 1 + bool(change)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_back_and_forth_between_two_releases_is_still_one_plan(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reviewed(1)
    for tools in (NEXT, TOOLS, NEXT):
        released(monkeypatch, tools)
        desk.reviewed(1)
    assert desk.report().verdict.tally.good == 4
    assert len(log(desk.house, "evidence.carried")) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_another_source_ends_what_was_carried_over(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.reviewed(1)
    released(monkeypatch)
    desk.reviewed(1)
    with desk.house.deps.engine.begin() as tx:
        sources.add(tx, builders.SOURCE.replace("3 to 5", "4 to 6"), "shipping-times.md", "ana", desk.house.clock.now())
    after = desk.report()
    assert after.changed == ("sources",)
    assert after.verdict.outcome is not Gate.PASS
    assert not next(line for line in after.verdict.lines if line.name == "reviews").done


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whoever_asks_what_is_kept_of_them_gets_it_too(desk: Desk) -> None:
    desk.reviewed(2)
    (told,) = forgetting.person(desk.house.deps, "zendesk:10001", "ana")["golden_set"]
    assert told["ticket"]["requester"]["email"] == "c1@customer.example"
    assert told["ticket"]["comments"][0]["text"] == QUESTION


def test_a_message_is_kept_until_its_words_go_and_nothing_else_changes(desk: Desk) -> None:
    desk.reviewed(1)
    with desk.house.deps.engine.begin() as tx:
        store.forget(tx, proposal.c.id.is_not(None))
        assert tx.execute(sa.select(kept.c.sealed)).scalars().all() == [None]
    for change in ({"sealed": b"other words"}, {"fingerprint": "0" * 64}):
        with pytest.raises(sa.exc.DBAPIError, match="never changed"), desk.house.deps.engine.begin() as tx:
            tx.execute(kept.update().values(**change))
    with pytest.raises(sa.exc.DBAPIError, match="never changed"), desk.house.deps.engine.begin() as tx:
        tx.execute(kept.delete())
