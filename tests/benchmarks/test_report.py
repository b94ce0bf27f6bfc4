"""What a benchmark writes down: flat, with its floor and its goal, the same keys each time."""

import json
from random import Random

import pytest

from benchmarks import card, delivery, memory, offered, report, sidebar, start, thread, triage, webhook
from benchmarks.__main__ import BENCHMARKS
from benchmarks.load import Outcome
from benchmarks.report import Figure

HEADER = {"name", "date", "cores", "load_before", "seed", "python"}
FAST, SLOW = Outcome(1.0, [0.01] * 100), Outcome(2.0, [0.02] * 100)
MADE_UP = {
    "start": start.figures(9, [start.Start(fresh=4, again=3, floor=1)]),
    "triage": triage.figures([triage.Run(3, 2)], [triage.Run(1, 1)]),
    "memory": memory.figures(memory.Weight(90, 60), memory.Weight(45, 30)),
    "webhook": webhook.figures([webhook.Round(SLOW, FAST)], [webhook.Round(SLOW, FAST)], webhook.Burnt(2, 1)),
    "card": card.figures([10.0, 12.0], [11.0], [1.0, 2.0]),
    "thread": thread.figures([(1.0, 58), (None, 42), (2.0, 60)], [0.1, 0.2], 104),
    "sidebar": sidebar.figures([{"useful": 90.0, "loaded": 40.0, "first": 10.0}], 5000),
    "offered": offered.figures(offered.Waits([1.0], [2.0], 0), offered.Waits([0.1], [0.2], 0)),
}
PROMISED = {
    "thread": {
        "p95_seconds",
        "p95_seconds_floor",
        "p95_seconds_goal",
        "p95_seconds_met",
        "units",
        "units_floor",
        "units_goal",
        "units_met",
    },
    "sidebar": {
        "useful_p95_ms",
        "useful_p95_ms_goal",
        "useful_p95_ms_met",
        "useful_ms",
        "whole_p95_ms_floor",
        "assets_bytes",
    },
    "start": {"slowest_seconds", "slowest_seconds_floor", "slowest_seconds_goal", "slowest_seconds_met"},
    "triage": {"slowest_seconds", "slowest_seconds_floor", "slowest_seconds_goal", "slowest_seconds_met"},
    "memory": {"rss_mb", "rss_mb_floor", "rss_mb_goal", "rss_mb_met", "models_inside", "models_inside_met"},
    "webhook": {"ratio_to_floor", "ratio_to_floor_goal", "ratio_to_floor_met", "p99_ms_full", "p99_ms_moderate"},
    "card": {"p95_ms", "p95_ms_floor", "p95_ms_goal", "p95_ms_met", "median_ms", "home_p95_ms"},
    "offered": {"p95_seconds", "p95_seconds_floor", "p95_seconds_goal", "p95_seconds_met", "not_offered"},
}


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_result_is_flat_and_has_what_was_promised(name):
    document = report.flat(name, report.circumstances(7), MADE_UP[name])
    assert document.keys() >= HEADER | PROMISED[name]
    assert not [value for value in document.values() if isinstance(value, (dict, list))]


def test_a_missed_goal_is_said_in_table_and_file(tmp_path):
    missed = [Figure("seconds", "how long", 9.5, "s", floor=1.0, at_most=8)]
    assert "MISSED" in report.table("start", missed)
    written = json.loads(report.write(report.flat("start", {}, missed), tmp_path).read_text())
    assert written == {
        "name": "start",
        "seconds": 9.5,
        "seconds_floor": 1.0,
        "seconds_goal": "≤ 8",
        "seconds_met": False,
    }


def test_the_ratio_compares_rates_not_times():
    ratio = {figure.key: figure.value for figure in MADE_UP["webhook"]}["ratio_to_floor"]
    assert ratio == 0.5


@pytest.mark.parametrize(("share", "seen"), [(0.5, 50), (0.95, 95), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_a_value_that_was_seen(share, seen):
    assert report.percentile(range(100, 0, -1), share) == seen


def test_no_delivery_comes_twice():
    chance = Random(1)
    events = [delivery.event(chance, 5) for _ in range(200)]
    assert len({event["id"] for event in events}) == 200
