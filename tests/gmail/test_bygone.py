"""A mailbox's past for a first look: what customers began and somebody answered, each once, in small bites of the quota."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from app import first_look, wiring
from app.ai.embed import Embedder
from app.ai.mind import Mind
from app.config import Settings
from app.deps import Deps
from app.first_look import Around, Look
from app.governance.bygone import Bygone
from app.host import HostError
from integrations.gmail import bygone
from integrations.gmail.client import GmailClient
from integrations.gmail.ticket import Mailbox
from integrations.gmail.wire import Budget
from tests.ai import small
from tests.fakes import ROSA, FixedToken
from tests.gmail.conftest import Playground

A_DAY = 86400
DAYS = 5
NUMBERS = itertools.count(1)


@pytest.fixture
def box(gmail: Playground) -> str:
    """A mailbox of its own for each test."""
    address = f"past{next(NUMBERS)}@acme.example"
    gmail.play("POST", "mailbox", {"email": address})
    return address


@pytest.fixture
def client(gmail: Playground, box: str) -> GmailClient:
    made = GmailClient(FixedToken(gmail.play("POST", "grant", {"email": box})["access_token"]), base_url=gmail.url)
    made.budget = Budget(1_000_000)
    return made


def came(gmail: Playground, box: str, text: str, days: float, *, answered: bool = True, **more: Any) -> str:
    thread = str(gmail.receive(text, mailbox=box, ago=days * A_DAY, **more)["threadId"])
    if answered:
        gmail.play("POST", "answer", {"mailbox": box, "thread": thread, "text": "Three days."})
    return thread


def every(client: GmailClient, box: str) -> list[Bygone]:
    now = datetime.now(UTC)
    found, cursor, since, told = list[Bygone](), None, now - timedelta(days=DAYS), None
    while told is None or not told.last:
        told = bygone.page(client, lambda: Mailbox(box, {box: "Acme"}, (ROSA,)), cursor, since, now)
        cursor, found = told.cursor, [*found, *told.tickets]
    return found


def test_each_thread_that_somebody_answered_is_told_once_by_the_mail_that_began_it(gmail, client, box) -> None:
    first = came(gmail, box, "When does it come?", 3)
    gmail.receive("And where is it?", mailbox=box, thread=first, ago=2 * A_DAY)
    second = came(gmail, box, "What does express cost?", 0.1)
    came(gmail, box, "Buy our newsletter", 2, answered=False)
    came(gmail, box, "Too long ago", DAYS + 2)
    assert [(one.ticket, one.text.strip(), one.theirs) for one in every(client, box)] == [
        (first, "When does it come?", True),
        (second, "What does express cost?", True),
    ]


def test_a_colleagues_mail_is_no_customers(gmail, client, box) -> None:
    came(gmail, box, "Can you print this?", 1, **{"from": f"Rosa <{ROSA.email}>"})
    assert [one.theirs for one in every(client, box)] == [False]


def test_a_day_with_many_mails_comes_in_pages_that_skip_and_repeat_nothing(gmail, client, box, monkeypatch) -> None:
    monkeypatch.setattr(bygone, "MOST", 2)
    wanted = [came(gmail, box, f"Question {n}", 1.5 + n / 100) for n in range(5)]
    assert [one.ticket for one in every(client, box)] == sorted(wanted)


def test_a_ticket_costs_half_of_what_its_thread_would(gmail, client, box) -> None:
    for n in range(4):
        came(gmail, box, f"Question {n}", 1.5)
    before = client.budget.total
    assert len(every(client, box)) == 4
    lists = 2 * 5 * (DAYS + 1)
    assert client.budget.total - before == 4 * 20 + lists + 1  # one reading of the labels' names


def test_replies_to_customers_go_first(client, box) -> None:
    client.budget = Budget(100)
    client.budget.note("drafts.send")
    with pytest.raises(HostError, match="replies go first"):
        every(client, box)


# --- from the command's side ----------------------------------------------------------------------------------------------
@pytest.fixture
def deps(gmail: Playground, box: str, tmp_path: Path, sqlite_database: str) -> Iterator[Deps]:
    key = json.dumps(gmail.play("POST", "delegate", {}))
    env = {
        "COUNTERSIGN_HOME": str(tmp_path), "COUNTERSIGN_KEY": "ab" * 32, "COUNTERSIGN_DEPLOYMENT": "test",
        "COUNTERSIGN_SANDBOX": "1", "DATABASE_URL": sqlite_database, "GMAIL_MAILBOXES": box, "GMAIL_DELEGATE": key,
        "GMAIL_URL": gmail.url, "GMAIL_TOPIC": gmail.facts["topic"], "GMAIL_PUSH_ACCOUNT": gmail.facts["push_account"],
    }  # fmt: skip
    made = wiring.deps(Settings.from_env(env))
    wiring.prepare(made)
    yield made
    made.engine.dispose()
    made.readers.dispose()


def look(deps: Deps, box: str, around: Around) -> Look:
    def mind(_deps: Deps, policy: Any) -> Mind:
        return Mind(Embedder(english=small.Words, multilingual=small.Words), policy, small.SOURCES, alarms=None)

    return first_look.look(deps, f"gmail:{box}", DAYS, around, mind)


def test_machine_mail_is_counted_and_not_kept_and_only_peoples_labels_teach(deps, gmail, client, box, tmp_path) -> None:
    taught = came(gmail, box, "How long does standard delivery take?", 3)
    client.relabel(taught, add=[str(client.create_label("Support/delivery-times")["id"])])
    came(gmail, box, "I am away until Monday", 2, headers={"Auto-Submitted": "auto-replied"})
    came(gmail, box, "What does express delivery cost?", 1)
    file = tmp_path / "history.jsonl"
    at = look(deps, box, Around(lambda *_: None, lambda _: None, file))
    assert (at.counts["tickets"], at.counts["machine mail"]) == (3, 1)
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [(line["text"], line.get("category")) for line in lines] == [
        ("How long does standard delivery take?", "delivery-times"),
        ("What does express delivery cost?", None),
    ]
    assert gmail.play("GET", f"ledger?thread={taught}")["entries"][-1]["via"] == "hand"  # nothing went out from us


def test_left_in_the_middle_the_same_command_goes_on(deps, gmail, box) -> None:
    for n in range(5):
        came(gmail, box, f"How long does delivery take, {n}?", 1 + n / 2)
    read = list[int]()

    def leave(at: Look, _: str) -> None:
        read.append(at.counts["read"])
        if at.counts["read"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(deps, box, Around(leave, lambda _: None))
    found = look(deps, box, Around(lambda *_: None, lambda _: None))
    assert (read, found.counts["read"], found.counts["tickets"]) == ([1, 2], 5, 5)
