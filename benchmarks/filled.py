"""A database filled with what `stored` makes, fast: no index is kept up while it is filled, and nothing is synced."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import sqlalchemy as sa
from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import Operations

from app import wiring
from app.config import Settings
from app.deps import Deps
from app.governance.checkpoint import Checkpoint, signed
from app.store import checkpoints, engine
from app.store.tables import audit, audit_tail, checkpoint, metadata, outcome, proposal
from benchmarks import ground, lives, stored
from tests import servers

OPEN = 10_000
_MONTHS = 24
_AT_ONCE = 20_000
_GOOD_FOR = 2 * 86_400  # seconds: by then what waits would have waited too long
_MEMORY = "-1000000"  # kB of SQLite's cache while it is filled
CACHE = Path(os.environ.get("COUNTERSIGN_BENCH_CACHE") or Path(tempfile.gettempdir()) / "countersign-bench")
SECRET = "a secret of the benchmark"  # noqa: S105 - it guards nothing


def deployment(kind: str, many: int, seed: int, postgres: str | None) -> dict[str, str]:
    """The environment of one with so many messages behind it: kept for two days, and brought to the code's schema each time."""
    home = CACHE / f"{kind}-{many}-{_made_by(seed)}"
    kept, done = home / "environment.json", home / "filled.json"
    if not done.exists() or time.time() - done.stat().st_mtime > _GOOD_FOR:
        _made(home, kind, many, seed, postgres)
    env = dict(ground.environment(home), **json.loads(kept.read_text()))
    if postgres:  # the same cluster, at another port
        env["DATABASE_URL"] = f"{postgres.rpartition('/')[0]}/{_database(home)}"
    _bring_in_line(engine.connect(Settings.from_env(env).database_url))
    return env


def _made_by(seed: int) -> str:
    """Other lives, other copies or another draw are another database."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (lives, stored)]
    return hashlib.sha256(b"".join([*sources, b"%d %d" % (OPEN, seed)])).hexdigest()[:8]


def _made(home: Path, kind: str, many: int, seed: int, postgres: str | None) -> None:
    for before in CACHE.glob(f"{kind}-{many}-*"):
        shutil.rmtree(before)
        if postgres:
            _drop(postgres, _database(before))
    home.mkdir(parents=True)
    more = ground.account(SECRET) | {"REDIS_URL": f"unix://{home / 'redis.sock'}"}
    if postgres:
        more["DATABASE_URL"] = _fresh(postgres, _database(home))
    (home / "environment.json").write_text(json.dumps(more))
    began = time.perf_counter()
    _fill(wiring.deps(Settings.from_env(dict(ground.environment(home), **more))), many, seed)
    (home / "filled.json").write_text(json.dumps({"seconds": round(time.perf_counter() - began, 1)}))


def _database(home: Path) -> str:
    return home.name.replace("-", "_")


def _bring_in_line(database: sa.Engine) -> None:
    """Upgraded; and what was changed since in a migration that no release has, an index say, is changed here too."""
    engine.upgrade(database)
    with database.begin() as tx:
        context = MigrationContext.configure(tx)
        for step in _steps(produce_migrations(context, metadata).upgrade_ops):
            Operations(context).invoke(step)


def _steps(step: Any) -> Iterator[Any]:
    if hasattr(step, "ops") and not hasattr(step, "columns"):
        for one in step.ops:
            yield from _steps(one)
    elif step is not None:
        yield step


def _drop(server: str, name: str) -> None:
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as there:
        there.execute(f'DROP DATABASE IF EXISTS "{name}"')


def _fresh(server: str, name: str) -> str:
    _drop(server, name)
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as there:
        there.execute(f'CREATE DATABASE "{name}"')
    return server.rpartition("/")[0] + "/" + name


def _fill(deps: Deps, many: int, seed: int) -> None:
    found = stored.origin(deps)
    chance = Random(seed)
    with deps.engine.begin() as tx:
        numbered = [table for table in metadata.sorted_tables if table.primary_key.columns.keys() == ["id"] and table.c.id.type.python_type is int]  # fmt: skip
        next_of = {table.name: (tx.execute(sa.select(sa.func.max(table.c.id))).scalar() or 0) + 1 for table in numbered}
        tail = tx.execute(sa.select(audit_tail.c.size, audit_tail.c.chain)).one()
    copies = stored.Copies(next_of, (tail.size, tail.chain), datetime.now(UTC).date(), deps.keys.host_id)
    rows = chain(stored.years(copies, found.kinds, many, chance), stored.waiting(copies, found.offered, OPEN, chance))
    deps.engine.dispose()
    deps.readers.dispose()
    (_into_sqlite if deps.engine.dialect.name == "sqlite" else _into_postgresql)(deps, rows)
    judged = sa.select(outcome.c.proposal_id)
    with deps.engine.begin() as tx:
        tx.execute(audit_tail.update().values(size=copies.size, chain=copies.head))
        answered = proposal.update().where(proposal.c.state == "offered", proposal.c.id.in_(judged))
        tx.execute(answered.values(state="human"))  # as the pipeline leaves what a person answered: it waits no longer
    _sign(deps)
    deps.engine.dispose()


def _sign(deps: Deps) -> None:
    """The log as it stands, each entry looked at; and as it stood after each month, under the same subtrees."""
    with deps.engine.begin() as tx:
        size = checkpoints.sign(tx, deps.keys, deps.settings.deployment, deps.clock.now()).size
        for upto in range(size // _MONTHS, size - _MONTHS, size // _MONTHS):
            row, root = tx.execute(sa.select(audit.c.ts, audit.c.chain).where(audit.c.seq == upto)).one(), checkpoints.root_at(tx, upto)  # fmt: skip
            stood = Checkpoint(f"countersign/{deps.settings.deployment}", upto, root, row.ts)
            note = signed(stood, checkpoints.public_key(deps.keys), checkpoints.signing_key(deps.keys).sign)
            tx.execute(checkpoint.insert().values(size=upto, root=root, chain=row.chain, signed_at=row.ts, note=note, kept_at=row.ts))  # fmt: skip


def _packed(rows: Iterable[tuple[str, list[Any]]]) -> Iterator[tuple[str, list[list[Any]]]]:
    """Many rows of one table at a time."""
    waiting: defaultdict[str, list[list[Any]]] = defaultdict(list)
    for table, values in rows:
        waiting[table].append(values)
        if len(waiting[table]) >= _AT_ONCE:
            yield table, waiting.pop(table)
    yield from waiting.items()


def _indexes() -> list[sa.Index]:
    return [index for table in metadata.sorted_tables for index in table.indexes if not index.unique]


def _into_sqlite(deps: Deps, rows: Iterable[tuple[str, list[Any]]]) -> None:
    with closing(sqlite3.connect(deps.engine.url.database or "", isolation_level=None)) as raw:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", f"cache_size={_MEMORY}", "temp_store=MEMORY"):  # fmt: skip
            raw.execute(f"PRAGMA {pragma}")
        for index in _indexes():
            raw.execute(f"DROP INDEX {index.name}")
        raw.execute("BEGIN")
        for table, some in _packed(rows):
            raw.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * len(some[0]))})", some)  # noqa: S608
        raw.execute("COMMIT")
        for index in _indexes():
            raw.execute(str(sa.schema.CreateIndex(index).compile(deps.engine)))
        raw.execute("PRAGMA journal_mode=WAL")


def _into_postgresql(deps: Deps, rows: Iterable[tuple[str, list[Any]]]) -> None:
    url = deps.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url) as raw:
        raw.execute("SET session_replication_role = replica")  # no trigger and no foreign key asks about each row
        raw.execute("SET maintenance_work_mem = '512MB'")
        for index in _indexes():
            raw.execute(f'DROP INDEX "{index.name}"')
        for table, some in _packed(rows):
            with raw.cursor().copy(f'COPY "{table}" FROM STDIN') as into:
                for values in some:
                    into.write_row(values)
        for index in _indexes():
            raw.execute(str(sa.schema.CreateIndex(index).compile(deps.engine)))
        for table in metadata.sorted_tables:
            if table.primary_key.columns.keys() == ["id"] and table.c.id.type.python_type is int:
                newest = f'(SELECT coalesce(max(id), 0) + 1 FROM "{table.name}")'  # noqa: S608 - our own names
                raw.execute(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), {newest}, false)")
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute("VACUUM ANALYZE")


def cluster() -> AbstractContextManager[str]:
    """A PostgreSQL with its disk's honest fsync; its data stay for the next run."""
    return servers.postgres_server("fsync=on", "shared_buffers=512MB", "max_wal_size=8GB", keep=CACHE / "postgresql")
