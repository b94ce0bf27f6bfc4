"""Evidence made as people make it: drafts offered, read, approved and looked at again, under an injected clock."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from app import ramping, review, second_review
from app.ai.tools import tools
from app.governance import ramp as pure
from app.governance.decision import Freeze
from app.governance.freezing import Kind
from app.governance.policy import Policy
from app.governance.ramp import Step
from app.host import Person
from app.store import freezes, lineup, policies, proposals, staff
from app.store.tables import drill
from tests import shelf
from tests.house import POLICY, House

TOOLS = tools(None, None)  # the embedded drafter, as the pipeline would have it
CATEGORY, QUESTION = "delivery-times", "How many working days does standard delivery take within Europe?"
MEI = Person(id="6", name="Mei Mori", email="mei@acme.example", role="agent")
BEN = Person(id="5", name="Ben Baker", email="ben@acme.example", role="admin")
STANDARD = (
    POLICY.replace('["ana@acme.example"]', '["ana@acme.example", "ben@acme.example"]')
    .replace(
        'ceiling = "auto"',
        'ceiling = "auto"\nevidence = "standard"\nhold = "PT2M"\nper_hour = 3\nconfidence_floor = 0.4',
    )
    .replace('ceiling = "auto"', f'examples = ["{QUESTION}", "When will my parcel come?"]\nceiling = "auto"')
    .replace('name = "Acme support"\n', 'name = "Acme support"\nreview_by = 2030-01-01\n')
    .replace('ceiling = "assisted"', 'ceiling = "assisted"\nsources = ["refund-policy"]')
    .replace("note_on_offer = true", 'note_on_offer = true\nhours = "Mo-Su 00:00-24:00 Europe/Berlin"')
    + '[[disclosure]]\nbrand = "*"\nlanguage = "en"\ntext = "Sent automatically. Reply \'person\' to reach a colleague."\n'
)


def meet(house: House) -> None:
    """The tools and the people, and ids that an earlier life of the host has not used."""
    house.made_with = TOOLS
    house.host.people |= {one.id: one for one in (MEI, BEN)}
    house.host.skip(100_000)


def furnish(house: House, text: str = STANDARD) -> Policy:
    """People, tools, and a policy under which auto-send can be earned."""
    house.made_with = TOOLS
    house.host.people |= {one.id: one for one in (MEI, BEN)}
    shelf.fill(house.deps.engine, house.clock)
    with house.deps.engine.begin() as tx:
        now = house.clock.now()
        for person in (MEI, BEN):
            staff.meet(tx, "zendesk", person, now)
        staff.set_role(tx, "mei@acme.example", "reviewer")
        staff.set_role(tx, "rosa@acme.example", "reviewer")
        return policies.publish(tx, text, "ana", "ben", now)


def actor(house: House, email: str) -> review.Actor:
    with house.deps.readers.begin() as tx:
        member = staff.by_email(tx, email)
    assert member is not None
    return review.Actor(member, "settings")


def customer(house: House, number: int) -> Person:
    person = Person(id=str(10_000 + number), name=f"Customer {number}", email=f"c{number}@customer.example")
    house.host.people[person.id] = person
    return person


def accepted(house: House, number: int, by: review.Actor, **changes: Any) -> str:
    """One draft for that customer: offered, read for a minute, approved, sent."""
    ref = house.host.new_ticket("When will my parcel come?", author=customer(house, number))
    item = house.prepare(ref, **changes)
    house.clock.tick(60)
    review.approve(house.deps, item, house.seen(item), by)
    house.after_undo()
    return item


def look_again(house: House, by: review.Actor, says: str = "accepted") -> int:
    """Everything that this person is asked to judge a second time."""
    asked = [task for task in second_review.tasks(house.deps, by) if task.kind == second_review.AGAIN]
    for task in asked:
        house.clock.tick(60)
        second_review.say(house.deps, task.id, says, by)
    return len(asked)


def a_good_fortnight(house: House, days: int = 14, each: int = 7, customers: int = 32) -> None:
    """Two reviewers, drafts every day, second looks, and a rollback that was rehearsed."""
    rosa, mei = actor(house, "rosa@acme.example"), actor(house, "mei@acme.example")
    number = 0
    for _ in range(days):
        for _ in range(each):
            accepted(house, number % customers, rosa if number % 2 else mei)
            number += 1
        look_again(house, mei)
        look_again(house, rosa)
        house.clock.tick(24 * 3600 - each * 66)
    rehearse(house)


def rehearse(house: House) -> None:
    """The last drill went well."""
    now = house.clock.now()
    row = {"queue": "canary", "started_by": "ben", "started_at": now, "step": "over", "seen": "{}"}
    with house.deps.engine.begin() as tx:
        tx.execute(drill.insert().values(**row, ended_at=now, passed=True))


def raised(house: House) -> Step:
    """Ana asks for the next step, Ben grants it."""
    request = ramping.ask(house.deps, CATEGORY, "the gate holds", house.ana)
    return ramping.grant(house.deps, request.id, actor(house, "ben@acme.example"))


def fingerprinted(house: House, **changes: Any) -> None:
    """From now on drafts are made otherwise."""
    house.made_with = replace(TOOLS, **changes)


def inbound(house: House, number: int = 500, **changes: Any) -> str:
    """A new customer writes; of the draws the first that does not keep the message with people."""
    while True:
        ref = house.host.new_ticket("When will my parcel come?", author=customer(house, number))
        comment = house.host.fetch(ref).newest_customer_comment()
        assert comment is not None
        if not pure.is_held_out(house.deps.keys.derived("hold-out"), f"zendesk:{ref.ticket}:{comment.id}", 0.3):
            return house.prepare(ref, **changes)


def offered(house: House, number: int) -> str:
    """A draft that a person looks at, since somebody is in copy."""
    ref = house.host.new_ticket("When will my parcel come?", author=customer(house, number))
    house.host.change(ref, cc=("c@customer.example",), participants=("c@customer.example",))
    return house.prepare(ref)


def failing(house: House) -> None:
    """Six drafts in a row are rejected."""
    with house.deps.readers.begin() as tx:
        waiting = [one.id for one in lineup.listed(tx, house.deps.keys, (proposals.OFFERED,))]
    waiting += [offered(house, 700 + number) for number in range(6 - len(waiting))]
    for one in waiting:
        review.reject(house.deps, one, "wrong answer", house.rosa)


def frozen(house: House, level: Freeze) -> None:
    """A guardrail was crossed."""
    with house.deps.engine.begin() as tx:
        freezes.freeze(
            tx, freezes.Scope(category=CATEGORY), level, Kind.GUARDRAIL, "more came back", "ben", house.clock.now()
        )


def log(house: House, action: str) -> list[dict[str, Any]]:
    """What the log says of all that happened so."""
    with house.deps.readers.begin() as tx:
        wanted = sa.text("SELECT stored FROM audit WHERE action = :action ORDER BY seq")
        return [json.loads(row)["header"] for row in tx.execute(wanted, {"action": action}).scalars()]
