"""The README names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from sandbox.zendesk import faults
from sandbox.zendesk.server import Options, create_app, open_sandbox
from tests.sandbox.conftest import Listener

SANDBOX = Path(__file__).parents[2] / "sandbox"
HERE = Path(__file__).parent
README = (SANDBOX / "README.md").read_text()


def test_each_kind_of_fault_is_described() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", README.partition("| kind | does |")[2].partition("###")[0], re.M)) == set(
        faults.KINDS
    )


def test_each_sandbox_call_is_described(app: Listener, options: Options) -> None:
    made = open_sandbox(options)
    paths = {str(rule) for rule in create_app(made).url_map.iter_rules() if str(rule).startswith("/sandbox/")}
    made.store.close()
    assert {path for path in paths if path.partition("/<")[0] not in README} == set()
    assert len(paths) > 15


def test_each_test_id_of_the_page_is_described() -> None:
    page = "".join(file.read_text() for file in (SANDBOX / "zendesk/templates").glob("*.html"))
    scripts = "".join(file.read_text() for file in (SANDBOX / "zendesk/static").glob("*.js"))
    ids = set(re.findall(r'data-testid(?:="|": ")([\w-]+)"', page + scripts))
    assert {one for one in ids if not re.search(rf"[`\s]{one}[`\s]", README)} == set()
    assert len(ids) > 40


def test_each_point_of_the_checklist_names_tests_that_there_are() -> None:
    table = README.partition("### Checklist")[2].partition("**Not as")[0]
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ") and "---" not in line]
    points = {point: re.findall(r"`(test_\w+\.py)::(test_\w+)`", tests) for point, tests in rows[1:]}
    assert len(points) > 50
    assert [point for point, tests in points.items() if not tests] == []
    named = {test for tests in points.values() for test in tests}
    missing = [test for test in named if f"def {test[1]}(" not in (HERE / test[0]).read_text()]
    assert missing == []
    assert {file.name for file in HERE.glob("test_*.py")} - {file for file, _name in named} == {"test_readme.py"}
