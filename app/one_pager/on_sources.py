"""What the one-pager says of approved sources and known failures."""

from __future__ import annotations

from collections.abc import Iterator

from app.governance.spoken import listed
from app.one_pager.facts import Facts
from app.one_pager.sentence import Sentence


def on_sources(known: Facts) -> Iterator[Sentence]:
    """Who changes what replies rest on, and what that does to replies that wait."""
    yield Sentence(
        "A draft is held back when a source that it rests on changes or is retired, until a person looks, also after approval.",
        (
            "rule:source-changed",
            "test:tests/test_sourcing.py::test_an_approved_reply_goes_back_to_people_when_its_source_changes",
            "test:tests/test_sourcing.py::test_the_claim_refuses_by_itself_what_nobody_held_back",
        ),
    )
    yield Sentence(
        "What replies rest on is changed by two people; every version is kept with its author and its approver.",
        (
            "test:tests/test_sourcing.py::test_what_customers_read_takes_two_people",
            "test:tests/test_sourcing.py::test_nothing_changes_a_version",
        ),
    )
    yield Sentence(
        f"Known failures that are open, and stop the drafts that match: {listed(known.failures) or 'none'}.",
        (
            "rule:known-failure",
            "test:tests/test_sourcing.py::test_an_open_pattern_stops_what_matches_until_two_people_close_it",
        ),
    )
