"""Files of others that lie in the tree are the ones their notices name, licence beside them."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BINARY = {".pyc", ".png", ".db"}
VENDORED = {
    "app/ai/vocab/vocab.txt": "LICENSE",
    "sandbox/zendesk/static/vendor/zaf_sdk.js": "zaf_sdk.LICENSE",
    "tests/browser/vendor/axe.min.js": "axe.LICENSE",
}


@pytest.mark.parametrize(("path", "licence"), VENDORED.items())
def test_a_vendored_file_is_the_one_its_notice_names(path, licence):
    file = ROOT / path
    assert hashlib.sha256(file.read_bytes()).hexdigest() in file.with_name("NOTICE.md").read_text()
    assert file.with_name(licence).exists()


@pytest.mark.parametrize("folder", sorted({Path(path).parent for path in VENDORED}, key=str))
@pytest.mark.threat("dependency")
def test_nothing_is_vendored_unnamed(folder):
    notices = {"NOTICE.md", *VENDORED.values()}
    named = set(re.findall(r"[\w.-]+\.(?:js|css|txt)", (ROOT / folder / "NOTICE.md").read_text()))
    assert {file.name for file in (ROOT / folder).iterdir()} - notices <= named


def test_no_file_names_the_machine_it_was_written_on():
    ours = ["app", "benchmarks", "docs", "integrations", "manifest", "sandbox", "tests", ".ci"]
    files = [
        file for folder in ours for file in (ROOT / folder).rglob("*") if file.is_file() and file.suffix not in BINARY
    ]
    files += [file for file in ROOT.iterdir() if file.is_file()]
    forbidden = re.compile(rb"/work/(?:shared|main)")
    assert [file for file in files if forbidden.search(file.read_bytes())] == []
