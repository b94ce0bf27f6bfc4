"""What a stranger counts from an export of the log alone, to be held beside what the pages say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from app import metrics
from app.governance.freezing import Kind
from app.governance.guardrails import Cleared
from app.governance.metrics import History
from app.governance.ramp import Step
from app.governance.reviews import EvidencePlan, Outcome, Review, Tally, tally

Entry = dict[str, Any]
MATURE = timedelta(days=7)
NO_VERDICT = ("superseded", "sent without a click")


def at(entry: Entry) -> datetime:
    return datetime.fromisoformat(entry["ts"])


@dataclass(frozen=True)
class Recount:
    """One export and the category that is counted."""

    folder: Path
    category: str

    @cached_property
    def entries(self) -> list[Entry]:
        return [json.loads(line) for line in (self.folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]

    def of(self, *actions: str) -> Iterator[Entry]:
        return (entry for entry in self.entries if entry["action"] in actions)

    @property
    def now(self) -> datetime:
        return at(self.entries[-1])

    def history(self, since: datetime) -> History:
        """All answers, judged as the figures judge them."""
        records, _ = metrics.exported(self.folder)
        return metrics.recounted(records, since, self.now)

    # --- evidence ------------------------------------------------------------------------------------------------------
    @cached_property
    def plan(self) -> EvidencePlan:
        """The newest plan of the category."""
        *_, last = (one for one in self.of("evidence.planned") if one["object"] == self.category)
        promise = {name: float(last["header"][name]) for name in ("p0", "alpha")}
        named = {"category": self.category, "tier": 1, "queues": (), "languages": (), "seed": ""}
        return EvidencePlan(**named, **promise, fingerprint=last["header"]["fingerprint"], registered_at=at(last))

    def tally(self) -> Tally:
        """The reviews under that plan."""
        return tally(list(self._reviews()), self.plan)

    def _reviews(self) -> Iterator[Review]:
        begun = {one["object"]: one for one in self.of("proposal.begun")}
        ended = {one["object"]: one for one in self.of("proposal.ended")}
        clicked = {one["object"]: at(one) for one in self.of("proposal.approved")}
        again = {(one["object"], one["action"]): Outcome(one["header"]["outcome"]) for one in self._second_looks()}
        customers = self._customers()
        for name, mark in self._made().items():
            if mark == self.plan.fingerprint:
                end = ended.get(name)
                by = end["actor"] if end and end["actor"] != "countersign" else None
                yield Review(
                    proposal=name,
                    offered_at=max(at(begun[name]), self.plan.registered_at),
                    at=clicked.get(name, at(end)) if end and by else None,
                    outcome=Outcome(end["header"]["outcome"]) if end else None,
                    reviewer=by,
                    customer=customers[begun[name]["header"]["ticket"]],
                    words=0,
                    fingerprint=mark,
                    second=again.get((name, "review.second")),
                    settled=again.get((name, "review.settled")),
                    withdrawn=end is not None and end["header"]["reason"] in NO_VERDICT,
                )

    def _second_looks(self) -> Iterator[Entry]:
        return self.of("review.second", "review.settled")

    def _made(self) -> dict[str, str | None]:
        """Draft → the fingerprint of how it was made, as it was decided last."""
        return {one["object"]: one["header"].get("fingerprint") for one in self.of("proposal.decided")}

    def _customers(self) -> dict[str, str]:
        told = ((one["object"], event) for one in self.of("ticket.noted") for event in one["header"]["events"])
        return {ticket: event["facts"]["requester"] for ticket, event in told if event["kind"] == "opened"}

    # --- ramp and alarms -----------------------------------------------------------------------------------------------
    def steps(self) -> list[Entry]:
        """Each time that it went up or down."""
        return [one for one in self.of("ramp.raised", "ramp.lowered") if one["object"] == self.category]

    @property
    def step(self) -> Step:
        """Where it stands; a step taken on another plan's evidence counts for nothing."""
        taken = self.steps()
        *_, plan = (one["header"]["sha256"] for one in self.of("evidence.planned") if one["object"] == self.category)
        return Step(taken[-1]["header"]["to"]) if taken and taken[-1]["header"]["plan"] == plan else Step.OFF

    def matured(self) -> int:
        """Automatic answers of the last step that had time to turn out badly."""
        if self.step is Step.OFF:
            return 0
        since = at(self.steps()[-1])
        alone = {one["object"] for one in self.of("answer.intent") if one["header"]["approval"] is None}
        sent = (one for one in self.of("answer.outcome") if one["header"]["state"] == "SENT" and one["object"] in alone)
        return sum(since <= at(one) <= self.now - MATURE for one in sent)

    def cleared(self) -> Cleared:
        """When two people last lifted which freeze."""
        opened = {one["object"]: one["header"]["category"] for one in self.of("freeze.opened")}
        lifted = (one for one in self.of("freeze.lifted") if one["header"]["asked_by"])
        return {(Kind(one["header"]["kind"]), opened[one["object"]]): at(one) for one in lifted}
