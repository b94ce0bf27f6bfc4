"""Approved sources and known failures: what a source says never changes, a new text is a new row; triggers say so."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.store.tables.columns import Moment, metadata, numbered

source = Table(  # the newest row of an id and language is in force, unless it retires the document
    "source",
    metadata,
    numbered(),
    Column("source_id", String(120), nullable=False),
    Column("language", String(10), nullable=False),
    Column("version", Integer, nullable=False),
    Column("change", String(12), nullable=False),  # new, changed, renewed, retired
    Column("sha256", String(64), nullable=False),
    Column("says", String(64), nullable=False),  # of what drafts rest on: owner and review date are no part of it
    Column("text", Text, nullable=False),  # the whole document, front matter included
    Column("name", String(200), nullable=False),
    Column("widens", Boolean, nullable=False),
    Column("author", String(120), nullable=False),
    Column("approved_by", String(120)),  # a second person
    Column("reason", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    UniqueConstraint("source_id", "language", "version"),
    CheckConstraint("approved_by <> author", name="ck_source_second"),
    CheckConstraint("approved_by IS NOT NULL OR NOT widens", name="ck_source_wider"),
)

source_request = Table(  # the text never changes: whoever says another thing makes another request
    "source_request",
    metadata,
    numbered(),
    Column("source_id", String(120), nullable=False),
    Column("language", String(10), nullable=False),
    Column("replaces", Integer, nullable=False),  # the version in force when it was asked for; 0: none
    Column("change", String(12), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("name", String(200), nullable=False),
    Column("author", String(120), nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),  # open, published, withdrawn, superseded
    Column("approved_by", String(120)),
    Column("ended_at", Moment),
    CheckConstraint("approved_by <> author", name="ck_source_request_second"),
)
Index("ix_source_request_state", source_request.c.state)

source_fix = Table(  # what somebody found that a source should say
    "source_fix",
    metadata,
    numbered(),
    Column("source_id", String(120)),  # null: no source says anything about it yet
    Column("words", Text, nullable=False),
    Column("owner", String(120), nullable=False),
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_by", String(120)),
    Column("done_at", Moment),
)

citation = Table(  # what an open draft rests on, so that a change of it finds the draft
    "citation",
    metadata,
    Column("proposal_id", String(26), ForeignKey("proposal.id"), primary_key=True),
    Column("source_id", String(120), primary_key=True),
    Column("language", String(10), primary_key=True),
    Column("says", String(64), nullable=False),
    Column("confirmed", String(64)),  # the newer text that a person found the draft still right under
    Column("confirmed_by", String(120)),
)
Index("ix_citation_source", citation.c.source_id, citation.c.language)

failure_pattern = Table(
    "failure_pattern",
    metadata,
    numbered(),
    Column("name", String(120), nullable=False),
    Column("description", Text, nullable=False),
    Column("owner", String(120), nullable=False),
    Column("categories", Text, nullable=False),  # JSON; these are draft only while it is open
    Column("phrases", Text, nullable=False),  # JSON; a draft with one of them matches
    Column("finding", String(40)),  # or a draft of these categories of which the checks say this
    Column("examples", Text, nullable=False),  # JSON, in nobody's own words
    Column("review_by", String(10), nullable=False),
    Column("state", String(8), nullable=False),  # open, fixed
    Column("opened_by", String(120), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("fix_asked_by", String(120)),
    Column("fix_asked_at", Moment),
    Column("fixed_for", Text),  # what was done about it
    Column("fixed_by", String(120)),
    Column("fixed_at", Moment),
    CheckConstraint("fixed_by <> fix_asked_by", name="ck_failure_pattern_second"),
    CheckConstraint("state <> 'fixed' OR fixed_by IS NOT NULL", name="ck_failure_pattern_fixed"),
)
Index("ix_failure_pattern_state", failure_pattern.c.state)

vector = Table(
    "vector",
    metadata,
    Column("model", String(80), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("numbers", LargeBinary, nullable=False),
)
