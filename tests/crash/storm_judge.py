"""What a storm broke, by the host's own ledger and the export that a stranger gets."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.export import write as export
from app.store.tables import outbox, proposal
from tests.crash import judge
from tests.crash.judge import Entry
from tests.crash.storm import Storm

# Why a person has an answer that was approved: the host could not be had in time (by a wrong clock, perhaps), somebody
# stopped it, the customer went on, or the clock stood before the first policy. Whatever else stands there, nobody has thought of.
GIVEN_UP = (
    "three attempts failed",
    "Zendesk",
    "the switch was turned off",
    "rollback",
    "moved-on",
    "escalation",
    "no-policy",
)


def violations(storm: Storm, folder: Path) -> Iterator[str]:
    """Empty: every promise held. Fills in what was sent and what people got."""
    entries, ours = storm.mail.zendesk.ledger(), {ref.ticket for ref in storm.mail.asked}
    log, broken = exported(storm, folder)
    yield from broken
    with storm.place.deps.readers.begin() as tx:
        answers = tx.execute(sa.select(outbox).where(outbox.c.purpose == "answer")).all()
        made = tx.execute(sa.select(proposal)).all()
    counts = storm.report.counts
    counts.update(tickets=len(ours), questions=sum(map(len, storm.mail.asked.values())), sent=len(entries))
    back = [row for row in answers if row.state == "HUMAN"]
    counts.update(["to people"] * len(back) + [f"to people: {row.reason}" for row in back])
    yield from judge._doubled(entries, log)
    yield from judge._begun_twice([(row.ticket, row.comment) for row in made])
    yield from judge._untold(list(answers), entries)
    yield from judge._unlogged(list(answers), entries, log)
    yield from _late(entries, log)
    yield from _forbidden(storm, entries)
    yield from _past_a_question(storm, entries, {row.send_id: row.proposal_id for row in answers}, made)
    yield from _lost(storm, answers, made)


def exported(storm: Storm, folder: Path) -> tuple[list[Entry], list[str]]:
    """The log as a stranger gets it, and what their own checker says of it."""
    export.write(storm.place.deps, folder, "operator")
    told = subprocess.run(
        [sys.executable, str(folder / "verify.py"), str(folder), "--json"], capture_output=True, text=True, check=False
    )
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    return log, [] if told.returncode == 0 else [f"the log does not hold: {told.stdout}{told.stderr}"]


def _late(entries: list[Entry], log: list[Entry]) -> Iterator[str]:
    """Between CONFIRMED and the next LIVE nothing reaches anybody."""
    wanted = {"switch.confirmed", "switch.live"}
    turns = [(one["action"], moment(one)) for one in log if one["action"] in wanted and one["object"] == "*"]
    for (action, start), (_, end) in pairwise([*turns, ("", float("inf"))]):
        late = [entry["ticket_id"] for entry in entries if start < entry["time"] < end]
        if action == "switch.confirmed" and late:
            yield f"sent after CONFIRMED: {late}"


def moment(one: Entry) -> float:
    """When the log says that it happened."""
    return datetime.fromisoformat(one["ts"]).timestamp()


def _forbidden(storm: Storm, entries: list[Entry]) -> Iterator[str]:
    tier_3 = {ref.ticket for ref in storm.mail.forbidden}
    sent = [entry["ticket_id"] for entry in entries if str(entry["ticket_id"]) in tier_3]
    if sent:
        yield f"tier 3 was sent: {sent}"


def _past_a_question(storm: Storm, entries: list[Entry], proposals: dict[str, str], made: Any) -> Iterator[str]:
    """A reply to what a customer said before they said something else."""
    comments = {row.id: int(row.comment) for row in made}
    asked = {ref.ticket: numbers for ref, numbers in storm.mail.asked.items()}
    for entry in entries:
        answered = comments.get(proposals.get(judge._sign(entry)["send_id"], ""), 0)
        if any(answered < number < entry["comment_id"] for number in asked[str(entry["ticket_id"])]):
            yield f"an older question was answered on {entry['ticket_id']}"


def _lost(storm: Storm, answers: Any, made: Any) -> Iterator[str]:
    known = {(row.ticket, int(row.comment)) for row in made}
    newest = {(ref.ticket, numbers[-1]) for ref, numbers in storm.mail.asked.items()}
    if missing := sorted(newest - known):
        yield f"no proposal for {missing}"
    waiting = Counter(row.state for row in made if row.state in {"working", "approved", "sending", "held"})
    if waiting:
        yield f"proposals left {dict(waiting)}"
    odd = Counter(row.reason for row in answers if row.state == "HUMAN" and not str(row.reason).startswith(GIVEN_UP))
    if odd:
        yield f"not sent, and nobody could know why: {dict(odd)}"
