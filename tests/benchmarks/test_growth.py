"""The sizing table in the documents is the one that `make bench-load` writes."""

from __future__ import annotations

from benchmarks import growth


def test_the_documents_table_has_the_shape_that_the_benchmark_writes():
    text = growth.DOCUMENT.read_text("utf-8")
    mine = dict.fromkeys((name for name, _ in growth.COLUMNS.values()), 1.0) | {"load_average": 0.0}
    head = growth.sizing({("sqlite", 10_000): mine}, "2026-11-23").splitlines()[2]
    assert head in text
    assert "| 10,000, SQLite | 1 |" in growth.document(text, growth.sizing({("sqlite", 10_000): mine}, "2026-11-23"))
