"""Hosts: how far we have read, how we stand there, and whether every reply there has its row."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from app.store.tables.columns import Moment, Place, metadata, numbered

cursor = Table(
    "cursor",
    metadata,
    Column("host", Place, primary_key=True),
    Column("value", Text),
    Column("moved_at", Moment, nullable=False),
)

heartbeat = Table(
    "heartbeat",
    metadata,
    Column("name", String(40).with_variant(String(120), "postgresql"), primary_key=True),  # sweeper, poll:zendesk …
    Column("at", Moment, nullable=False),
    Column("trouble", Text),  # what is wrong, in words; null: all well
    Column("since", Moment),  # since when
)

host_token = Table(
    "host_token",
    metadata,
    Column("host", Place, primary_key=True),
    Column("sealed", LargeBinary),  # access and refresh token; null: none is in force
    Column("expires_at", Moment),
    Column("generation", Integer, nullable=False),  # grows with each pair
    Column("renewing_until", Moment),  # whoever renews it holds it for so long
    Column("trouble", Text),  # why an admin must connect anew
    Column("changed_at", Moment, nullable=False),
)

reconciliation = Table(
    "reconciliation",
    metadata,
    numbered(),
    Column("host", Place, nullable=False),
    Column("at", Moment, nullable=False),
    Column("since", Moment, nullable=False),  # replies older than this are from before our time
    Column("tickets", Integer, nullable=False),
    Column("ours", Integer, nullable=False),
    Column("by_hand", Integer, nullable=False),
    Column("foreign", Integer, nullable=False),  # of another deployment
    Column("unexplained", Integer, nullable=False),
)
Index("ix_reconciliation_host", reconciliation.c.host, reconciliation.c.at)

unexplained = Table(
    "unexplained",
    metadata,
    numbered(),
    Column("host", Place, nullable=False),
    Column("ticket", String(80), nullable=False),
    Column("comment", String(80), nullable=False),
    Column("why", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("explained_at", Moment),
    Column("explained_by", String(120)),
    UniqueConstraint("host", "comment"),
)

sender = Table(
    "sender",
    metadata,
    Column("host", Place, primary_key=True),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(20), nullable=False),
    Column("name", Text, nullable=False),
    Column("brings", Boolean, nullable=False),  # our replies, to the customer
)
