"""What must have happened before any process serves: `countersign prepare`, and the files that call it."""

from __future__ import annotations

import configparser
import shlex
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import wiring
from app.commands import COMMANDS
from app.config import Settings
from app.deps import Deps
from app.store.tables import policy_version, root_key, source

ROOT = Path(__file__).parents[1]
UNITS = sorted(ROOT.glob("deploy/systemd/*.service"))
KINDS = ("web", "worker", "clock")


def deployment(home: Path, database: str) -> Deps:
    ours = {"COUNTERSIGN_HOME": str(home), "DATABASE_URL": database, "COUNTERSIGN_DEPLOYMENT": "test"}
    return wiring.deps(Settings.from_env({**ours, "COUNTERSIGN_KEY": "7" * 64, "REDIS_URL": "unix:///nowhere"}))


@pytest.mark.parametrize("database", ["sqlite_database", "postgres_database"])
def test_four_machines_that_start_at_once_prepare_it_once(
    request: pytest.FixtureRequest, database: str, tmp_path: Path
) -> None:
    url = request.getfixturevalue(database)
    machines = [deployment(tmp_path, url) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(wiring.prepare, machines))
    with machines[0].engine.begin() as tx:
        versions = tx.execute(sa.select(policy_version.c.version)).scalars().all()
        keys = tx.execute(sa.select(sa.func.count()).select_from(root_key)).scalar()
        names = tx.execute(sa.select(source.c.source_id, source.c.language)).all()
    for machine in machines:
        machine.engine.dispose()
        machine.readers.dispose()
    assert (list(versions), keys) == ([1], 1)
    assert len(names) == len(set(names)) > 0


def test_every_process_of_the_procfile_is_a_command():
    named = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text(encoding="utf-8").splitlines())
    assert set(named) == {"release", *KINDS}
    assert [served(shlex.split(command)) for kind, command in named.items() if kind != "release"] == list(KINDS)
    assert shlex.split(named["release"]) == ["countersign", "prepare"]


def test_each_systemd_unit_prepares_first_and_serves_a_process_that_there_is():
    assert {served(starts(unit)) for unit in UNITS} == set(KINDS)
    assert [unit.name for unit in UNITS if starts(unit, "ExecStartPre")[1:] != ["prepare"]] == []
    options = {
        option for command in COMMANDS if command.name == "serve" for one in command.params for option in one.opts
    }
    assert {word for unit in UNITS for word in starts(unit) if word.startswith("--")} <= options


def test_the_target_wants_every_unit():
    target = section(ROOT / "deploy/systemd/countersign.target", "Unit")["wants"].split()
    assert sorted(name.replace("@1.", "@.") for name in target) == [unit.name for unit in UNITS]


def section(unit: Path, name: str) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(unit.read_text(encoding="utf-8"))
    return parser[name]


def starts(unit: Path, key: str = "ExecStart") -> list[str]:
    return shlex.split(section(unit, "Service")[key])


def served(command: list[str]) -> str:
    """`countersign serve WHAT`: that WHAT."""
    assert (Path(command[0]).name, command[1]) == ("countersign", "serve")
    return command[2]
