"""One set of tests, every host: a third host adds its world here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.hosts.recorder import Recorder, recording
from tests.hosts.worlds import FakeWorld, SandboxWorld, World, running_sandbox


@pytest.fixture(scope="session")
def sandbox_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxWorld]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "home") as home:
        yield SandboxWorld(home)


@pytest.fixture(params=["fake", "zendesk"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield FakeWorld()
        return
    shared: SandboxWorld = request.getfixturevalue("sandbox_world")
    yield shared
    shared.fault("none")
    shared.installed("allowed")
    shared.brings(replies=True)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with recording() as recorder:
        yield recorder
