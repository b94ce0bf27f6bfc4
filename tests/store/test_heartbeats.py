"""Heartbeats: people see what is wrong and since when."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine

from app.store import heartbeats


class Beats:
    def __init__(self, engine: Engine, clock: Any) -> None:
        self.engine, self.clock = engine, clock

    def beat(self, trouble: str | None = None, name: str = "redis") -> heartbeats.Beat:
        with self.engine.begin() as tx:
            heartbeats.beat(tx, name, self.clock.now(), trouble)
            return next(found for found in heartbeats.everybody(tx) if found.name == name)


@pytest.fixture
def beats(engine: Engine, clock: Any) -> Beats:
    return Beats(engine, clock)


def test_a_sign_of_life_is_the_last_one(beats: Beats) -> None:
    beats.beat()
    beats.clock.tick(5)
    assert beats.beat() == heartbeats.Beat("redis", beats.clock.now(), None, None)


def test_trouble_keeps_the_time_of_its_beginning(beats: Beats) -> None:
    beats.beat()
    began = beats.clock.tick(5)
    beats.beat("refused")
    beats.clock.tick(60)
    assert beats.beat("timed out") == heartbeats.Beat("redis", beats.clock.now(), "timed out", began)


def test_what_is_over_is_over_and_begins_anew(beats: Beats) -> None:
    beats.beat("refused")
    beats.clock.tick(5)
    assert beats.beat().since is None
    again = beats.clock.tick(5)
    assert beats.beat("refused").since == again


def test_each_has_its_own(beats: Beats) -> None:
    beats.beat("refused")
    assert beats.beat(name="sweeper").trouble is None
    with beats.engine.begin() as tx:
        assert [found.name for found in heartbeats.everybody(tx)] == ["redis", "sweeper"]
