"""The log leaves through the browser: one press, one file, and the program in it finds everything in order."""

from __future__ import annotations

import subprocess
import sys
import zipfile

import pytest

pytestmark = pytest.mark.browser


def test_the_export_is_downloaded_and_checks_itself(running, signed_in, tmp_path):
    page = signed_in("ana@acme.example")
    page.goto(f"{running.app}/log")
    page.get_by_test_id("export").locator("summary").click()
    with page.expect_download() as found:
        page.get_by_test_id("export-now").click()
    assert found.value.suggested_filename.startswith("countersign-log-")
    found.value.save_as(tmp_path / "log.zip")
    with zipfile.ZipFile(tmp_path / "log.zip") as archive:
        archive.extractall(tmp_path / "log")
    (place,) = (tmp_path / "log").iterdir()
    run = subprocess.run([sys.executable, "verify.py"], cwd=place, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    page.reload()
    assert "Log exported" in page.get_by_test_id("log").inner_text()
