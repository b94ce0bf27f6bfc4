"""People: who may do what, where they are signed in, and what they are told."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from app.store.tables.columns import Moment, Place, metadata, numbered

staff = Table(
    "staff",
    metadata,
    Column("id", String(26), primary_key=True),  # what the audit log calls them
    Column("email", String(120), nullable=False, unique=True),
    Column("name", String(120), nullable=False),
    Column("host", Place, nullable=False),
    Column("host_id", String(80), nullable=False),
    Column("host_role", String(12), nullable=False),  # as the host last said
    Column("set_role", String(12)),  # agent, reviewer, admin: set by an admin, in place of the host's
    Column("read_at", Moment, nullable=False),
    Column("asked_at", Moment),  # when somebody last set out to ask the host
    Column("seen_at", Moment),
    Column("signed_out_at", Moment),  # what they began before that counts no more
    Column("language", String(12)),  # which they chose; none: as their browser asks
    UniqueConstraint("host", "host_id"),
)

session = Table(
    "session",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("sha256", String(64), nullable=False, unique=True),  # of the secret in the cookie or the file
    Column("kind", String(12), nullable=False),  # web, command-line
    Column("label", String(120), nullable=False),  # which command line
    Column(
        "staff_id", String(26), ForeignKey("staff.id"), index=True
    ),  # null: a command line that waits for its person
    Column("code", String(12), unique=True),  # what both screens show while it waits
    Column("started_at", Moment, nullable=False),
    Column("renewed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
)

used_token = Table(
    "used_token",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("expires_at", Moment, nullable=False),
)

notice = Table(
    "notice",
    metadata,
    numbered(),
    Column("key", String(200), nullable=False),  # what, and about which: told once to each address
    Column("road", String(10), nullable=False),  # mail or chat
    Column("address", String(300), nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),  # never a customer's words: numbers, times and a link
    Column("state", String(10), nullable=False),  # waiting, sent, given-up
    Column("tries", Integer, nullable=False),
    Column("not_before", Moment, nullable=False),
    Column("trouble", Text),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("key", "address"),
)
Index("ix_notice_waiting", notice.c.state, notice.c.not_before)
