"""A first look: what Countersign would have made of a host's last days. Nothing is sent, and nothing of it is evidence."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol, runtime_checkable

from app import config, learning, triage
from app.ai.alarms import Alarms
from app.ai.clean import as_seen
from app.ai.embed import Embedder
from app.ai.familiar import Familiar
from app.ai.mind import Mind
from app.deps import Deps
from app.governance.bygone import Bygone, Page
from app.governance.policy import Policy
from app.governance.proposal import Proposal
from app.governance.trial import Reach, reach
from app.host import HostError
from app.letters import Letter
from app.store import policies, sources

EVERY = 25  # tickets between two notes of how far it came
PATIENCE = 30  # times that a host may ask us to wait
STALE = timedelta(days=1)  # an older beginning is begun anew


@runtime_checkable
class Remembers(Protocol):
    """A host that can tell its history in pages."""

    def history(self, cursor: str | None, since: datetime) -> Page:
        """Tickets that changed since then, the oldest change first."""
        ...


class Unready(Exception):
    """Why there can be no first look yet, and what to do."""


@dataclass(slots=True)
class Look:
    """How far it came: numbers only, never a customer's words."""

    since: datetime
    until: datetime
    cursor: str | None = None
    done: int = 0  # tickets of the page at the cursor
    ended: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    reached: datetime | None = None  # the change that was read last: how far through the time it is

    @property
    def share(self) -> float:
        """Of the time that is to be read."""
        if self.ended or self.reached is None:
            return float(self.ended)
        return min(1.0, max(0.0, (self.reached - self.since) / (self.until - self.since)))


Tell = Callable[[Look, str], None]
"""Called with how far it is, and what it waits for, if it waits."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a first look has around it: who watches, how it waits, where messages are kept if anybody asked for that."""

    tell: Tell
    pause: Callable[[float], None]
    save: Path | None = None


def own_mind(deps: Deps, policy: Policy) -> Mind:
    """As a worker has it, without a language model: a look at the past costs nobody anything."""
    with deps.readers.begin() as tx:
        found = sources.current(tx)
    learned = learning.known(deps.settings.home)
    return Mind(Embedder(remembered=50_000), policy, found, None, Alarms.load(), learned, familiar=Familiar.load())


def look(
    deps: Deps, host_name: str, days: int, around: Around, mind_of: Callable[[Deps, Policy], Mind] = own_mind
) -> Look:
    """Judge each ticket that a customer began in that time. An interrupt loses nothing: the same call goes on."""
    host: object = deps.hosts.get(host_name)
    now = deps.clock.now()
    if not isinstance(host, Remembers):
        raise Unready(f"{host_name} is not connected: `countersign connect {host_name.replace(':', ' ')}`")
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
    if policy is None:
        raise Unready("no policy is in force: publish one first")
    note = deps.settings.home / "first-looks" / f"{host_name}-{days}-{policy.sha256[:16]}.json"
    at = _found(note, now) or Look(now - timedelta(days=days), now)
    mind = mind_of(deps, policy)
    try:
        while not at.ended:
            page = _page(host, at, around)
            for ticket in page.tickets[at.done :]:
                _judge(at, ticket, mind, around.save)
                at.done += 1
                if at.done % EVERY == 0:
                    _keep(note, at)
                around.tell(at, "")
            if not page.last and page.cursor in {"", at.cursor}:
                raise HostError("the host's history has no end", permanent=True)
            at.cursor, at.done, at.ended = page.cursor, 0, page.last
    finally:
        _keep(note, at)
    note.unlink()
    return at


def _page(host: Remembers, at: Look, around: Around) -> Page:
    """Replies to customers come first: while the host has little left for us, we wait."""
    for _ in range(PATIENCE):
        try:
            return host.history(at.cursor, at.since)
        except HostError as error:
            if not error.retry_after:
                raise
            around.tell(at, f"{error}; going on in {error.retry_after:.0f} s")
            around.pause(error.retry_after)
    raise HostError("the host asked us to wait too often: the same command goes on later")


def _judge(at: Look, ticket: Bygone, mind: Mind, save: Path | None) -> None:
    at.counts["read"] += 1
    at.reached = ticket.changed_at
    if ticket.created_at < at.since or not ticket.theirs:
        at.counts["older" if ticket.theirs else "begun by an agent"] += 1
        return
    told = (ticket.ticket, ticket.subject, ticket.text, ticket.html, ticket.sender, ticket.headers, ticket.attachments)
    letter = Letter(*told)
    proposal, _ = triage.judge(letter, mind, at.until)
    _count(at.counts, proposal, mind.policy)
    if save is not None and not proposal.machine_mail:
        _save(save, ticket, as_seen(letter.as_ticket(at.until).comments[0])[0], mind.policy)


def _count(counts: Counter[str], proposal: Proposal, policy: Policy) -> None:
    """By category, tier and how far it could have gone."""
    counts["tickets"] += 1
    if proposal.machine_mail:
        counts["machine mail"] += 1
        return
    if proposal.triggers:
        counts.update(f"escalated:{trigger}" for trigger in {hit.trigger for hit in proposal.triggers})
        counts["escalated"] += 1
        return
    category = policy.category(proposal.category)
    if category is None or (proposal.confidence or 0.0) < category.confidence_floor:
        counts["no category"] += 1
        return
    found = reach(proposal, policy)
    counts[f"{category.name}:tickets"] += 1
    counts[f"{category.name}:tier {int(proposal.tier or 2)}"] += 1
    counts[f"{category.name}:drafts"] += proposal.draft is not None and found >= Reach.DRAFT
    counts[f"{category.name}:alone"] += found is Reach.AUTO
    if proposal.abstained is not None:
        counts[f"abstained:{proposal.abstained.why}"] += 1


def _save(file: Path, ticket: Bygone, text: str, policy: Policy) -> None:
    """A line for `learn` and `backtest`. Only a tag that people gave is a label: what we guess teaches nothing."""
    label = next((category for category in policy.categories if category.name in ticket.tags), None)
    told = {"id": ticket.ticket, "subject": ticket.subject, "text": text}
    labelled = {"category": label.name, "tier": int(label.tier)} if label else {}
    file.touch(mode=0o600)
    with file.open("a", encoding="utf-8") as out:
        out.write(json.dumps({**told, **labelled}, ensure_ascii=False) + "\n")


# --- how far it came ---------------------------------------------------------------------------------------------------


def _found(note: Path, now: datetime) -> Look | None:
    if not note.exists():
        return None
    kept = json.loads(note.read_text(encoding="utf-8"))
    since, until = datetime.fromisoformat(kept["since"]), datetime.fromisoformat(kept["until"])
    if now - until > STALE or until > now:
        return None
    return Look(since, until, kept["cursor"], kept["done"], kept["ended"], Counter(kept["counts"]))


def _keep(note: Path, at: Look) -> None:
    note.parent.mkdir(parents=True, exist_ok=True)
    told = {"since": at.since.isoformat(), "until": at.until.isoformat(), "cursor": at.cursor, "done": at.done}
    config.write_private(note, json.dumps({**told, "ended": at.ended, "counts": at.counts}))
