"""Signing in with Zendesk in real Chromium: the app as a real deployment runs it, before the sandbox's consent page."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests
from playwright.sync_api import BrowserContext, Page, expect

from app import first_admin, wiring
from app.config import Settings
from tests.servers import wait_for_port

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


@dataclass
class Real:
    """A deployment without a person picker."""

    url: str
    env: dict[str, str]

    def link(self) -> str:
        deps = wiring.deps(Settings.from_env(self.env))
        found = first_admin.link(deps)
        deps.engine.dispose()
        deps.readers.dispose()
        assert found
        return found

    def command(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *words],
            cwd=ROOT,
            env={**os.environ, **self.env},
            stdout=subprocess.PIPE,
            text=True,
        )


@pytest.fixture(scope="module")
def real(running, tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[Real]:
    """The web process beside the running sandbox Zendesk, whose admin told the OAuth client its redirect address."""
    home, port = tmp_path_factory.mktemp("real"), free_port()
    place = running.log.parent / "var/sandbox-zendesk"
    facts = json.loads((place / "installation.json").read_text(encoding="utf-8"))
    url = f"http://localhost:{port}"
    env = {
        "COUNTERSIGN_HOME": str(home), "COUNTERSIGN_URL": url, "COUNTERSIGN_KEY": "ab" * 32, "COUNTERSIGN_DEPLOYMENT": "real",
        "COUNTERSIGN_SANDBOX": "0", "REDIS_URL": "unix:///nowhere", "ZENDESK_SUBDOMAIN": "acme", "ZENDESK_URL": running.zendesk,
        "ZENDESK_TOKEN": facts["integration_token"], "ZENDESK_WEBHOOK_SECRETS_FILE": str(place / "webhook_secret"),
        "ZENDESK_APP_PUBLIC_KEY_FILE": str(place / "app_public_key.pem"),
        "ZENDESK_INSTALLATION_ID": str(facts["installation_id"]), "ZENDESK_CLIENT_ID": "countersign",
        "ZENDESK_INTEGRATION_USER_ID": str(facts["integration_user_id"]), "ZENDESK_CLIENT_SECRET": "sandbox-client-secret",
    }  # fmt: skip
    _redirects_to(running.zendesk, f"{url}/sign-in/zendesk/callback")
    deps = wiring.deps(Settings.from_env(env))
    wiring.prepare(deps)
    deps.engine.dispose()
    deps.readers.dispose()
    made = Real(url, env)
    with made.command("serve", "web", "--port", str(port)) as web:
        try:
            wait_for_port(port)
            yield made
        finally:
            web.terminate()


def _redirects_to(zendesk: str, address: str) -> None:
    headers = {"Authorization": "Bearer sandbox-admin"}
    clients = requests.get(f"{zendesk}/api/v2/oauth/clients", headers=headers, timeout=10).json()["clients"]
    (ours,) = (client["id"] for client in clients if client["identifier"] == "countersign")
    wanted = {"client": {"redirect_uri": [address]}}
    requests.put(f"{zendesk}/api/v2/oauth/clients/{ours}", json=wanted, headers=headers, timeout=10).raise_for_status()


def consents(page: Page, person: str, *, yes: bool = True) -> None:
    chosen = page.get_by_test_id("consent-person").locator("option", has_text=person).get_attribute("value")
    page.get_by_test_id("consent-person").select_option(chosen)
    page.get_by_test_id("consent-allow" if yes else "consent-deny").click()


def test_people_come_in_by_zendesk_and_go_out_again(real: Real, context: BrowserContext) -> None:
    """The first admin by a link that works once; a second person, whose role is set; a command line; out everywhere."""
    page, link = context.new_page(), real.link()
    page.goto(link)
    page.get_by_test_id("sign-in-zendesk").click()
    consents(page, "Rosa Romano", yes=False)
    expect(page.get_by_test_id("error")).to_contain_text("did not allow it")
    page.goto(link)
    page.get_by_test_id("sign-in-zendesk").click()
    consents(page, "Rosa Romano")
    expect(page.get_by_test_id("me")).to_have_text("Rosa Romano admin")
    assert page.url == f"{real.url}/settings/people"
    page.goto(link)
    expect(page.get_by_test_id("error")).to_contain_text("This link was used")
    _signs_out(page, real)
    page.goto(f"{real.url}/escalations")
    page.get_by_test_id("sign-in-zendesk").click()
    consents(page, "Adam Ahmadi")
    expect(page.get_by_test_id("me")).to_have_text("Adam Ahmadi agent")
    assert page.url == f"{real.url}/escalations"
    _command_line(page, real)
    _signs_out(page, real)
    page.get_by_test_id("sign-in-zendesk").click()
    consents(page, "Rosa Romano")
    _admin(page, real)


def _signs_out(page: Page, real: Real) -> None:
    page.goto(real.url)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_test_id("sign-in-zendesk")).to_be_visible()


def _command_line(page: Page, real: Real) -> None:
    with real.command("login") as login:
        assert login.stdout
        page.goto(login.stdout.readline().split()[1])
        expect(page.get_by_test_id("code")).to_be_visible()
        page.get_by_test_id("confirm").click()
        expect(page.get_by_test_id("command-line")).to_contain_text("Done")
        assert "signed in as Adam Ahmadi (agent)" in login.communicate(timeout=60)[0]


def _admin(page: Page, real: Real) -> None:
    expect(page.get_by_test_id("me")).to_be_visible()
    page.get_by_test_id("nav-people").click()
    adam = page.locator("tr[data-email='adam@acme.example']")
    expect(adam).to_contain_text("Command line")
    expect(adam.locator("time").first).not_to_contain_text("UTC")  # the page's script is there: times are the reader's
    adam.get_by_test_id("role").select_option("reviewer")
    expect(page.get_by_test_id("toast")).to_contain_text("Role set")
    adam.get_by_test_id("sign-out-everywhere").click()
    expect(adam).not_to_contain_text("Command line")
    with real.command("role", "adam@acme.example", "admin") as refused:
        assert refused.wait(timeout=60) == 1
