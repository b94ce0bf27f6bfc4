"""what came after the first tables

Revision: 0002, after 0001

One concern, one pair of functions: `_add_...` and `_drop_...`, called in order and in reverse order.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _widen_places()  # before the triggers: PostgreSQL widens no column that one reads
    _add_practice_drafts()


def downgrade() -> None:
    _drop_practice_drafts()
    _narrow_places()


# --- a mailbox's host name holds its address; SQLite counts no letters ---

_PLACES = {
    "host": "inbox proposal outbox escalation event cursor staff host_token reconciliation unexplained sender".split(),
    "name": ["heartbeat"],
}


def _widen_places() -> None:
    _size_places(host=120, name=120)


def _narrow_places() -> None:
    """Fails where a mailbox is connected: the first release knows none."""
    _size_places(host=20, name=40)


def _size_places(**letters: int) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for column, tables in _PLACES.items():
        for table in tables:
            op.alter_column(table, column, type_=sa.String(letters[column]))


# --- practice drafts: in a table of their own, and nowhere else ---

_REAL = ("proposal", "outbox")
_REFUSAL = "a practice draft is no proposal and is never sent"


def _add_practice_drafts() -> None:
    op.create_table(
        "practice",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("now", sa.Text(), nullable=False),
        sa.Column("made_at", sa.String(length=27), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=True),
        sa.Column("said", sa.String(length=12), nullable=True),
        sa.Column("judged_at", sa.String(length=27), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice")),
    )
    for table in _REAL:
        _refuse_practice(table)


def _refuse_practice(table: str) -> None:
    """A trigger, as a CHECK would have SQLite make the table anew, without the triggers it has."""
    if op.get_bind().dialect.name == "postgresql":
        raises = f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'check_violation'; END $$"
        op.execute(f"CREATE FUNCTION {table}_is_real() RETURNS trigger LANGUAGE plpgsql AS {raises}")
        when = f"BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW WHEN (NEW.host = 'practice')"
        op.execute(f"CREATE TRIGGER {table}_real {when} EXECUTE FUNCTION {table}_is_real()")
        return
    for act in ("INSERT", "UPDATE"):
        trigger = f"{table}_real_on_{act.lower()} BEFORE {act} ON {table} WHEN NEW.host = 'practice'"
        op.execute(f"CREATE TRIGGER {trigger} BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END")


def _drop_practice_drafts() -> None:
    for table in _REAL:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {table}_real ON {table}")
            op.execute(f"DROP FUNCTION {table}_is_real()")
            continue
        for act in ("insert", "update"):
            op.execute(f"DROP TRIGGER {table}_real_on_{act}")
    op.drop_table("practice")
