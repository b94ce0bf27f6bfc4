"""The sandbox as a process: its files, its restarts, its sudden ends."""

from __future__ import annotations

import json
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest
import requests

from sandbox.ledger import Ledger
from tests.sandbox.conftest import FIXTURES, PARCEL, Client
from tests.servers import wait_for_port

ROOT = Path(__file__).parents[2]
Start = Callable[[], tuple[subprocess.Popen[bytes], Client]]


@pytest.fixture
def start(tmp_path: Path, free_port: Callable[[], int], app_key_file: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[bytes]] = []
    port = free_port()

    def once() -> tuple[subprocess.Popen[bytes], Client]:
        command = [
            sys.executable, "-m", "sandbox.zendesk", "--port", str(port), "--home", str(tmp_path / "home"),
            "--app-url", f"http://localhost:{free_port()}", "--seeds", str(FIXTURES / "conversations.jsonl"),
            "--people", str(FIXTURES / "people.json"), "--app-key-file", str(app_key_file),
        ]  # fmt: skip
        started.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL))
        wait_for_port(port)
        return started[-1], Client(f"http://127.0.0.1:{port}")

    yield once
    for process in started:
        process.kill()
        process.wait()


def test_a_restart_keeps_everything_and_seeds_nothing_again(start: Start) -> None:
    process, zendesk = start()
    zendesk.put(PARCEL, comment={"body": "kept", "public": True})
    zendesk.fault("drop_metadata")
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    _, zendesk = start()
    assert zendesk.get("tickets/count")["count"]["value"] == 4
    assert zendesk.comments(PARCEL)[-1]["body"] == "kept"
    assert [fault["kind"] for fault in zendesk.control("faults", method="GET")["faults"]] == ["drop_metadata"]


@pytest.mark.crash
def test_ledger_and_tickets_agree_after_a_kill_in_the_middle_of_writing(start: Start, tmp_path: Path) -> None:
    process, zendesk = start()

    def write() -> None:
        while True:
            try:
                zendesk.put(PARCEL, comment={"body": "again", "public": True})
            except requests.RequestException:  # the kill may also fall between the head of an answer and its body
                return

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    while len(zendesk.ledger()) < 25:
        pass
    process.kill()
    for writer in writers:
        writer.join()
    _, zendesk = start()
    replies = [comment["id"] for comment in zendesk.comments(PARCEL)[1:]]
    assert [entry["comment_id"] for entry in Ledger(tmp_path / "home" / "ledger.jsonl").entries()] == replies
    assert [entry["comment_id"] for entry in zendesk.ledger()] == replies
    assert len(replies) >= 25


def test_the_app_is_told_what_it_needs_in_files_that_are_private(start: Start, tmp_path: Path) -> None:
    _, zendesk = start()
    home = tmp_path / "home"
    facts = json.loads((home / "installation.json").read_text())
    assert facts["subdomain"] == "acme"
    assert facts["base_url"] == zendesk.url
    me = zendesk.get("users/me.json", token=facts["integration_token"])["user"]
    assert (me["id"], me["email"]) == (facts["integration_user_id"], "bot@acme.example")
    for name in ("app_private_key.pem", "app_public_key.pem", "webhook_secret", "installation.json"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600
    pem = zendesk.call("GET", f"/api/v2/apps/{facts['app_id']}/public_key.pem").content
    assert pem == (home / "app_public_key.pem").read_bytes()


def test_the_signed_page_says_who_where_and_for_how_long(start: Start, tmp_path: Path) -> None:
    _, zendesk = start()
    page = zendesk.control("signed-page", {"location": "nav_bar", "by": "rosa@acme.example"})
    claims = jwt.decode(
        page["token"], (tmp_path / "home" / "app_public_key.pem").read_bytes(), algorithms=["RS256"],
        audience="https://acme.zendesk.com/api/v2/apps/installations/77.json",
    )  # fmt: skip
    assert claims["iss"] == "acme.zendesk.com"
    assert claims["exp"] - claims["iat"] == 300
    assert claims["context"] == {"product": "support", "location": "nav_bar"}
    assert claims["sub"] == f"https://acme.zendesk.com/api/v2/users/{zendesk.staff('rosa')}.json"
    assert f"/zendesk/desk?origin={zendesk.url}&app_guid={page['app_guid']}" in page["url"]


def test_the_app_can_be_disabled_narrowed_and_uninstalled(start: Start) -> None:
    _, zendesk = start()
    path = "apps/installations/77.json"
    assert zendesk.get(path)["settings"]["automation_allowed"] is True
    assert zendesk.call("PUT", f"/api/v2/{path}", {"settings": {"automation_allowed": False}}).status_code == 403
    zendesk.call("PUT", f"/api/v2/{path}", {"settings": {"automation_allowed": False}}, "sandbox-ben")
    zendesk.control("installation", {"enabled": False}, "PUT")
    found = zendesk.get(path)
    assert (found["enabled"], found["settings"]["automation_allowed"]) == (False, False)
    zendesk.control("installation", {"installed": False}, "PUT")
    assert zendesk.call("GET", f"/api/v2/{path}").status_code == 404


def test_a_torn_last_line_of_the_ledger_is_dropped_and_written_again(tmp_path: Path) -> None:
    file = tmp_path / "ledger.jsonl"
    file.write_text('{"comment_id": 1}\n{"comment_id": 2, "te')
    ledger = Ledger(file)
    ledger.catch_up([{"comment_id": 1}, {"comment_id": 2}])
    assert ledger.entries() == [{"comment_id": 1}, {"comment_id": 2}]
