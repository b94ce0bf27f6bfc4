"""One set of tests, every host: a third host adds its world here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from tests.fakes import FixedToken
from tests.gmail.conftest import playing
from tests.hosts.gmail_world import GmailWorld
from tests.hosts.recorder import Recorder, recording
from tests.hosts.worlds import DEPLOYMENT, SECRET, FakeWorld, SandboxWorld, World, running_sandbox


@pytest.fixture(scope="session")
def sandbox_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxWorld]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "home") as home:
        yield SandboxWorld(home)


@pytest.fixture(scope="session")
def gmail_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GmailWorld]:
    with playing(tmp_path_factory.mktemp("gmail") / "home") as playground:
        yield GmailWorld(playground)


SHARED = {"zendesk": "sandbox_world", "gmail": "gmail_world"}


@pytest.fixture(params=["fake", *SHARED])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    shared: World = request.getfixturevalue(SHARED[request.param])
    yield shared
    shared.fault("none")
    shared.installed("allowed")
    shared.brings(replies=True)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder


@pytest.fixture
def watched(sandbox_world, recorder):
    """The sandbox behind the recorder, a ticket on it, and a host that speaks through both."""
    recorder.pass_on(sandbox_world.url)
    client = ZendeskClient(recorder.url, FixedToken("sandbox-integration"))
    host = ZendeskHost(client, deployment=DEPLOYMENT, integration_user=sandbox_world.bot, webhook_secrets=[SECRET])
    yield host, sandbox_world.new_ticket("When does it come?")
    sandbox_world.fault("none")
