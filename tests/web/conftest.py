"""The web over the stage: a signed-in browser for each person, a bearer as the iframe has it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.host import Person
from tests import shelf
from tests.fakes import ROSA
from tests.web import google
from tests.web.stage import Stage, signed_token


@dataclass
class Browser:
    """A person's browser on the standalone pages: cookie, form token, and the headers that a browser adds."""

    client: Any
    token: str

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, **more)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        mine = {"X-Countersign-Form": self.token, "Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}
        return self.client.post(path, json={} if body is None else body, headers={**mine, **headers})


@dataclass
class Iframe:
    """The iframe's script: a bearer and no cookie."""

    client: Any
    bearer: str

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(path, headers={"Authorization": f"Bearer {self.bearer}", **headers})

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        mine = {"Authorization": f"Bearer {self.bearer}", "Sec-Fetch-Site": "same-origin"}
        return self.client.post(path, json={} if body is None else body, headers={**mine, **headers})


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
    """Sign a person in: Rosa picks herself on the sign-in page."""

    def sign_in(person: Person) -> Browser:
        client = web.test_client()
        found = re.search(r'name="form_token" value="([^"]+)"', client.get("/sign-in").text)
        assert found
        answer = client.post("/sign-in", data={"person": stage.member(person).id, "form_token": found[1]})
        assert answer.status_code == 303, answer.text
        with client.session_transaction() as session:
            return Browser(client, session["form_token"])

    return sign_in


@pytest.fixture
def iframe(stage: Stage, web: Any) -> Callable[..., Iframe]:
    """Open a page in the iframe, as Zendesk would for Rosa."""

    def open_it(person: Person, path: str = "/zendesk/sidebar") -> Iframe:
        client = web.test_client(use_cookies=False)
        location = "nav_bar" if path.endswith("desk") else "ticket_sidebar"
        answer = client.post(path, data={"token": signed_token(stage, person, location)})
        found = re.search(r'data-bearer="([^"]+)"', answer.text)
        assert found, answer.text
        return Iframe(client, found[1])

    return open_it


@pytest.fixture
def gmail(stage: Stage) -> Stage:
    """The same deployment, with a mailbox beside."""
    return google.on_gmail(stage)


@pytest.fixture
def rosa(gmail: Stage) -> google.Gmail:
    """Rosa before Gmail's own window."""
    return google.Gmail(gmail.app().test_client(use_cookies=False), ROSA)
