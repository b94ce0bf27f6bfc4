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


def downgrade() -> None:
    _drop_language()


# --- the language that somebody chose ---


def _add_language() -> None:
    op.add_column("staff", sa.Column("language", sa.String(length=12), nullable=True))


def _drop_language() -> None:
    op.drop_column("staff", "language")
