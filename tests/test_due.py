"""What is due and what a new deployment lacks: both are read off what is there."""

from __future__ import annotations

from datetime import timedelta

from app import due, escalating
from app.first_steps import first_steps
from app.store import policies, sources
from tests import builders
from tests.house import POLICY


def whats(house) -> list[str]:
    return [one.what for one in due.calendar(house.deps)]


def done(house) -> dict[str, bool]:
    return {step.title: step.done for step in first_steps(house.deps)}


def test_a_stop_that_was_never_rehearsed_is_due_today(house):
    (drill,) = (one for one in due.calendar(house.deps) if one.what == "Rehearse the stop")
    assert drill.on == house.clock.now().date()
    assert not drill.is_late(drill.on)
    assert drill.is_late(drill.on + timedelta(days=1))


def test_a_policy_and_an_escalation_have_their_day(house):
    day = (house.clock.now() + timedelta(days=20)).date()
    toml = POLICY.replace('name = "Acme support"', f'name = "Acme support"\nreview_by = {day}', 1)
    with house.deps.engine.begin() as tx:
        policies.publish(tx, toml, "ana", "ben", house.clock.now())
    escalating.escalate(
        house.deps, house.propose(), "legal@acme.example", house.clock.now() + timedelta(hours=4), house.rosa
    )
    assert whats(house)[0] == "1 open escalation"
    assert "Review the policy" in whats(house)


def test_what_is_far_off_is_not_shown(house):
    with house.deps.engine.begin() as tx:
        (source,) = sources.current(tx)
    shown = [one for one in due.calendar(house.deps) if one.place == "sources.page"]
    assert bool(shown) == (source.review_by <= (house.clock.now() + due.AHEAD).date())


def test_first_steps_are_done_by_doing_them(house):
    before = done(house)
    assert before["Connect your help desk"]
    assert not before["Choose the queues"]
    assert not before["Rehearse the stop"]
    house.propose()
    assert done(house)["Choose the queues"]
    with house.deps.engine.begin() as tx:
        policies.publish(tx, POLICY.replace("Acme support", "Acme"), "ana", "ben", house.clock.now())
    assert done(house)["Read the policy, make it yours"]


def test_sources_that_came_with_the_product_are_nobodys_own(house):
    assert done(house)["Bring your sources"]  # Ana brought the one that is there
    with house.deps.engine.begin() as tx:
        theirs = builders.SOURCE.replace("3 to 5", "2 to 4")
        sources.add(tx, theirs, "shipping-times.md", "installation", house.clock.now())
    assert not done(house)["Bring your sources"]
