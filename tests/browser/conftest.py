"""The whole product as `countersign run --sandbox` starts it, and Chromium with third-party storage blocked.

The oracle is the sandbox's ledger: what really reached a customer. The app's own word counts for nothing here.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import BrowserContext, FrameLocator, Page, Playwright, expect

from benchmarks.chromium import FLAGS
from sandbox.gmail import server as gmail
from sandbox.zendesk.server import SEEDS, Options, open_sandbox

FEW = 12
FEW_MAILS = 1  # it says what none of the conversations says
ROOT = Path(__file__).parents[2]
START = 120.0
PATIENCE = 30_000  # milliseconds: a busy machine is no failure
expect.set_options(timeout=PATIENCE)
QUESTION = "Hello, how long does standard delivery take within Europe, and what does it cost?"


@dataclass
class Running:
    """One deployment and its sandbox."""

    port: int
    process: subprocess.Popen[str]
    log: Path
    question: str = QUESTION
    faults: list[int] = field(default_factory=list)

    @property
    def app(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def zendesk(self) -> str:
        return f"http://127.0.0.1:{self.port + 1}"

    def control(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": "Bearer sandbox-admin"}
        answer = requests.request(method, f"{self.zendesk}/sandbox/{path}", json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def gmail(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": "Bearer sandbox-admin"}
        address = f"http://127.0.0.1:{self.port + 2}/sandbox/{path}"
        answer = requests.request(method, address, json=body, headers=headers, timeout=30)
        answer.raise_for_status()
        return answer.json()

    def new_ticket(self, text: str = QUESTION, subject: str = "Delivery", **more: Any) -> int:
        return int(self.control("POST", "new-ticket", {"subject": subject, "text": text, **more})["ticket"]["id"])

    def ledger(self, ticket: int | None = None) -> list[dict[str, Any]]:
        return list(self.control("GET", f"ledger?ticket={ticket}" if ticket else "ledger")["entries"])

    def fault(self, kind: str, **how: Any) -> None:
        self.control("POST", "faults", {"kind": kind, **how})

    def notes(self, ticket: int) -> list[str]:
        headers = {"Authorization": "Bearer sandbox-admin"}
        answer = requests.get(f"{self.zendesk}/api/v2/tickets/{ticket}/comments", headers=headers, timeout=30)
        return [comment["plain_body"] for comment in answer.json()["comments"] if not comment["public"]]

    def facts(self, ticket: int) -> dict[str, Any]:
        headers = {"Authorization": "Bearer sandbox-admin"}
        return dict(
            requests.get(f"{self.zendesk}/api/v2/tickets/{ticket}", headers=headers, timeout=30).json()["ticket"]
        )


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Running]:
    """Started once for all tests here, by the command that a newcomer types."""
    home, port = tmp_path_factory.mktemp("countersign"), free_port()
    log = home / "output.log"
    _plant_few(home, port)
    env = {**os.environ, "COUNTERSIGN_HOME": str(home / "var")}
    command = [sys.executable, "-m", "app", "run", "--sandbox", "--port", str(port)]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=output, stderr=output, text=True)
    started = Running(port, process, log)
    try:
        _wait_until_ready(started)
        yield started
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _plant_few(home: Path, port: int) -> None:
    """The first conversations only: a test that writes a ticket need not wait for a hundred others."""
    few = home / "few.jsonl"
    all_of_them = (SEEDS / "conversations.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    few.write_text("".join(all_of_them[:FEW]), encoding="utf-8")
    options = Options(port + 1, home / "var/sandbox-zendesk", f"http://localhost:{port}", seeds=few)
    open_sandbox(options).store.close()
    mails = home / "mails"
    mails.mkdir()
    for file in sorted(gmail.SEEDS.glob("*.eml"))[-FEW_MAILS:]:
        shutil.copy(file, mails)
    box = gmail.Options(port + 2, home / "var/sandbox-gmail", f"http://localhost:{port}", seeds=mails)
    gmail.open_sandbox(box).store.close()


def _wait_until_ready(started: Running) -> None:
    deadline = time.monotonic() + START
    while "\nready" not in started.log.read_text():
        assert started.process.poll() is None, started.log.read_text()
        assert time.monotonic() < deadline, started.log.read_text()
        time.sleep(0.2)


@pytest.fixture(autouse=True)
def good_weather(running: Running) -> Iterator[None]:
    """What a test made go wrong is mended after it."""
    yield
    running.control("DELETE", "faults")
    running.gmail("DELETE", "faults")


@pytest.fixture
def context(playwright: Playwright, chromium: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A fresh profile that blocks third-party cookies; foreign requests, script errors and dialogs fail the test."""
    profile = tmp_path / "profile"
    (profile / "Default").mkdir(parents=True)
    blocked = {"profile": {"block_third_party_cookies": True, "cookie_controls_mode": 1}}
    (profile / "Default/Preferences").write_text(json.dumps(blocked))
    opened = playwright.chromium.launch_persistent_context(
        profile, executable_path=chromium, args=FLAGS, headless=True, viewport={"width": 1440, "height": 900}
    )
    opened.set_default_timeout(PATIENCE)
    trouble: list[str] = []
    opened.on("weberror", lambda error: trouble.append(f"script: {error.error}"))
    opened.on("dialog", lambda dialog: (trouble.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    opened.on("request", lambda request: _is_local(request.url) or trouble.append(f"request: {request.url}"))
    yield opened
    opened.close()
    assert trouble == []


def _is_local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "http://localhost:", "data:", "about:", "blob:", "chrome"))


@dataclass
class Agent:
    """An agent before the sandbox's own ticket page, Countersign in the tray on the right."""

    page: Page
    running: Running

    @property
    def sidebar(self) -> FrameLocator:
        return self.page.frame_locator("[data-testid=app-frame]")

    def open(self, ticket: int) -> FrameLocator:
        self.page.bring_to_front()  # a click into a frame of a tab behind others is lost
        self.page.goto(f"{self.running.zendesk}/agent/tickets/{ticket}")
        expect(self.sidebar.get_by_test_id("sidebar")).to_be_visible()
        return self.sidebar

    def offered(self, ticket: int) -> FrameLocator:
        """Open it and wait until a draft waits for a yes."""
        sidebar = self.open(ticket)
        expect(sidebar.get_by_test_id("approve")).to_be_visible()
        return sidebar


@pytest.fixture
def agent(context: BrowserContext, running: Running) -> Agent:
    """Rosa, who is an agent: the sandbox signs her in first."""
    page = context.new_page()
    return Agent(page, running)


@pytest.fixture
def signed_in(context: BrowserContext, running: Running) -> Callable[[str], Page]:
    """Open a page of Countersign's own, in a session of the person with that address."""

    def sign_in(email: str) -> Page:
        page = context.new_page()
        page.goto(f"{running.app}/sign-in")
        page.locator(f"[data-testid=person][data-email='{email}']").click()
        expect(page.get_by_test_id("me")).to_be_visible()
        return page

    return sign_in


@pytest.fixture
def elsewhere(playwright: Playwright, chromium: str, running: Running) -> Iterator[Page]:
    """Ben, an admin too, in a browser of his own: one session holds one person."""
    started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
    page = started.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(f"{running.app}/sign-in")
    page.locator("[data-testid=person][data-email='ben@acme.example']").click()
    expect(page.get_by_test_id("me")).to_be_visible()
    yield page
    started.close()


def approve_and_undo(press: Callable[[str], None], shown: Page | FrameLocator) -> None:
    """By keys."""
    press("a")
    expect(shown.get_by_test_id("undo-bar")).to_be_visible()
    press("u")
    expect(shown.get_by_test_id("approve")).to_be_visible()


def outcome(sidebar: FrameLocator, state: str) -> None:
    """Wait until the sidebar says so."""
    expect(sidebar.locator(f"[data-outcome={state}]")).to_be_visible()


@pytest.fixture
def sees() -> Callable[[FrameLocator, str], None]:
    return outcome


@pytest.fixture
def restored(running, signed_in):
    """Whatever a test stopped, two admins bring back."""
    yield
    for email in ("ana@acme.example", "ben@acme.example"):
        page = signed_in(email)
        page.goto(f"{running.app}/settings")
        everything = page.get_by_test_id("switch-all")
        expect(everything.get_by_test_id("switch-state")).to_have_text("CONFIRMED")
        everything.locator("[data-act=restore]").click()
        expect(everything.locator("[data-act=restore]")).to_have_count(0)
        page.locator("form.me button").click()
    expect(page.get_by_test_id("person").first).to_be_visible()
