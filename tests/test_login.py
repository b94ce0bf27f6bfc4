"""Sign-in against a Zendesk that speaks OAuth, and the command line that acts for whoever signed in there."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app import create_app, wiring
from app.commands import main
from app.config import Settings
from app.deps import Deps
from app.host import HostError
from app.store import staff
from app.store.tables import audit, session
from integrations.zendesk.oauth import ZendeskOAuth
from integrations.zendesk.sign_in import ZendeskSignIn
from tests.hosts.worlds import running_sandbox

APP = "http://localhost:9"
BACK = f"{APP}/sign-in/zendesk/callback"
CLIENT = {"client_id": "countersign", "client_secret": "sandbox-client-secret"}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a real installation would set, of a sandbox that runs for all tests here."""
    with running_sandbox(tmp_path_factory.mktemp("account") / "home", APP) as home:
        facts = json.loads((home / "installation.json").read_text(encoding="utf-8"))
        yield {
            "ZENDESK_SUBDOMAIN": facts["subdomain"],
            "ZENDESK_URL": facts["base_url"],
            "ZENDESK_TOKEN": facts["integration_token"],
            "ZENDESK_WEBHOOK_SECRETS": (home / "webhook_secret").read_text(encoding="utf-8"),
            "ZENDESK_APP_PUBLIC_KEY": (home / "app_public_key.pem").read_text(encoding="utf-8"),
            "ZENDESK_INSTALLATION_ID": str(facts["installation_id"]),
            "ZENDESK_INTEGRATION_USER_ID": str(facts["integration_user_id"]),
            "ZENDESK_CLIENT_ID": CLIENT["client_id"],
            "ZENDESK_CLIENT_SECRET": CLIENT["client_secret"],
        }


@dataclass
class Zendesk:
    """The account, as a person's browser and as an admin see it."""

    url: str

    def number(self, email: str) -> int:
        users = self.admin("GET", "/api/v2/users/search.json", params={"query": f"email:{email}"})["users"]
        return int(users[0]["id"])

    def admin(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": "Bearer sandbox-admin"}
        answer = requests.request(method, self.url + path, headers=headers, timeout=10, **more)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def allows(self, asked: str, email: str) -> str:
        """The person presses Allow; the address that the browser is sent back to."""
        form = {**dict(parse_qsl(urlsplit(asked).query)), "decision": "allow", "user_id": str(self.number(email))}
        answer = requests.post(f"{self.url}/oauth/authorizations", data=form, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def code(self, sign_in: ZendeskSignIn, email: str, challenge: str = "") -> str:
        back = self.allows(sign_in.address("s", challenge, BACK), email)
        return dict(parse_qsl(urlsplit(back).query))["code"]


@pytest.fixture
def zendesk(account: dict[str, str]) -> Zendesk:
    return Zendesk(account["ZENDESK_URL"])


@pytest.fixture
def env(account: dict[str, str], tmp_path: Path, sqlite_database: str) -> dict[str, str]:
    ours = {"COUNTERSIGN_KEY": bytes(range(32)).hex(), "COUNTERSIGN_DEPLOYMENT": "test", "REDIS_URL": "unix:///nowhere"}
    places = {"COUNTERSIGN_HOME": str(tmp_path), "COUNTERSIGN_URL": APP, "DATABASE_URL": sqlite_database}
    return {**ours, **places, "COUNTERSIGN_SANDBOX": "0", **account}


@pytest.fixture
def deps(env: dict[str, str]) -> Iterator[Deps]:
    made = wiring.deps(Settings.from_env(env))
    wiring.prepare(made)
    yield made
    made.engine.dispose()
    made.readers.dispose()


@pytest.fixture
def run(env: dict[str, str]) -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(main, list(words), env=env)


@pytest.fixture
def signs_in(deps: Deps, zendesk: Zendesk) -> Callable[[str], Any]:
    """A browser that has been to Zendesk and back."""
    app = create_app(deps)

    def go(email: str) -> Any:
        client = app.test_client()
        back = urlsplit(zendesk.allows(client.get("/sign-in/zendesk").location, email))
        answer = client.get(f"{back.path}?{back.query}")
        assert answer.status_code == 302, answer.text
        return client

    return go


# --- Zendesk's half -------------------------------------------------------------------------------------------------------
def signing_in(url: str, **changes: str) -> ZendeskSignIn:
    return ZendeskSignIn(ZendeskOAuth(base_url=url, scope="", by_itself=True, **{**CLIENT, **changes}))


@pytest.fixture
def sign_in(zendesk: Zendesk) -> ZendeskSignIn:
    return signing_in(zendesk.url)


def test_zendesk_says_who_allowed_it(zendesk, sign_in):
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"v" * 43).digest()).decode().rstrip("=")
    code = zendesk.code(sign_in, "rosa@acme.example", challenge)
    assert sign_in.who(code, "v" * 43, BACK) == str(zendesk.number("rosa@acme.example"))


def test_a_code_without_its_proof_is_refused_for_good(zendesk, sign_in):
    code = zendesk.code(sign_in, "rosa@acme.example", challenge="A" * 43)
    with pytest.raises(HostError, match="refused") as refused:
        sign_in.who(code, "v" * 43, BACK)
    assert refused.value.permanent


@pytest.mark.parametrize("change", [{"client_secret": "wrong"}, {"client_id": "nobody"}])
def test_a_wrong_client_is_refused_for_good(zendesk, sign_in, change):
    code = zendesk.code(sign_in, "rosa@acme.example")
    with pytest.raises(HostError) as refused:
        signing_in(zendesk.url, **change).who(code, "v" * 43, BACK)
    assert refused.value.permanent


def test_a_zendesk_that_is_away_is_asked_again_later(free_port):
    away = signing_in(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(HostError, match="did not answer") as silent:
        away.who("code", "v" * 43, BACK)
    assert not silent.value.permanent


def test_the_token_lives_for_five_minutes_and_may_read_people_only(zendesk, sign_in):
    before = len(zendesk.admin("GET", "/api/v2/oauth/tokens.json?all=true")["tokens"])
    sign_in.who(zendesk.code(sign_in, "rosa@acme.example"), "v" * 43, BACK)
    (made,) = zendesk.admin("GET", "/api/v2/oauth/tokens.json?all=true")["tokens"][before:]
    assert made["scopes"] == ["users:read"]
    lived = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(made["created_at"])
    assert lived == timedelta(minutes=5)


# --- the command line -----------------------------------------------------------------------------------------------------
def waiting_code(deps: Deps) -> str:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with deps.readers.connect() as tx:
            code = tx.execute(sa.select(session.c.code).where(session.c.code.is_not(None))).scalar()
        if code:
            return str(code)
        time.sleep(0.02)
    pytest.fail("no command line asks")


def logs_in(run: Callable[..., Result], deps: Deps, browser: Any) -> Result:
    """`countersign login` in one thread, a person's yes in a browser."""
    results: list[Result] = []
    thread = threading.Thread(target=lambda: results.append(run("login", "--json")))
    thread.start()
    try:
        code = waiting_code(deps)
        with browser.session_transaction() as kept:
            form = {"code": code, "form_token": kept["form_token"]}
        assert browser.post("/command-line", data=form).status_code == 200
    finally:
        thread.join(timeout=30)
    return results[0]


def test_login_acts_for_the_person_who_confirmed_it(run, deps, signs_in, tmp_path):
    assert "countersign login" in run("restore").output
    result = logs_in(run, deps, signs_in("ana@acme.example"))
    asked, told = (json.loads(line) for line in result.stdout.splitlines())
    assert asked["link"] == f"{APP}/command-line?code={asked['code']}"
    assert (told["member"], told["role"]) == ("ana@acme.example", "admin")
    (file,) = tmp_path.glob("login-*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert run("role", "ana@acme.example", "admin").exit_code == 0
    with deps.readers.connect() as tx:
        actor = tx.execute(sa.select(audit.c.actor).where(audit.c.action == "role.set")).scalar()
        ana = staff.by_email(tx, "ana@acme.example")
    assert ana
    assert actor == ana.id


def test_by_is_for_a_sandbox_only(run, deps, signs_in):
    logs_in(run, deps, signs_in("ana@acme.example"))
    result = run("restore", "--by", "ben@acme.example")
    assert (result.exit_code, "--by is for a sandbox" in result.output) == (1, True)


def test_a_role_is_asked_from_zendesk_at_each_command(run, deps, zendesk, signs_in):
    logs_in(run, deps, signs_in("ben@acme.example"))
    zendesk.admin("PUT", "/sandbox/person", json={"email": "ben@acme.example", "role": "agent"})
    try:
        result = run("role", "rosa@acme.example", "reviewer")
        assert (result.exit_code, "admin" in result.output) == (1, True)
    finally:
        zendesk.admin("PUT", "/sandbox/person", json={"email": "ben@acme.example", "role": "admin"})


def test_logout_and_signing_out_everywhere_end_it(run, deps, signs_in, tmp_path):
    logs_in(run, deps, signs_in("ana@acme.example"))
    (file,) = tmp_path.glob("login-*")
    copy = file.read_text(encoding="utf-8")
    assert run("logout").exit_code == 0
    assert not file.exists()
    file.write_text(copy, encoding="utf-8")
    assert "countersign login" in run("restore").output
    browser = signs_in("ana@acme.example")
    logs_in(run, deps, browser)
    with browser.session_transaction() as kept:
        headers = {"X-Countersign-Form": kept["form_token"]}
    assert browser.post("/api/v1/people/ana@acme.example/sign-out", json={}, headers=headers).status_code == 200
    assert "countersign login" in run("restore").output


def test_stopping_needs_nobody(run, deps):
    wiring.prepare(deps)
    assert run("rollback").exit_code == 0


def test_the_first_admin_link_is_printed_while_nobody_is_admin(run, deps, signs_in):
    link = run("login", "--bootstrap").output.splitlines()[0]
    assert link.startswith(f"{APP}/first-admin?key=")
    signs_in("ana@acme.example")
    assert run("login", "--bootstrap").exit_code == 1


def test_a_real_deployment_without_a_client_signs_nobody_in(env):
    made = wiring.deps(Settings.from_env({**env, "ZENDESK_CLIENT_ID": ""}))
    wiring.prepare(made)
    assert made.sign_ins == {}
    page = create_app(made).test_client().get("/sign-in").text
    assert "Signing in here needs an OAuth client" in page
    made.engine.dispose()
    made.readers.dispose()


def test_the_doctor_counts_admins(run, deps, signs_in):
    def says() -> str:
        found = json.loads(run("doctor", "--json").stdout)
        return str(next(part["text"] for part in found if part["part"] == "people"))

    assert "nobody is admin yet" in says()
    signs_in("ana@acme.example")
    assert "restoring after a stop takes two" in says()
    signs_in("ben@acme.example")
    assert says() == "2 admins; they sign in with Zendesk"
