"""Write the export: everything that a stranger needs, each file's hash in the log itself, a checkpoint over all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection

from app.deps import Deps
from app.one_pager.facts import facts
from app.one_pager.prints import as_html
from app.review import NotFound
from app.store import audit, checkpoints, staff
from app.store.checkpoints import Signed
from app.store.tables import audit_text, policy_version, subject_key

HERE = Path(__file__).parent
PROMPTS = HERE.parent / "ai" / "prompts"
BESIDE = ("verify.py", "README.txt")


class NotEmpty(Exception):
    """The folder holds something already; nothing is mixed with it."""


def write(deps: Deps, folder: Path, by: str, *, texts: bool = False) -> Signed:
    """Export the log into an empty folder. Raises NotEmpty; checkpoints.Inconsistent if the log was altered.

    `texts` adds what customers wrote and were told. The export is itself an entry: who, when, and each file's hash.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise NotEmpty(f"{folder} is not empty")
    with deps.readers.begin() as tx:
        _write_beside(tx, deps, folder, texts=texts)
    files = {str(path.relative_to(folder)): _sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        audit.append(tx, now, by, "log.exported", "log", {"files": files, "texts": texts})
        signed = checkpoints.sign(tx, deps.keys, deps.settings.deployment, now)
    with deps.readers.begin() as tx:
        _write_log(tx, folder, signed.size)
    return signed


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_beside(tx: Connection, deps: Deps, folder: Path, *, texts: bool) -> None:
    """All but the log and its checkpoints, which cannot hold their own hashes."""
    for name in BESIDE:
        (folder / name).write_bytes((HERE / name).read_bytes())
    (folder / "key.hex").write_text(checkpoints.public_key(deps.keys).hex() + "\n", encoding="ascii")
    with suppress(NotFound):  # before the first policy there is nothing to say
        (folder / "one-pager.html").write_text(as_html(facts(deps)), encoding="utf-8")
    (folder / "prompts").mkdir()
    for prompt in sorted(PROMPTS.glob("*.md")):
        (folder / "prompts" / prompt.name).write_bytes(prompt.read_bytes())
    (folder / "policies").mkdir()
    for row in tx.execute(sa.select(policy_version.c.version, policy_version.c.toml)):
        (folder / "policies" / f"{row.version}.toml").write_bytes(row.toml.encode())
    people = {member.id: {"name": member.name, "role": member.role} for member in staff.everybody(tx)}
    (folder / "people.json").write_text(json.dumps(people, ensure_ascii=False, indent=1), encoding="utf-8")
    if texts:
        with (folder / "texts.jsonl").open("w", encoding="utf-8", newline="\n") as out:
            out.writelines(_texts(tx, deps))


def _texts(tx: Connection, deps: Deps) -> Iterator[str]:
    """Each text whose owner's key still stands, with the salt of its commitment."""
    joined = audit_text.join(subject_key, subject_key.c.subject == audit_text.c.subject)
    wanted = sa.select(audit_text.c.seq, audit_text.c.sealed, subject_key.c.wrapped).select_from(joined)
    for row in tx.execute(wanted.order_by(audit_text.c.seq)):
        salt, text = audit.words_of(deps.keys.unwrapped(row.wrapped), row.sealed)
        if not text:
            continue  # its time is over
        line = {"seq": row.seq, "salt": salt.hex(), "text": text.decode()}
        yield json.dumps(line, ensure_ascii=False) + "\n"


def _write_log(tx: Connection, folder: Path, size: int) -> None:
    with (folder / "log.jsonl").open("wb") as log, (folder / "chain.txt").open("w", encoding="ascii") as links:
        for entry in audit.entries(tx, upto=size):
            log.write((entry.stored or b'{"pruned":"%s"}' % entry.leaf.hex().encode()) + b"\n")
            links.write(entry.chain.hex() + "\n")
    (folder / "checkpoints").mkdir()
    sizes = list[int]()
    for signed in checkpoints.every(tx):
        if signed.size <= size:
            (folder / "checkpoints" / f"{signed.size:010}.note").write_bytes(signed.note.encode())
            sizes.append(signed.size)
    with (folder / "consistency.jsonl").open("w", encoding="ascii", newline="\n") as out:
        out.writelines(_proof(tx, old, new) for old, new in pairwise(sizes))


def _proof(tx: Connection, old: int, new: int) -> str:
    """That nothing before the older checkpoint changed until the newer one, for whoever has only the two."""
    path = [node.hex() for node in checkpoints.consistency(tx, old, new)]
    return json.dumps({"from": old, "to": new, "path": path}) + "\n"
