"""The web over the stage: a signed-in browser for each person, a bearer as the iframe has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.host import Person
from tests import shelf
from tests.fakes import ROSA
from tests.web import google
from tests.web.browsers import Browser, Iframe
from tests.web.stage import Stage


@pytest.fixture
def stage(tmp_path: Path, sqlite_database: str, clock: Any) -> Iterator[Stage]:
    stage = Stage.build(tmp_path, sqlite_database, clock)
    shelf.fill(stage.deps.engine, clock)
    yield stage
    stage.close()


@pytest.fixture
def web(stage: Stage) -> Any:
    return stage.app()


@pytest.fixture
def browser(stage: Stage, web: Any) -> Callable[[Person], Browser]:
    return partial(Browser.of, stage, web)


@pytest.fixture
def iframe(stage: Stage, web: Any) -> Callable[..., Iframe]:
    return partial(Iframe.of, stage, web)


@pytest.fixture
def gmail(stage: Stage) -> Stage:
    """The same deployment, with a mailbox beside."""
    return google.on_gmail(stage)


@pytest.fixture
def rosa(gmail: Stage) -> google.Gmail:
    """Rosa before Gmail's own window."""
    return google.Gmail(gmail.app().test_client(use_cookies=False), ROSA)
