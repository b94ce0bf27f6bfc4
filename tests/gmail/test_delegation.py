"""Domain-wide delegation, from the key file to a mail that is read: for the named mailboxes, and with the admin's leave."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import rsa

from app import wiring
from app.commands import main
from app.config import Settings
from integrations.gmail.oauth import SCOPE, Delegation
from tests.gmail.conftest import BOX, Playground

OTHER, NOT_NAMED = "billing@acme.example", "ceo@acme.example"
ANOTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def key(gmail: Playground) -> dict[str, Any]:
    """The service account's key file; the domain's admin agreed."""
    for box in (OTHER, NOT_NAMED):
        gmail.play("POST", "mailbox", {"email": box})
    found: dict[str, Any] = gmail.play("POST", "delegate", {})
    return found


@pytest.fixture
def env(gmail: Playground, key: dict[str, Any], tmp_path: Path, sqlite_database: str) -> dict[str, str]:
    file = tmp_path / "key.json"
    file.write_text(json.dumps(key), encoding="utf-8")
    return {
        "COUNTERSIGN_HOME": str(tmp_path), "COUNTERSIGN_KEY": "ab" * 32, "COUNTERSIGN_DEPLOYMENT": "test",
        "COUNTERSIGN_SANDBOX": "1", "DATABASE_URL": sqlite_database, "GMAIL_MAILBOXES": f"{BOX},{OTHER}",
        "GMAIL_URL": gmail.url, "GMAIL_TOPIC": gmail.facts["topic"], "GMAIL_PUSH_ACCOUNT": gmail.facts["push_account"],
        "GMAIL_DELEGATE_FILE": str(file),
    }  # fmt: skip


@pytest.fixture
def connect(env: dict[str, str]) -> Callable[[str], Result]:
    deps = wiring.deps(Settings.from_env(env))
    wiring.prepare(deps)
    deps.engine.dispose()
    deps.readers.dispose()
    return lambda box: CliRunner().invoke(main, ["connect", "gmail", box], env=env)


def test_each_named_mailbox_is_connected_and_read_without_anybodys_consent(env, connect, gmail: Playground) -> None:
    for box in (BOX, OTHER):
        assert connect(box).output == f"gmail:{box} is connected as user {box}\n"
    here = gmail.receive("Why was I charged twice?", mailbox=OTHER)
    deps = wiring.deps(Settings.from_env(env))
    try:
        (found,) = deps.hosts[f"gmail:{OTHER}"].poll(None, deps.clock.now()).arrivals
        assert found.delivery_key == f"message:{here['id']}"
    finally:
        deps.engine.dispose()
        deps.readers.dispose()


def test_a_mailbox_that_nobody_named_is_refused_although_google_would_open_it(connect, key, gmail: Playground) -> None:
    assert Delegation.of(NOT_NAMED, json.dumps(key), f"{gmail.url}/token").first().access
    refused = connect(NOT_NAMED)
    assert (refused.exit_code, "GMAIL_MAILBOXES does not name it" in refused.output) == (2, True)


def test_without_the_admins_leave_it_is_said_where_to_get_it(connect, gmail: Playground) -> None:
    gmail.play("POST", "delegate", {"scopes": "https://www.googleapis.com/auth/gmail.readonly"})
    refused = connect(BOX)
    assert (refused.exit_code, "unauthorized_client" in refused.output) == (1, True)
    assert "the Workspace's admin console" in refused.output
    gmail.play("POST", "delegate", {})
    assert connect(BOX).exit_code == 0


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, None),
        ({"iss": "stranger@local.iam.gserviceaccount.com"}, "invalid_grant"),
        ({"sub": "nobody@acme.example"}, "invalid_grant"),
        ({"sub": None}, "invalid_grant"),
        ({"aud": "https://oauth2.googleapis.com/token"}, "invalid_grant"),
        ({"iat": -7200, "exp": -3600}, "invalid_grant"),
        ({"exp": 7200}, "invalid_grant"),
        ({"exp": None}, "invalid_grant"),
        ({"scope": ""}, "invalid_scope"),
        ({"scope": f"{SCOPE} https://mail.google.com/"}, "unauthorized_client"),
        ({"signed": "another"}, "invalid_grant"),
        ({"signed": "none"}, "invalid_grant"),
    ],
)
def test_the_sandbox_takes_only_what_google_would(key, gmail: Playground, changes: dict[str, Any], why: str | None):
    now = int(time.time())
    told = {"iss": key["client_email"], "sub": BOX, "scope": SCOPE, "aud": f"{gmail.url}/token", "iat": 0, "exp": 60}
    claims = {name: value for name, value in {**told, **changes}.items() if value is not None and name != "signed"}
    claims |= {name: now + claims[name] for name in ("iat", "exp") if name in claims}
    keys = {"another": ANOTHER, "none": None}
    signed = changes.get("signed", "its own")
    assertion = jwt.encode(claims, keys.get(signed, key["private_key"]), "none" if signed == "none" else "RS256")
    answer = requests.post(f"{gmail.url}/token", data={"grant_type": JWT_BEARER, "assertion": assertion}, timeout=10)
    assert answer.json().get("error") == why
    assert answer.status_code == {None: 200, "unauthorized_client": 401}.get(why, 400)
