"""Looking up: a verified customer's own facts, put before what was found in the sources. No fact is no draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from sqlalchemy import Connection

from app.ai.mind import Mind
from app.governance.lookups import Asker, LookUp, NoFact, is_asked, key_in, looked_up, told
from app.governance.proposal import Passage, Proposal
from app.governance.sources import Source, passages
from app.host import Comment, Ticket
from app.store.keys import Keys, mac
from app.store.record import Stored


def look_up(proposal: Proposal, ticket: Ticket, comment: Comment, mind: Mind, today: date) -> Proposal:
    """Adds passages, for what the message speaks of and no more. Raises NoFact where one is needed and cannot be had."""
    category = mind.policy.category(proposal.category)
    text = f"{proposal.subject}\n{proposal.text or ''}"
    usable = (
        mind.look_ups_for(category, proposal.language, today)
        if category is not None and not proposal.machine_mail
        else ()
    )
    wanted = [source for source in usable if source.look_up is not None and is_asked(source.look_up, text)]
    found = tuple(one for source in wanted for one in _of(source, text, _asker(ticket, comment), mind))
    return replace(proposal, passages=(*found, *(proposal.passages or ())))


def _asker(ticket: Ticket, comment: Comment) -> Asker:
    """Raises NoFact where the host does not vouch that the requester of record wrote this."""
    if not ticket.standing(comment.id, "").sender_trusted:
        raise NoFact("it is not certain that the customer wrote this")
    return Asker(ticket.requester.email or "", dict(ticket.fields))


def _of(source: Source, text: str, asker: Asker, mind: Mind) -> tuple[Passage, ...]:
    asked: LookUp | None = source.look_up
    if asked is None or mind.records is None:
        raise NoFact("no look-up is connected")
    found = mind.records.read(asked, key_in(asked, text), asker)
    filled = tuple(filter(None, (told(passage, asked, found) for passage in passages(source))))
    if not filled:
        raise NoFact(f"{source.title} says nothing of it")
    return filled


def hashes(tx: Connection, keys: Keys, stored: Stored) -> dict[str, object]:
    """What was looked up, for the log, under the customer's key: once that is gone, nobody can try what it was."""
    found = looked_up(stored.proposal)
    return {"facts": sorted(mac(keys.of(tx, stored.subject_key), fact.text) for fact in found)} if found else {}
