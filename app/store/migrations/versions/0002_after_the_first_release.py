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
    _add_golden_set()
    _add_ages()
    _add_batches()


def downgrade() -> None:
    _drop_batches()
    _drop_ages()
    _drop_golden_set()
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


# --- the golden set: kept as it is, but for words whose time is over ---

_GOLDEN = {  # table -> the columns that nobody changes
    "golden": "id, proposal_id, attempt, fingerprint, kept_at",
    "golden_check": "id, category, plan, previous, fingerprint, making, wanted, compared, different, carried, at",
    "golden_difference": "id, check_id, golden_id, parts",
}


def _add_golden_set() -> None:
    op.create_table(
        "golden",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("kept_at", sa.String(length=27), nullable=False),
        sa.ForeignKeyConstraint(["proposal_id"], ["proposal.id"], name=op.f("fk_golden_proposal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden")),
        sa.UniqueConstraint("proposal_id", "attempt", name=op.f("uq_golden_proposal_id")),
    )
    op.create_index(op.f("ix_golden_fingerprint"), "golden", ["fingerprint"], unique=False)
    op.create_table(
        "golden_check",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("making", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("compared", sa.Integer(), nullable=False),
        sa.Column("different", sa.Integer(), nullable=False),
        sa.Column("carried", sa.Boolean(), nullable=False),
        sa.Column("at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden_check")),
        sa.UniqueConstraint("category", "fingerprint", name=op.f("uq_golden_check_category")),
    )
    op.create_index(op.f("ix_golden_check_plan"), "golden_check", ["plan"], unique=False)
    op.create_table(
        "golden_difference",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("check_id", sa.Integer(), nullable=False),
        sa.Column("golden_id", sa.Integer(), nullable=False),
        sa.Column("parts", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["check_id"], ["golden_check.id"], name=op.f("fk_golden_difference_check_id")),
        sa.ForeignKeyConstraint(["golden_id"], ["golden.id"], name=op.f("fk_golden_difference_golden_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_golden_difference")),
    )
    op.create_index(op.f("ix_golden_difference_check_id"), "golden_difference", ["check_id"], unique=False)
    op.create_index(op.f("ix_golden_difference_golden_id"), "golden_difference", ["golden_id"], unique=False)
    for table, columns in _GOLDEN.items():
        _keep_golden(table, columns)


def _keep_golden(table: str, columns: str) -> None:
    """No row goes and no column changes, but that words may be emptied."""
    refusal = "the golden set is never changed"
    acts = {"delete": f"DELETE ON {table}", "update": f"UPDATE OF {columns} ON {table}"}
    fills = f"UPDATE ON {table} {{}} WHEN (NEW.sealed IS NOT NULL)"
    if op.get_bind().dialect.name == "postgresql":
        raises = f"$$ BEGIN RAISE EXCEPTION '{refusal}'; END $$"
        op.execute(f"CREATE FUNCTION {table}_is_kept() RETURNS trigger LANGUAGE plpgsql AS {raises}")
        runs = f"EXECUTE FUNCTION {table}_is_kept()"
        op.execute(f"CREATE TRIGGER {table}_kept_from_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {runs}")
    else:
        runs = f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
    for name, act in acts.items():
        op.execute(f"CREATE TRIGGER {table}_kept_from_{name} BEFORE {act} FOR EACH ROW {runs}")
    if table != "golden_check":
        when = fills.format("FOR EACH ROW")
        op.execute(f"CREATE TRIGGER {table}_kept_from_filling BEFORE {when} {runs}")


def _drop_golden_set() -> None:
    for table in reversed(_GOLDEN):
        op.drop_table(table)  # with its indexes and triggers
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP FUNCTION {table}_is_kept()")


# --- the longest waiting first, of however many ---


def _add_ages() -> None:
    op.create_index("ix_proposal_age", "proposal", ["state", "created_at"])


def _drop_ages() -> None:
    op.drop_index("ix_proposal_age", table_name="proposal")


# --- approvals that were asked for at once ---


def _add_batches() -> None:
    op.create_table(
        "batch",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("by", sa.String(length=120), nullable=False),
        sa.Column("status_after", sa.String(length=12), nullable=True),
        sa.Column("made_at", sa.String(length=27), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_by", "batch", ["by", "made_at"], unique=False)
    op.create_table(
        "batch_item",
        sa.Column("batch_id", sa.String(length=26), nullable=False),
        sa.Column("proposal_id", sa.String(length=26), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("seen", sa.String(length=64), nullable=False),
        sa.Column("tried_at", sa.String(length=27), nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name=op.f("fk_batch_item_batch_id")),
        sa.PrimaryKeyConstraint("batch_id", "proposal_id", name=op.f("pk_batch_item")),
    )


def _drop_batches() -> None:
    op.drop_table("batch_item")
    op.drop_table("batch")
