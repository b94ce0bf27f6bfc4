"""Evidence made as people make it: drafts offered, read, approved and looked at again, under an injected clock."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app import review, second_review, sweep
from app.governance.fingerprint import Tools
from app.governance.policy import Policy
from app.host import Person
from app.store import policies, staff
from tests.house import POLICY, House

TOOLS = Tools(model="embedded", prompts={"texts": "a1"}, retrieval={"most": "6"})
MEI = Person(id="6", name="Mei Mori", email="mei@acme.example", role="agent")
BEN = Person(id="5", name="Ben Baker", email="ben@acme.example", role="admin")
STANDARD = (
    POLICY.replace('["ana@acme.example"]', '["ana@acme.example", "ben@acme.example"]')
    .replace('ceiling = "auto"', 'ceiling = "auto"\nevidence = "standard"\nhold = "PT2M"\nper_hour = 3')
    .replace("note_on_offer = true", 'note_on_offer = true\nhours = "Mo-Su 00:00-24:00 Europe/Berlin"')
    + '[[disclosure]]\nbrand = "*"\nlanguage = "en"\ntext = "Sent automatically. Reply \'person\' to reach a colleague."\n'
)


def furnish(house: House, text: str = STANDARD) -> Policy:
    """People, tools, and a policy under which auto-send can be earned."""
    house.made_with = TOOLS
    house.host.people |= {one.id: one for one in (MEI, BEN)}
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
    """A stop, proved complete, and back with two people."""
    review.roll_back(house.deps, "*", "ben")
    sweep.drain(house.deps)
    review.restore(house.deps, "*", house.ana)
    review.restore(house.deps, "*", actor(house, "ben@acme.example"))


def fingerprinted(house: House, **changes: Any) -> None:
    """From now on drafts are made otherwise."""
    house.made_with = replace(TOOLS, **changes)
