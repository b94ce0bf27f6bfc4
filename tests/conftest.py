"""What every test may lean on: no network, a clock that stands still, real databases, and no quiet skip under CI."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from tests import servers

if TYPE_CHECKING:
    from sqlalchemy import Engine

LOOPBACK = {"localhost", "127.0.0.1", "::1", "", None, "0.0.0.0"}  # noqa: S104  # a name looked up in order to listen


# --- no test leaves this machine ---------------------------------------------------------------------------------------
class LeftTheMachineError(RuntimeError):
    """A test tried to reach something that is not this machine."""


def stay_on_this_machine(event: str, args: tuple[Any, ...]) -> None:
    """Audit hook: refuse to connect, send or look up a name beyond loopback; Unix sockets are ours."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    host = host.decode() if isinstance(host, bytes) else host
    if host not in LOOPBACK and not str(host).startswith("127."):
        message = f"{event} to {host!r}: tests stay on this machine"
        raise LeftTheMachineError(message)


sys.addaudithook(stay_on_this_machine)


# --- a generated example is the same tomorrow, and no example is late -------------------------------------------------
def pytest_configure() -> None:
    from hypothesis import settings

    settings.register_profile("house", deadline=None, derandomize=True, database=None)
    settings.load_profile("house")


# --- no test leans on another ------------------------------------------------------------------------------------------
def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--shuffle", metavar="SEED", help="files, and the tests of each file, in another order (=SEED)")
    parser.addoption("--postgres", metavar="URL", help="a server that is there already, as its superuser (=URL)")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A file stays together: it may make something dear for all its tests."""
    if seed := config.getoption("--shuffle"):
        files: dict[Path, list[pytest.Item]] = {}
        for item in items:
            files.setdefault(item.path, []).append(item)
        chance = random.Random(seed)
        order = chance.sample(list(files), len(files))
        items[:] = [item for file in order for item in chance.sample(files[file], len(files[file]))]


# --- under CI a test that cannot run has failed ------------------------------------------------------------------------
def skip_is_failure(report: Any) -> None:
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped under CI, which counts as failed: {report.longrepr}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    skip_is_failure(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    skip_is_failure(report)
    return report


# --- a clock that only we move -----------------------------------------------------------------------------------------
@dataclass
class FrozenClock:
    moment: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday morning

    def now(self) -> datetime:
        return self.moment

    def tick(self, seconds: float) -> datetime:
        self.moment += timedelta(seconds=seconds)
        return self.moment


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


# --- real servers, private ones ----------------------------------------------------------------------------------------
@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """A port that was free a moment ago."""
    return servers.free_port


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of Debian's Chromium."""
    return servers.needed(shutil.which("chromium"), "chromium")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Any]:
    """One for all tests of a process: a second one would find the loop of the first running."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A private redis-server that keeps nothing on disk."""
    with servers.redis_server() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A private PostgreSQL cluster; or the one that was named, in which nothing is left."""
    given = request.config.getoption("--postgres")
    with contextlib.nullcontext(given) if given else servers.postgres_server() as url:
        yield url


# --- a database of one's own for each test -----------------------------------------------------------------------------
# Migrating costs more than copying: each kind is migrated once and every test gets a copy.
def migrated(url: str) -> str:
    from app.store import engine as store_engine

    engine = store_engine.connect(url)
    store_engine.upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sqlite") / "model.db"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres_run(postgres_url: str) -> Iterator[Callable[[str], None]]:
    """run(statement) as the cluster's owner, outside any transaction."""
    import sqlalchemy as sa

    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")

    def run(statement: str) -> None:
        with server.connect() as connection:
            connection.execute(sa.text(statement))

    yield run
    server.dispose()


@pytest.fixture(scope="session")
def postgres_create(postgres_run: Callable[[str], None], postgres_url: str) -> Iterator[Callable[..., str]]:
    """create(model=another) makes a database, from another if named, and returns its address."""
    made = list[str]()

    def create(*, model: str = "template1") -> str:
        made.append(f"test_{uuid4().hex}")
        postgres_run(f'CREATE DATABASE "{made[-1]}" TEMPLATE "{model}" STRATEGY file_copy')
        return postgres_url.rpartition("/")[0] + f"/{made[-1]}"

    yield create
    for name in made:
        postgres_run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def postgres_model(postgres_create: Callable[..., str]) -> str:
    """Its name."""
    return migrated(postgres_create()).rpartition("/")[2]


@pytest.fixture
def sqlite_database(sqlite_model: Path, tmp_path: Path) -> str:
    """Address of a fresh, migrated SQLite file."""
    file = tmp_path / "countersign.db"
    shutil.copyfile(sqlite_model, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgres_database(
    postgres_create: Callable[..., str], postgres_run: Callable[[str], None], postgres_model: str
) -> Iterator[str]:
    """Address of a fresh, migrated PostgreSQL database, gone afterwards: a thousand of them are gigabytes."""
    url = postgres_create(model=postgres_model)
    yield url
    postgres_run(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh, migrated database, of each kind in turn."""
    return str(request.getfixturevalue("sqlite_database" if request.param == "sqlite" else "postgres_database"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The store's own engine over a fresh, migrated database, of each kind in turn."""
    from app.store.engine import connect
    from tests import locks

    engine = connect(database_url)
    if engine.dialect.name == "postgresql":
        with locks.watched(engine) as late:
            yield engine
        engine.dispose()  # also when the next line fails, or seven other tests would be blamed for it
        assert late == [], "two transactions that lock in different orders wait for each other"
    else:
        yield engine
        engine.dispose()


@pytest.fixture
def house(engine: Engine, clock: FrozenClock, tmp_path: Path) -> Any:
    """Everything below the web, over a fake host and each kind of database in turn."""
    from tests.house import House

    return House(engine, clock, tmp_path)


@pytest.fixture(scope="session")
def earned_database(sqlite_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, datetime]:
    """A deployment whose category has passed the gate, made once, as people would make it; and when it was."""
    from app.store.engine import connect
    from tests import earned
    from tests.house import House

    file = tmp_path_factory.mktemp("earned") / "earned.db"
    shutil.copyfile(sqlite_model, file)
    engine = connect(f"sqlite:///{file}")
    house = House(engine, FrozenClock(), file.parent)
    earned.furnish(house)
    earned.a_good_fortnight(house)
    house.deps.readers.dispose()
    engine.dispose()
    return file, house.clock.now()


@pytest.fixture
def earner(earned_database: tuple[Path, datetime], tmp_path: Path) -> Iterator[Any]:
    """That deployment on the next morning, beside a host that knows nobody any more."""
    from app.store.engine import connect
    from tests import earned
    from tests.house import House

    file, moment = earned_database
    shutil.copyfile(file, tmp_path / "earned.db")
    engine = connect(f"sqlite:///{tmp_path / 'earned.db'}")
    house = House(engine, FrozenClock(moment), tmp_path, policy=None)
    earned.meet(house)
    yield house
    house.deps.readers.dispose()
    engine.dispose()
