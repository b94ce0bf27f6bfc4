"""The policy's life: drafts and requests lead to versions, and nothing changes a version; triggers in the database say so."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from app.store.tables.columns import Moment, metadata, numbered

policy_version = Table(
    "policy_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False),
    Column("toml", Text, nullable=False),
    Column("author", String(120), nullable=False),
    Column("approved_by", String(120)),  # a second person; null: it narrows, or it is the first
    Column("verdict", String(12), nullable=False),  # first, equivalent, narrower, wider, incomparable
    Column("reason", Text, nullable=False),
    Column("published_at", Moment, nullable=False),
    Column("effective_from", Moment, nullable=False),
    CheckConstraint("approved_by <> author", name="ck_policy_version_second"),
    CheckConstraint(
        "approved_by IS NOT NULL OR verdict IN ('first', 'equivalent', 'narrower')", name="ck_policy_version_wider"
    ),
    CheckConstraint("verdict <> 'first' OR version = 1", name="ck_policy_version_first"),
)

policy_draft = Table(  # each save is a row of its own: of two people who edit at once neither loses a word
    "policy_draft",
    metadata,
    numbered(),
    Column("parent", Integer, ForeignKey("policy_draft.id")),
    Column("base", Integer, nullable=False),  # the version that was in force when they began
    Column("toml", Text, nullable=False),
    Column("author", String(120), nullable=False),
    Column("saved_at", Moment, nullable=False),
)

policy_request = Table(  # the text never changes: whoever says another thing makes another request
    "policy_request",
    metadata,
    numbered(),
    Column("sha256", String(64), nullable=False),
    Column("toml", Text, nullable=False),
    Column("replaces", Integer, nullable=False),  # the version in force when it was asked for
    Column("verdict", String(12), nullable=False),
    Column("author", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),  # open, published, withdrawn, superseded
    Column("approved_by", String(120)),
    Column("approved_sha256", String(64)),
    Column("approved_at", Moment),
    Column("version", Integer, ForeignKey("policy_version.version")),
    CheckConstraint("approved_by <> author", name="ck_policy_request_second"),
    CheckConstraint("approved_sha256 = sha256", name="ck_policy_request_hash"),
)

accepted_finding = Table(
    "accepted_finding",
    metadata,
    numbered(),
    Column("finding", String(60), nullable=False),  # its key
    Column("text", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("granted_by", String(120)),
    Column("granted_at", Moment),
    CheckConstraint("granted_by <> asked_by", name="ck_accepted_finding_second"),
)
Index("ix_accepted_finding_finding", accepted_finding.c.finding)

policy_replay = Table(
    "policy_replay",
    metadata,
    numbered(),
    Column("sha256", String(64), nullable=False),
    Column("toml", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("total", Integer, nullable=False),
    Column("through", String(26), nullable=False),  # the last proposal that was counted
    Column("counts", Text, nullable=False),  # JSON
    Column("state", String(10), nullable=False),  # running, stopped, done
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("moved_at", Moment, nullable=False),
)
