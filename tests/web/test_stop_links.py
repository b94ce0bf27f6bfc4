"""The link that stops from a phone: nobody signs in, nothing happens by looking, and it does nothing but stop, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app import review
from app.store.tables import audit, stop_link, switch
from tests.fakes import ANA, ROSA
from tests.web.stage import BEN, MEI, Stage


@pytest.fixture
def phone(web: Any) -> Any:
    """A browser that has never been here."""
    return web.test_client(use_cookies=False)


@pytest.fixture
def made(browser: Callable[..., Any]) -> Callable[..., str]:
    def make(scope: str = "*", made_for: str = "ben@acme.example", days: str = "30") -> str:
        answer = browser(ANA).post("/api/v1/stop-links", {"scope": scope, "made_for": made_for, "days": days})
        assert answer.status_code == 200, answer.text
        return str(answer.json["address"]).removeprefix("http://localhost:8000")

    return make


def state(stage: Stage, scope: str = "*") -> str:
    with stage.deps.readers.begin() as tx:
        return str(tx.execute(sa.select(switch.c.state).where(switch.c.scope == scope)).scalar_one())


def logged(stage: Stage, action: str) -> list[tuple[str, Any]]:
    with stage.deps.readers.begin() as tx:
        rows = tx.execute(sa.select(audit.c.actor, audit.c.stored).where(audit.c.action == action)).all()
        return [(row.actor, json.loads(row.stored)["header"]) for row in rows]


def stopped(stage: Stage, scope: str = "*") -> bool:
    return state(stage, scope) in {"OFF", "CONFIRMED"}


@pytest.mark.threat("stop-link")
def test_looking_changes_nothing_however_often_a_scanner_looks(stage, phone, made):
    address = made()
    for method in ("GET", "HEAD", "GET", "OPTIONS"):
        assert phone.open(address, method=method).status_code == 200
    assert state(stage) == "LIVE"
    assert "Stop now" in phone.get(address).text


def test_the_button_stops_without_a_sign_in_and_the_log_says_whose_link_it_was(stage, phone, made):
    address = made()
    assert phone.post(address).status_code == 303
    assert stopped(stage)
    (off,) = logged(stage, "switch.off")
    (used,) = logged(stage, "stop-link.used")
    assert (off[0], used[1]["made_for"]) == ("ben@acme.example, by a phone link", "ben@acme.example")
    assert phone.get(address).status_code == 200


@pytest.mark.threat("stop-link")
def test_it_works_once(stage, phone, made):
    address = made()
    phone.post(address)
    _restore(stage)
    assert phone.post(address).status_code == 303
    assert state(stage) == "LIVE"
    assert "no longer works" in phone.get(address).text


def _restore(stage: Stage) -> None:
    from app import sweep

    sweep.drain_until(stage.deps, "*", 5)
    for person in (ANA, BEN):
        review.restore(stage.deps, "*", review.Actor(stage.member(person), "settings"))
    assert state(stage) == "LIVE"


@pytest.mark.threat("stop-link")
def test_it_expires(stage, phone, made, clock):
    address = made(days="7")
    clock.tick(7 * 24 * 3600)
    phone.post(address)
    assert state(stage) == "LIVE"
    assert "expired" in phone.get(address).text


def test_it_can_be_withdrawn(stage, phone, made, browser):
    address = made()
    link = address.rpartition("/")[2].partition(".")[0]
    assert browser(ANA).post(f"/api/v1/stop-links/{link}/withdraw").status_code == 200
    phone.post(address)
    assert state(stage) == "LIVE"
    assert "withdrawn" in phone.get(address).text


def test_a_link_for_one_queue_stops_that_queue_alone(stage, phone, made):
    with stage.deps.readers.begin() as tx:
        queue = tx.execute(sa.select(switch.c.scope).where(switch.c.scope != "*").limit(1)).scalar_one()
    phone.post(made(scope=queue))
    assert stopped(stage, queue)
    assert state(stage) == "LIVE"


@pytest.mark.threat("stop-link")
def test_a_changed_token_is_no_link_of_ours(stage, phone, made):
    address = made()
    for at in range(len("/stop/"), len(address), 7):
        other = address[:at] + ("A" if address[at] != "A" else "B") + address[at + 1 :]
        assert phone.post(other).status_code == 404
    with stage.deps.engine.begin() as tx:  # what was signed cannot be stretched in the database either
        tx.execute(stop_link.update().values(expires_at=sa.text("'2036-01-01T00:00:00.000000Z'"), scope="*"))
    assert phone.post(address).status_code == 404
    assert state(stage) == "LIVE"


def test_pressing_while_it_is_off_keeps_the_link_for_the_next_time(stage, phone, made):
    address = made()
    review.roll_back(stage.deps, "*", "rosa")
    phone.post(address)
    assert logged(stage, "stop-link.used") == []
    _restore(stage)
    phone.post(address)
    assert stopped(stage)


def test_only_admins_make_links_and_only_for_somebody(browser):
    asked = {"scope": "*", "made_for": "ben@acme.example", "days": "30"}
    assert [browser(person).post("/api/v1/stop-links", asked).status_code for person in (ROSA, MEI)] == [403, 403]
    for wrong in (
        {"made_for": " "},
        {"days": "0"},
        {"days": "91"},
        {"days": "soon"},
        {"scope": "nowhere"},
        {"scope": "(canary)"},
    ):
        assert browser(ANA).post("/api/v1/stop-links", {**asked, **wrong}).status_code in {404, 422}, wrong


def test_the_address_is_kept_nowhere(stage, made):
    token = made().rpartition(".")[2]
    with stage.deps.readers.begin() as tx:
        assert token not in str(tx.execute(sa.select(stop_link)).all()) + str(
            tx.execute(sa.select(audit.c.stored)).all()
        )
