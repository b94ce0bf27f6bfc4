"""Check this export of a Countersign log: `python3 verify.py`. It needs Python 3.11 or newer and nothing else.

    python3 verify.py [FOLDER] [--checkpoint FILE]... [--key HEX] [--json] [--about ID | --category NAME | --sent]

Exit status 0: everything below holds. 1: something does not; the first broken entry is named. 2: this is no export.

 1. chain       each line of log.jsonl follows from the one before, as chain.txt says:
                chain = SHA-256(02 | chain before | SHA-256(00 | line))
 2. tree        the RFC 6962 root over the lines equals the one in each checkpoint that was signed (and in each --checkpoint
                that somebody outside kept: whoever rewrote the whole log cannot have rewritten that one), and
                consistency.jsonl proves it to whoever has two checkpoints and no log
 3. signatures  Ed25519, only where the library `cryptography` is installed; otherwise it says so
 4. files       every file beside the log has the hash that the log's last export entry gives for it
 5. texts       each text is the one its entry committed to: SHA-256(salt | text)
 6. replay      for each reply that left: the switch was LIVE, the policy version was in force, a person had approved it and
                nobody had taken that back (or, where nobody approved: tier 1, the ramp raised by two people on a plan for
                exactly such drafts, and the reviews in this log carry it), no escalation was open, no earlier reply to the same message; and nothing was
                sent after CONFIRMED. Every change that widens was made by two people.

 7. pruned      entries whose time is over have left their hash behind, {"pruned": …}: only of messages, only under a
                checkpoint that is older than the policy's `logs.decisions`, and an entry says so

Without signatures checked against a key that you had before, and a checkpoint that somebody outside kept, an administrator
of that deployment could have written all of this anew. The last lines of the output say which of the two you had.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import math
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from email import message_from_bytes
from email import policy as mail_policy
from itertools import pairwise, zip_longest
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

Entry = dict[str, Any]
Header = Mapping[str, Any]
GENESIS = bytes(32)


class Broken(Exception):
    """Something does not hold; `seq` is the entry, 0 if it is not about one."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"entry {seq}: {why}" if seq else why)
        self.seq = seq
        self.why = why


class NoExport(Exception):
    """The folder does not hold what an export holds."""


def sha256(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()


# --- 1 and 2: chain and tree -------------------------------------------------------------------------------------------


class Log:
    """The hashes of the lines read so far."""

    def __init__(self) -> None:
        self.size, self.chain = 0, GENESIS
        self.peaks: list[tuple[int, bytes]] = []  # roots of complete subtrees, the largest first

    def add(self, line: bytes, stated: bytes) -> None:
        leaf = pruned_leaf(line) or sha256(b"\x00", line)
        self.size, self.chain = self.size + 1, sha256(b"\x02", self.chain, leaf)
        if self.chain.hex().encode() != stated:
            raise Broken(self.size, "the entry does not follow from the one before")
        width = 1
        while self.peaks and self.peaks[-1][0] == width:
            leaf, width = sha256(b"\x01", self.peaks.pop()[1], leaf), width * 2
        self.peaks.append((width, leaf))

    def root(self) -> bytes:
        if not self.peaks:
            return sha256()
        roots = [root for _, root in self.peaks]
        whole = roots.pop()
        while roots:
            whole = sha256(b"\x01", roots.pop(), whole)
        return whole


PRUNED = re.compile(rb'\{"pruned":"([0-9a-f]{64})"\}')


def pruned_leaf(line: bytes) -> bytes | None:
    """The hash that a pruned entry left behind; None: the entry is there."""
    found = PRUNED.fullmatch(line)
    return bytes.fromhex(found[1].decode()) if found else None


def follows(old: Checkpoint, new: Checkpoint, path: Sequence[bytes]) -> bool:
    """Does the log that `new` signed begin with the one that `old` signed? (RFC 9162, 2.1.4.2)"""
    nodes = [old.root, *path] if old.size & (old.size - 1) == 0 else list(path)
    place, last = old.size - 1, new.size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    if not 0 < old.size < new.size or not nodes:
        return False
    before = after = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            before, after = sha256(b"\x01", node, before), sha256(b"\x01", node, after)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            after = sha256(b"\x01", after, node)
        place, last = place >> 1, last >> 1
    return last == 0 and (before, after) == (old.root, new.root)


def entry_of(line: bytes, seq: int) -> Entry:
    try:
        entry: Entry = json.loads(line)
        if entry["seq"] != seq:
            raise Broken(seq, f"the line says that it is entry {entry['seq']}")
        for name in ("ts", "actor", "action", "object", "header"):
            entry[name]
    except (ValueError, KeyError, TypeError) as error:
        raise Broken(seq, "the line is no entry") from error
    return entry


# --- 3: checkpoints ----------------------------------------------------------------------------------------------------


class Checkpoint:
    """A signed note: origin, size, root, time; empty line; signature."""

    def __init__(self, raw: bytes, name: str) -> None:
        try:
            self.text, _, signature = raw.decode().rpartition("\n\n")
            self.text += "\n"
            self.origin, size, root, self.at = self.text.split("\n")[:4]
            self.size, self.root = int(size), base64.b64decode(root, validate=True)
            dash, self.signer, signed = signature.rstrip("\n").split(" ")
            self.signature = base64.b64decode(signed, validate=True)
        except (ValueError, UnicodeDecodeError) as error:
            raise Broken(0, f"{name} is no checkpoint") from error
        signed = base64.b64encode(self.signature).decode()  # the one spelling: unused bits are zero
        if dash != "\u2014" or raw.decode() != f"{self.text}\n\u2014 {self.signer} {signed}\n":
            raise Broken(0, f"{name} is no checkpoint")

    def check(self, key: bytes, name: str) -> bool | None:
        """None: the library is missing. Otherwise True, or Broken."""
        known = sha256(self.origin.encode() + b"\n\x01" + key)[:4]
        if self.signer != self.origin or self.signature[:4] != known:
            raise Broken(0, f"{name} is signed with another key")
        try:
            from cryptography.exceptions import InvalidSignature
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        except ImportError:
            return None
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(self.signature[4:], self.text.encode())
        except InvalidSignature as error:
            raise Broken(0, f"{name}: the signature does not hold") from error
        return True


# --- 6: replay ---------------------------------------------------------------------------------------------------------

TAKES_BACK = {
    "approval.undone", "proposal.rejected", "proposal.superseded", "proposal.stepped-back", "proposal.given-up",
    "draft.edited", "category.confirmed", "proposal.corrected", "answer.refused",
}  # fmt: skip


class Message:
    """What stands about one message that was not answered yet."""

    __slots__ = ("approval", "category", "escalated", "queue", "tier")

    def __init__(self) -> None:
        self.queue: str = "*"
        self.category = ""
        self.tier: int | None = None
        self.approval: tuple[str, str] | None = None  # which, whose
        self.escalated = False


class Flight(NamedTuple):
    """A write that was let go and has no outcome yet."""

    attempt: int
    about: str
    queue: str
    purpose: str
    mode: str


def log_e(good: int, failed: int, p0: float) -> float:
    """How strongly so many reviews speak against "at most p0 are good", as the log of an e-value."""
    term, total, shift = 1.0, 1.0, 0.0
    for step in range(good):
        term *= (good - step) * (1 - p0) / p0 / (failed + 2 + step)
        total += term
        if total > 1e200:
            term, total, shift = term / 1e200, total / 1e200, shift + math.log(1e200)
    return math.log(total) + shift - math.log1p(failed)


class Found(NamedTuple):
    """What people made of one draft, so far."""

    at: str
    by: str
    outcome: str
    withdrawn: bool
    second: str | None = None
    settled: str | None = None

    @property
    def good(self) -> bool:
        """As settled; else both must find it good."""
        return all(
            said in GOOD for said in ([self.settled] if self.settled else [self.outcome, self.second or self.outcome])
        )


GOOD = ("accepted", "light edit")
WITHDRAWN = ("superseded", "sent without a click")
RACE = timedelta(seconds=10)  # what is committed beside a claim, the claim need not have seen


class Earned:
    """What the entries so far say of plans, reviews and the ramp: an automatic reply stands on all three."""

    def __init__(self) -> None:
        self.plans: dict[str, tuple[str, str, float, float]] = {}  # hash -> category, fingerprint, p0, alpha
        self.marks: dict[str, set[str]] = {}  # hash -> fingerprint, and those of releases that draft alike
        self.asked: dict[str, tuple[str, int, int, str]] = {}  # category -> who, from, to, plan
        self.ramp: dict[str, tuple[int, str]] = {}  # category -> step, plan
        self.made: dict[str, str] = {}  # draft -> fingerprint
        self.alike: dict[str, set[str]] = {}  # fingerprint -> drafts
        self.found: dict[str, Found] = {}
        self.gaps = False  # something was pruned: not every review is here

    def drafted(self, about: str, mark: str | None) -> None:
        self.alike.get(self.made.pop(about, ""), set()).discard(about)
        if mark:
            self.made[about] = mark
            self.alike.setdefault(mark, set()).add(about)

    def again(self, entry: Entry, about: str, said: str, *, settles: bool) -> None:
        found = self.found.get(about)
        if found is None and not self.gaps:
            raise Broken(entry["seq"], "a second review of what nobody had judged")
        if found is not None and entry["actor"] == found.by and said in GOOD:
            raise Broken(entry["seq"], "a review confirmed by the person who made it")
        if found is not None:
            self.found[about] = found._replace(settled=said) if settles else found._replace(second=said)

    def raised(self, entry: Entry, category: str, header: Header) -> None:
        asked = self.asked.pop(category, None)
        step, plan = self.ramp.get(category, (0, ""))
        before = step if plan == header["plan"] else 0
        if asked != (header["asked_by"], header["from"], header["to"], header["plan"]):
            raise Broken(entry["seq"], "the ramp was raised without that request")
        if header["asked_by"] == entry["actor"]:
            raise Broken(entry["seq"], "the ramp was asked for and raised by the same person")
        if header["from"] != before or header["to"] != before + 1 or self.plans[header["plan"]][0] != category:
            raise Broken(entry["seq"], "the ramp was raised by more than a step, or on another category's plan")
        self.ramp[category] = (header["to"], header["plan"])

    def carries(self, entry: Entry, about: str, category: str, header: Header) -> None:
        """That automatic reply: its plan, its step, and the reviews that were there."""
        seq, plan = entry["seq"], self.plans.get(header["evidence"])
        if plan is None or plan[0] != category or self.made.get(about) not in self.marks[header["evidence"]]:
            raise Broken(seq, "an automatic reply on evidence for other drafts")
        if self.ramp.get(category) != (header["step"], header["evidence"]) or header["step"] < 1:
            raise Broken(seq, "an automatic reply that the ramp did not allow")
        if log_e(header["good"], header["failed"], plan[2]) < -math.log(plan[3]):
            raise Broken(
                seq, f"an automatic reply on {header['good']} good of {header['good'] + header['failed']} reviews"
            )
        if not self.gaps:
            self._counted(entry, self.marks[header["evidence"]], header)

    def carried(self, entry: Entry, category: str, header: Header) -> None:
        """A new release drafted the reviewed messages exactly as before, so their reviews go on counting."""
        plan, marks = self.plans.get(header["plan"]), self.marks.get(header["plan"], set())
        if plan is None or plan[0] != category or header["from"] not in marks:
            raise Broken(entry["seq"], "evidence was carried over from other drafts")
        if header["different"] or header["compared"] < header["wanted"] or header["wanted"] < 1:
            raise Broken(entry["seq"], "evidence was carried over to drafts that were not shown to be equal")
        marks.add(header["to"])

    def _counted(self, entry: Entry, marks: set[str], header: Header) -> None:
        before = (datetime.fromisoformat(entry["ts"]) - RACE).isoformat()
        alike = set[str]().union(*(self.alike.get(mark, set()) for mark in marks))
        known = [self.found[about] for about in alike if about in self.found]
        judged = [one for one in known if not one.withdrawn]
        failed = sum(not one.good and datetime.fromisoformat(one.at).isoformat() <= before for one in judged)
        passable = sum(one.outcome in GOOD or (one.settled or "") in GOOD for one in judged)
        if header["good"] > passable or header["failed"] < failed:
            raise Broken(
                entry["seq"], f"this log has {passable} good reviews and {failed} failures, the reply claims others"
            )


CANARIES = "(canary)"  # queue and category of what a rehearsal of the stop sends, to nobody


class World:
    """What the entries so far say about switch, policy, approvals and replies."""

    def __init__(self, policies: Mapping[int, bytes]) -> None:
        self.policies = policies  # version -> its text in this export
        self.switch: dict[str, tuple[str, int]] = {}  # scope -> state, generation
        self.asked: dict[str, str] = {}  # scope -> who asked for a restore
        self.published: list[tuple[str, int, str, str]] = []  # effective from, version, author, approver
        self.messages: dict[str, Message] = {}  # those that may still be answered
        self.answered: set[str] = set()
        self.flying: dict[int, Flight] = {}  # outbox row -> what is on its way
        self.outcomes: Counter[str] = Counter()
        self.sent: dict[str, Counter[str]] = {}  # month -> mode -> replies
        self.by_category: dict[str, dict[str, Counter[str]]] = {}  # category -> month -> mode -> replies
        self.stops: list[Entry] = []
        self.rounds, self.last_round = 0, dict[str, Any]()  # how often replies were compared with the hosts'
        self.unexplained: list[Entry] = []  # replies at a host that no entry accounts for
        self.exports: list[Entry] = []
        self.erased = 0
        self.earned = Earned()
        self.prunings: list[Entry] = []

    def see(self, entry: Entry) -> None:
        name = entry["action"]
        about, header = entry["object"], entry["header"]
        if name in TAKES_BACK and about in self.messages:
            self.messages[about].approval = None
        rule = RULES.get(name)
        if rule:
            try:
                rule(self, entry, about, header)
            except (KeyError, TypeError, ValueError) as error:
                raise Broken(entry["seq"], f"{name} lacks {error}") from error

    # the switch
    def installed(self, entry: Entry, scope: str, header: Header) -> None:
        if scope in self.switch:
            raise Broken(entry["seq"], f"the switch for {scope} was installed twice")
        self.switch[scope] = ("LIVE", header["gen"])

    def removed(self, entry: Entry, scope: str, _header: Header) -> None:
        """Only the queue of a drill goes again; without a row of its own nothing can be written from there."""
        if scope != CANARIES or any(flight.queue == scope for flight in self.flying.values()):
            raise Broken(entry["seq"], f"the switch for {scope} was removed")
        self.switch.pop(scope, None)
        for stop in self._standing(scope):
            stop.update(live_again=entry["ts"], restored_by=entry["actor"])

    def off(self, entry: Entry, scope: str, header: Header) -> None:
        self._turn(entry, scope, "LIVE", "OFF", header["gen"], 1)
        self.stops.append(
            {
                "seq": entry["seq"], "at": entry["ts"], "by": entry["actor"], "scope": scope, "confirmed": None,
                "sent_after_off": 0, "to_people": 0, "live_again": None, "asked_by": None, "restored_by": None,
            }
        )  # fmt: skip
        flying = {flight.about for flight in self.flying.values()}
        for about, message in self.messages.items():
            if scope in ("*", message.queue) and about not in flying:
                message.approval = None

    def confirmed(self, entry: Entry, scope: str, header: Header) -> None:
        for row, flight in self.flying.items():
            if scope in ("*", flight.queue) and flight.purpose != "hand-over":
                raise Broken(entry["seq"], f"CONFIRMED while row {row} was on its way")
        self._turn(entry, scope, "OFF", "CONFIRMED", header["gen"], 0)
        for stop in self._standing(scope):
            stop["confirmed"], stop["to_people"] = entry["ts"], header.get("to_humans") or 0

    def _standing(self, *scopes: str) -> list[Entry]:
        """Stops of these scopes that were not restored yet."""
        return [stop for stop in self.stops if stop["scope"] in scopes and stop["live_again"] is None]

    def restore_asked(self, entry: Entry, scope: str, _header: Header) -> None:
        self.asked[scope] = entry["actor"]

    def restore_taken_back(self, _entry: Entry, scope: str, _header: Header) -> None:
        self.asked.pop(scope, None)

    def live(self, entry: Entry, scope: str, header: Header) -> None:
        if self.asked.get(scope) is None or self.asked[scope] != header["asked_by"]:
            raise Broken(entry["seq"], "restored without a request")
        if header["asked_by"] == entry["actor"]:
            raise Broken(entry["seq"], "asked for and restored by the same person")
        self._turn(entry, scope, "CONFIRMED", "LIVE", header["gen"], 1)
        for stop in self._standing(scope):
            stop.update(live_again=entry["ts"], asked_by=self.asked[scope], restored_by=entry["actor"])
        self.asked.pop(scope)

    def _turn(self, entry: Entry, scope: str, before: str, after: str, gen: int, step: int) -> None:
        state, old = self.switch.get(scope, ("not installed", 0))
        if state != before or gen != old + step:
            raise Broken(entry["seq"], f"the switch for {scope} went from {state} {old} to {after} {gen}")
        self.switch[scope] = (after, gen)

    # policy
    def policy(self, entry: Entry, about: str, header: Header) -> None:
        version = int(about)
        if self.published and version != self.published[-1][1] + 1:
            raise Broken(entry["seq"], f"policy version {version} follows {self.published[-1][1]}")
        if sha256(self.policies.get(version, b"")).hex() != header["sha256"]:
            raise Broken(entry["seq"], f"the text of policy version {version} is not the one that was published")
        author, approver = entry["actor"], header["approved_by"]
        alone = approver is None or approver == author
        if alone and header["verdict"] not in ({"first"} if version == 1 else {"equivalent", "narrower"}):
            raise Broken(entry["seq"], f"policy version {version} has one author and no second person")
        self.published.append((header.get("effective_from", entry["ts"]), version, author, approver))

    def in_force(self, at: str) -> int | None:
        return max((version for since, version, _, _ in self.published if since <= at), default=None)

    # messages
    def message(self, about: str) -> Message:
        return self.messages.setdefault(about, Message())

    def begun(self, _entry: Entry, about: str, header: Header) -> None:
        self.message(about).queue = header["queue"] or "*"

    def decided(self, _entry: Entry, about: str, header: Header) -> None:
        message = self.message(about)
        message.tier, message.category, message.approval = header["tier"], header.get("category") or "", None
        self.earned.drafted(about, header.get("fingerprint"))

    # how auto-send was earned
    def planned(self, _entry: Entry, about: str, header: Header) -> None:
        self.earned.plans[header["sha256"]] = (
            about,
            header["fingerprint"],
            float(header["p0"]),
            float(header["alpha"]),
        )
        self.earned.marks[header["sha256"]] = {header["fingerprint"]}

    def carried(self, entry: Entry, about: str, header: Header) -> None:
        self.earned.carried(entry, about, header)

    def ended(self, entry: Entry, about: str, header: Header) -> None:
        withdrawn = header["outcome"] == "unreviewed" and header["reason"] in WITHDRAWN
        self.earned.found[about] = Found(entry["ts"], entry["actor"], header["outcome"], withdrawn)

    def looked_again(self, entry: Entry, about: str, header: Header) -> None:
        self.earned.again(entry, about, header["outcome"], settles=entry["action"] == "review.settled")

    def ramp_asked(self, entry: Entry, about: str, header: Header) -> None:
        self.earned.asked[about] = (entry["actor"], header["from"], header["to"], header["plan"])

    def ramp_raised(self, entry: Entry, about: str, header: Header) -> None:
        self.earned.raised(entry, about, header)

    def ramp_lowered(self, _entry: Entry, about: str, header: Header) -> None:
        self.earned.ramp[about] = (header["to"], header["plan"])
        self.earned.asked.pop(about, None)

    def confirmed_category(self, _entry: Entry, about: str, header: Header) -> None:
        self.message(about).tier = header.get("tier", self.message(about).tier)

    def approve(self, entry: Entry, about: str, header: Header) -> None:
        self.message(about).approval = (header["approval"], entry["actor"])

    def escalate(self, _entry: Entry, about: str, _header: Header) -> None:
        self.message(about).escalated = True
        self.message(about).approval = None

    def close(self, _entry: Entry, about: str, _header: Header) -> None:
        self.message(about).escalated = False

    # what leaves
    def intent(self, entry: Entry, about: str, header: Header) -> None:
        purpose, row = entry["action"].partition(".")[0], header["row"]
        if row in self.flying:
            raise Broken(entry["seq"], f"row {row} was claimed while it was on its way")
        if purpose != "hand-over":
            self._may_write(entry, header)
        if purpose == "answer":
            self._may_answer(entry, about, header)
        self.flying[row] = Flight(header["attempt"], about, header["queue"], purpose, header["mode"])

    def _may_write(self, entry: Entry, header: Header) -> None:
        scopes = [self.switch.get("*", ("not installed", 0)), self.switch.get(header["queue"], ("not installed", 0))]
        dark = [state for state, _ in scopes if state != "LIVE"]
        if dark:
            raise Broken(entry["seq"], f"a write while the switch was {dark[0]}")
        if list(header["generations"]) != [generation for _, generation in scopes]:
            raise Broken(entry["seq"], "a write under another generation of the switch")

    def _may_answer(self, entry: Entry, about: str, header: Header) -> None:
        seq = entry["seq"]
        if header["policy_version"] != self.in_force(entry["ts"]):
            raise Broken(seq, f"policy version {header['policy_version']} was not in force")
        if about in self.answered:
            raise Broken(seq, "a second reply to a message that was answered")
        message = self.message(about)
        if message.escalated:
            raise Broken(seq, "a reply to an escalated message")
        if message.tier not in (1, 2):
            raise Broken(seq, f"a reply to a message of tier {message.tier}")
        if header["mode"] != "auto" and message.approval != (header["approval"], header["approved_by"]):
            raise Broken(seq, "a reply that nobody had approved, or that was taken back")
        if header["mode"] == "auto" and (header["tier"] != 1 or not header["evidence"]):
            raise Broken(seq, "an automatic reply above tier 1 or without evidence")
        if header["mode"] == "auto":
            if message.tier != 1:
                raise Broken(seq, "an automatic reply to a message that was not judged tier 1")
            self.earned.carries(entry, about, message.category, header)

    def outcome(self, entry: Entry, about: str, header: Header) -> None:
        flight = self.flying.pop(header["row"], None)
        if flight is None or (flight.attempt, flight.about) != (header["attempt"], about):
            raise Broken(entry["seq"], f"an outcome for row {header['row']} without its intent")
        state = header["state"]
        if flight.purpose != "answer" or state == "READY":
            return
        self.outcomes[state] += self.message(about).category != CANARIES
        if state == "HUMAN":
            self.message(about).approval = None
        else:
            self._left(entry, flight)

    def _left(self, entry: Entry, flight: Flight) -> None:
        message, month = self.messages.pop(flight.about, Message()), entry["ts"][:7]
        self.answered.add(flight.about)
        if message.category == CANARIES:
            return  # a rehearsal's: it reached nobody
        self.sent.setdefault(month, Counter())[flight.mode] += 1
        self.by_category.setdefault(message.category, {}).setdefault(month, Counter())[flight.mode] += 1
        for stop in self._standing("*", flight.queue):
            stop["sent_after_off"] += 1

    # what the hosts say, who took the log away, what was forgotten
    def reconciled(self, entry: Entry, _host: str, header: Header) -> None:
        self.rounds += 1
        self.last_round = {"at": entry["ts"], **{name: header[name] for name in ("ours", "by_hand", "foreign")}}

    def unexplained_reply(self, entry: Entry, about: str, header: Header) -> None:
        found = {"seq": entry["seq"], "at": entry["ts"], "ticket": about, "comment": header["comment"]}
        self.unexplained.append({**found, "why": header["why"], "explained_by": None})

    def explained_reply(self, entry: Entry, about: str, header: Header) -> None:
        for found in self.unexplained:
            if (found["ticket"], found["comment"]) == (about, header["comment"]):
                found["explained_by"] = entry["actor"]

    def exported(self, entry: Entry, _about: str, header: Header) -> None:
        self.exports.append({"seq": entry["seq"], "at": entry["ts"], "by": entry["actor"], "texts": header["texts"]})

    def erasure(self, _entry: Entry, _about: str, _header: Header) -> None:
        self.erased += 1

    def pruning(self, entry: Entry, _about: str, header: Header) -> None:
        version = self.in_force(entry["ts"])
        periods = tomllib.loads(self.policies[version].decode())["logs"] if version else {}
        self.prunings.append(
            {"seq": entry["seq"], "at": entry["ts"], "upto": header["upto"], "keep": periods["decisions"]}
        )


RULES: dict[str, Callable[[World, Entry, str, Header], None]] = {
    "switch.installed": World.installed, "switch.off": World.off, "switch.confirmed": World.confirmed,
    "switch.restore-asked": World.restore_asked, "switch.restore-taken-back": World.restore_taken_back,
    "switch.live": World.live, "switch.removed": World.removed, "policy.published": World.policy, "proposal.begun": World.begun,
    "proposal.decided": World.decided, "category.confirmed": World.confirmed_category,
    "proposal.approved": World.approve, "escalation.opened": World.escalate, "escalation.closed": World.close,
    "answer.intent": World.intent, "offer.intent": World.intent, "hand-over.intent": World.intent,
    "replies.reconciled": World.reconciled, "reply.unexplained": World.unexplained_reply,
    "reply.explained": World.explained_reply, "log.exported": World.exported, "erasure.done": World.erasure,
    "log.pruned": World.pruning, "evidence.planned": World.planned, "evidence.carried": World.carried, "proposal.ended": World.ended,
    "review.second": World.looked_again, "review.settled": World.looked_again, "ramp.asked": World.ramp_asked,
    "ramp.raised": World.ramp_raised, "ramp.lowered": World.ramp_lowered,
    "answer.outcome": World.outcome, "offer.outcome": World.outcome, "hand-over.outcome": World.outcome,
}  # fmt: skip


# --- what somebody outside kept ----------------------------------------------------------------------------------------

NOTE = re.compile(r"[^\s]+\n\d+\n[A-Za-z0-9+/=]+\n[^\n]+\n\n\u2014 [^\s]+ [A-Za-z0-9+/=]+\n")


def kept_in(path: Path) -> list[tuple[str, bytes]]:
    """The checkpoints in a file that a keeper saved: a note, or a mail with notes in it, headers or none."""
    raw = path.read_bytes()
    mail = message_from_bytes(raw, policy=mail_policy.default).get_body(("plain",))
    for text in (raw.decode("utf-8", "replace"), str(mail.get_content()) if mail else ""):
        notes = NOTE.findall(text.replace("\r\n", "\n"))
        if notes:
            return [(str(path), note.encode()) for note in notes]
    return [(str(path), raw)]


# --- all of it ---------------------------------------------------------------------------------------------------------


class Export:
    """A folder, or in tests a dictionary, of files; `opened(name)` is read from its beginning."""

    def __init__(self, names: Iterable[str], opened: Callable[[str], BinaryIO]) -> None:
        self.names, self.opened = sorted(names), opened

    @classmethod
    def of(cls, folder: Path) -> Export:
        names = [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()]
        return cls(names, lambda name: (folder / name).open("rb"))

    def read(self, name: str) -> bytes:
        with self.opened(name) as file:
            return file.read()

    def lines(self, name: str = "log.jsonl") -> Iterator[bytes]:
        """A log may be larger than memory: a line at a time."""
        with self.opened(name) as file:
            for seq, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    raise Broken(seq, f"the last line of {name} is cut")
                yield line[:-1]


def _walk(
    export: Export, notes: Mapping[int, Sequence[tuple[str, Checkpoint]]], world: World, texts: dict[int, str]
) -> tuple[Log, Entry | None, str]:
    """Every line once: (hashes, the last export entry, the last time). Of `texts` what no entry committed to is left."""
    log, last, until, gaps = Log(), None, "", 0
    for seq, (line, link) in enumerate(zip_longest(export.lines(), export.lines("chain.txt")), start=1):
        if line is None or link is None:
            raise Broken(seq, "log.jsonl and chain.txt are not of one length")
        log.add(line, link)
        for name, note in notes.get(seq, ()):
            if note.root != log.root():
                raise Broken(seq, f"the log up to here is not what {name} signed")
        if pruned_leaf(line):
            gaps, world.earned.gaps = seq, True
            continue
        entry = entry_of(line, seq)
        world.see(entry)
        if texts.get(seq) == entry.get("commit", ""):
            del texts[seq]
        last = entry if entry["action"] == "log.exported" else last
        until = entry["ts"]
    _may_lack(gaps, world.prunings, notes)
    return log, last, until


def _may_lack(gaps: int, prunings: Sequence[Entry], notes: Mapping[int, Sequence[tuple[str, Checkpoint]]]) -> None:
    """Entries may be pruned only under a signed checkpoint that was old enough when an entry said so."""
    for one in prunings:
        signed = [note.at for _, note in notes.get(one["upto"], ())]
        old = [
            at for at in signed if datetime.fromisoformat(one["at"]) - datetime.fromisoformat(at) >= span(one["keep"])
        ]
        if not old or one["upto"] >= one["seq"]:
            raise Broken(one["seq"], f"pruned up to {one['upto']}, but no checkpoint there is older than {one['keep']}")
    if gaps > max((one["upto"] for one in prunings), default=0):
        raise Broken(gaps, "the entry is not there, and no entry says that its time was over")


def span(text: str) -> timedelta:
    """ISO 8601 in days: a month counts 30, a year 365, as in the policy."""
    found = re.fullmatch(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", text)
    if not found:
        raise ValueError(f"{text} is no period")
    return timedelta(days=sum(int(n or 0) * days for n, days in zip(found.groups(), (365, 30, 7, 1), strict=True)))


def check(export: Export, outside: Sequence[tuple[str, bytes]] = (), key: bytes | None = None) -> dict[str, Any]:
    """The report, or Broken. `outside`: checkpoints (name, bytes) that somebody else kept; `key`: known before."""
    missing = [name for name in ("log.jsonl", "chain.txt", "key.hex", "consistency.jsonl") if name not in export.names]
    if missing:
        raise NoExport(f"{missing[0]} is missing")
    stated = bytes.fromhex(export.read("key.hex").decode("ascii", "replace").strip())
    if key is not None and key != stated:
        raise Broken(0, "the export names another signing key than yours")
    signed, notes = _checkpoints(export, outside, stated)
    _consistent(export, notes)
    world, texts = World(_policies(export)), _texts(export)
    told = len(texts)
    log, last, until = _walk(export, notes, world, texts)
    behind = [size for size in notes if size > log.size]
    if behind:
        raise Broken(log.size + 1, f"entries are missing: a checkpoint covers {max(behind)}")
    if last is None or not notes or max(notes) != log.size:
        raise Broken(log.size, "the log does not end with its export and a checkpoint over it")
    _files(export, last["header"].get("files", {}))
    if texts:
        raise Broken(min(texts), "the text is not the one that the entry committed to")
    return {
        "entries": log.size, "chain": log.chain.hex(), "root": log.root().hex(), "until": until,
        "checkpoints": sum(len(found) for found in notes.values()), "signatures": signed, "own_key": key is not None,
        "outside": len(outside), "texts": told, "exported_by": last["actor"], "sent": world.sent,
        "stops": world.stops, "outcomes": dict(world.outcomes), "by_category": world.by_category,
        "reconciled": {"rounds": world.rounds, **world.last_round}, "unexplained": world.unexplained, "exports": world.exports,
        "erasures": world.erased, "pruned_upto": max((one["upto"] for one in world.prunings), default=0),
        "policies": [{"version": version, "from": since, "author": author, "approved_by": approver}
                     for since, version, author, approver in world.published],
        "open": sum(flight.purpose == "answer" for flight in world.flying.values()),
    }  # fmt: skip


def _checkpoints(
    export: Export, outside: Sequence[tuple[str, bytes]], key: bytes
) -> tuple[bool, dict[int, list[tuple[str, Checkpoint]]]]:
    """(were signatures checked, size -> [(name, checkpoint)])."""
    files = [(name, export.read(name)) for name in export.names if name.startswith("checkpoints/")]
    notes: dict[int, list[tuple[str, Checkpoint]]] = {}
    checked, origin = True, ""
    for name, raw in [*files, *outside]:
        note = Checkpoint(raw, name)
        origin = origin or note.origin
        if note.origin != origin:
            raise Broken(0, f"{name} is about another deployment's log: {note.origin}; this one is {origin}")
        checked = bool(note.check(key, name)) and checked
        notes.setdefault(note.size, []).append((name, note))
    return checked and bool(files), notes


def _consistent(export: Export, notes: Mapping[int, Sequence[tuple[str, Checkpoint]]]) -> None:
    """A proof for each two neighbours among the export's checkpoints, and nothing else."""
    own = sorted(size for size, found in notes.items() if any(name.startswith("checkpoints/") for name, _ in found))
    lines = list(export.lines("consistency.jsonl"))
    if len(lines) != max(len(own) - 1, 0):
        raise Broken(0, "consistency.jsonl does not have a proof for each two neighbouring checkpoints")
    for (old, new), line in zip(pairwise(own), lines, strict=True):
        try:
            told = json.loads(line)
            path = [bytes.fromhex(node) for node in told["path"]]
        except (ValueError, KeyError, TypeError) as error:
            raise Broken(old, "consistency.jsonl is no list of proofs") from error
        exact = {"from": old, "to": new, "path": [node.hex() for node in path]}
        if json.dumps(exact).encode() != line or not follows(notes[old][0][1], notes[new][0][1], path):
            raise Broken(old, f"the checkpoint over {new} entries does not continue the one over {old}")


def _policies(export: Export) -> dict[int, bytes]:
    names = [name for name in export.names if name.startswith("policies/")]
    return {int(name[9:].partition(".")[0]): export.read(name) for name in names}


def _files(export: Export, stated: Mapping[str, str]) -> None:
    """Every file but the log and its checkpoints is named in the log with its hash."""
    for name in export.names:
        if name in ("log.jsonl", "chain.txt", "consistency.jsonl") or name.startswith(("checkpoints/", "__pycache__/")):
            continue
        if stated.get(name) != sha256(export.read(name)).hex():
            raise Broken(0, f"{name} is not the file that was exported")
    missing = [name for name in stated if name not in export.names]
    if missing:
        raise Broken(0, f"{missing[0]} is missing")


def _texts(export: Export) -> dict[int, str]:
    """Entry -> what a commitment to the text in this export would be."""
    if "texts.jsonl" not in export.names:
        return {}
    texts = (json.loads(line) for line in export.lines("texts.jsonl"))
    try:
        return {text["seq"]: sha256(bytes.fromhex(text["salt"]), text["text"].encode()).hex() for text in texts}
    except (KeyError, TypeError, ValueError) as error:
        raise Broken(0, "texts.jsonl is no list of texts") from error


def names_in(export: Export) -> Callable[[str], str]:
    """Staff by name, where the export names them."""
    people = json.loads(export.read("people.json")) if "people.json" in export.names else {}
    return lambda who: people[who]["name"] if who in people else who


def in_words(report: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    yield f"{report['entries']} entries until {report['until']}: chain and tree hold, {report['checkpoints']} checkpoints"
    if report["pruned_upto"]:
        yield f"older messages were pruned, up to entry {report['pruned_upto']}: their hashes hold, what they said is gone"
    yield from _of_replies(report)
    for policy in report["policies"]:
        yield f"policy {policy['version']} from {policy['from']}: by {name(policy['author'])}, approved by {_second(policy, name)}"
    for stop in report["stops"]:
        yield from _of_stop(stop, name)
    yield from _of_hosts(report, name)
    yield f"requests to be forgotten that were done: {report['erasures']}; texts that match their commitments: {report['texts']}"
    for one in report["exports"]:
        yield f"exported by {name(one['by'])} at {one['at']}" + (", with texts" if one["texts"] else "")
    yield "signatures: " + ("checked" if report["signatures"] else "NOT checked (install the package `cryptography`)")
    yield "signing key: " + (
        "yours" if report["own_key"] else "the one in this export; compare it with one that you trust"
    )
    kept = (
        f"{report['outside']} compared" if report["outside"] else "none given: this log is not independently anchored"
    )
    yield f"checkpoints kept outside: {kept}"


def _second(policy: Mapping[str, Any], name: Callable[[str], str]) -> str:
    return (
        name(policy["approved_by"])
        if policy["approved_by"]
        else "nobody else (the first, or no wider than the one before)"
    )


def _of_replies(report: Mapping[str, Any]) -> Iterator[str]:
    yield f"replies sent: {report['outcomes'].get('SENT', 0)}"
    for month, modes in sorted(report["sent"].items()):
        yield f"  {month}: " + _modes(modes)
    people = report["outcomes"].get("HUMAN", 0)
    yield f"replies that went to people instead: {people}; without an outcome yet: {report['open']}"
    yield "each reply had its policy, its approval and a LIVE switch; none was sent twice, none after CONFIRMED"


def _modes(modes: Mapping[str, int]) -> str:
    """What went out by itself is said also where it is nothing."""
    return ", ".join(f"{count} {mode}" for mode, count in sorted({"auto": 0, **modes}.items()))


def _of_stop(stop: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    yield f"stopped ({stop['scope']}) at {stop['at']} by {name(stop['by'])}, CONFIRMED {stop['confirmed'] or 'not yet'}"
    yield f"  on their way at that moment and sent: {stop['sent_after_off']}; handed to people: {stop['to_people']}; sent after CONFIRMED: 0"
    if stop["live_again"]:
        yield f"  LIVE again at {stop['live_again']}: asked for by {name(stop['asked_by'])}, agreed to by {name(stop['restored_by'])}"
    else:
        yield "  not restored"


def _of_hosts(report: Mapping[str, Any], name: Callable[[str], str]) -> Iterator[str]:
    found, holes = report["reconciled"], len(report["unexplained"])
    yield f"replies compared with the hosts' own {found['rounds']} times, UNEXPLAINED in all: {holes}"
    if found["rounds"]:
        yield (
            f"  last at {found['at']}: {found['ours']} of ours on tickets that had changed, {found['by_hand']} typed by"
            f" people in our account, {found['foreign']} of another deployment"
        )
    for one in report["unexplained"]:
        known = f"explained by {name(one['explained_by'])}" if one["explained_by"] else "nobody has explained it"
        yield f"  UNEXPLAINED reply {one['comment']} on {one['ticket']}, found at {one['at']}: {one['why']}; {known}"


def of_category(export: Export, report: Mapping[str, Any], wanted: str) -> Iterator[str]:
    """What each policy version allowed that category, who made it so, and how often it was answered."""
    name = names_in(export)
    for policy in report["policies"]:
        document = tomllib.loads(export.read(f"policies/{policy['version']}.toml").decode())
        rules = [rule for rule in document.get("category", ()) if rule["name"] == wanted]
        allowed = "; ".join(
            f"tier {rule['tier']}, {rule['mode']}, at most {rule.get('ceiling', rule['mode'])}" for rule in rules
        )
        yield f"policy {policy['version']} from {policy['from']}: {allowed or 'not named'}"
        yield f"  written by {name(policy['author'])}, approved by {_second(policy, name)}"
    for month, modes in sorted(report["by_category"].get(wanted, {}).items()):
        yield f"sent in {month}: {_modes(modes)}"
    yield from about(export, wanted)


def sent(export: Export) -> Iterator[str]:
    """Each reply that left: when, how, who said yes, and the words where this export has them; `--about` tells the rest."""
    name, texts, intents = names_in(export), _words(export), dict[int, tuple[int, Entry]]()
    for seq, raw in enumerate(export.lines(), start=1):
        if b'"answer.' not in raw or pruned_leaf(raw):
            continue
        entry = entry_of(raw, seq)
        header = entry["header"]
        if entry["action"] == "answer.intent":
            intents[header["row"]] = seq, header
        elif entry["action"] == "answer.outcome" and header["state"] == "SENT":
            said_at, intent = intents.pop(header["row"])
            by = "by itself" if intent["mode"] == "auto" else f"approved by {name(intent['approved_by'])}"
            yield f"{entry['ts']}  {entry['object']}  {intent['mode']}, {by}"
            if said_at in texts:
                yield "    " + json.loads(texts[said_at])["body"].replace("\n", "\n    ")


def _words(export: Export) -> dict[int, str]:
    if "texts.jsonl" not in export.names:
        return {}
    return {line["seq"]: line["text"] for line in map(json.loads, export.lines("texts.jsonl"))}


def about(export: Export, name: str) -> Iterator[str]:
    """The story of one object, entry by entry, with the texts that this export has."""
    texts = _words(export)
    for seq, raw in enumerate(export.lines(), start=1):
        if pruned_leaf(raw):
            continue
        entry = entry_of(raw, seq)
        if entry["object"] == name:
            yield f"{seq}  {entry['ts']}  {entry['actor']}  {entry['action']}  {json.dumps(entry['header'], ensure_ascii=False)}"
            if seq in texts:
                yield json.dumps(json.loads(texts[seq]), ensure_ascii=False, indent=2)


def _told(export: Export, report: Mapping[str, Any], chosen: argparse.Namespace) -> Iterator[str]:
    if chosen.about:
        return about(export, chosen.about)
    if chosen.sent:
        return sent(export)
    return of_category(export, report, chosen.category) if chosen.category else in_words(report, names_in(export))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Check an export of a Countersign log.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--checkpoint", action="append", type=Path, default=[], help="one that somebody outside kept")
    parser.add_argument("--key", help="the signing key that you trust, 64 hexadecimal digits")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    parser.add_argument("--about", help="print the story of one proposal, switch scope or policy version")
    parser.add_argument(
        "--sent", action="store_true", help="print each reply that left, with its words if they are here"
    )
    parser.add_argument("--category", help="print who allowed a category what, and how often it was answered")
    chosen = parser.parse_args(arguments)
    try:
        export = Export.of(chosen.folder)
        outside = [note for path in chosen.checkpoint for note in kept_in(path)]
        report = check(export, outside, bytes.fromhex(chosen.key) if chosen.key else None)
        text = json.dumps(report) if chosen.json else "\n".join(_told(export, report, chosen))
    except Broken as error:
        print(json.dumps({"broken_at": error.seq, "why": error.why}) if chosen.json else f"BROKEN {error}")
        return 1
    except (NoExport, OSError, ValueError) as error:
        print(f"this is no export: {error}", file=sys.stderr)
        return 2
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
