"""Every seed, and every input that once broke something, is read or refused as promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(file for file in CORPUS.glob("*/*"))
DEEP = b"[" * 100_000
NESTED = {
    "zendesk-event": DEEP,
    "gmail-push": DEEP,
    "google-token": b"eyJhIjogW" + b"1tbW" * 1500 + b".e30.e30",  # {"a": [[[[…
    "addon-event": DEEP,
    "policy": b"a = " + DEEP,
    "policy-answers": b"a = " + DEEP,
    "history": DEEP,
    "letter": b'{"text": ' + DEEP,
    "source": b"xx\n" + DEEP,
    "html": b"<div>" * 20_000,
    "mail": b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 2000,
}


def test_every_target_has_a_seed_and_every_seed_a_target():
    assert {file.parent.name for file in FILES} == set(TARGETS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name}")
@pytest.mark.threat("hang-or-break")
def test_what_once_broke_something_breaks_nothing(file):
    TARGETS[file.parent.name](file.read_bytes())


@pytest.mark.parametrize(("target", "raw"), NESTED.items(), ids=NESTED)
@pytest.mark.threat("hang-or-break")
def test_nesting_beyond_reason_is_refused_like_anything_else(target, raw):
    TARGETS[target](raw)
