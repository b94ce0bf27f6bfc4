"""Settings: all that is missing at once, and a home that was once a sandbox never turns into something else."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app import config, launch
from app.config import Settings, SettingsError

Env = Callable[..., dict[str, str]]
REAL = {
    "COUNTERSIGN_KEY": "ab" * 32,
    "COUNTERSIGN_DEPLOYMENT": "production",
    "ZENDESK_SUBDOMAIN": "acme",
    "ZENDESK_TOKEN": "a real token",
    "ZENDESK_WEBHOOK_SECRETS": "one,two",
    "ZENDESK_APP_PUBLIC_KEY": "pem",
    "ZENDESK_INSTALLATION_ID": "77",
    "ZENDESK_INTEGRATION_USER_ID": "5",
}
SANDBOX = {"COUNTERSIGN_SANDBOX": "1", "ZENDESK_URL": "http://127.0.0.1:8001", "ZENDESK_SUBDOMAIN": "sandbox"}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Env:
    """What a process started with these names would read, in a home of its own."""

    def read(**names: str) -> dict[str, str]:
        for name in list(os.environ):
            if name.startswith(("COUNTERSIGN_", "ZENDESK_", "GMAIL_", "DATABASE_", "REDIS_")):
                monkeypatch.delenv(name)
        for name, value in {"COUNTERSIGN_HOME": str(tmp_path), **names}.items():
            monkeypatch.setenv(name, value)
        return config.environment()

    return read


def test_a_real_account_in_a_home_that_was_a_sandbox_stays_real(env: Env, tmp_path: Path) -> None:
    env()
    config.keep(SANDBOX)
    settings = Settings.from_env(env(**REAL))
    assert not settings.sandbox
    assert settings.zendesk is not None
    assert settings.zendesk.base_url == "https://acme.zendesk.com"


def test_the_commands_beside_a_sandbox_find_it(env: Env, tmp_path: Path) -> None:
    env()
    config.keep(SANDBOX)
    assert env()["COUNTERSIGN_SANDBOX"] == "1"


@pytest.mark.parametrize(
    "names", [{"ZENDESK_URL": "https://acme.zendesk.com"}, {"COUNTERSIGN_URL": "https://countersign.example"}]
)
def test_a_person_picker_is_never_put_before_a_real_account(env: Env, names: dict[str, str]) -> None:
    local = {**REAL, "ZENDESK_URL": "http://127.0.0.1:8001", "COUNTERSIGN_SANDBOX": "1"}
    assert Settings.from_env(env(**local)).sandbox
    with pytest.raises(SettingsError, match="local hosts only"):
        Settings.from_env(env(**(local | names)))


def test_an_operators_key_is_never_replaced(env: Env, tmp_path: Path) -> None:
    env(COUNTERSIGN_KEY="cd" * 32)
    launch.make_secrets(tmp_path)
    assert not (tmp_path / "key").exists()
    assert env(COUNTERSIGN_KEY="cd" * 32)["COUNTERSIGN_KEY"] == "cd" * 32


def test_a_deployments_own_key_is_made_once_and_for_its_owner_only(env: Env, tmp_path: Path) -> None:
    env()
    launch.make_secrets(tmp_path)
    made = env()["COUNTERSIGN_KEY"]
    launch.make_secrets(tmp_path)
    assert env()["COUNTERSIGN_KEY"] == made
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_secret_file_that_cannot_be_read_stops_the_process(env: Env) -> None:
    names = {name: value for name, value in REAL.items() if name != "ZENDESK_TOKEN"}
    with pytest.raises(SettingsError, match="ZENDESK_TOKEN_FILE cannot be read"):
        Settings.from_env(env(**names, ZENDESK_TOKEN_FILE="/nowhere/token"))


@pytest.mark.threat("ssrf")
@pytest.mark.parametrize("name", ["acme.evil.example/", "127.0.0.1:80#", "a@b", "-acme", "ACME", "acme\n", "a" * 64])
def test_a_subdomain_that_names_another_host_is_refused(env: Env, name: str) -> None:
    with pytest.raises(SettingsError, match="ZENDESK_SUBDOMAIN"):
        Settings.from_env(env(**{**REAL, "ZENDESK_SUBDOMAIN": name}))


def test_settings_never_show_a_secret(env: Env) -> None:
    assert "a real token" not in repr(Settings.from_env(env(**REAL)))


GRANT = {
    **{name: value for name, value in REAL.items() if name != "ZENDESK_TOKEN"},
    "ZENDESK_GRANT": "client_credentials",
    "ZENDESK_CLIENT_ID": "countersign",
    "ZENDESK_CLIENT_SECRET": "s3cret",
}


def test_an_oauth_client_takes_the_place_of_a_token() -> None:
    zendesk = Settings.from_env(GRANT).zendesk
    assert zendesk is not None
    assert (zendesk.grant, zendesk.token, zendesk.scope) == ("client_credentials", "", "read tickets:write")
    assert "s3cret" not in repr(zendesk)


def test_a_client_without_its_secret_and_a_grant_that_nobody_knows_are_named() -> None:
    with pytest.raises(SettingsError, match="ZENDESK_CLIENT_SECRET is not set"):
        Settings.from_env({**GRANT, "ZENDESK_CLIENT_SECRET": ""})
    with pytest.raises(SettingsError, match="ZENDESK_GRANT wants client_credentials or authorization_code"):
        Settings.from_env({**GRANT, "ZENDESK_GRANT": "password"})


def test_the_marketplace_headers_come_together_or_not_at_all() -> None:
    with pytest.raises(SettingsError, match="ZENDESK_MARKETPLACE_APP_ID is not set"):
        Settings.from_env(
            {**REAL, "ZENDESK_MARKETPLACE_NAME": "Countersign", "ZENDESK_MARKETPLACE_ORGANIZATION_ID": "1"}
        )


GMAIL = {
    "GMAIL_MAILBOXES": "Support@Acme.example, help@acme.example,support@acme.example",
    "GMAIL_TOPIC": "projects/acme/topics/gmail",
    "GMAIL_PUSH_ACCOUNT": "push@acme.iam.gserviceaccount.com",
    "GMAIL_CLIENT_ID": "client",
    "GMAIL_CLIENT_SECRET": "a real secret",
}
KEY = '{"client_email": "delegate@acme.iam.gserviceaccount.com", "private_key": "pem"}'


def test_each_named_mailbox_is_a_host_and_no_other(env: Env) -> None:
    gmail = Settings.from_env(env(**REAL, **GMAIL)).gmail
    assert gmail is not None
    assert gmail.mailboxes == ("support@acme.example", "help@acme.example")
    assert (gmail.token_url, gmail.addon_account) == ("https://oauth2.googleapis.com/token", "")
    assert "secret" not in repr(gmail)


def test_a_delegate_needs_no_consent_of_each_mailbox(env: Env, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_text(KEY, encoding="utf-8")
    names = {name: value for name, value in GMAIL.items() if not name.startswith("GMAIL_CLIENT")}
    gmail = Settings.from_env(env(**REAL, **names, GMAIL_DELEGATE_FILE=str(tmp_path / "key.json"))).gmail
    assert gmail is not None
    assert (gmail.delegate, gmail.client_id) == (KEY, "")


@pytest.mark.parametrize(
    ("change", "trouble"),
    [
        ({"GMAIL_MAILBOXES": "support"}, "GMAIL_MAILBOXES wants addresses"),
        ({"GMAIL_MAILBOXES": f"{'a' * 90}@acme.example"}, "GMAIL_MAILBOXES wants addresses"),
        ({"GMAIL_TOPIC": ""}, "GMAIL_TOPIC is not set"),
        ({"GMAIL_CLIENT_SECRET": ""}, "GMAIL_CLIENT_SECRET is not set"),
        ({"GMAIL_DELEGATE": "not JSON"}, "GMAIL_DELEGATE wants a service account's key"),
        ({"GMAIL_ADDON_ACCOUNT": "addon@acme.example"}, "GMAIL_ADDON_CLIENT_ID is not set"),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_said_at_start(env: Env, change: dict[str, str], trouble: str) -> None:
    with pytest.raises(SettingsError, match=trouble):
        Settings.from_env(env(**{**REAL, **GMAIL, **change}))
