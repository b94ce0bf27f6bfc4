"""No module of ours needs itself in order to be read: whichever is imported first, all of them can be."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests import floors

ROOT = Path(__file__).parents[1]
SOURCES = {source.module: source for source in floors.sources(ROOT, "app", "integrations")}
WAYS_IN = ("app.serve", "app.commands")


def needs(module: str) -> set[str]:
    """What it imports while it is read: at its top, and not for types alone."""
    source, found = SOURCES[module], set[str]()
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = (f"{node.module}.{alias.name}" for alias in node.names)
            found |= {name if name in SOURCES else str(node.module) for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return (found & SOURCES.keys()) - {module}


def test_nothing_needs_itself():
    try:
        TopologicalSorter({module: needs(module) for module in SOURCES}).prepare()
    except CycleError as found:
        pytest.fail(" needs ".join(found.args[1][::-1]), pytrace=False)


@pytest.mark.parametrize("module", WAYS_IN)
def test_each_way_in_can_be_the_first(module):
    program = f"import {module}"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (found.returncode, found.stderr) == (0, "")
