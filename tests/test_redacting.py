"""`countersign redact` says where personal data stands, and no log line holds any."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner

from app import log_lines
from app.commands import main

TEXT = "Order 48213, card 4111 1111 1111 1111, casey@customer.example"


def redact(*given: str, text: str) -> Any:
    return CliRunner().invoke(main, ["redact", *given], input=text)


def test_people_read_the_text_without_it_and_where_it_stood() -> None:
    said = redact(text=TEXT).stdout
    assert "Order 48213, card [card_number], [email]" in said
    assert "card number at 18-37" in said


def test_a_program_reads_the_spans_of_the_text_it_gave() -> None:
    told = json.loads(redact("--json", text=TEXT).stdout)
    assert [(span["kind"], TEXT[span["start"] : span["end"]]) for span in told["spans"]] == [
        ("card_number", "4111 1111 1111 1111"),
        ("email", "casey@customer.example"),
    ]


def test_lines_come_out_as_they_came_in() -> None:
    lines = [{"id": "a", "text": TEXT}, {"id": 2, "text": ""}, {"id": "c", "text": "a\u2028b casey@customer.example"}]
    told = redact("--jsonl", text="\n".join(map(json.dumps, lines))).stdout
    rows = [json.loads(line) for line in told.split("\n") if line]
    assert [row["id"] for row in rows] == ["a", "2", "c"]
    assert [len(row["spans"]) for row in rows] == [2, 0, 1]


@pytest.mark.parametrize("line", ["nonsense", '{"id": "a"}', '["text"]'])
def test_a_line_that_is_none_is_named(line: str) -> None:
    result = redact("--jsonl", text=f'{{"id": "a", "text": "b"}}\n{line}')
    assert (result.exit_code, "-:2" in result.stderr) == (2, True)


def test_an_empty_text_holds_nothing() -> None:
    result = redact(text="")
    assert (result.exit_code, "no personal data" in result.stdout) == (0, True)


@pytest.fixture
def masked_logs() -> Iterator[None]:
    before = logging.getLogRecordFactory()
    log_lines.mask_all()
    yield
    logging.setLogRecordFactory(before)


@pytest.mark.usefixtures("masked_logs")
@pytest.mark.threat("log-leak")
def test_no_log_line_holds_a_customers_data_whoever_writes_it(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("somebody.else")
    log.warning("refused %s for ticket %d at 127.0.0.1", "casey@customer.example", 35)
    try:
        int(TEXT)
    except ValueError:
        log.exception("it went wrong")
    log.warning("does not fit %s %s", *["casey@customer.example"])
    assert "refused [email] for ticket 35 at 127.0.0.1" in caplog.text
    assert "[card_number]" in caplog.text
    assert not [word for word in ("4111", "casey@") if word in caplog.text]
