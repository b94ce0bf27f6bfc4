"""The export replays auto-send too: plan, reviews and the two people of the ramp stand in the log before each reply."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.export import verify
from app.export.write import write
from app.governance.evidence import log_e
from app.store import policies
from tests import earned
from tests.earned import inbound
from tests.house import House

Entries = list[dict[str, Any]]


@pytest.fixture
def entries(earner: House, tmp_path: Path) -> Entries:
    """A fortnight of reviews, the first step, and one reply that went by itself; written out, and found in order."""
    earned.raised(earner)
    inbound(earner)
    earner.clock.tick(120)
    earner.deliver_due()
    write(earner.deps, tmp_path / "out", earner.ana.member.id)
    files = {
        one.relative_to(tmp_path / "out").as_posix(): one for one in (tmp_path / "out").rglob("*") if one.is_file()
    }
    report = verify.check(verify.Export(files, lambda name: io.BytesIO(files[name].read_bytes())))
    assert {mode: count for month in report["sent"].values() for mode, count in month.items()} == {
        "assisted": 98, "auto": 1,
    }  # fmt: skip
    return [json.loads(line) for line in files["log.jsonl"].read_bytes().splitlines()]


def replayed(entries: Entries, policies: dict[int, bytes]) -> None:
    world = verify.World(policies)
    for entry in entries:
        world.see(entry)


def of(entries: Entries, action: str) -> dict[str, Any]:
    return next(entry for entry in reversed(entries) if entry["action"] == action)


def auto(entries: Entries) -> dict[str, Any]:
    return next(entry for entry in entries if entry["action"] == "answer.intent" and entry["header"]["mode"] == "auto")


def rejected(entries: Entries, number: int) -> None:
    ended = [entry for entry in entries if entry["action"] == "proposal.ended"]
    for entry in ended[:number]:
        entry["header"]["outcome"] = "rejected"


TAMPERED: dict[str, tuple[Callable[[Entries], Any], str]] = {
    "one person raised it": (lambda log: of(log, "ramp.raised").update(actor=of(log, "ramp.asked")["actor"]), "same person"),
    "nobody asked": (lambda log: log.remove(of(log, "ramp.asked")), "without that request"),
    "nobody raised it": (lambda log: log.remove(of(log, "ramp.raised")), "the ramp did not allow"),
    "it was lowered before": (
        lambda log: log.insert(log.index(auto(log)), {
            **of(log, "ramp.raised"), "action": "ramp.lowered", "header": {"to": 0, "plan": "x"}}),
        "the ramp did not allow",
    ),
    "no plan": (lambda log: log.remove(of(log, "evidence.planned")), "evidence|ramp|lacks"),
    "tier 2": (lambda log: auto(log)["header"].update(tier=2), "above tier 1"),
    "judged tier 2": (
        lambda log: next(one for one in log if one["action"] == "proposal.decided" and one["object"] == auto(log)["object"])[
            "header"].update(tier=2),
        "not judged tier 1",
    ),
    "other drafts": (
        lambda log: next(one for one in log if one["action"] == "proposal.decided" and one["object"] == auto(log)["object"])[
            "header"].update(fingerprint="0" * 64),
        "other drafts",
    ),
    "too few reviews": (lambda log: auto(log)["header"].update(good=50), "50 good of 50"),
    "reviews that are not there": (lambda log: auto(log)["header"].update(good=500), "98 good reviews"),
    "failures left out": (lambda log: rejected(log, 3), "3 failures"),
    "a second look by the same eyes": (
        lambda log: of(log, "review.second").update(
            actor=next(one for one in log if one["action"] == "proposal.ended"
                       and one["object"] == of(log, "review.second")["object"])["actor"]),
        "confirmed by the person who made it",
    ),
}  # fmt: skip


def test_each_thing_that_auto_send_stands_on_is_missed(entries: Entries, earner: House) -> None:
    with earner.deps.readers.begin() as tx:
        texts = {version: policies.text(tx, version).encode() for version in (1, 2)}
    replayed(entries, texts)
    for tamper, words in TAMPERED.values():
        log = json.loads(json.dumps(entries))
        tamper(log)
        with pytest.raises(verify.Broken, match=words):
            replayed(log, texts)


def test_the_exports_own_gate_is_ours() -> None:
    for good, failed, p0 in ((87, 0, 0.95), (88, 0, 0.95), (133, 1, 0.95), (223, 2, 0.98), (1400, 9, 0.98)):
        assert verify.log_e(good, failed, p0) == pytest.approx(log_e(good, failed, p0), abs=1e-9)


CARRIED = {"plan": "p", "from": "a", "to": "b", "wanted": 59, "compared": 59, "different": 0}


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ({}, None),
        ({"different": 1}, "not shown to be equal"),
        ({"compared": 58}, "not shown to be equal"),
        ({"wanted": 0, "compared": 0}, "not shown to be equal"),
        ({"from": "c"}, "from other drafts"),
        ({"plan": "another"}, "from other drafts"),
    ],
)
def test_evidence_is_carried_over_only_to_drafts_that_were_shown_equal(
    change: dict[str, Any], broken: str | None
) -> None:
    plan = {"sha256": "p", "fingerprint": "a", "p0": "0.95", "alpha": "0.05"}
    log: Entries = [
        {"seq": 1, "action": "evidence.planned", "object": "delivery-times", "header": plan},
        {"seq": 2, "action": "evidence.carried", "object": "delivery-times", "header": {**CARRIED, **change}},
    ]
    world = verify.World({})
    if broken is not None:
        with pytest.raises(verify.Broken, match=broken):
            [world.see(entry) for entry in log]
        return
    for entry in log:
        world.see(entry)
    assert world.earned.marks["p"] == {"a", "b"}
