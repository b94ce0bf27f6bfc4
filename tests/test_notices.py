"""Notices over a real mail server and a real chat hook: told once, kept while nobody takes them, in nobody's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from app import freezing, notices, post, review, sweep, troubles
from app.governance import digest
from app.governance.decision import Freeze
from app.governance.proposal import Tier, Trigger
from app.store import notices as kept
from app.store import policies
from app.store.freezes import Scope
from app.store.tables import notice
from tests import mailbox
from tests.fakes import ROSA
from tests.house import POLICY, House
from tests.mailbox import Server, serving

LEADS = {"ben@acme.example", "support-leads@acme.example"}


@pytest.fixture
def mail() -> Iterator[Server]:
    with serving(mailbox.Smtp) as server:
        yield server


@pytest.fixture
def chat() -> Iterator[Server]:
    with serving(mailbox.Chat) as server:
        yield server


def told(house: House, **settings: Any) -> House:
    """A house with a past that nobody is told of, and these settings."""
    house.deps = replace(house.deps, settings=replace(house.deps.settings, **settings))
    notices.tell(house.deps)
    return house


def waiting(house: House) -> list[Any]:
    with house.deps.readers.begin() as tx:
        return list(tx.execute(sa.select(notice).order_by(notice.c.id)))


def test_a_stop_is_mailed_once_to_each_lead(house, mail):
    told(house, smtp_url=f"smtp://{mail.address}")
    review.roll_back(house.deps, "*", house.ana.member.id)
    notices.tell(house.deps)
    notices.tell(house.deps)
    off = [one for one in mail.arrived if one["Subject"] == "OFF: everything"]
    assert {one["To"] for one in off} == LEADS
    assert len(off) == len(LEADS)
    assert "Ana" in off[0].get_content()
    assert off[0]["Auto-Submitted"] == "auto-generated"


def test_the_chat_hears_it_too(house, chat):
    with house.deps.engine.begin() as tx:
        text = POLICY.replace("[notify]", f'[notify]\nwebhook = "http://{chat.address}/hook"')
        policies.publish(tx, text, "ana", "ben", house.clock.now())
    told(house)
    review.roll_back(house.deps, "support", house.ana.member.id)
    notices.tell(house.deps)
    assert [text.splitlines()[0] for text in chat.arrived] == ["OFF: the queue support"]


def test_a_mail_server_that_is_down_keeps_nothing_else_waiting_and_gets_it_later(house, mail):
    told(house, smtp_url=f"smtp://{mail.address}")
    mail.refuses = "451 not now"
    review.roll_back(house.deps, "*", house.ana.member.id)
    notices.tell(house.deps)
    sweep.drain(house.deps)  # the stop is confirmed all the same
    (trouble,) = [line for line in troubles.told(house.deps) if line.startswith("notices")]
    assert "1 wait" in trouble  # the second was not tried: one failure a round is enough
    mail.refuses = ""
    house.clock.tick(61)
    notices.tell(house.deps)
    assert {one["To"] for one in mail.arrived if one["Subject"] == "OFF: everything"} == LEADS
    assert not [line for line in troubles.told(house.deps) if line.startswith("notices")]


def test_what_never_arrives_is_given_up_in_sight(house, free_port):
    told(house, smtp_url=f"smtp://127.0.0.1:{free_port()}")
    with house.deps.engine.begin() as tx:
        kept.file(tx, "k", kept.MAIL, "ana@acme.example", "subject", "body", house.clock.now())
    for _ in range(kept.TRIES):
        notices.send(house.deps)
        house.clock.tick(4 * 3600)
    assert [row.state for row in waiting(house)] == [kept.GIVEN_UP]
    assert any("1 given up" in line for line in troubles.told(house.deps))


def test_two_clocks_send_it_once(house, mail):
    told(house, smtp_url=f"smtp://{mail.address}")
    with house.deps.engine.begin() as tx:
        kept.file(tx, "k", kept.MAIL, "ana@acme.example", "subject", "body", house.clock.now())
        assert len(kept.take(tx, house.clock.now())) == 1  # one of them is sending it
    notices.send(house.deps)
    assert mail.arrived == []


def test_without_a_mail_server_nothing_is_filed(house):
    told(house)
    review.roll_back(house.deps, "*", house.ana.member.id)
    notices.tell(house.deps)
    assert waiting(house) == []


def test_a_stop_that_is_not_confirmed_is_told_after_a_minute(house, mail):
    told(house, smtp_url=f"smtp://{mail.address}")
    review.roll_back(house.deps, "*", house.ana.member.id)
    house.clock.tick(61)
    notices.tell(house.deps)
    notices.tell(house.deps)
    late = [one for one in mail.arrived if "not CONFIRMED" in one["Subject"]]
    assert {one["To"] for one in late} == LEADS
    assert len(late) == len(LEADS)


def test_the_digest_tells_owners_of_sources_what_nobody_answered(house, mail):
    told(house, smtp_url=f"smtp://{mail.address}")
    house.propose(passages=(), draft=None, category="delivery-times")
    house.propose(passages=(), draft=None, category=None)
    house.propose()  # this one has a source
    house.clock.tick(7 * 24 * 3600)
    notices.tell(house.deps)
    notices.tell(house.deps)
    told_of = {one["To"]: one.get_content() for one in mail.arrived}
    assert len(mail.arrived) == len(told_of) == 2
    assert "Delivery times: 1 (#1001)" in told_of["rosa@acme.example"]  # who owns the source of that category
    assert "No category: 1 (#1003)" in told_of["team-leads@acme.example"]


def test_a_freeze_and_an_escalation_are_mailed_in_words(house, mail):
    told(house, smtp_url=f"smtp://{mail.address}")
    freezing.freeze(house.deps, Scope(category="delivery-times"), Freeze.DRAFT_ONLY, "odd", house.ana.member.id)
    house.propose(
        "I want to kill myself.", triggers=(Trigger("selfharm", "I want to kill myself"),), tier=Tier.HIGH_STAKES
    )
    notices.tell(house.deps)
    subjects = {one["Subject"] for one in mail.arrived}
    assert "Frozen: Delivery times" in subjects
    assert [one for one in subjects if one.endswith(": ticket #1001 (Self-harm)")]


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/x\n", "http://chat.example/hook", "ftp://127.0.0.1/x"])
def test_a_chat_is_https_or_this_machine(address):
    with pytest.raises(post.Undelivered):
        post.chat(address, "hello")


def test_a_chat_that_sends_us_elsewhere_is_not_followed(chat):
    chat.refuses = "302"
    with pytest.raises(post.Undelivered):
        post.chat(f"http://{chat.address}/hook", "hello")


def test_an_address_that_cannot_be_used_is_no_accident(mail):
    for to in ("ana@acme.example\nBcc: x@evil.example", "ána@acme.example"):
        with pytest.raises(post.Undelivered):
            post.mail(f"smtp://{mail.address}", "countersign@acme.example", to, "subject", ROSA.name)
    assert mail.arrived == []


DIGESTS = {
    "a Monday after seven": ("weekly", datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 7, tzinfo=UTC)),
    "a Monday before seven": ("weekly", datetime(2026, 3, 2, 6, tzinfo=UTC), datetime(2026, 2, 23, 7, tzinfo=UTC)),
    "a Sunday": ("weekly", datetime(2026, 3, 8, 23, tzinfo=UTC), datetime(2026, 3, 2, 7, tzinfo=UTC)),
    "a day": ("daily", datetime(2026, 3, 8, 6, tzinfo=UTC), datetime(2026, 3, 7, 7, tzinfo=UTC)),
    "never": ("never", datetime(2026, 3, 8, 6, tzinfo=UTC), None),
}


@pytest.mark.parametrize(("rhythm", "now", "due"), DIGESTS.values(), ids=DIGESTS)
def test_a_digest_is_due_at_the_start_of_a_day(rhythm, now, due):
    assert digest.due_at(rhythm, now) == due
