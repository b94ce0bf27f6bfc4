"""The record: keys of people, the audit log under them, and what people may ask of their data."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from app.store.tables.columns import Moment, metadata, numbered

root_key = Table(
    "root_key",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),  # under the key-encryption key
)

subject_key = Table(
    "subject_key",
    metadata,
    Column("subject", String(64), primary_key=True),  # keyed hash of the host's id of the person
    Column("wrapped", LargeBinary, nullable=False),
)

subject_address = Table(
    "subject_address",
    metadata,
    Column("address", String(64), primary_key=True),  # keyed hash: finds a person who asks, lists nobody
    Column("subject", String(64), primary_key=True),
)

legal_hold = Table(
    "legal_hold",
    metadata,
    numbered(),
    Column("subject", String(64), nullable=False, index=True),
    Column("reason", Text, nullable=False),
    Column("by", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    Column("lifted_by", String(120)),
    Column("lifted_at", Moment),
)

erasure = Table(
    "erasure",
    metadata,
    numbered(),
    Column("subject", String(120), nullable=False, index=True),  # of a person; or `ticket:host:id`
    Column("basis", Text, nullable=False),  # why, in words: Art. 17 (1) (b), say
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),  # None: a legal hold stands in the way
)

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("ts", Moment, nullable=False),
    Column("actor", String(120), nullable=False),
    Column("action", String(60), nullable=False),
    Column("object", String(200), nullable=False),
    Column("stored", LargeBinary, nullable=False),  # the canonical JSON that was hashed
    Column("leaf", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
)
Index("ix_audit_object", audit.c.object)
Index("ix_audit_action", audit.c.action, audit.c.seq)
PEOPLES = text("actor <> 'countersign' AND actor <> ''")  # most entries are the machine's own
Index("ix_audit_actor", audit.c.actor, audit.c.action, audit.c.seq, sqlite_where=PEOPLES, postgresql_where=PEOPLES)

audit_tail = Table(
    "audit_tail",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("chain", LargeBinary, nullable=False),
)

audit_text = Table(
    "audit_text",
    metadata,
    Column("seq", Integer, ForeignKey("audit.seq"), primary_key=True, autoincrement=False),
    Column("subject", String(64), nullable=False, index=True),  # whose text it is: under their key
    Column("sealed", LargeBinary, nullable=False),  # salt and text; the entry holds SHA-256 of both
)

audit_node = Table(  # complete subtrees of the Merkle tree, so that a proof need not hash the whole log
    "audit_node",
    metadata,
    Column("start", Integer, primary_key=True, autoincrement=False),
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
)

checkpoint = Table(
    "checkpoint",
    metadata,
    Column("size", Integer, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("chain", LargeBinary, nullable=False),
    Column("signed_at", Moment, nullable=False),
    Column("note", Text, nullable=False),
    Column("kept_at", Moment),  # when the keeper outside had it
)
