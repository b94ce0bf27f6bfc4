"""Backtest on a file: judged anew, left and found again, and every line that cannot be used is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import backtest
from app.letters import Unreadable

STARTER = Path(__file__).parents[1] / "manifest/policy.toml"
HISTORY = (
    {"id": "1", "subject": "Delivery", "text": "How long does standard delivery take within Europe?", "tier": 1},
    {"id": "2", "subject": "Last warning", "text": "My lawyer will sue you over the refund.", "tier": 3},
    {"id": "3", "subject": "Fire", "text": "The battery is swollen and got very hot.", "tier": 3},
)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path / "home"))
    made = tmp_path / "history.jsonl"
    made.write_text("\n".join(json.dumps(line) for line in HISTORY))
    return made


def test_a_history_is_left_found_again_and_counted_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest, "EVERY", 2)
    seen: list[tuple[int, int]] = []

    def leave(done: int, total: int) -> None:
        seen.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtest.run(file, STARTER, leave)
    told = backtest.run(file, STARTER, lambda done, total: seen.append((done, total)))
    assert seen == [(2, 3)]  # the second run began with the third message
    assert (told["tried"], told["labelled_tier3"], told["became"]["escalated"]) == (3, 2, 2)
    assert (told["tier3_sendable"], told["labelled_tier3_offered"], told["labelled_tier3_auto"]) == (0, 0, 0)
    assert list((file.parent / "home/backtests").iterdir()) == []


@pytest.mark.parametrize(("text", "said"), [("{", ":1: not JSON"), ("3", "wants an object"), ('{"id": "1"}', "text")])
def test_a_line_that_cannot_be_used_is_named(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(Unreadable, match=said):
        backtest.run(file, STARTER, lambda _done, _total: None)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="nowhere"):
        backtest.run(tmp_path / "nowhere.jsonl", STARTER, lambda _done, _total: None)
