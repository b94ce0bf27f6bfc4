"""What is installed is what was pinned: every file hashed, no index named, nothing that runs by itself at start."""

from __future__ import annotations

import re
import sysconfig
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LISTS = ["requirements.txt", "requirements-dev.txt", "requirements-setup.txt"]
ALL_LISTS = [*LISTS, "requirements-audit.txt", "requirements-traces.txt"]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==(\S+)")

# A .pth file may run code whenever Python starts; malware has come this way (litellm 1.82.8).
PTH_FILES = {
    "distutils-precedence.pth": "setuptools lends distutils; pinned and hashed",
    "__editable__.countersign-0.1.0.pth": "this project itself: one line, the path of the checkout",
}


def entries(name: str) -> list[str]:
    """Each requirement with its continuation lines."""
    text = (ROOT / name).read_text().replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("name", ALL_LISTS)
@pytest.mark.threat("dependency")
def test_every_requirement_is_pinned_and_hashed(name):
    assert entries(name)
    assert [line for line in entries(name) if not PIN.match(line) or "--hash=sha256:" not in line] == []


@pytest.mark.parametrize("name", ALL_LISTS)
def test_no_list_names_an_index(name):
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--\S*index\S*|--find-links|--trusted-host)\b", text, re.MULTILINE)


def test_what_is_installed_is_what_was_pinned():
    pinned = {match[1]: match[2] for name in LISTS for line in entries(name) if (match := PIN.match(line))}
    assert {name: metadata.version(name) for name in pinned} == pinned


def test_lists_that_meet_agree():
    versions = [dict(PIN.match(line).groups() for line in entries(name)) for name in LISTS]
    shared = set(versions[0]) & set(versions[1])
    assert {name: versions[0][name] for name in shared} == {name: versions[1][name] for name in shared}


@pytest.mark.threat("dependency")
def test_nothing_runs_by_itself_when_python_starts():
    installed = Path(sysconfig.get_path("purelib"))
    assert {file.name for file in installed.glob("*.pth")} <= set(PTH_FILES)
    assert not [name for name in ("sitecustomize.py", "usercustomize.py") if (installed / name).exists()]


def test_our_own_pth_is_one_path_and_no_code():
    installed = Path(sysconfig.get_path("purelib"))
    (folder,) = (installed / "__editable__.countersign-0.1.0.pth").read_text().split()
    assert (Path(folder) / "app/__init__.py").exists()  # not always ours: working copies may share the environment


def test_the_version_of_the_project_stands_in_the_allow_list():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"__editable__.countersign-{version}.pth" in PTH_FILES
