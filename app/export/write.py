"""Write the export: everything that a stranger needs, each file's hash in the log itself, a checkpoint over all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from app.deps import Deps
from app.export.places import Folder, Place, Span
from app.governance.chain import Entry
from app.one_pager.facts import facts
from app.one_pager.prints import as_html
from app.review import NotFound
from app.store import audit, checkpoints, staff
from app.store.checkpoints import Signed
from app.store.tables import audit as log
from app.store.tables import audit_text, policy_version, subject_key

HERE = Path(__file__).parent
PROMPTS = HERE.parent / "ai" / "prompts"
BESIDE = ("verify.py", "README.txt")
ALWAYS = Span()


def write(deps: Deps, into: Path | Place, by: str, *, texts: bool = False, span: Span = ALWAYS) -> Signed:
    """Export the log. Raises NotEmpty; checkpoints.Inconsistent if the log was altered.

    `texts` adds what customers wrote and were told in that span; the log itself is always whole, for a part of it would
    prove nothing. The export is itself an entry: who, when, and each file's hash.
    """
    place = Folder(into) if isinstance(into, Path) else into
    with deps.readers.begin() as tx:
        _write_beside(tx, deps, place, span if texts else None)
    files = dict(sorted(place.hashes.items()))
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        audit.append(tx, now, by, "log.exported", "log", {"files": files, "texts": texts, **span.header})
        signed = checkpoints.sign(tx, deps.keys, deps.settings.deployment, now)
    with deps.readers.begin() as tx:
        _write_log(tx, place, signed.size)
    return signed


def _write_beside(tx: Connection, deps: Deps, place: Place, texts: Span | None) -> None:
    """All but the log and its checkpoints, which cannot hold their own hashes."""
    for name in BESIDE:
        place.put(name, (HERE / name).read_bytes())
    place.put("key.hex", checkpoints.public_key(deps.keys).hex().encode() + b"\n")
    with suppress(NotFound):  # before the first policy there is nothing to say
        place.put("one-pager.html", as_html(facts(deps)).encode())
    for prompt in sorted(PROMPTS.glob("*.md")):
        place.put(f"prompts/{prompt.name}", prompt.read_bytes())
    for row in tx.execute(sa.select(policy_version.c.version, policy_version.c.toml)):
        place.put(f"policies/{row.version}.toml", row.toml.encode())
    people = {member.id: {"name": member.name, "role": member.role} for member in staff.everybody(tx)}
    place.put("people.json", json.dumps(people, ensure_ascii=False, indent=1).encode())
    if texts is not None:
        place.put("texts.jsonl", _texts(tx, deps, texts))


def _texts(tx: Connection, deps: Deps, span: Span) -> Iterator[bytes]:
    """Each text whose owner's key still stands, with the salt of its commitment."""
    joined = audit_text.join(subject_key, subject_key.c.subject == audit_text.c.subject)
    joined = joined.join(log, log.c.seq == audit_text.c.seq)
    wanted = sa.select(audit_text.c.seq, audit_text.c.sealed, subject_key.c.wrapped).select_from(joined)
    wanted = wanted.where(log.c.ts >= span.since) if span.since else wanted
    wanted = wanted.where(log.c.ts < span.until) if span.until else wanted
    for row in tx.execute(wanted.order_by(audit_text.c.seq).execution_options(yield_per=1000)):
        salt, text = audit.words_of(deps.keys.unwrapped(row.wrapped), row.sealed)
        if not text:
            continue  # its time is over
        line = {"seq": row.seq, "salt": salt.hex(), "text": text.decode()}
        yield json.dumps(line, ensure_ascii=False).encode() + b"\n"


def _write_log(tx: Connection, place: Place, size: int) -> None:
    place.put("log.jsonl", (_line(entry) for entry in audit.entries(tx, upto=size)))
    links = sa.select(log.c.chain).where(log.c.seq <= size).order_by(log.c.seq).execution_options(yield_per=1000)
    place.put("chain.txt", (link.hex().encode() + b"\n" for link in tx.execute(links).scalars()))
    sizes = list[int]()
    for signed in checkpoints.every(tx):
        if signed.size <= size:
            place.put(f"checkpoints/{signed.size:010}.note", signed.note.encode())
            sizes.append(signed.size)
    place.put("consistency.jsonl", (_proof(tx, old, new) for old, new in pairwise(sizes)))


def _line(entry: Entry) -> bytes:
    return (entry.stored or b'{"pruned":"%s"}' % entry.leaf.hex().encode()) + b"\n"


def _proof(tx: Connection, old: int, new: int) -> bytes:
    """That nothing before the older checkpoint changed until the newer one, for whoever has only the two."""
    path = [node.hex() for node in checkpoints.consistency(tx, old, new)]
    return json.dumps({"from": old, "to": new, "path": path}).encode() + b"\n"
