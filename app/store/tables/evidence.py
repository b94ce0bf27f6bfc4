"""Evidence: what people made of drafts, what is promised and counted, and how far that carries a category."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from app.store.tables.columns import Moment, Place, metadata, numbered

# --- what people made of it --------------------------------------------------------------------------------------------

outcome = Table(  # a trigger in the database refuses every change and removal
    "outcome",
    metadata,
    numbered(),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False, unique=True),
    Column("outcome", String(16), nullable=False),
    Column("how", String(10), nullable=False),  # clicked, batch, by hand, nobody
    Column("by", String(120)),  # null: nobody, or somebody who was never here
    Column("reason", String(80)),  # the failure pattern of a rejection; why nobody looked
    Column("kinds", String(200), nullable=False),  # what an edit changed: money,negation
    Column("hurried", Boolean, nullable=False),  # accepted faster than reading takes: no evidence
    Column("queue", String(80)),
    Column("category", String(80)),  # as it was when the first draft was offered, like the tier
    Column("tier", Integer),
    Column("mode", String(10)),
    Column("policy_version", Integer),
    Column("drafted", Boolean, nullable=False),  # false: there was no draft to judge
    Column("held_out", Boolean, nullable=False),  # drawn to stay with people: what auto-send is compared with
    Column("corrected", Boolean, nullable=False),  # a person set category, escalation or draft right
    Column("words", Integer, nullable=False),  # of the first draft
    Column("offered_at", Moment, nullable=False),
    Column("at", Moment, nullable=False),
)
Index("ix_outcome_category", outcome.c.category, outcome.c.at)

reading = Table(  # a person's own figures: outside the log, and deleted after 90 days
    "reading",
    metadata,
    numbered(),
    Column("by", String(120), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("shown_ms", Integer),
    Column("hurried", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
)
Index("ix_reading_by", reading.c.by, reading.c.at)

practice = Table(  # drafts with a planted mistake: no proposals, so nothing can be approved, sent or counted of them
    "practice",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("mode", String(10), nullable=False),
    Column("question", Text, nullable=False),  # an example of the policy: no customer's words
    Column("record", LargeBinary, nullable=False),
    Column("was", Text, nullable=False),  # the sentence before the mistake was planted, and with it
    Column("now", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("by", String(120)),  # who judged it: outside the log, and deleted after 90 days
    Column("said", String(12)),  # caught, missed, not judged, unusable
    Column("judged_at", Moment),
)

label = Table(
    "label",
    metadata,
    numbered(),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False, index=True),  # where the text is
    Column("kind", String(20), nullable=False),  # category, not-escalation, redo
    Column("said", String(200), nullable=False),
    Column("was", String(200), nullable=False),  # what the machine had said
    Column("by", String(120), nullable=False),
    Column("at", Moment, nullable=False),
)

# --- what is counted as evidence ---------------------------------------------------------------------------------------

evidence_plan = Table(  # never changed: another fingerprint is another plan
    "evidence_plan",
    metadata,
    numbered(),
    Column("category", String(80), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("document", Text, nullable=False),  # the canonical JSON that was hashed
    Column("making", Text, nullable=False),  # what the fingerprint is the hash of
    Column("registered_by", String(120), nullable=False),
    Column("registered_at", Moment, nullable=False),
    UniqueConstraint("category", "fingerprint"),
)

# --- the golden set: what drafts were made of, and whether a new release drafts as before. Only the words ever go -------

golden = Table(
    "golden",
    metadata,
    numbered(),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("fingerprint", String(64), nullable=False, index=True),
    Column("sealed", LargeBinary),  # the message and what was made of it; null: its time is over
    Column("kept_at", Moment, nullable=False),
    UniqueConstraint("proposal_id", "attempt"),
)

golden_check = Table(
    "golden_check",
    metadata,
    numbered(),
    Column("category", String(80), nullable=False),
    Column("plan", String(64), nullable=False, index=True),  # the evidence plan, by its hash
    Column("previous", String(64), nullable=False),
    Column("fingerprint", String(64), nullable=False),  # of the new release
    Column("making", Text, nullable=False),
    Column("wanted", Integer, nullable=False),
    Column("compared", Integer, nullable=False),
    Column("different", Integer, nullable=False),
    Column("carried", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("category", "fingerprint"),
)

golden_difference = Table(
    "golden_difference",
    metadata,
    numbered(),
    Column("check_id", Integer, ForeignKey("golden_check.id"), nullable=False, index=True),
    Column("golden_id", Integer, ForeignKey("golden.id"), nullable=False, index=True),
    Column("parts", String(200), nullable=False),  # which differ
    Column("sealed", LargeBinary),  # what the new release made
)

# --- what a second person says of a review (a trigger in the database refuses every change and removal) ---------------

second_review = Table(
    "second_review",
    metadata,
    numbered(),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False),
    Column("kind", String(10), nullable=False),  # second, settled
    Column("outcome", String(16), nullable=False),
    Column("by", String(120), nullable=False),
    Column("at", Moment, nullable=False),
    UniqueConstraint("proposal_id", "kind"),
)
Index("ix_second_review_by", second_review.c.by, second_review.c.at)

# --- how far a category may send by itself: a step up takes two people, a step down nobody but whoever takes it --------

ramp_step = Table(
    "ramp_step",
    metadata,
    numbered(),
    Column("category", String(80), nullable=False, index=True),
    Column("from_step", Integer, nullable=False),
    Column("to_step", Integer, nullable=False),
    Column("plan", String(64), nullable=False),  # the evidence plan that it stands on, by its hash
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("reason", Text, nullable=False),
    Column("granted_by", String(120)),
    Column("in_force_at", Moment),  # null: asked for, and nothing yet
    CheckConstraint("granted_by <> asked_by", name="ck_ramp_step_second"),
    CheckConstraint("in_force_at IS NULL OR to_step < from_step OR granted_by IS NOT NULL", name="ck_ramp_step_wider"),
)

# --- what became of the answers ---------------------------------------------------------------------------------------

event = Table(  # what happened on tickets, as we read them: the ground of every figure, without a customer's words
    "event",
    metadata,
    numbered(),
    Column("host", Place, nullable=False),
    Column("ticket", String(80), nullable=False),
    Column("kind", String(10), nullable=False),  # opened, message, answered, status, rated, removed
    Column("ref", String(80), nullable=False),  # the host's id of the comment, or when it was seen
    Column("at", Moment, nullable=False, index=True),
    Column("facts", Text, nullable=False),
    UniqueConstraint("host", "ticket", "kind", "ref"),
)

figures = Table(  # the board of that many weeks as the clock last counted it: numbers, nothing else
    "figures",
    metadata,
    Column("weeks", Integer, primary_key=True, autoincrement=False),
    Column("counted_at", Moment, nullable=False),
    Column("seconds", Float, nullable=False),  # that counting took
    Column("board", LargeBinary, nullable=False),
)
