"""Work: messages that came in, what was proposed, approved and sent, and who answers instead."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint, text

from app.store.tables.columns import Moment, Place, metadata, numbered

inbox = Table(
    "inbox",
    metadata,
    numbered(),
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
    Column("offered_at", Moment),  # its first draft; null: none was, or before this was written down
    UniqueConstraint("host", "ticket", "comment"),
)
Index("ix_proposal_state", proposal.c.state, proposal.c.changed_at)
Index("ix_proposal_age", proposal.c.state, proposal.c.created_at)
Index(
    "ix_proposal_count", proposal.c.state, proposal.c.category, proposal.c.queue, proposal.c.host
)  # counted without a row
Index("ix_proposal_ticket", proposal.c.host, proposal.c.ticket, proposal.c.created_at)
WORDED = text("sealed IS NOT NULL")  # its words are still here
Index("ix_proposal_worded", proposal.c.changed_at, sqlite_where=WORDED, postgresql_where=WORDED)

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

SHOWN = text("shown_ms IS NOT NULL")  # it is deleted after 90 days
Index("ix_approval_shown", approval.c.created_at, sqlite_where=SHOWN, postgresql_where=SHOWN)

outbox = Table(
    "outbox",
    metadata,
    numbered(),
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

escalation = Table(
    "escalation",
    metadata,
    numbered(),
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
Index("ix_escalation_closed", escalation.c.closed_at)

# --- approvals that were asked for at once -------------------------------------------------------------------------------

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

# --- correction runs: who received what was wrong, and what they are told instead. The words are in the proposals ------

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
