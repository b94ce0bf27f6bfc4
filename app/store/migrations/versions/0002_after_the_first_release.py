"""what came after the first tables

Revision: 0002, after 0001

One concern, one pair of functions: `_add_...` and `_drop_...`, called in order and in reverse order.
"""

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
