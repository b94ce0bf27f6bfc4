"""what came after the third release

Revision: 0004, after 0003

For two hours this was a part of 0003: where it is there already, it stays.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _add_offering()
    _add_reach()


def downgrade() -> None:
    _drop_reach()
    _drop_offering()


# --- when the first draft for a message was offered ---


def _add_offering() -> None:
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("proposal")}
    if "offered_at" not in columns:
        op.add_column("proposal", sa.Column("offered_at", sa.String(length=27), nullable=True))


def _drop_offering() -> None:
    op.drop_column("proposal", "offered_at")


# --- what is found as fast in a million as in a thousand ---

_WORDED = sa.text("sealed IS NOT NULL")
_SHOWN = sa.text("shown_ms IS NOT NULL")
_PEOPLES = sa.text("actor <> 'countersign' AND actor <> ''")


def _add_reach() -> None:
    for name, table, columns, where in (
        ("ix_approval_shown", "approval", ["created_at"], _SHOWN),
        ("ix_escalation_closed", "escalation", ["closed_at"], None),
        ("ix_proposal_worded", "proposal", ["changed_at"], _WORDED),
        ("ix_audit_action", "audit", ["action", "seq"], None),
        ("ix_audit_actor", "audit", ["actor", "action", "seq"], _PEOPLES),
    ):
        op.create_index(name, table, columns, if_not_exists=True, sqlite_where=where, postgresql_where=where)


def _drop_reach() -> None:
    op.drop_index("ix_audit_actor", table_name="audit")
    op.drop_index("ix_audit_action", table_name="audit")
    op.drop_index("ix_proposal_worded", table_name="proposal")
    op.drop_index("ix_escalation_closed", table_name="escalation")
    op.drop_index("ix_approval_shown", table_name="approval")
