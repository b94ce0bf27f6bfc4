"""Every table, nothing else. Times are UTC, stored as ISO 8601 text so that both databases sort and show them alike."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """An aware datetime as fixed-width UTC text: `2026-11-23T09:15:02.123456Z`."""

    impl = String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> str | None:
        """Refuse a naive time: nobody knows when it is."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, _dialect: Dialect) -> datetime | None:
        """Back to an aware datetime."""
        return None if value is None else datetime.fromisoformat(value)


# A host's name, with a word before it where somebody watches it: `poll:gmail:support@acme.example`.
# SQLite counts no letters, so the column that it made for the first release is wide enough.
Place = String(20).with_variant(String(120), "postgresql")


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("host", Place, nullable=False),
    Column("delivery_key", String(200), nullable=False, unique=True),  # kept ≥ 30 days: senders retry for days
    Column("kind", String(80), nullable=False),
    Column("ticket", String(80)),
    Column("forgets", String(120)),  # whose or which ticket's words were removed at the host, as in `erasure`
    Column("raw", LargeBinary),  # only of an unusable body, sealed, for a person to look at
    Column("received_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),  # received, done, unusable, failed, gone
    Column("tries", Integer, nullable=False, default=0),
    Column("not_before", Moment, nullable=False),
    Column("trouble", Text),  # why it waits, in words
)
Index("ix_inbox_waiting", inbox.c.state, inbox.c.not_before)
Index("ix_inbox_ticket", inbox.c.host, inbox.c.ticket)

proposal = Table(
    "proposal",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("host", Place, nullable=False),
    Column("ticket", String(80), nullable=False),
    Column("comment", String(80), nullable=False),
    Column("queue", String(80)),
    Column("subject_key", String(64), nullable=False),  # whose text this is
    Column("state", String(12), nullable=False),  # working, then as in the queue's JSON
    Column("action", String(12)),
    Column("mode", String(10)),
    Column("category", String(80)),
    Column("tier", Integer),
    Column("rules", Text),  # the objections' names; their words may quote the customer and are sealed
    Column("policy_version", Integer),
    Column("confirmed_by", String(120)),  # who said that the category is right
    Column("edited_by", String(120)),
    Column("rejected_for", String(80)),
    Column("fingerprint", String(64), index=True),  # what the offered draft was made with
    Column("sealed", LargeBinary),  # the Record: proposal, reasons and what people read beside it
    Column("attempt", Integer, nullable=False, default=0),  # numbers the workers that prepared it
    Column("lease_until", Moment),
    Column("created_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    UniqueConstraint("host", "ticket", "comment"),
)
Index("ix_proposal_state", proposal.c.state, proposal.c.changed_at)
Index("ix_proposal_age", proposal.c.state, proposal.c.created_at)
Index(
    "ix_proposal_count", proposal.c.state, proposal.c.category, proposal.c.queue, proposal.c.host
)  # counted without a row
Index("ix_proposal_ticket", proposal.c.host, proposal.c.ticket, proposal.c.created_at)

approval = Table(
    "approval",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False, index=True),
    Column("actor", String(120), nullable=False),
    Column("actor_host_id", String(80)),
    Column("role", String(12), nullable=False),
    Column("via", String(20), nullable=False),
    Column("seen", String(64), nullable=False),
    Column("status_after", String(12)),
    Column("shown_ms", Integer),  # how long they had it on screen, as their page says
    Column("created_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("voided_at", Moment),
    Column("void_reason", Text),
    UniqueConstraint("seen", "actor", "created_at"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("msg_key", String(200), nullable=False, unique=True),
    Column("send_id", String(26), nullable=False, unique=True),
    Column("purpose", String(12), nullable=False),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False, index=True),
    Column("queue", String(80), nullable=False),
    Column("host", Place, nullable=False),
    Column("ticket", String(80), nullable=False),
    Column("state", String(10), nullable=False),  # READY, SENDING, SENT, HUMAN
    Column("attempt", Integer, nullable=False, default=0),
    Column("tries", Integer, nullable=False, default=0),
    Column("policy_version", Integer),
    Column("approval_id", String(26), ForeignKey("approval.id")),
    Column("body_sealed", LargeBinary, nullable=False),
    Column("body_mac", String(64)),
    Column("recipients_mac", String(64)),
    Column("gen_all", Integer),
    Column("gen_queue", Integer),
    Column("fence", String(80)),
    Column("not_before", Moment, nullable=False),
    Column("claimed_at", Moment),
    Column("lease_until", Moment),
    Column("refused", Integer),  # the attempt that the host answered with a no, its words in `reason`
    Column("host_result_id", String(80)),
    Column("host_audit_id", String(80)),
    Column("settled_at", Moment),
    Column("fate", String(12)),  # sent, never-sent, unclear
    Column("reason", Text),
    Column("delivery", Text),  # what the host says of bringing it to the customer
)
Index("ix_outbox_state", outbox.c.state, outbox.c.not_before)
Index("ix_outbox_ticket", outbox.c.host, outbox.c.ticket)
ALONE = text("purpose = 'answer' AND state = 'SENT' AND approval_id IS NULL")  # an answer that went out by itself
Index("ix_outbox_alone", outbox.c.state, outbox.c.settled_at, sqlite_where=ALONE, postgresql_where=ALONE)
Index("ix_outbox_settled", outbox.c.settled_at)

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
    _id(),
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

drill = Table(  # a rehearsal of the stop; what it came to stands in the log, as its certificate
    "drill",
    metadata,
    _id(),
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
    _id(),
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

escalation = Table(
    "escalation",
    metadata,
    _id(),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False, unique=True),
    Column("host", Place, nullable=False),
    Column("ticket", String(80), nullable=False, index=True),
    Column("trigger", String(80), nullable=False),
    Column("owner", String(120), nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", String(12), nullable=False),  # STOPPED, OWNED, ACTING, DOCUMENTED, NO-DOCUMENT
    Column("opened_by", String(120), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("allowed", Integer, nullable=False),  # seconds that it gave at first
    Column("began_at", Moment, nullable=False),  # when the present owner got it, or said what comes next
    Column("reminded_at", Moment),
    Column("had", Text, nullable=False),  # who owned it so far, a line each
    Column("assigned", String(10)),  # given, unknown, refused, away; None: the host was not asked yet
    Column("note", LargeBinary),  # sealed
    Column("next_action", LargeBinary),  # sealed
    Column("document", String(20)),  # failure pattern, source fix, policy change, something else
    Column("link", String(500)),
    Column("closed_for", LargeBinary),  # sealed: what was decided to document, and why
    Column("closed_by", String(120)),
    Column("closed_at", Moment),
)

Index("ix_escalation_state", escalation.c.state)

# --- what people made of it --------------------------------------------------------------------------------------------

outcome = Table(  # a trigger in the database refuses every change and removal
    "outcome",
    metadata,
    _id(),
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
    _id(),
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

# --- what is counted as evidence ---------------------------------------------------------------------------------------

evidence_plan = Table(  # never changed: another fingerprint is another plan
    "evidence_plan",
    metadata,
    _id(),
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
    _id(),
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
    _id(),
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
    _id(),
    Column("check_id", Integer, ForeignKey("golden_check.id"), nullable=False, index=True),
    Column("golden_id", Integer, ForeignKey("golden.id"), nullable=False, index=True),
    Column("parts", String(200), nullable=False),  # which differ
    Column("sealed", LargeBinary),  # what the new release made
)

# --- what a second person says of a review (a trigger in the database refuses every change and removal) ---------------

second_review = Table(
    "second_review",
    metadata,
    _id(),
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
    _id(),
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

label = Table(
    "label",
    metadata,
    _id(),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), nullable=False, index=True),  # where the text is
    Column("kind", String(20), nullable=False),  # category, not-escalation, redo
    Column("said", String(200), nullable=False),
    Column("was", String(200), nullable=False),  # what the machine had said
    Column("by", String(120), nullable=False),
    Column("at", Moment, nullable=False),
)

event = Table(  # what happened on tickets, as we read them: the ground of every figure, without a customer's words
    "event",
    metadata,
    _id(),
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

# --- the policy's life: drafts and requests lead to versions, and nothing changes a version (triggers say so)
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
    _id(),
    Column("parent", Integer, ForeignKey("policy_draft.id")),
    Column("base", Integer, nullable=False),  # the version that was in force when they began
    Column("toml", Text, nullable=False),
    Column("author", String(120), nullable=False),
    Column("saved_at", Moment, nullable=False),
)

policy_request = Table(  # the text never changes: whoever says another thing makes another request
    "policy_request",
    metadata,
    _id(),
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
    _id(),
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
    _id(),
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

# --- approved sources and known failures: what a source says never changes, a new text is a new row (triggers say so)
source = Table(  # the newest row of an id and language is in force, unless it retires the document
    "source",
    metadata,
    _id(),
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
    _id(),
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
    _id(),
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
    _id(),
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

# --- what we know of our own standing at a host: its token, and whether every reply there has its row ---
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
    _id(),
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
    _id(),
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

subject_key = Table(
    "subject_key",
    metadata,
    Column("subject", String(64), primary_key=True),  # keyed hash of the host's id of the person
    Column("wrapped", LargeBinary, nullable=False),
)

root_key = Table(
    "root_key",
    metadata,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("wrapped", LargeBinary, nullable=False),  # under the key-encryption key
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

# --- notices
notice = Table(
    "notice",
    metadata,
    _id(),
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

# --- approvals that were asked for at once
batch = Table(
    "batch",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("by", String(120), nullable=False),
    Column("status_after", String(12)),
    Column("made_at", Moment, nullable=False),
)
Index("ix_batch_by", batch.c.by, batch.c.made_at)

batch_item = Table(
    "batch_item",
    metadata,
    Column("batch_id", String(26), ForeignKey("batch.id"), primary_key=True),
    Column("proposal_id", String(26), primary_key=True),  # or a practice draft's
    Column("place", Integer, nullable=False),
    Column("seen", String(64), nullable=False),
    Column("tried_at", Moment),
    Column("why", Text),  # a rule's words, where it was not approved
    Column("shown_ms", Integer),  # how long they had it on screen, as their page says; deleted after 90 days
)

# --- correction runs: who received what was wrong, and what they are told instead. The words are in the proposals
correction_run = Table(
    "correction_run",
    metadata,
    Column("id", String(26), primary_key=True),
    Column("by", String(120), nullable=False),
    Column("kind", String(12), nullable=False),  # answer, source, category
    Column("sought", Text, nullable=False),
    Column("since", Moment, nullable=False),
    Column("text", Text, nullable=False),  # for all of them: no customer's words
    Column("made_at", Moment, nullable=False),
)

correction = Table(
    "correction",
    metadata,
    Column("run_id", String(26), ForeignKey("correction_run.id"), primary_key=True),
    Column("proposal_id", String(26), ForeignKey("proposal.id"), primary_key=True),  # the answer that was wrong
    Column("subject", String(64), nullable=False),
    Column("place", Integer, nullable=False),
    Column("made", String(26), ForeignKey("proposal.id")),  # what sets it right
    Column("tried_at", Moment),
    Column("why", Text),  # in our words, where it cannot be set right from here
    UniqueConstraint("run_id", "subject"),  # a customer is told once
)

# --- people's data
subject_address = Table(
    "subject_address",
    metadata,
    Column("address", String(64), primary_key=True),  # keyed hash: finds a person who asks, lists nobody
    Column("subject", String(64), primary_key=True),
)

legal_hold = Table(
    "legal_hold",
    metadata,
    _id(),
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
    _id(),
    Column("subject", String(120), nullable=False, index=True),  # of a person; or `ticket:host:id`
    Column("basis", Text, nullable=False),  # why, in words: Art. 17 (1) (b), say
    Column("asked_by", String(120), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("done_at", Moment),  # None: a legal hold stands in the way
)
