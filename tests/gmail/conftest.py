"""A sandbox Gmail in a process of its own, and Google's own client pointed at it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import google.oauth2.credentials
import pytest
import requests
from googleapiclient.discovery import build_from_document

from sandbox.gmail.discovery import document

ROOT = Path(__file__).parents[2]
BOX = "support@acme.example"


class Playground:
    """The sandbox as its players see it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.facts = json.loads((home / "installation.json").read_text(encoding="utf-8"))
        self.url: str = self.facts["base_url"]
        self._session = requests.Session()
        self._session.headers["Authorization"] = "Bearer sandbox-admin"

    def play(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._session.request(method, f"{self.url}/sandbox/{path}", json=body, timeout=10)
        assert answer.ok, answer.text
        return answer.json()

    def client(self, *, email: str = BOX, **granted: Any) -> Any:
        """google-api-python-client, its addresses replaced by ours."""
        token = self.play("POST", "grant", {"email": email, **granted})["access_token"]
        here = {**document(), "rootUrl": f"{self.url}/", "baseUrl": f"{self.url}/"}
        here.pop("mtlsRootUrl", None)
        return build_from_document(here, credentials=google.oauth2.credentials.Credentials(token)).users()

    def receive(self, text: str, **more: Any) -> dict[str, str]:
        mail = {"mailbox": BOX, "from": "Casey Lee <casey@mail.example>", "subject": "My parcel", "text": text}
        found: dict[str, str] = self.play("POST", "receive", mail | more)
        return found

    def ledger(self, thread: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.play("GET", f"ledger?thread={thread}")["entries"]
        return entries

    def mend(self) -> None:
        """Good weather again."""
        self.play("DELETE", "faults")
        nothing = dict.fromkeys(("keep_message_id", "drop_custom_headers", "enforce_quota", "sends_a_day", "vacation"))
        self.play("PUT", "settings", nothing | {"horizon": 0})

    def close(self) -> None:
        self._session.close()


@contextmanager
def playing(home: Path, *more: str) -> Iterator[Playground]:
    """Once it answers."""
    command = [sys.executable, "-m", "sandbox.gmail", "--port", "0", "--home", str(home), *more]
    with subprocess.Popen(
        [*command, "--app-url", "http://localhost:9"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout
            assert "sandbox Gmail" in process.stdout.readline()
            made = Playground(home)
            yield made
            made.close()
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def playground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Playground]:
    with playing(tmp_path_factory.mktemp("gmail") / "home") as made:
        yield made


@pytest.fixture
def gmail(playground: Playground) -> Iterator[Playground]:
    yield playground
    playground.mend()
