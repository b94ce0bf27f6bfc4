"""Growth is told beside the few it grew from, and the sizing table in the documents is the one that it writes."""

from __future__ import annotations

from collections import defaultdict

from benchmarks import growth


def test_the_documents_table_has_the_shape_that_the_benchmark_writes():
    text = growth.DOCUMENT.read_text("utf-8")
    mine = dict.fromkeys((name for name, _ in growth.COLUMNS.values()), 1.0) | {"load_average": 0.0}
    head = growth.sizing({("sqlite", 10_000): mine}, "2026-11-23").splitlines()[2]
    assert head in text
    assert "| 10,000, SQLite | 1 |" in growth.document(text, growth.sizing({("sqlite", 10_000): mine}, "2026-11-23"))


def test_ratios_are_told_only_where_few_were_measured_too():
    few, many = defaultdict(lambda: 1.0), defaultdict(lambda: 1.5)
    both = growth.figures({("sqlite", growth.FEW): few, ("sqlite", 100_000): many})
    missed = {figure.key for figure in both if figure.met is False}
    assert {"sqlite_100000_offer_cpu_ms_ratio", "sqlite_100000_queue_ratio"} <= missed
    alone = list(growth.figures({("sqlite", 100_000): many}))
    assert [figure.key for figure in alone if figure.key.endswith("_ratio")] == []
    assert [figure.floor for figure in alone if figure.key.endswith("offer_cpu_ms")] == [None]
