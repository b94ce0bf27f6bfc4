"""Day one: what would have been made of the last days; left, found again, waited for; nothing sent, nothing counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import first_look, prospects
from app.ai.embed import Embedder
from app.ai.mind import Mind
from app.first_look import Around, Look
from app.governance.bygone import Bygone, Page
from app.host import HostError
from app.store.engine import connect
from app.store.tables import metadata
from tests.ai import small
from tests.house import House

SAID = {
    "How long does standard delivery take?": 5,
    "What does express delivery cost?": 2,
    "My lawyer will sue you": 1,
    "Please recommend a novel": 1,
}


class Remembering:
    """A host with a past in pages of three, that can ask for patience."""

    def __init__(self, now: datetime) -> None:
        texts = [text for text, times in SAID.items() for _ in range(times)]
        self.tickets = [
            Bygone(
                str(n),
                at := now - timedelta(days=80 - n),
                at,
                "Question",
                text,
                ("delivery-times",) if n == 0 else (),
                True,
            )
            for n, text in enumerate(texts)
        ]
        self.asked: list[str | None] = []
        self.waits = 0

    def history(self, cursor: str | None, since: datetime) -> Page:
        self.asked.append(cursor)
        if self.waits:
            self.waits -= 1
            raise HostError("the rate limit is nearly used up", retry_after=34)
        start = int(cursor or 0)
        shown = self.tickets[start : start + 3]
        return Page(tuple(shown), str(start + 3), start + 3 >= len(self.tickets))


@pytest.fixture
def house(sqlite_database: str, clock: Any, tmp_path: Path) -> Iterator[House]:
    made = House(connect(sqlite_database), clock, tmp_path)
    made.deps = replace(made.deps, hosts={"zendesk": Remembering(clock.now())})
    yield made
    made.deps.engine.dispose()
    made.deps.readers.dispose()


def mind(_deps: object, policy: Any) -> Mind:
    return Mind(Embedder(english=small.Words, multilingual=small.Words), policy, small.SOURCES, alarms=None)


def look(house: House, around: Around | None = None) -> Look:
    quiet = Around(tell=lambda *_: None, pause=lambda _: None)
    return first_look.look(house.deps, "zendesk", 90, around or quiet, mind)


def figures(house: House) -> dict[str, Any]:
    return prospects.as_json(house.deps, "zendesk", 90, look(house))


def test_each_category_says_its_drafts_and_how_far_it_is_from_its_gate(house: House) -> None:
    told = figures(house)
    first = told["categories"][0]
    assert (told["tickets"], told["escalated"]["triggers"]) == (9, {"legal": 1})
    assert (first["category"], first["likely_tiers"], first["good_reviews_needed"]) == (
        "delivery-times",
        {"1": first["tickets"]},
        224,
    )
    assert first["drafts"] > 0
    assert first["weeks_to_gate"] == -(-224 * 90 // (7 * first["drafts"]))
    words = prospects.in_words(told)
    assert "handed to a named person" in words
    assert "Nothing was sent" in words


def test_nothing_is_sent_and_nothing_is_written_down(house: House) -> None:
    def rows() -> dict[str, int]:
        with house.deps.readers.begin() as tx:
            return {
                name: tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                for name, table in metadata.tables.items()
            }

    before = rows()
    told = figures(house)
    assert (rows(), told["evidence"], told["sent"]) == (before, 0, 0)
    assert list((house.deps.settings.home / "first-looks").iterdir()) == []


def test_left_in_the_middle_the_same_command_goes_on(house: House) -> None:
    def leave_after_four(at: Look, _: str) -> None:
        if at.counts["read"] == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(house, Around(tell=leave_after_four, pause=lambda _: None))
    (note,) = (house.deps.settings.home / "first-looks").iterdir()
    assert "deliver" not in note.read_text().replace("delivery-times", "")  # numbers, never a customer's words
    assert note.stat().st_mode & 0o077 == 0
    found = look(house)
    assert (found.counts["read"], found.counts["tickets"]) == (9, 9)
    host = house.deps.hosts["zendesk"]
    assert host.asked == [None, "3", "3", "6"]  # type: ignore[attr-defined]


def test_replies_to_customers_go_first(house: House) -> None:
    house.deps.hosts["zendesk"].waits = 2  # type: ignore[attr-defined]
    waited: list[float] = []
    said: list[str] = []
    look(house, Around(tell=lambda _, waiting: said.append(waiting), pause=waited.append))
    assert waited == [34, 34]
    assert "going on in 34 s" in said[0]


def test_what_an_agent_began_and_what_began_earlier_is_left_out(house: House) -> None:
    host = house.deps.hosts["zendesk"]
    host.tickets[0] = replace(host.tickets[0], theirs=False)  # type: ignore[attr-defined]
    host.tickets[1] = replace(host.tickets[1], created_at=house.clock.now() - timedelta(days=400))  # type: ignore[attr-defined]
    told = figures(house)
    assert (told["tickets"], told["left_out"]) == (7, {"begun_by_an_agent": 1, "begun_before": 1})


def test_kept_messages_bear_only_labels_that_people_gave(house: House, tmp_path: Path) -> None:
    file = tmp_path / "history.jsonl"
    look(house, Around(lambda *_: None, lambda _: None, file))
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(lines) == 9
    assert [line.get("category") for line in lines] == ["delivery-times", *[None] * 8]
    assert file.stat().st_mode & 0o077 == 0


def test_a_history_without_an_end_is_said_so(house: House) -> None:
    host = house.deps.hosts["zendesk"]
    host.history = lambda *_: Page((), "1", last=False)  # type: ignore[attr-defined]
    with pytest.raises(HostError, match="no end"):
        look(house)


def test_a_host_that_is_not_connected_is_said_so(house: House) -> None:
    house.deps = replace(house.deps, hosts={})
    with pytest.raises(first_look.Unready, match="countersign connect zendesk"):
        look(house)


def test_an_empty_past_is_no_error(house: House) -> None:
    house.deps.hosts["zendesk"].tickets = []  # type: ignore[attr-defined]
    assert "no ticket that a customer began" in prospects.in_words(figures(house))
