"""The README names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from sandbox.zendesk import faults
from sandbox.zendesk.control import control

SANDBOX = Path(__file__).parents[2] / "sandbox"
README = (SANDBOX / "README.md").read_text()


def test_each_kind_of_fault_is_described() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", README.partition("| kind | does |")[2], re.M)) == set(faults.KINDS)


def test_each_sandbox_call_is_described() -> None:
    source = (SANDBOX / "zendesk/control.py").read_text()
    paths = set(re.findall(r'@control\.\w+\("(/[\w-]+)', source))
    assert control.url_prefix == "/sandbox"
    assert {path for path in paths if f"/sandbox{path}" not in README} == set()


def test_each_test_id_of_the_page_is_described() -> None:
    page = (SANDBOX / "zendesk/templates/agent.html").read_text()
    scripts = "".join(file.read_text() for file in (SANDBOX / "zendesk/static").glob("*.js"))
    ids = set(re.findall(r'data-testid(?:="|": ")([\w-]+)"', page + scripts))
    assert {one for one in ids if not re.search(rf"[`\s]{one}[`\s]", README)} == set()
    assert len(ids) > 40
