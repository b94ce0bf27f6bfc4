"""Drafts to read as a support lead would: `python -m benchmarks.drafts [MOST]` prints what is made of the sandbox's messages.

Under each draft stand its sources; a message without one says why.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

from app import judging, triage
from app.ai.embed import Embedder
from app.letters import from_json
from benchmarks.ground import ROOT

SEEDS = ROOT / "sandbox/zendesk/seeds/conversations.jsonl"


def main(most: int) -> None:
    mind = judging.mind(judging.policy(None), Path("/nonexistent"), Embedder())
    drafted = 0
    for line in SEEDS.read_text(encoding="utf-8").splitlines():
        seed = json.loads(line)
        told = {"id": seed["key"], "subject": seed["subject"], "text": seed["comments"][0]["text"]}
        done, decision = triage.judge(from_json(told, seed["key"]), mind, datetime.now(UTC))
        drafted += done.draft is not None
        print(f"=== {seed['key']} ({done.language}) {done.category} tier {done.tier} -> {decision.action.name.lower()}")
        print(f"    {' '.join(told['text'].split())}")
        if done.draft is None:
            print(f"--- no draft: {done.abstained.why}: {done.abstained.text}" if done.abstained else "--- no draft")
        for sentence in done.draft.sentences if done.draft else ():
            print(f"  | {sentence.text}  [{', '.join(sentence.sources)}]")
        for finding in done.findings or ():
            print(f"  ! {finding.check}: {finding.text}")
        if drafted >= most:
            return


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
