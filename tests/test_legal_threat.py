"""A legal threat from end to end: the real stages, the real client, and a sandbox Zendesk in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import escalating, notices, pipeline
from app.ai.embed import Embedder
from app.host import TicketRef
from app.minds import Minds
from app.store import escalations, policies, proposals
from app.store.engine import connect
from app.store.handling import Ending
from app.store.tables import audit
from tests import mailbox
from tests.ai.small import Words
from tests.conftest import FrozenClock
from tests.hosts.worlds import SandboxWorld, running_sandbox
from tests.house import POLICY, House

OWNED = POLICY.replace('owner = "legal@acme.example"', 'owner = "rosa@acme.example"')
ROSTER = '\n[[roster]]\nperson = "rosa@acme.example"\n[[roster]]\nperson = "ana@acme.example"\n'
HOUR = 3600


@pytest.fixture
def zendesk(tmp_path: Path) -> Iterator[SandboxWorld]:
    with running_sandbox(tmp_path / "zendesk") as home:
        yield SandboxWorld(home)


@pytest.fixture
def house(zendesk: SandboxWorld, sqlite_database: str, tmp_path: Path) -> Iterator[House]:
    """Its clock is ours to move; the sandbox keeps its own."""
    engine = connect(sqlite_database)
    house = House(engine, FrozenClock(datetime.now(UTC)), tmp_path)
    house.host = zendesk.host  # type: ignore[assignment]
    house.deps = replace(house.deps, hosts={"zendesk": zendesk.host})
    with engine.begin() as tx:
        policies.publish(tx, OWNED + ROSTER, "ana", "ben", house.clock.now())
    yield house
    house.deps.readers.dispose()
    engine.dispose()


def log(house: House) -> list[str]:
    with house.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(audit.c.action).where(audit.c.action.like("escalation.%")).order_by(audit.c.seq))
        return [action.removeprefix("escalation.") for action in rows.scalars()]


def threatened(house: House, zendesk: SandboxWorld) -> TicketRef:
    """An approved reply waits in the outbox when the threat comes; the real stages judge it."""
    ref = zendesk.new_ticket("When does it come?")
    first = house.prepare(ref)
    house.approve(first)
    zendesk.customer_says(ref, "Nobody answers! My lawyer will sue you next week.")
    minds = Minds(house.deps.readers, Embedder(english=Words, multilingual=Words), None, None)  # type: ignore[arg-type]
    pipeline.consider(house.deps, minds, zendesk.host.fetch(ref), house.clock.now())
    assert house.state(first) == proposals.HUMAN  # in the same transaction, not when it would have been due
    house.after_undo()
    return ref


def test_a_legal_threat_is_stopped_owned_passed_on_and_closed_with_a_decision(
    house: House, zendesk: SandboxWorld
) -> None:
    with mailbox.serving(mailbox.Smtp) as mail:
        house.deps = replace(house.deps, settings=replace(house.deps.settings, smtp_url=f"smtp://{mail.address}"))
        notices.tell(house.deps)
        ref = threatened(house, zendesk)
        with house.deps.readers.begin() as tx:
            (one,) = escalations.still_open(tx, house.deps.keys)
        assert (one.owner, one.due_at - one.opened_at) == ("rosa@acme.example", timedelta(hours=4))
        assert _assignee(zendesk, ref) == "rosa@acme.example"
        notices.tell(house.deps)

        house.clock.tick(3.2 * HOUR)  # she is reminded
        escalating.look(house.deps)
        notices.tell(house.deps)
        assert [(sent["To"], sent["Subject"]) for sent in mail.arrived] == [
            ("rosa@acme.example", f"rosa@acme.example by {one.due_at:%d %b %H:%M} UTC: ticket #{ref.ticket} (Legal)"),
            ("rosa@acme.example", f"Ticket #{ref.ticket} is due by {one.due_at:%d %b %H:%M} UTC (Legal)"),
        ]

        house.clock.tick(HOUR)  # nobody acts: it goes to the next on the roster, in Zendesk too
        escalating.look(house.deps)
        house.deliver_due()
        assert _assignee(zendesk, ref) == "ana@acme.example"

    escalating.take(house.deps, one.id, "Call the customer", house.clock.now() + timedelta(hours=1), house.ana)
    escalating.close(house.deps, one.id, Ending("policy change", "say who answers threats"), house.ana)
    house.deliver_due()
    notes = [comment.text or comment.html or "" for comment in zendesk.host.fetch(ref).comments if not comment.public]
    for words in ("lawyer will sue", "nobody acted in time", "Call the customer", "say who answers"):
        assert any(words in note for note in notes)
    assert log(house) == ["opened", "owned", "assigned", "reminded", "owned", "assigned", "acting", "closed"]
    assert zendesk.reached(ref) == []  # through all of it the customer read no word of ours


def _assignee(zendesk: SandboxWorld, ref: TicketRef) -> str | None:
    person = zendesk.host.fetch(ref).assignee
    return person.email if person else None
