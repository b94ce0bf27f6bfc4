"""Stop and revoke: OFF first, what is in flight gets a moment, then no host accepts our token any more."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from app import bringing, revoking, stopping, troubles
from app.governance.decision import Switch
from app.host import AccessLost, HostError, Sender
from app.store.tables import audit
from tests.house import House, answers, scope


def actions(house: House) -> list[str]:
    with house.deps.engine.begin() as tx:
        return list(tx.execute(sa.select(audit.c.action).order_by(audit.c.seq)).scalars())


def stop(house: House) -> dict[str, Any]:
    told = stopping.stop(house.deps, "*", "leaked", None, revoke=True)
    assert told is not None
    return told


def test_one_act_stops_and_revokes(house: House) -> None:
    house.approve(house.propose())
    told = stop(house)
    assert (told["state"], told["revoked"]) == ("CONFIRMED", {"zendesk": revoking.REVOKED})
    assert actions(house)[-3:] == ["switch.off", "switch.confirmed", "token.revoked"]
    with pytest.raises(AccessLost):
        house.host.staff()
    house.after_undo()
    assert answers(house) == []


def test_a_plain_stop_revokes_nothing(house: House) -> None:
    told = stopping.stop(house.deps, "*", "", None)
    assert "revoked" not in (told or {})
    assert house.host.staff()


def test_a_token_that_could_not_be_given_back_is_told_and_everything_is_off_all_the_same(house: House) -> None:
    house.host.faults.down = HostError("no answer")
    told = stop(house)
    assert "was not revoked: no answer" in told["revoked"]["zendesk"]
    assert scope(house, "*").state is Switch.CONFIRMED
    assert any("was not revoked" in trouble for trouble in troubles.told(house.deps))
    house.host.faults.down = None
    assert stop(house)["revoked"] == {"zendesk": revoking.REVOKED}
    assert troubles.told(house.deps) == []


# --- what else writes to customers -------------------------------------------------------------------------------------
def test_a_host_that_brings_nothing_is_trouble(house: House) -> None:
    house.host.writing = (Sender("automation", "Ask", brings=False),)
    bringing.look(house.deps, "zendesk")
    assert troubles.told(house.deps) == [f"Zendesk: {bringing.NOBODY}"]
    assert "automation “Ask”" in bringing.known(house.deps, "zendesk")


def test_what_was_known_is_replaced_by_what_is(house: House) -> None:
    bringing.look(house.deps, "zendesk")
    assert (troubles.told(house.deps), bringing.known(house.deps, "zendesk")) == (
        [], "replies are brought by “Notify requester”"
    )  # fmt: skip
    house.host.writing = (Sender("trigger", "Other", brings=True),)
    bringing.look(house.deps, "zendesk")
    assert bringing.known(house.deps, "zendesk") == "replies are brought by “Other”"


def test_before_anybody_looked_nothing_is_claimed(house: House) -> None:
    assert bringing.known(house.deps, "zendesk") == ""


def test_a_host_that_cannot_be_asked_keeps_the_last_word_and_says_so(house: House) -> None:
    bringing.look(house.deps, "zendesk")
    house.host.faults.down = HostError("no answer")
    bringing.look(house.deps, "zendesk")
    assert "Notify requester" in bringing.known(house.deps, "zendesk")
    assert troubles.told(house.deps) == ["Zendesk: cannot be read: no answer"]
