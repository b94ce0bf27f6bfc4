"""The command line: what each command prints, what it changes, and how it ends."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from app.commands import main
from app.export import verify
from app.host import Person, TicketRef, Trace
from app.store import proposals, replies, staff
from app.store.engine import connect
from app.store.tables import audit
from tests.house import House, claimed

Run = Callable[..., Result]
QUEUE_KEYS = {
    "id", "host", "ticket", "subject", "category", "tier", "mode", "action", "state", "draft", "reasons", "seen",
}  # fmt: skip


@pytest.fixture
def house(sqlite_database: str, clock: Any, tmp_path: Path) -> House:
    return House(connect(sqlite_database), clock, tmp_path)


@pytest.fixture
def run(house: House, sqlite_database: str, tmp_path: Path) -> Run:
    """`countersign …` on the house's own database, as its operator would call it."""
    env = {
        "COUNTERSIGN_HOME": str(tmp_path),
        "COUNTERSIGN_KEY": bytes(range(32)).hex(),
        "COUNTERSIGN_DEPLOYMENT": "test",
        "COUNTERSIGN_SANDBOX": "1",
        "DATABASE_URL": sqlite_database,
        "REDIS_URL": "unix:///nowhere",
    }

    def call(*words: str, stdin: str | bytes | None = None, **more: str) -> Result:
        return CliRunner().invoke(main, list(words), env={**env, **more}, input=stdin)

    return call


def printed(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def row(run: Run) -> dict[str, Any]:
    (line,) = printed(run("queue", "--json", "--state", "offered"))
    return dict(line)


def test_the_queue_has_the_agreed_keys(house: House, run: Run) -> None:
    house.propose()
    assert row(run).keys() == QUEUE_KEYS


def test_an_approval_of_what_was_seen_is_stored(house: House, run: Run) -> None:
    item = house.propose()
    result = run("approve", item, "--seen", row(run)["seen"], "--by", "rosa@acme.example", "--json")
    assert printed(result)["done"]
    assert house.state(item) == proposals.APPROVED


def test_approve_reads_the_lines_of_the_queue(house: House, run: Run) -> None:
    items = [house.propose(), house.propose("And mine?")]
    lines = run("queue", "--jsonl").stdout
    result = run("approve", "-", "--by", "rosa@acme.example", stdin=lines)
    assert result.exit_code == 0
    assert {house.state(item) for item in items} == {proposals.APPROVED}


@pytest.mark.parametrize("seen", ["", "0" * 64])
def test_an_approval_of_something_else_is_refused(house: House, run: Run, seen: str) -> None:
    item = house.propose()
    result = run("approve", item, "--seen", seen, "--by", "rosa@acme.example")
    assert result.exit_code == 1
    assert "changed" in result.output
    assert house.state(item) == proposals.OFFERED


@pytest.mark.parametrize("by", [(), ("--by", "stranger@example.com")])
def test_an_approval_without_a_known_person_is_refused(house: House, run: Run, by: tuple[str, ...]) -> None:
    item = house.propose()
    assert run("approve", item, "--seen", row(run)["seen"], *by).exit_code == 1
    assert house.state(item) == proposals.OFFERED


def test_outside_a_sandbox_an_address_is_not_enough(house: House, run: Run) -> None:
    item = house.propose()
    by = ("--by", "rosa@acme.example")
    assert run("approve", item, "--seen", row(run)["seen"], *by, COUNTERSIGN_SANDBOX="0").exit_code == 1
    assert house.state(item) == proposals.OFFERED


def test_reject_wants_a_known_reason(house: House, run: Run) -> None:
    item = house.propose()
    by = ("--by", "rosa@acme.example", "--json")
    assert run("reject", item, "--reason", "I do not like it", *by).exit_code == 1
    assert printed(run("reject", item, "--reason", "wrong tone", *by))["done"]
    assert house.state(item) == proposals.REJECTED


def test_an_escalation_is_listed_taken_and_closed_from_the_command_line(house: House, run: Run) -> None:
    item = house.propose()
    run("escalate", item, "--to", "rosa@acme.example", "--due", "PT4H", "--by", "ana@acme.example")
    (listed,) = printed(run("escalations", "--json"))
    assert (listed["owner"], listed["state"]) == ("rosa@acme.example", "OWNED")
    one, by = str(listed["id"]), ("--by", "rosa@acme.example")
    assert run("escalations", "take", one, "--next", "Call", "--due", "2027-01-01T00:00:00", *by).exit_code == 2
    assert run("escalations", "take", one, "--next", "Call", "--due", "PT1H", *by).exit_code == 0
    assert run("escalations", "close", one, "--reason", "x", "--document", "novel", *by).exit_code == 1
    assert run("escalations", "close", one, "--reason", "clear now", *by).exit_code == 0
    assert "no escalation is open" in run("escalations").stdout


@pytest.mark.parametrize("due", ["tomorrow", "2026-11-23T17:00:00", "P"])
def test_escalate_wants_a_time_that_everybody_reads_alike(house: House, run: Run, due: str) -> None:
    item = house.propose()
    result = run("escalate", item, "--to", "legal@acme.example", "--due", due, "--by", "rosa@acme.example")
    assert result.exit_code == 2
    assert house.state(item) == proposals.OFFERED


def test_correct_has_it_judged_anew(house: House, run: Run) -> None:
    item = house.propose()
    by = ("--by", "rosa@acme.example", "--json")
    assert run("correct", item, *by).exit_code == 1
    assert run("correct", item, "--not-escalation", *by).exit_code == 1
    assert printed(run("correct", item, "--category", "refund-exception", "--redo", "shorter", *by))["done"]
    assert house.state(item) == proposals.WORKING


def test_escalate_names_an_owner_and_a_time(house: House, run: Run) -> None:
    item = house.propose()
    words = ("escalate", item, "--to", "legal@acme.example", "--due", "PT4H", "--by", "rosa@acme.example", "--json")
    assert printed(run(*words))["done"]
    assert house.state(item) == proposals.ESCALATED


def test_rollback_waits_until_confirmed_and_prints_its_numbers(house: House, run: Run) -> None:
    house.approve(house.propose())
    result = printed(run("rollback", "--wait", "--json"))
    assert result["state"] == "CONFIRMED"
    assert {"state", "off_ms", "confirmed_ms", "sent_before", "unclear", "to_humans"} <= result.keys()
    assert [scope["state"] for scope in printed(run("switch", "--json")) if scope["scope"] == "*"] == ["CONFIRMED"]


def test_rollback_says_when_it_is_not_confirmed_in_time(house: House, run: Run) -> None:
    item = house.propose()
    house.deliver_due()
    house.approve(item)
    house.clock.tick(6)
    claimed(house)  # in flight, and its host is not among this command's
    result = run("rollback", "--wait", "--timeout", "0.3", "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["in_flight"] == [house.ref(item).ticket]


def test_rollback_of_an_unknown_queue_is_unusable(run: Run) -> None:
    result = run("rollback", "--queue", "nowhere")
    assert result.exit_code == 2
    assert "no such queue" in result.output


def test_a_token_knows_no_queues(run: Run) -> None:
    result = run("rollback", "--queue", "support", "--revoke")
    assert result.exit_code == 2
    assert "a token knows no queues" in result.output


def test_rollback_revokes_on_request(run: Run) -> None:
    assert printed(run("rollback", "--revoke", "--json"))["revoked"] == {}  # no host among this command's


def test_a_host_that_is_not_set_up_cannot_be_connected(run: Run) -> None:
    assert run("connect", "zendesk").exit_code == 2


def test_replies_tells_what_was_compared(house: House, run: Run) -> None:
    assert printed(run("replies", "--json")) == {"rounds": [], "unexplained": []}
    with house.deps.engine.begin() as tx:
        trace = Trace("9", house.clock.now(), None, by_hand=False)
        replies.note(tx, TicketRef("zendesk", "7"), trace, "no row of ours", house.clock.now())
    assert "ticket 7 at zendesk: no row of ours" in run("replies").output
    assert printed(run("replies", "--explained", "1", "--by", "rosa@acme.example", "--json"))["unexplained"] == []
    assert run("replies", "--explained", "1", "--by", "rosa@acme.example").exit_code == 1


def test_restore_takes_two_admins(house: House, run: Run) -> None:
    run("rollback", "--wait")
    assert run("restore", "--by", "rosa@acme.example").exit_code == 1
    assert printed(run("restore", "--by", "ana@acme.example", "--json")) == {"scope": "*", "live": False}
    assert printed(run("restore", "--by", "ana@acme.example", "--json"))["live"] is False


def test_the_log_verifies_and_a_change_is_named(house: House, run: Run) -> None:
    house.propose()
    assert printed(run("audit", "verify", "--json"))["broken_at"] is None
    with house.deps.engine.begin() as tx:
        tx.execute(audit.update().where(audit.c.seq == 2).values(stored=sa.literal(b"forged")))
    result = run("audit", "verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["broken_at"] == 2


def test_doctor_names_what_is_wrong_and_never_a_secret(run: Run) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 1  # no Redis here
    parts = {part["part"]: part["ok"] for part in json.loads(result.stdout)}
    assert parts["database"]
    assert not parts["redis"]
    told = [part["text"] for part in json.loads(result.stdout) if part["part"] == "never verified"]
    assert len(told) >= 12
    assert all("Assumed: " in text for text in told)
    assert bytes(range(32)).hex() not in result.output


def test_missing_settings_are_all_named_at_once(run: Run) -> None:
    result = run("switch", COUNTERSIGN_KEY="", COUNTERSIGN_DEPLOYMENT="", ZENDESK_SUBDOMAIN="acme")
    assert result.exit_code == 2
    for name in ("COUNTERSIGN_KEY", "COUNTERSIGN_DEPLOYMENT", "ZENDESK_TOKEN", "ZENDESK_WEBHOOK_SECRETS"):
        assert name in result.output


UNUSABLE = {
    "not JSON": (b'{"text": ', "not JSON"),
    "no text": (b'{"id": "m1"}', 'wants an object with a string "text"'),
    "binary": (b"GIF89a\x00\x01", "binary"),
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_triage_says_in_one_line_what_it_cannot_use(run: Run, name: str) -> None:
    raw, said = UNUSABLE[name]
    result = run("triage", "-", stdin=raw)
    assert result.exit_code == 2
    assert said in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_triage_refuses_a_policy_with_an_unknown_key_by_file_and_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("schema = 1\nnmae = 'Acme'\n")
    result = run("triage", "-", "--policy", str(file), stdin="Hello")
    assert result.exit_code == 2
    assert f"{file}:2: unknown key `nmae`; did you mean `name`?" in result.output


def test_a_file_that_is_not_there_is_named(run: Run) -> None:
    result = run("triage", "nowhere.eml")
    assert result.exit_code == 2
    assert "nowhere.eml" in result.output


def test_an_admin_exports_the_log_and_anybody_can_check_it(house: House, run: Run, tmp_path: Path) -> None:
    house.propose()
    folder = tmp_path / "export"
    refused = run("audit", "export", str(folder), "--by", "rosa@acme.example")
    assert (refused.exit_code, folder.exists()) == (1, False)
    done = printed(run("audit", "export", str(folder), "--by", "ana@acme.example", "--json"))
    assert run("audit", "verify", str(folder)).exit_code == verify.main([str(folder)]) == 0
    (folder / "key.hex").write_text("00" * 32)
    assert run("audit", "verify", str(folder), "--json").exit_code == 1
    assert done["entries"] == len((folder / "log.jsonl").read_bytes().splitlines())
    again = run("audit", "export", str(folder), "--by", "ana@acme.example")
    assert again.exit_code == 2
    assert "not empty" in again.stderr


def test_a_person_is_shown_held_and_forgotten_by_an_admin_alone(house: House, run: Run) -> None:
    house.propose()
    casey, ana = "casey@customer.example", ("--by", "ana@acme.example")
    assert run("audit", "person", casey, "--by", "rosa@acme.example").exit_code == 1
    assert len(printed(run("audit", "person", casey, *ana))["messages"]) == 1
    assert run("audit", "hold", casey, "--reason", "case 7", *ana).exit_code == 0
    waits = run("audit", "erase", casey, *ana)
    assert (waits.exit_code, "legal hold" in waits.stdout) == (1, True)
    assert "1 messages forgotten" in run("audit", "release", casey, *ana).stdout
    assert run("audit", "erase", casey, *ana).exit_code == 2
    assert run("audit", "erase", casey, "--basis", "because Casey asked", *ana).exit_code == 2


def test_evidence_says_what_is_missing_and_the_next_step(run: Run) -> None:
    (found,) = printed(run("evidence", "delivery-times", "--json"))
    assert (found["outcome"], found["plan"], found["reviews"]["good"]) == ("inconclusive", None, 0)
    assert [line["line"] for line in found["lines"]] == [
        "days", "reviews", "patterns", "contradictions", "owner", "cannot-answer",
    ]  # fmt: skip
    assert run("evidence").stdout.startswith("delivery-times: not yet\n  next  ")


def test_evidence_of_a_category_that_may_never_send_by_itself(run: Run) -> None:
    answer = run("evidence", "refund-exception")
    assert (answer.exit_code, "refund-exception" in answer.stderr) == (2, True)


def test_metrics_of_a_deployment_where_nothing_happened(run: Run) -> None:
    document = printed(run("metrics", "--json"))
    assert (document["answers"], document["escalated_before_sending"]) == ([], 0)
    assert run("metrics", "--since", "2026-01-01").stdout.startswith("no answer since then")


@pytest.mark.parametrize("since", ["yesterday", "P", "2026-13-01"])
def test_a_time_that_is_none_is_said_so(run: Run, since: str) -> None:
    answer = run("metrics", "--since", since)
    assert (answer.exit_code, f"--since {since}" in answer.stderr) == (2, True)


def test_a_freeze_is_one_command_and_its_thaw_takes_two_admins(house: House, run: Run) -> None:
    with house.deps.engine.begin() as tx:
        staff.meet(tx, "zendesk", Person(id="5", name="Ben", email="ben@acme.example", role="admin"), house.clock.now())
    made = printed(run("freeze", "delivery-times", "--reason", "invents days", "--json"))
    assert (made["level"], made["scope"]) == ("draft-only", "delivery-times")
    assert "invents days" in run("freeze").stdout
    number = str(made["id"])
    assert run("thaw", number, "--by", "rosa@acme.example", "--reason", "mended").exit_code == 1
    assert run("thaw", number, "--by", "ana@acme.example").exit_code == 1  # without a reason
    assert printed(run("thaw", number, "--by", "ana@acme.example", "--reason", "mended", "--json"))["lifted"] is False
    assert printed(run("thaw", number, "--by", "ben@acme.example", "--json"))["lifted"] is True
    assert run("freeze").stdout.strip() == "nothing is frozen"


def test_what_the_policy_does_not_know_cannot_be_frozen_rehearsed_or_linked(run: Run) -> None:
    for words in (
        ("freeze", "no-such"),
        ("rehearse", "--queue", "nowhere"),
        ("stop-link", "--for", "b@c.d", "--queue", "nowhere"),
    ):
        assert run(*words).exit_code == 2, words


def test_a_stop_link_is_made_listed_and_withdrawn(run: Run) -> None:
    address = run("stop-link", "--for", "ben@acme.example").stdout.strip()
    assert address.startswith("http://localhost:8000/stop/")
    (link,) = printed(run("stop-link", "--json"))
    assert (link["made_for"], link["good"]) == ("ben@acme.example", True)
    assert run("stop-link", "--withdraw", link["id"]).exit_code == 0
    assert run("stop-link", "--withdraw", link["id"]).exit_code == 2
    assert "over" in run("stop-link").stdout


def test_a_correction_run_begun_while_the_switch_is_off_is_named_and_waits(house: House, run: Run) -> None:
    house.approve(house.propose())
    house.after_undo()
    assert run("rollback").exit_code == 0
    about = ("--category", "delivery-times", "--since", "2020-01-01T00:00:00Z", "--by", "ana@acme.example")
    result = run("corrections", "begin", *about, "--text", "-", stdin="Delivery takes 5 to 7 days.")
    assert (result.exit_code, "the switch is off" in result.output) == (1, True)
    name = re.search(r"run (\w{26}) is begun", result.output)
    assert name is not None, result.output
    assert printed(run("corrections", "show", name[1], "--json"))["waiting"] == 1
