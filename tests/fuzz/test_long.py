"""A coverage-guided minute for everything that reads what strangers write; by hand for longer: `python -m tests.fuzz`."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-audit/bin/python"


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.threat("hang-or-break")
def test_a_minute_of_fuzzing_breaks_nothing(target, tmp_path):
    command = [PYTHON, "-m", "tests.fuzz", target, "60", tmp_path]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
                           env={**os.environ, "PYTHONPATH": str(ROOT)})  # fmt: skip
    tried = re.search(r"number_of_executed_units: *(\d+)", found.stderr)
    assert found.returncode == 0, found.stderr[-3000:]
    assert tried
    assert int(tried[1]) > 0
