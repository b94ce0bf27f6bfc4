"""What every host says of our installation: allowed, narrowed, gone, or not to be read."""

from __future__ import annotations

import pytest

from app.host import AccessLost, HostError, Leave
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from tests.fakes import FixedToken
from tests.hosts.recorder import Answer


@pytest.mark.parametrize(
    ("how", "leave"),
    {"allowed": Leave.ALLOWED, "narrowed": Leave.NARROWED, "disabled": Leave.GONE, "removed": Leave.GONE}.items(),
)
def test_the_hosts_admins_have_the_last_word(world, how, leave):
    """A host that knows no such state has nobody who could say so: all stays as it was."""
    leave = leave if world.installed(how) else Leave.ALLOWED
    found = world.host.installation()
    assert found.leave is leave
    assert bool(found.why) is (leave is not Leave.ALLOWED)


def test_a_revoked_token_is_no_passing_trouble(world):
    world.installed("revoked")
    with pytest.raises(AccessLost):
        world.host.installation()


def test_a_host_that_is_down_says_nothing_about_the_installation(world):
    world.fault("down")
    with pytest.raises(HostError) as refused:
        world.host.installation()
    assert not isinstance(refused.value, AccessLost)


# --- Zendesk's own words -----------------------------------------------------------------------------------------------
APP = {"id": 77, "enabled": True, "settings": {"automation_allowed": True}}


def at(recorder, number: str = "77") -> ZendeskHost:
    client = ZendeskClient(recorder.url, FixedToken("t"))
    return ZendeskHost(client, deployment="d", integration_user="2", webhook_secrets=["s"], installation=number)


@pytest.mark.parametrize(
    ("answer", "leave"),
    [
        (APP, Leave.ALLOWED),
        (APP | {"enabled": False}, Leave.GONE),
        (APP | {"enabled": "yes"}, Leave.GONE),
        ({"settings": {"automation_allowed": True}}, Leave.GONE),
        (APP | {"settings": {}}, Leave.NARROWED),
        (APP | {"settings": None}, Leave.NARROWED),
        (APP | {"settings": {"automation_allowed": None}}, Leave.NARROWED),
    ],
)
def test_what_zendesk_does_not_show_as_allowed_is_not(recorder, answer, leave):
    recorder.say(Answer(200, answer))
    assert at(recorder).installation().leave is leave
    assert recorder.lines == ["GET /apps/installations/77"]


@pytest.mark.parametrize("answer", [Answer(403, {}), Answer(500, {}), Answer(200, [APP]), Answer(200, b"<html>")])
def test_an_answer_that_says_nothing_is_no_permission(recorder, answer):
    recorder.say(answer)
    with pytest.raises(HostError):
        at(recorder).installation()


def test_without_a_number_nobody_can_tell(recorder):
    with pytest.raises(HostError, match="ZENDESK_INSTALLATION_ID"):
        at(recorder, "").installation()
