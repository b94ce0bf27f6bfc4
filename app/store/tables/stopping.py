"""Stopping: the switch, freezes, links that only stop, and rehearsals."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table, Text

from app.store.tables.columns import Moment, metadata, numbered

switch = Table(
    "switch",
    metadata,
    Column("scope", String(80), primary_key=True),  # `*` or a queue
    Column("state", String(10), nullable=False),
    Column("gen", Integer, nullable=False),
    Column("changed_by", String(120), nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("reason", Text),
    Column("off_at", Moment),
    Column("confirmed_at", Moment),
    Column("sent_before", Integer),
    Column("unclear", Integer),
    Column("to_humans", Integer),
    Column("restore_asked_by", String(120)),
)

freeze = Table(
    "freeze",
    metadata,
    numbered(),
    Column("level", String(12), nullable=False),  # auto-off, draft-only
    Column("queue", String(80)),  # null: every queue
    Column("category", String(80)),  # null: every category
    Column("kind", String(20), nullable=False),  # one of app.governance.freezing.Kind
    Column("cause", Text, nullable=False),  # in words, for people
    Column("opened_by", String(120), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("thaw_asked_by", String(120)),
    Column("thaw_reason", Text),  # how the cause was resolved, or why it is accepted
    Column("lifted_at", Moment),
    Column("lifted_by", String(120)),
    CheckConstraint("lifted_by <> thaw_asked_by", name="ck_freeze_second"),
)
Index("ix_freeze_open", freeze.c.lifted_at)

stop_link = Table(
    "stop_link",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("scope", String(80), nullable=False),
    Column("made_for", String(120), nullable=False),
    Column("made_by", String(120), nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("withdrawn_at", Moment),
)

drill = Table(  # a rehearsal of the stop; what it came to stands in the log, as its certificate
    "drill",
    metadata,
    numbered(),
    Column("queue", String(80), nullable=False),  # the canary queue, or a real one on request
    Column("started_by", String(120), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("step", String(20), nullable=False),
    Column("seen", Text, nullable=False),  # JSON: what was measured so far; ids and numbers
    Column("ended_at", Moment),
    Column("passed", Boolean),
    Column("entry", Integer),  # the number of the certificate in the log
    Column("offered_again_at", Moment),  # what a drill on a real queue had stopped
)

canary = Table(  # the canary host's own world: tickets that nobody wrote, and every request that reached it
    "canary",
    metadata,
    numbered(),
    Column("drill_id", Integer, ForeignKey("drill.id"), nullable=False, index=True),
    Column("part", String(12), nullable=False),  # what becomes of its send: quick, slow, killed, held
    Column("stamp", Integer, nullable=False),  # grows with each change: the fence
    Column("asked_at", Moment),  # a send reached the host
    Column("asked_stamp", Integer),
    Column("attempt", Integer),
    Column("send_id", String(26)),
    Column("sender", Integer),  # the process that sent
    Column("applied_at", Moment),  # the ledger: what a customer would have read
    Column("refused_at", Moment),  # it came too late
)
