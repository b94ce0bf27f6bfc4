"""The policy's life: two people to widen, one to narrow, and nothing slipped in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import checking, desk, publishing, review
from app.governance.document import PolicyError
from app.governance.verdict import Kind
from app.host import Person
from app.review import Actor
from app.store import audit, policies, policy_requests, sources, staff
from app.store.engine import connect
from app.store.tables import policy_request, policy_version
from tests import shelf
from tests.fakes import ANA
from tests.house import House

STARTER = (Path(__file__).parents[1] / "manifest/policy.toml").read_text(encoding="utf-8")
BEN = Person(id="5", name="Ben Berger", email="ben@acme.example", role="admin")
CAT = Person(id="9", name="Cat Costa", email="cat@acme.example", role="admin")
WIDER = STARTER.replace("per_hour = 30", "per_hour = 31", 1)
WIDEST = STARTER.replace("per_hour = 30", "per_hour = 99", 1)
NARROWER = STARTER.replace("per_hour = 30", "per_hour = 3", 1)
UNRELATED = STARTER.replace("place = \"this deployment's database", 'place = "our database', 1)


@pytest.fixture
def house(sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[House]:
    """On SQLite alone; what SQL itself refuses is tried on both in tests/store/test_policies.py."""
    engine = connect(sqlite_database)
    yield House(engine, clock, tmp_path)
    engine.dispose()


@pytest.fixture
def people(house: House) -> dict[str, Actor]:
    """Three admins over the starter policy; it names Ana and Ben as approvers."""
    now = house.clock.now()
    shelf.fill(house.deps.engine, house.clock)
    with house.deps.engine.begin() as tx:
        policies.publish(tx, STARTER, "a", "b", now)
        members = [staff.meet(tx, "zendesk", person, now) for person in (ANA, BEN, CAT)]
    return {member.name.partition(" ")[0].lower(): Actor(member, "settings") for member in members}


@pytest.fixture
def ana(people: dict[str, Actor]) -> Actor:
    return people["ana"]


@pytest.fixture
def ben(people: dict[str, Actor]) -> Actor:
    return people["ben"]


def in_force(house: House) -> int:
    policy = desk.policy_in_force(house.deps)
    assert policy is not None
    return policy.version


def asked(house: House, ana: Actor, text: str = WIDER) -> policy_requests.Request:
    return publishing.request(house.deps, text, "more answers", ana)


def test_a_widening_comes_into_force_by_two_people(house: House, ana: Actor, ben: Actor) -> None:
    request = asked(house, ana)
    assert request.verdict == Kind.WIDER
    with pytest.raises(review.Refused, match="second person"):
        publishing.publish(house.deps, request.id, ana)
    publishing.approve(house.deps, request.id, ben, request.sha256)
    made = publishing.publish(house.deps, request.id, ana)
    assert (made.author, made.approved_by, made.sha256) == (ana.member.id, ben.member.id, request.sha256)
    assert in_force(house) == made.version
    with house.deps.readers.begin() as tx:
        assert audit.verify(tx).broken_at is None


def test_the_author_never_approves(house: House, ana: Actor) -> None:
    request = asked(house, ana)
    with pytest.raises(review.Refused, match="never approves"):
        publishing.approve(house.deps, request.id, ana, request.sha256)


def test_approvers_who_have_left_keep_nobody_from_approving(house: House, people: dict[str, Actor]) -> None:
    """Both whom the policy names are gone: the admins who are left approve."""
    with house.deps.engine.begin() as tx:
        for person in (ANA, BEN):
            staff.leave(tx, "zendesk", person.id, house.clock.now())
        assert [one.email for one in publishing.approvers(tx, house.clock.now())] == [people["cat"].member.email]


def test_an_approval_of_an_older_text_is_refused(house: House, ana: Actor, ben: Actor) -> None:
    older = asked(house, ana)
    newer = asked(house, ana, WIDEST)
    with pytest.raises(review.Changed, match="newer text"):
        publishing.approve(house.deps, older.id, ben, older.sha256)
    with pytest.raises(review.Changed, match="older text"):
        publishing.approve(house.deps, newer.id, ben, older.sha256)
    with pytest.raises(review.Refused):
        publishing.publish(house.deps, newer.id, ana)


def test_a_new_text_loses_the_approval_of_the_old_one(house: House, ana: Actor, ben: Actor) -> None:
    publishing.approve(house.deps, asked(house, ana).id, ben)
    newer = asked(house, ana, WIDEST)
    with pytest.raises(review.Refused, match="second person"):
        publishing.publish(house.deps, newer.id, ana)


def test_who_the_policy_does_not_name_cannot_approve(house: House, ana: Actor, people: dict[str, Actor]) -> None:
    request = asked(house, ana)
    with pytest.raises(review.Forbidden, match="scope_expansion"):
        publishing.approve(house.deps, request.id, people["cat"])


def test_an_agent_can_do_nothing_here(house: House, ana: Actor) -> None:
    request = asked(house, ana)
    for act in (
        lambda: publishing.request(house.deps, WIDER, "please", house.rosa),
        lambda: publishing.approve(house.deps, request.id, house.rosa),
        lambda: publishing.publish(house.deps, request.id, house.rosa),
        lambda: publishing.save(house.deps, WIDER, None, house.rosa),
        lambda: publishing.withdraw(house.deps, request.id, house.rosa),
    ):
        with pytest.raises(review.Forbidden):
            act()


def test_a_narrowing_takes_effect_at_once_with_one_person(house: House, ana: Actor) -> None:
    request = asked(house, ana, NARROWER)
    made = publishing.publish(house.deps, request.id, ana)
    assert (made.approved_by, made.verdict) == (None, "narrower")
    assert in_force(house) == made.version


def test_a_narrowing_waits_for_no_reason(house: House, ana: Actor) -> None:
    publishing.publish(house.deps, publishing.request(house.deps, NARROWER, "", ana).id, ana)


def test_the_operator_may_narrow_and_nothing_else(house: House, ana: Actor) -> None:
    with pytest.raises(review.Forbidden):
        publishing.request(house.deps, WIDER, "more", None)
    made = publishing.publish(house.deps, publishing.request(house.deps, NARROWER, "less", None).id, None)
    assert made.author == publishing.OPERATOR


def test_a_version_in_between_makes_it_fail(house: House, ana: Actor, ben: Actor) -> None:
    waiting = publishing.request(house.deps, WIDER, "more", ben)
    publishing.approve(house.deps, waiting.id, ana)
    publishing.publish(house.deps, asked(house, ana, NARROWER).id, ana)
    with pytest.raises(review.Changed, match="anew"):
        publishing.publish(house.deps, waiting.id, ben)


def test_a_later_version_comes_into_force_when_it_is_due(house: House, ana: Actor, ben: Actor) -> None:
    before, request = in_force(house), asked(house, ana)
    publishing.approve(house.deps, request.id, ben)
    made = publishing.publish(house.deps, request.id, ana, house.clock.now() + timedelta(hours=1))
    assert in_force(house) == before
    house.clock.tick(3601)
    assert in_force(house) == made.version


def test_what_would_overtake_a_narrower_version_that_is_due_later_takes_two(house: House, ana: Actor) -> None:
    less = asked(house, ana, STARTER.replace("per_hour = 30", "per_hour = 1", 1))
    publishing.publish(house.deps, less.id, ana, house.clock.now() + timedelta(hours=1))
    with pytest.raises(review.Refused, match="second person"):
        publishing.publish(house.deps, asked(house, ana, NARROWER).id, ana)


def test_an_unrelated_change_voids_no_approval(house: House, ana: Actor, ben: Actor) -> None:
    item = house.propose()
    house.approve(item)
    request = asked(house, ana, UNRELATED)
    publishing.approve(house.deps, request.id, ben)
    publishing.publish(house.deps, request.id, ana)
    house.after_undo()
    assert house.state(item) == "sent"


def test_a_change_of_its_own_rules_stops_an_approved_reply_at_the_claim(house: House, ana: Actor) -> None:
    item = house.propose()
    house.approve(item)
    row = '\n[[rule]]\nname = "wait"\neffect = "forbid"\nmode = "assisted"\ncategories = ["delivery-times"]\n'
    narrow = asked(house, ana, STARTER + row + "exception = true\n")
    publishing.publish(house.deps, narrow.id, ana)
    house.after_undo()
    assert house.host.reached == []
    assert house.state(item) != "sent"


# --- a database that was tampered with ----------------------------------------------------------------------------------
def test_a_stored_version_that_was_tampered_with_sends_nothing(house: House) -> None:
    item = house.propose()
    house.approve(item)
    with house.deps.engine.begin() as tx:
        forged = {
            "version": 9,
            "sha256": "0" * 64,
            "toml": STARTER,
            "author": "a",
            "approved_by": "b",
            "verdict": "wider",
        }
        times = {"published_at": house.clock.now(), "effective_from": house.clock.now()}
        tx.execute(policy_version.insert().values(**forged, **times, reason=""))
    house.clock.tick(6)
    with pytest.raises(PolicyError, match="hash differs"):
        house.deliver_due()
    assert house.host.reached == []


# --- findings ------------------------------------------------------------------------------------------------------------
OVERDUE = WIDER.replace("review_by = 2027-05-31", "review_by = 2026-01-01")


def test_an_open_finding_stops_a_widening_until_two_accept_it(house: House, ana: Actor, ben: Actor) -> None:
    with pytest.raises(review.Refused, match="reviewed by 2026-01-01"):
        asked(house, ana, OVERDUE)
    (finding,) = checking.check(house.deps, OVERDUE).findings
    until = house.clock.now() + timedelta(days=7)

    def accept(actor: Actor) -> bool:
        return publishing.accept(house.deps, OVERDUE, finding.key, "next week", until, actor)

    assert (accept(ana), accept(ana), accept(ben)) == (False, False, True)
    assert checking.check(house.deps, OVERDUE).open == ()
    asked(house, ana, OVERDUE)
    house.clock.tick(8 * 86400)
    assert checking.check(house.deps, OVERDUE).open == (finding,)


def source(name: str, days: int) -> str:
    head = f'id = "{name}"\ntitle = "T"\nowner = "rosa@acme.example"\nreview_by = 2030-01-01\naudience = "public"\nlanguage = "en"\n'
    return f'+++\n{head}facts = {{ "refund window in days" = {days} }}\n+++\n\n## Window\n\nYou have {days} days.\n'


def test_two_sources_that_disagree_stop_a_widening(house: House, ana: Actor) -> None:
    with house.deps.engine.begin() as tx:
        for name, days in (("returns", 30), ("refund-policy", 30)):
            sources.add(tx, source(name, days), f"{name}.md", "ana", house.clock.now())
    assert checking.check(house.deps, WIDER).findings == ()
    with house.deps.engine.begin() as tx:
        sources.add(tx, source("refund-policy", 14), "refund-policy.md", "ana", house.clock.now())
    with pytest.raises(review.Refused, match="refund-policy says 14 and returns says 30"):
        asked(house, ana)


def test_an_open_finding_stops_no_narrowing(house: House, ana: Actor) -> None:
    text = NARROWER.replace("review_by = 2027-05-31", "review_by = 2026-01-01")
    publishing.publish(house.deps, asked(house, ana, text).id, ana)


def test_an_acceptance_wants_a_reason_and_an_end(house: House, ana: Actor) -> None:
    (finding,) = checking.check(house.deps, OVERDUE).findings
    for reason, days in (("", 7), ("later", -1)):
        until = house.clock.now() + timedelta(days=days)
        with pytest.raises(review.Refused):
            publishing.accept(house.deps, OVERDUE, finding.key, reason, until, ana)


# --- bad input, and two people at once -----------------------------------------------------------------------------------
def test_two_people_who_edit_are_told_and_lose_nothing(house: House, ana: Actor, ben: Actor) -> None:
    first = publishing.save(house.deps, WIDER, None, ana)
    mine = publishing.save(house.deps, WIDEST, first.draft.id, ana)
    theirs = publishing.save(house.deps, NARROWER, first.draft.id, ben)
    assert [draft.toml for draft in theirs.meanwhile] == [WIDEST]
    assert (mine.meanwhile, theirs.draft.toml) == ((), NARROWER)


def test_a_file_of_another_deployment_is_refused_and_ours_comes_back(house: House, ana: Actor) -> None:
    file = checking.exported(house.deps, in_force(house))
    assert checking.check(house.deps, file).verdict.kind is Kind.EQUIVALENT
    with pytest.raises(PolicyError, match="another-one"):
        checking.check(
            house.deps, file.replace(f"deployment {house.deps.settings.deployment} ", "deployment another-one ")
        )


BAD: dict[str, tuple[str, str, str]] = {
    "an unknown key": ("log_keeper =", "log_keper =", "did you mean"),
    "a cap below zero": ("per_hour = 30", "per_hour = -1", "0 or more"),
    "hours without a zone": ("08:00-18:00 Europe/Berlin", "08:00-18:00", "time zone"),
    "tier 3 made sendable": ('tier = 3\nmode = "draft"\nceiling = "draft"', 'tier = 3\nmode = "assisted"\nceiling = "assisted"', "tier 3"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_document_is_answered_clearly_whoever_signs(house: House, ana: Actor, name: str) -> None:
    good, bad, said = BAD[name]
    assert good in STARTER
    with pytest.raises(PolicyError, match=said):
        asked(house, ana, STARTER.replace(good, bad, 1))
    assert in_force(house) == 2


def test_whom_no_host_knows_is_said(house: House, ana: Actor) -> None:
    assert "legal@acme.example" in checking.check(house.deps, STARTER).strangers
    assert "ana@acme.example" not in checking.check(house.deps, STARTER).strangers


def test_a_refused_request_leaves_no_trace(house: House, ana: Actor) -> None:
    with pytest.raises(review.Refused, match="why"):
        publishing.request(house.deps, WIDER, "  ", ana)
    with pytest.raises(review.Refused, match="in force"):
        publishing.request(house.deps, STARTER, "again", ana)
    with house.deps.readers.begin() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(policy_request)).scalar() == 0
