"""Zendesk accounts that are not as we would wish: each gets a clear answer, and no customer a wrong one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app import review, sweep
from app.governance.decision import Switch
from app.host import Fate, HostError, TicketRef
from app.store import endings, outbox, proposals, staff
from app.store.engine import connect
from app.store.record import Page, Record, understood, written
from app.wiring import SystemClock
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from integrations.zendesk.marker import ReadBack, sign
from tests import builders
from tests.fakes import FixedToken
from tests.hosts.recorder import Answer
from tests.hosts.test_zendesk_host import FENCE, REF, audit, scripted, ticket
from tests.hosts.worlds import DEPLOYMENT, SECRET, SandboxWorld, message, permit, running_sandbox
from tests.house import House, scope


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxWorld]:
    """A sandbox of our own: what we do to it cannot be undone."""
    with running_sandbox(tmp_path_factory.mktemp("bad") / "home") as home:
        yield SandboxWorld(home)


@pytest.fixture
def house(world: SandboxWorld, sqlite_database: str, tmp_path: Path) -> Iterator[House]:
    """The house over the sandbox: proposals as the pipeline would have made them, and Rosa who approves."""
    plain = House(connect(sqlite_database), SystemClock(), tmp_path)
    made = copy.copy(plain)
    settings = replace(plain.deps.settings, deployment=DEPLOYMENT, undo_seconds=0.0)
    made.host = world.host  # type: ignore[assignment]
    made.deps = replace(plain.deps, settings=settings, hosts={"zendesk": world.host})
    with made.deps.engine.begin() as tx:
        tx.execute(staff.staff.delete())
        made.rosa = review.Actor(staff.meet(tx, "zendesk", world.agent(), made.clock.now()), "sidebar")
    yield made
    world.fault("none")
    made.deps.engine.dispose()
    made.deps.readers.dispose()


def approved(house: House, world: SandboxWorld, **how: Any) -> tuple[str, TicketRef]:
    """Without the note of the offer, so that only the answer travels."""
    ref = world.new_ticket("When does it come?")
    item = house.prepare(ref)
    with house.deps.engine.begin() as tx:
        for row in outbox.due(tx, house.clock.now()):
            outbox.give_back(tx, row, "a test", house.clock.now())
    house.approve(item, **how)
    return item, ref


def ending(house: House, item: str) -> str:
    with house.deps.engine.begin() as tx:
        found = endings.ending(tx, item)
    return found.words if found else ""


def test_a_token_that_may_read_and_not_write_is_a_persons_turn_and_holds_up_no_stop(
    house: House, world: SandboxWorld
) -> None:
    client = ZendeskClient(world.url, FixedToken("sandbox-read-only"))
    host = ZendeskHost(
        client, deployment=DEPLOYMENT, integration_user=world.bot, webhook_secrets=[SECRET],
        installation=world.installation,
    )  # fmt: skip
    house.deps = replace(house.deps, hosts={"zendesk": host})
    item, ref = approved(house, world)
    assert house.deliver_due() == [Fate.UNCLEAR]  # a no is no proof, and without a fence there is none
    assert (house.state(item), world.reached(ref)) == (proposals.UNCLEAR, [])
    assert "check the scopes of the token" in ending(house, item)
    review.roll_back(house.deps, "support", "rosa")
    sweep.drain(house.deps)
    assert scope(house, "support").state is Switch.CONFIRMED


def test_an_agent_who_may_not_write_to_customers_cannot_make_us_say_sent(house: House, world: SandboxWorld) -> None:
    world._control("POST", "light-agent", {"email": "adam@acme.example"})
    adam = next(person for person in world.host.staff() if person.email == "adam@acme.example")
    with house.deps.engine.begin() as tx:
        house.rosa = review.Actor(staff.meet(tx, "zendesk", adam, house.clock.now()), "sidebar")
    item, ref = approved(house, world)
    house.deliver_due()
    assert world.reached(ref) == []
    assert house.state(item) == proposals.UNCLEAR
    assert "an internal note" in ending(house, item)


def test_a_merged_ticket_is_left_alone(house: House, world: SandboxWorld) -> None:
    item, ref = approved(house, world)
    world._control("POST", "merge", {"ticket": int(world.new_ticket("x").ticket), "ids": [int(ref.ticket)]})
    before = world.reached(ref)
    (refused,) = house.deliver_due()
    assert isinstance(refused, outbox.Refusal)
    assert any("closed" in reason.text for reason in refused.reasons)
    assert (house.state(item), world.reached(ref)) == (proposals.HUMAN, before)


def test_a_ticket_that_is_closed_in_the_last_moment_takes_nothing_and_says_so(world: SandboxWorld) -> None:
    ref = world.new_ticket("When does it come?")
    granted = permit(ref, world.host.prepare(message(ref)).fence)
    world.close(ref)
    with pytest.raises(HostError) as refused:
        world.host.send(granted, message(ref))
    assert "409" in str(refused.value) or "closed prevents" in str(refused.value)
    assert world.host.kill(granted, message(ref))[0] is Fate.NEVER_SENT


def test_a_rule_that_closes_the_ticket_at_each_update_leaves_the_reply_standing(
    house: House, world: SandboxWorld
) -> None:
    close = {"title": "Close", "conditions": {"all": [{"field": "update_type", "value": "Change"}], "any": []}}
    made = world._asked("POST", "triggers", {"trigger": close | {"actions": [{"field": "status", "value": "closed"}]}})
    try:
        item, ref = approved(house, world, status="pending")
        assert house.deliver_due() == [Fate.SENT]
        assert len(world.reached(ref)) == 1
        assert "a rule of yours closed the ticket" in ending(house, item)
        lost, ref = approved(house, world)
        world.fault("lost-after")
        assert house.deliver_due() == [Fate.SENT]
        assert (house.state(lost), len(world.reached(ref))) == (proposals.SENT, 1)
    finally:
        world._asked("PUT", f"triggers/{made['trigger']['id']}", {"trigger": {"active": False}})


def test_a_field_that_is_required_to_solve_is_named_and_the_reply_stands(house: House, world: SandboxWorld) -> None:
    item, ref = approved(house, world, status="solved")
    world.fault("refuse-status")
    assert house.deliver_due() == [Fate.SENT]
    assert len(world.reached(ref)) == 1
    assert "Order number: is required when solving a ticket" in ending(house, item)


@pytest.mark.slow
def test_a_ticket_of_five_thousand_comments_is_read_and_takes_no_more(house: House, world: SandboxWorld) -> None:
    ref = world.new_ticket("When does it come?")
    world._control("POST", "fill", {"ticket": int(ref.ticket), "comments": 5000})
    assert len(world.host.fetch(ref).comments) == 5000
    granted = permit(ref, world.host.prepare(message(ref)).fence)
    with pytest.raises(HostError, match="too many comments") as refused:
        world.host.send(granted, message(ref))
    assert refused.value.permanent
    assert world.host.kill(granted, message(ref))[0] is Fate.NEVER_SENT


def test_a_ticket_whose_group_vanished_is_in_no_queue(tmp_path: Path) -> None:
    with running_sandbox(tmp_path / "home") as home:  # of its own: the others need that group
        world = SandboxWorld(home)
        ref = world.new_ticket("When does it come?")
        world._control("POST", "delete-group", {"group": "Support"})
        assert world.host.fetch(ref).queue_keys == ()


def test_a_group_that_vanishes_while_we_read_is_none(recorder: Any) -> None:
    scripted(
        recorder, ticket={"ticket": ticket(group_id=5)}, comments={"comments": []}, audits={"audits": []},
        show_many={"users": []}, **{"5": Answer(404, {"error": "RecordNotFound"})},
    )  # fmt: skip
    host = ZendeskHost(
        ZendeskClient(recorder.url, FixedToken("t")), deployment="d", integration_user="2", webhook_secrets=["s"]
    )
    assert host.fetch(REF).queue_keys == ()


# --- two workers of different releases ---------------------------------------------------------------------------------
@pytest.mark.parametrize("change", [{"a_word_of_tomorrow": 1}, {"purpose": None, "mode": None, "approved_by": None}])
def test_a_mark_of_an_older_or_a_newer_release_is_still_ours(change: dict[str, Any]) -> None:
    attempt = permit(REF, FENCE)
    signed = sign(DEPLOYMENT, attempt, message(REF))["countersign"] | change
    marked = audit(metadata={"custom": {"countersign": {key: one for key, one in signed.items() if one is not None}}})
    assert ReadBack(attempt, message(REF), DEPLOYMENT, "2").fate([marked])[0] is Fate.SENT


def test_a_record_of_a_newer_release_is_read_by_an_older_one_and_a_cut_one_is_refused_aloud() -> None:
    record = Record(builders.proposal(), Page("Casey", "url"))
    plain = msgspec.json.decode(written(record))
    assert understood(msgspec.json.encode(plain | {"a_word_of_tomorrow": 1})) == record
    del plain["page"]
    with pytest.raises(msgspec.ValidationError):
        understood(msgspec.json.encode(plain))
