"""what came after the second release

Revision: 0003, after 0002

One concern, one pair of functions: `_add_...` and `_drop_...`, called in order and in reverse order.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    _add_language()
    _add_corrections()
    _add_counting()
    _add_batch_reading()


def downgrade() -> None:
    _drop_batch_reading()
    _drop_counting()
    _drop_corrections()
    _drop_language()


# --- the language that somebody chose ---


def _add_language() -> None:
    op.add_column("staff", sa.Column("language", sa.String(length=12), nullable=True))


def _drop_language() -> None:
    op.drop_column("staff", "language")


# --- who received what was wrong, and what they are told instead ---


def _add_corrections() -> None:
    op.create_table(
        "correction_run",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("sought", sa.Text(), nullable=False),
        sa.Column("since", sa.String(length=27), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_run")),
    )
    op.create_table(
        "correction",
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("made", sa.String(length=26), nullable=True),
        sa.Column("tried_at", sa.String(length=27), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["correction_run.id"], name=op.f("fk_correction_run_id")),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_correction_proposal_id")),
        sa.ForeignKeyConstraint(["made"], ["proposal.id"], name=op.f("fk_correction_made")),
        sa.PrimaryKeyConstraint("run_id", "proposal_id", name=op.f("pk_correction")),
        sa.UniqueConstraint("run_id", "subject", name=op.f("uq_correction_run_id")),
    )
    op.create_index("ix_outbox_settled", "outbox", ["settled_at"])


def _drop_corrections() -> None:
    op.drop_index("ix_outbox_settled", table_name="outbox")
    op.drop_table("correction")
    op.drop_table("correction_run")


# --- what counts without reading every row ---

_ALONE = sa.text("purpose = 'answer' AND state = 'SENT' AND approval_id IS NULL")


def _add_counting() -> None:
    op.create_index("ix_proposal_count", "proposal", ["state", "category", "queue", "host"])
    op.create_index("ix_outbox_alone", "outbox", ["state", "settled_at"], sqlite_where=_ALONE, postgresql_where=_ALONE)
    op.create_index("ix_escalation_state", "escalation", ["state"])
    op.create_table(
        "figures",
        sa.Column("weeks", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("counted_at", sa.String(length=27), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("board", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("weeks", name=op.f("pk_figures")),
    )


def _drop_counting() -> None:
    op.drop_table("figures")
    op.drop_index("ix_escalation_state", table_name="escalation")
    op.drop_index("ix_outbox_alone", table_name="outbox")
    op.drop_index("ix_proposal_count", table_name="proposal")


# --- how long each of a batch was read ---


def _add_batch_reading() -> None:
    op.add_column("batch_item", sa.Column("shown_ms", sa.Integer(), nullable=True))


def _drop_batch_reading() -> None:
    op.drop_column("batch_item", "shown_ms")
