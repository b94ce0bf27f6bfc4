"""the first tables

Revision: 0001, after None
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# A judgement stands, whoever asks, and so does what was published: neither is ever changed or removed.
_KEPT = {
    "outcome": "an outcome is never changed or removed",
    "policy_version": "a published version never changes and is never removed",
    "source": "a version of a source never changes and is never removed",
}


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("ts", sa.String(length=27), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("object", sa.String(length=200), nullable=False),
        sa.Column("stored", sa.LargeBinary(), nullable=False),
        sa.Column("leaf", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_object", "audit", ["object"], unique=False)
    op.create_table(
        "root_key",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_root_key")),
    )
    op.create_table(
        "audit_tail",
        sa.Column("one", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_audit_tail")),
    )
    op.create_table(
        "cursor",
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("moved_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_cursor")),
    )
    op.create_table(
        "freeze",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("level", sa.String(length=12), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=True),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("thaw_asked_by", sa.String(length=120), nullable=True),
        sa.Column("thaw_reason", sa.Text(), nullable=True),
        sa.Column("lifted_at", sa.String(length=27), nullable=True),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.CheckConstraint("lifted_by <> thaw_asked_by", name="ck_freeze_second"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_freeze")),
    )
    op.create_index("ix_freeze_open", "freeze", ["lifted_at"], unique=False)
    op.create_table(
        "drill",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("started_by", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.String(length=27), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("entry", sa.Integer(), nullable=True),
        sa.Column("offered_again_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drill")),
    )
    op.create_table(
        "canary",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("drill_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=12), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=True),
        sa.Column("asked_stamp", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("send_id", sa.String(length=26), nullable=True),
        sa.Column("sender", sa.Integer(), nullable=True),
        sa.Column("applied_at", sa.String(length=27), nullable=True),
        sa.Column("refused_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["drill_id"], ["drill.id"], name=op.f("fk_canary_drill_id_drill")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canary")),
    )
    op.create_index(op.f("ix_canary_drill_id"), "canary", ["drill_id"], unique=False)
    op.create_table(
        "stop_link",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("made_for", sa.String(length=120), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("made_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("used_at", sa.String(length=27), nullable=True),
        sa.Column("withdrawn_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_link")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("since", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("delivery_key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=80), nullable=False),
        sa.Column("ticket", sa.String(length=80), nullable=True),
        sa.Column("forgets", sa.String(length=120), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=True),
        sa.Column("received_at", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.String(length=27), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("delivery_key", name=op.f("uq_inbox_delivery_key")),
    )
    op.create_index("ix_inbox_ticket", "inbox", ["host", "ticket"], unique=False)
    op.create_index("ix_inbox_waiting", "inbox", ["state", "not_before"], unique=False)
    op.create_table(
        "policy_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("published_at", sa.String(length=27), nullable=False),
        sa.Column("effective_from", sa.String(length=27), nullable=False),
        sa.CheckConstraint("approved_by <> author", name="ck_policy_version_second"),
        sa.CheckConstraint(
            "approved_by IS NOT NULL OR verdict IN ('first', 'equivalent', 'narrower')", name="ck_policy_version_wider"
        ),
        sa.CheckConstraint("verdict <> 'first' OR version = 1", name="ck_policy_version_first"),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_version")),
    )
    op.create_table(
        "policy_draft",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("saved_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["policy_draft.id"], name=op.f("fk_policy_draft_parent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_draft")),
    )
    op.create_table(
        "policy_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("approved_sha256", sa.String(length=64), nullable=True),
        sa.Column("approved_at", sa.String(length=27), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.CheckConstraint("approved_by <> author", name="ck_policy_request_second"),
        sa.CheckConstraint("approved_sha256 = sha256", name="ck_policy_request_hash"),
        sa.ForeignKeyConstraint(["version"], ["policy_version.version"], name=op.f("fk_policy_request_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_request")),
    )
    op.create_table(
        "accepted_finding",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("finding", sa.String(length=60), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("granted_by", sa.String(length=120), nullable=True),
        sa.Column("granted_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("granted_by <> asked_by", name="ck_accepted_finding_second"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accepted_finding")),
    )
    op.create_index("ix_accepted_finding_finding", "accepted_finding", ["finding"], unique=False)
    op.create_table(
        "policy_replay",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("toml", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("until", sa.String(length=27), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("through", sa.String(length=26), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("moved_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policy_replay")),
    )
    op.create_table(
        "proposal",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=80), nullable=False),
        sa.Column("comment", sa.String(length=80), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=True),
        sa.Column("subject_key", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("action", sa.String(length=12), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=True),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("rules", sa.Text(), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("confirmed_by", sa.String(length=120), nullable=True),
        sa.Column("edited_by", sa.String(length=120), nullable=True),
        sa.Column("rejected_for", sa.String(length=80), nullable=True),
        sa.Column("fingerprint", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("host", "ticket", "comment", name=op.f("uq_proposal_host")),
    )
    op.create_index("ix_proposal_state", "proposal", ["state", "changed_at"], unique=False)
    op.create_index(op.f("ix_proposal_fingerprint"), "proposal", ["fingerprint"], unique=False)
    op.create_index("ix_proposal_ticket", "proposal", ["host", "ticket", "created_at"], unique=False)
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("says", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("widens", sa.Boolean(), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", sa.String(length=27), nullable=False),
        sa.CheckConstraint("approved_by IS NOT NULL OR NOT widens", name="ck_source_wider"),
        sa.CheckConstraint("approved_by <> author", name="ck_source_second"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source")),
        sa.UniqueConstraint("source_id", "language", "version", name=op.f("uq_source_source_id")),
    )
    op.create_table(
        "source_request",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("replaces", sa.Integer(), nullable=False),
        sa.Column("change", sa.String(length=12), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("approved_by", sa.String(length=120), nullable=True),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("approved_by <> author", name="ck_source_request_second"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_request")),
    )
    op.create_index("ix_source_request_state", "source_request", ["state"], unique=False)
    op.create_table(
        "source_fix",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("done_by", sa.String(length=120), nullable=True),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_source_fix")),
    )
    op.create_table(
        "citation",
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("says", sa.String(length=64), nullable=False),
        sa.Column("confirmed", sa.String(length=64), nullable=True),
        sa.Column("confirmed_by", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_citation_proposal_id")),
        sa.PrimaryKeyConstraint("proposal_id", "source_id", "language", name=op.f("pk_citation")),
    )
    op.create_index("ix_citation_source", "citation", ["source_id", "language"], unique=False)
    op.create_table(
        "failure_pattern",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("finding", sa.String(length=40), nullable=True),
        sa.Column("examples", sa.Text(), nullable=False),
        sa.Column("review_by", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("fix_asked_by", sa.String(length=120), nullable=True),
        sa.Column("fix_asked_at", sa.String(length=27), nullable=True),
        sa.Column("fixed_for", sa.Text(), nullable=True),
        sa.Column("fixed_by", sa.String(length=120), nullable=True),
        sa.Column("fixed_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("state <> 'fixed' OR fixed_by IS NOT NULL", name="ck_failure_pattern_fixed"),
        sa.CheckConstraint("fixed_by <> fix_asked_by", name="ck_failure_pattern_second"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure_pattern")),
    )
    op.create_index("ix_failure_pattern_state", "failure_pattern", ["state"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("host_id", sa.String(length=80), nullable=False),
        sa.Column("host_role", sa.String(length=12), nullable=False),
        sa.Column("set_role", sa.String(length=12), nullable=True),
        sa.Column("read_at", sa.String(length=27), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=True),
        sa.Column("seen_at", sa.String(length=27), nullable=True),
        sa.Column("signed_out_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
        sa.UniqueConstraint("host", "host_id", name=op.f("uq_staff_host")),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("staff_id", sa.String(length=26), nullable=True),
        sa.Column("code", sa.String(length=12), nullable=True),
        sa.Column("started_at", sa.String(length=27), nullable=False),
        sa.Column("renewed_at", sa.String(length=27), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.Column("ended_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_session_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("code", name=op.f("uq_session_code")),
        sa.UniqueConstraint("sha256", name=op.f("uq_session_sha256")),
    )
    op.create_index(op.f("ix_session_staff_id"), "session", ["staff_id"], unique=False)
    op.create_table(
        "subject_key",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_subject_key")),
    )
    op.create_table(
        "switch",
        sa.Column("scope", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("gen", sa.Integer(), nullable=False),
        sa.Column("changed_by", sa.String(length=120), nullable=False),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("off_at", sa.String(length=27), nullable=True),
        sa.Column("confirmed_at", sa.String(length=27), nullable=True),
        sa.Column("sent_before", sa.Integer(), nullable=True),
        sa.Column("unclear", sa.Integer(), nullable=True),
        sa.Column("to_humans", sa.Integer(), nullable=True),
        sa.Column("restore_asked_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_switch")),
    )
    op.create_table(
        "used_token",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_used_token")),
    )
    op.create_table(
        "host_token",
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", sa.String(length=27), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("renewing_until", sa.String(length=27), nullable=True),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_host_token")),
    )
    op.create_table(
        "reconciliation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("ours", sa.Integer(), nullable=False),
        sa.Column("by_hand", sa.Integer(), nullable=False),
        sa.Column("foreign", sa.Integer(), nullable=False),
        sa.Column("unexplained", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reconciliation")),
    )
    op.create_index("ix_reconciliation_host", "reconciliation", ["host", "at"], unique=False)
    op.create_table(
        "sender",
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("brings", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("host", "place", name=op.f("pk_sender")),
    )
    op.create_table(
        "unexplained",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=80), nullable=False),
        sa.Column("comment", sa.String(length=80), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("found_at", sa.String(length=27), nullable=False),
        sa.Column("explained_at", sa.String(length=27), nullable=True),
        sa.Column("explained_by", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unexplained")),
        sa.UniqueConstraint("host", "comment", name=op.f("uq_unexplained_host")),
    )
    op.create_table(
        "vector",
        sa.Column("model", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("numbers", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model", "sha256", name=op.f("pk_vector")),
    )
    op.create_table(
        "approval",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("actor_host_id", sa.String(length=80), nullable=True),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("via", sa.String(length=20), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("status_after", sa.String(length=12), nullable=True),
        sa.Column("shown_ms", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.String(length=27), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("voided_at", sa.String(length=27), nullable=True),
        sa.Column("void_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_approval_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("seen", "actor", "created_at", name=op.f("uq_approval_seen")),
    )
    op.create_index(op.f("ix_approval_proposal_id"), "approval", ["proposal_id"], unique=False)
    op.create_table(
        "escalation",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=80), nullable=False),
        sa.Column("trigger", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=120), nullable=False),
        sa.Column("due_at", sa.String(length=27), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("opened_by", sa.String(length=120), nullable=False),
        sa.Column("opened_at", sa.String(length=27), nullable=False),
        sa.Column("allowed", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.String(length=27), nullable=False),
        sa.Column("reminded_at", sa.String(length=27), nullable=True),
        sa.Column("had", sa.Text(), nullable=False),
        sa.Column("assigned", sa.String(length=10), nullable=True),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column("next_action", sa.LargeBinary(), nullable=True),
        sa.Column("document", sa.String(length=20), nullable=True),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("closed_for", sa.LargeBinary(), nullable=True),
        sa.Column("closed_by", sa.String(length=120), nullable=True),
        sa.Column("closed_at", sa.String(length=27), nullable=True),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_escalation_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalation")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_escalation_proposal_id")),
    )
    op.create_index(op.f("ix_escalation_ticket"), "escalation", ["ticket"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("msg_key", sa.String(length=200), nullable=False),
        sa.Column("send_id", sa.String(length=26), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("approval_id", sa.String(length=26), nullable=True),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("body_mac", sa.String(length=64), nullable=True),
        sa.Column("recipients_mac", sa.String(length=64), nullable=True),
        sa.Column("gen_all", sa.Integer(), nullable=True),
        sa.Column("gen_queue", sa.Integer(), nullable=True),
        sa.Column("fence", sa.String(length=80), nullable=True),
        sa.Column("not_before", sa.String(length=27), nullable=False),
        sa.Column("claimed_at", sa.String(length=27), nullable=True),
        sa.Column("lease_until", sa.String(length=27), nullable=True),
        sa.Column("refused", sa.Integer(), nullable=True),
        sa.Column("host_result_id", sa.String(length=80), nullable=True),
        sa.Column("host_audit_id", sa.String(length=80), nullable=True),
        sa.Column("settled_at", sa.String(length=27), nullable=True),
        sa.Column("fate", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("delivery", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["approval_id"], ["approval.id"], name=op.f("fk_outbox_approval_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_outbox_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("msg_key", name=op.f("uq_outbox_msg_key")),
        sa.UniqueConstraint("send_id", name=op.f("uq_outbox_send_id")),
    )
    op.create_index(op.f("ix_outbox_proposal_id"), "outbox", ["proposal_id"], unique=False)
    op.create_index("ix_outbox_state", "outbox", ["state", "not_before"], unique=False)
    op.create_index("ix_outbox_ticket", "outbox", ["host", "ticket"], unique=False)
    op.create_table(
        "outcome",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.String(length=80), nullable=True),
        sa.Column("kinds", sa.String(length=200), nullable=False),
        sa.Column("hurried", sa.Boolean(), nullable=False),
        sa.Column("queue", sa.String(length=80), nullable=True),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=10), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("drafted", sa.Boolean(), nullable=False),
        sa.Column("held_out", sa.Boolean(), nullable=False),
        sa.Column("corrected", sa.Boolean(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.String(length=27), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_outcome_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome")),
        sa.UniqueConstraint("proposal_id", name=op.f("uq_outcome_proposal_id")),
    )
    op.create_index("ix_outcome_category", "outcome", ["category", "at"], unique=False)
    op.create_table(
        "reading",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("shown_ms", sa.Integer(), nullable=True),
        sa.Column("hurried", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index("ix_reading_by", "reading", ["by", "at"], unique=False)
    op.create_table(
        "label",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("said", sa.String(length=200), nullable=False),
        sa.Column("was", sa.String(length=200), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_label_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label")),
    )
    op.create_index(op.f("ix_label_proposal_id"), "label", ["proposal_id"], unique=False)
    _keep_them()

    # evidence
    op.create_table(
        "evidence_plan",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("making", sa.Text(), nullable=False),
        sa.Column("registered_by", sa.String(length=120), nullable=False),
        sa.Column("registered_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_plan")),
        sa.UniqueConstraint("category", "fingerprint", name=op.f("uq_evidence_plan_category")),
    )
    op.create_table(
        "event",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("host", sa.String(length=20), nullable=False),
        sa.Column("ticket", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("host", "ticket", "kind", "ref", name=op.f("uq_event_host")),
    )
    op.create_index(op.f("ix_event_at"), "event", ["at"], unique=False)

    op.create_table(
        "second_review",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_second_review_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_review")),
        sa.UniqueConstraint("proposal_id", "kind", name=op.f("uq_second_review_proposal_id")),
    )
    op.create_index("ix_second_review_by", "second_review", ["by", "at"], unique=False)
    _keep("second_review", "a second review is never changed or removed")
    op.create_table(
        "ramp_step",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("from_step", sa.Integer(), nullable=False),
        sa.Column("to_step", sa.Integer(), nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("granted_by", sa.String(length=120), nullable=True),
        sa.Column("in_force_at", sa.String(length=27), nullable=True),
        sa.CheckConstraint("granted_by <> asked_by", name="ck_ramp_step_second"),
        sa.CheckConstraint(
            "in_force_at IS NULL OR to_step < from_step OR granted_by IS NOT NULL", name="ck_ramp_step_wider"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ramp_step")),
    )
    op.create_index(op.f("ix_ramp_step_category"), "ramp_step", ["category"], unique=False)

    # the record
    op.create_table(
        "audit_text",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["seq"], ["audit.seq"], name=op.f("fk_audit_text_seq")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_text")),
    )
    op.create_index(op.f("ix_audit_text_subject"), "audit_text", ["subject"], unique=False)
    op.create_table(
        "audit_node",
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("start", "size", name=op.f("pk_audit_node")),
    )
    op.create_table(
        "checkpoint",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("chain", sa.LargeBinary(), nullable=False),
        sa.Column("signed_at", sa.String(length=27), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("kept_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )

    # people's data
    op.create_table(
        "subject_address",
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("address", "subject", name=op.f("pk_subject_address")),
    )
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.Column("lifted_by", sa.String(length=120), nullable=True),
        sa.Column("lifted_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_subject"), "legal_hold", ["subject"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.String(length=120), nullable=False),
        sa.Column("asked_at", sa.String(length=27), nullable=False),
        sa.Column("done_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_subject"), "erasure", ["subject"], unique=False)

    # notices
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("road", sa.String(length=10), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.String(length=27), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=True),
        sa.Column("made_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("key", "address", name=op.f("uq_notice_key")),
    )
    op.create_index("ix_notice_waiting", "notice", ["state", "not_before"], unique=False)

    # The one row whose lock orders all writers of the log.
    op.execute(sa.text("INSERT INTO audit_tail (one, size, chain) VALUES (1, 0, :zero)").bindparams(zero=bytes(32)))


def _keep_them() -> None:
    for table, refusal in _KEPT.items():
        _keep(table, refusal)


def _keep(table: str, refusal: str) -> None:
    """The database itself refuses every change and removal."""
    if op.get_bind().dialect.name == "postgresql":
        raises = f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
        op.execute(f"CREATE FUNCTION {table}_is_kept() RETURNS trigger LANGUAGE plpgsql AS {raises}")
        when = f"BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT"
        op.execute(f"CREATE TRIGGER {table}_kept {when} EXECUTE FUNCTION {table}_is_kept()")
        return
    for act in ("UPDATE", "DELETE"):
        trigger = f"{table}_kept_from_{act.lower()} BEFORE {act} ON {table}"
        op.execute(f"CREATE TRIGGER {trigger} BEGIN SELECT RAISE(ABORT, '{refusal}'); END")


def _drop_kept(table: str) -> None:
    op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {table}_is_kept()")


def downgrade() -> None:
    op.drop_index(op.f("ix_event_at"), table_name="event")
    op.drop_table("event")
    op.drop_index("ix_notice_waiting", table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_ramp_step_category"), table_name="ramp_step")
    op.drop_table("ramp_step")
    op.drop_index("ix_second_review_by", table_name="second_review")
    _drop_kept("second_review")
    op.drop_table("evidence_plan")
    op.drop_index(op.f("ix_label_proposal_id"), table_name="label")
    op.drop_table("label")
    op.drop_index("ix_reading_by", table_name="reading")
    op.drop_table("reading")
    op.drop_index("ix_outcome_category", table_name="outcome")
    _drop_kept("outcome")
    op.drop_index(op.f("ix_erasure_subject"), table_name="erasure")
    op.drop_table("erasure")
    op.drop_index(op.f("ix_legal_hold_subject"), table_name="legal_hold")
    op.drop_table("legal_hold")
    op.drop_table("subject_address")
    op.drop_table("checkpoint")
    op.drop_table("audit_node")
    op.drop_index(op.f("ix_audit_text_subject"), table_name="audit_text")
    op.drop_table("audit_text")
    op.drop_index("ix_outbox_ticket", table_name="outbox")
    op.drop_index("ix_outbox_state", table_name="outbox")
    op.drop_index(op.f("ix_outbox_proposal_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_escalation_ticket"), table_name="escalation")
    op.drop_table("escalation")
    op.drop_index(op.f("ix_approval_proposal_id"), table_name="approval")
    op.drop_table("approval")
    op.drop_table("vector")
    op.drop_table("unexplained")
    op.drop_table("sender")
    op.drop_index("ix_reconciliation_host", table_name="reconciliation")
    op.drop_table("reconciliation")
    op.drop_table("host_token")
    op.drop_table("used_token")
    op.drop_table("switch")
    op.drop_table("subject_key")
    op.drop_index(op.f("ix_session_staff_id"), table_name="session")
    op.drop_table("session")
    op.drop_table("staff")
    for table in ("failure_pattern", "citation", "source_fix", "source_request"):
        op.drop_table(table)
    _drop_kept("source")
    op.drop_index("ix_proposal_ticket", table_name="proposal")
    op.drop_index(op.f("ix_proposal_fingerprint"), table_name="proposal")
    op.drop_index("ix_proposal_state", table_name="proposal")
    op.drop_table("proposal")
    op.drop_table("policy_replay")
    op.drop_index("ix_accepted_finding_finding", table_name="accepted_finding")
    op.drop_table("accepted_finding")
    op.drop_table("policy_request")
    op.drop_table("policy_draft")
    _drop_kept("policy_version")
    op.drop_index("ix_inbox_waiting", table_name="inbox")
    op.drop_index("ix_inbox_ticket", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("heartbeat")
    op.drop_table("stop_link")
    op.drop_index(op.f("ix_canary_drill_id"), table_name="canary")
    op.drop_table("canary")
    op.drop_table("drill")
    op.drop_index("ix_freeze_open", table_name="freeze")
    op.drop_table("freeze")
    op.drop_table("cursor")
    op.drop_table("audit_tail")
    op.drop_table("root_key")
    op.drop_index("ix_audit_object", table_name="audit")
    op.drop_table("audit")
