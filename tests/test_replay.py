"""Replay: real decisions under another policy; left, found again, and never counted twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app import replay, review
from app.governance.events import By
from app.governance.policy import Mode, Rule
from app.governance.proposal import Tier, Trigger
from app.governance.trial import Reach, reach
from app.store import events, policies, proposals, replays
from app.store.events import Noted
from tests.builders import category, policy, proposal
from tests.fakes import CASEY
from tests.house import POLICY, House

AUTO = (
    POLICY.replace('name = "support"\n', 'name = "support"\nhours = "Mo-Su 00:00-24:00 UTC"\n').replace(
        'sources = ["shipping-times"]', 'sources = ["shipping-times"]\nper_hour = 9'
    )
    + '[[disclosure]]\nbrand = "*"\nlanguage = "en"\ntext = "Sent automatically."\n'
)
OPEN = policy(queues=(replace(policy().queues[0], hours="Mo-Su 00:00-24:00 UTC"),))

REACHES = {
    "all is published": (proposal(), OPEN, Reach.AUTO),
    "no hours for auto": (proposal(), policy(), Reach.ASSISTED),
    "no line in its language": (proposal(language="de"), OPEN, Reach.ASSISTED),
    "a cap of none": (proposal(), replace(OPEN, categories=(category(per_hour=0),)), Reach.ASSISTED),
    "tier 2": (proposal(tier=Tier.JUDGEMENT), OPEN, Reach.ASSISTED),
    "draft mode": (proposal(), policy(category(mode=Mode.DRAFT)), Reach.DRAFT),
    "a row forbids it": (proposal(), replace(OPEN, rules=(Rule("no", allows=False, mode=Mode.ASSISTED),)), Reach.DRAFT),
    "no source": (proposal(passages=()), OPEN, Reach.PEOPLE),
    "tier 3": (proposal(tier=Tier.HIGH_STAKES), OPEN, Reach.ESCALATED),
    "an escalation": (proposal(triggers=(Trigger("legal", "sue"),)), OPEN, Reach.ESCALATED),
    "no policy": (proposal(), None, Reach.PEOPLE),
}  # fmt: skip


@pytest.mark.parametrize("name", REACHES)
def test_a_message_reaches_as_far_as_the_document_lets_it(name: str) -> None:
    made, under, how_far = REACHES[name]
    assert reach(made, under) is how_far


def tried(house: House, toml: str = AUTO, days: int = 7) -> dict[str, object]:
    return replay.as_json(replay.run(house.deps, replay.begin(house.deps, toml, days, "ana").id))


def test_a_replay_says_how_many_more_would_go_and_how_that_ended(house: House) -> None:
    house.propose()
    edited, rejected = house.propose("And mine?"), house.propose("Where?")
    review.edit(house.deps, edited, "Another text altogether.", house.seen(edited), house.rosa)
    review.reject(house.deps, rejected, "wrong tone", house.rosa)
    told = tried(house)
    assert (told["tried"], told["now_auto"], told["tier3_sendable"]) == (3, 3, 0)
    assert told["now_auto_regretted"] == 2
    assert told["says"] == (
        "3 of 3 could now be auto-sent, once evidence allows; 0 tier 3; "
        "of these 2 were later edited, rejected or reopened, or the customer wrote again within 7 days"
    )


def test_a_customer_who_wrote_again_counts_against_it(house: House) -> None:
    item = house.propose()
    house.approve(item)
    house.after_undo()
    assert house.state(item) == proposals.SENT
    assert tried(house)["now_auto_regretted"] == 0
    house.clock.tick(3600)
    house.host.says(house.ref(item), CASEY, "That did not answer my question")
    house.prepare(house.ref(item))
    assert tried(house, AUTO + "# again\n")["now_auto_regretted"] == 1


@pytest.mark.parametrize(("by", "days", "counted"), [(By.CUSTOMER, 2, 1), (By.PERSON, 2, 0), (By.CUSTOMER, 8, 0)])
def test_a_customer_who_opened_it_again_counts_against_it(house: House, by: By, days: int, counted: int) -> None:
    item = house.propose()
    house.approve(item)
    house.after_undo()
    at, ref = house.clock.now() + timedelta(days=days), house.ref(item)
    with house.deps.engine.begin() as tx:
        opened = Noted("status", "s1", at, {"before": "solved", "after": "open", "by": by})
        events.add(tx, house.deps.keys, ref, [opened], at)
    assert tried(house)["now_auto_regretted"] == counted


def test_the_policy_in_force_changes_nothing(house: House) -> None:
    house.propose()
    told = tried(house, POLICY)
    assert (told["bolder"], told["more_cautious"], told["now_auto"]) == (0, 0, 0)


def test_what_was_decided_before_the_time_is_left_out(house: House) -> None:
    house.propose()
    house.clock.tick(8 * 86400)
    house.propose("And now?")
    assert tried(house)["tried"] == 1


def test_a_replay_can_be_left_and_found_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        house.propose(f"Question {number}?")
    monkeypatch.setattr(replay, "STEP", 2)
    begun = replay.begin(house.deps, AUTO, 7, "ana")
    half = replay.step(house.deps, begun)
    assert (half.state, half.counts["tried"]) == (replays.RUNNING, 2)
    replay.stop(house.deps, begun.id)
    assert replay.run(house.deps, begun.id).counts["tried"] == 2
    again = replay.begin(house.deps, AUTO, 7, "ben")
    assert again.id == begun.id
    late = replay.step(house.deps, again)
    further = replay.step(house.deps, late)
    assert (late.counts["tried"], further.counts["tried"], further.state) == (4, 6, replays.RUNNING)
    assert replay.step(house.deps, again) == further  # a worker that comes late changes nothing
    assert replay.run(house.deps, begun.id).counts["tried"] == 7
    assert replay.begin(house.deps, AUTO, 7, "ben").id != begun.id


def test_a_forgotten_customer_is_counted_as_forgotten(house: House) -> None:
    from app.store.tables import subject_key

    house.propose()
    with house.deps.engine.begin() as tx:
        tx.execute(subject_key.delete())
    told = tried(house)
    assert (told["tried"], told["forgotten"]) == (0, 1)


def test_nothing_of_a_replay_is_published(house: House) -> None:
    house.propose()
    tried(house)
    with house.deps.readers.begin() as tx:
        assert policies.read(tx, 2) is None
