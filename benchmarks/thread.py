"""From a customer's mail to a draft in its thread: sandbox Gmail, push, web, worker, every stage, until Gmail has the draft."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from random import Random
from statistics import median

from app.tokens import FixedToken
from benchmarks import ground
from benchmarks.offered import GAP, LOOK, states, until_quiet
from benchmarks.report import Figure, percentile
from benchmarks.triage import ASKED, WHAT
from integrations.gmail.client import GmailClient
from integrations.gmail.history import KINDS

NAME = "thread"
MAILS = 60
GOAL, UNITS = 2, 60  # seconds; Gmail's quota units for each mail, until its draft is offered
BARE = "bare@acme.example"  # a mailbox that Countersign does not know


def measure(seed: int) -> list[Figure]:
    """One mail after another. The floor makes the same three calls to the same Gmail, and knows that it is time to."""
    with ground.folder() as place, ground.deployment(place / "home") as running:
        until_quiet(place / "home" / "countersign.db")
        gmail, facts = f"http://127.0.0.1:{running.port + 2}", place / "home" / "sandbox-gmail" / "installation.json"
        support = json.loads(facts.read_text(encoding="utf-8"))["mailbox"]
        chance = Random(seed)
        ours = [_one(gmail, support, place / "home", chance) for _ in range(MAILS)]
        floor, least = _floor(gmail, Random(seed))
    return figures(ours, floor, least)


def _one(gmail: str, mailbox: str, home: Path, chance: Random) -> tuple[float | None, float]:
    """Seconds, and the units of them and of the quiet after them, polls and labels included."""
    begun = time.monotonic()
    took = _waited(gmail, mailbox, home, chance)
    time.sleep(chance.uniform(0.5, 1.5) * GAP)
    return took, _units(gmail, mailbox, begun)


def _units(gmail: str, mailbox: str, begun: float) -> float:
    """All that Gmail charged it for since then."""
    return float(ground.call(f"{gmail}/sandbox/units?seconds={time.monotonic() - begun:.3f}")[mailbox])


def _waited(gmail: str, mailbox: str, home: Path, chance: Random) -> float | None:
    """Seconds until the thread has a draft; the clock starts before Gmail knows of the mail. None: it gets none."""
    begun, deadline = time.perf_counter(), time.monotonic() + ground.PATIENCE
    thread = _mail(gmail, mailbox, chance)
    while not _has_draft(home / "sandbox-gmail" / "gmail.db", thread):
        if states(home / "countersign.db").get(thread, "offered") != "offered":
            return None
        if time.monotonic() > deadline:
            raise TimeoutError("a mail that was offered never got its draft")
        time.sleep(LOOK)
    return time.perf_counter() - begun


def _mail(gmail: str, mailbox: str, chance: Random) -> str:
    number = chance.randrange(10**9)
    text = f"Hello, I would like to order {chance.choice(WHAT)}: {chance.choice(ASKED)}? Thanks, Casey {number}"
    sender = f"Casey {number} <casey{number}@customer.example>"
    told = {"mailbox": mailbox, "from": sender, "subject": "Question before I order", "text": text}
    return str(ground.call(f"{gmail}/sandbox/receive", told)["threadId"])


def _has_draft(database: Path, thread: str) -> bool:
    question = "SELECT 1 FROM drafts JOIN messages ON messages.id = drafts.message WHERE messages.thread = ?"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as reader:
        return reader.execute(question, (thread,)).fetchone() is not None


def _floor(gmail: str, chance: Random) -> tuple[list[float], float]:
    """Seconds for each mail, and the units of all."""
    ground.call(f"{gmail}/sandbox/mailbox", {"email": BARE})
    token = FixedToken(ground.call(f"{gmail}/sandbox/grant", {"email": BARE})["access_token"])
    client = GmailClient(token, base_url=gmail)
    start, begun, took = str(client.profile()["historyId"]), time.monotonic(), list[float]()
    for _ in range(MAILS):
        before = time.perf_counter()
        start = _bare(client, start, _mail(gmail, BARE, chance))
        took.append(time.perf_counter() - before)
    return took, _units(gmail, BARE, begun)


def _bare(client: GmailClient, start: str, thread: str) -> str:
    """What changed, the thread, a draft. Returns where the next look begins."""
    changed = client.history(start, KINDS, None)
    assert changed is not None  # noqa: S101 - it was just now
    headers = {one["name"]: one["value"] for one in client.thread(thread)["messages"][0]["payload"]["headers"]}
    reply = EmailMessage()
    reply["From"], reply["To"], reply["Subject"] = BARE, headers["From"], f"Re: {headers['Subject']}"
    reply["In-Reply-To"] = reply["References"] = headers["Message-ID"]
    reply.set_content("Standard delivery takes 3 to 5 working days.")
    client.create_draft(thread, reply.as_bytes())
    return str(changed["historyId"])


def figures(ours: list[tuple[float | None, float]], floor: list[float], least: float) -> list[Figure]:
    """Of mails that got their draft: one that no source answers costs less. `least`: the units of the whole floor."""
    drafted, slow = [(took, units) for took, units in ours if took is not None], percentile(floor, 0.95)
    waits, units = [took for took, _ in drafted], sum(units for _, units in drafted) / len(drafted)
    return [
        Figure("p95_seconds", f"p95 of {len(waits)} drafts", percentile(waits, 0.95), "s", floor=slow, at_most=GOAL),
        Figure("median_seconds", "  median", median(waits), "s", floor=median(floor)),
        Figure("units", "quota units for each of them", units, floor=least / len(floor), at_most=UNITS),
        Figure("no_draft", "mails that no source answers: for people", len(ours) - len(waits)),
    ]
