"""`countersign triage`: letters in, judgements out, with the documents of this deployment and no service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from app import config, learning, triage
from app.ai.alarms import Alarms
from app.ai.embed import Embedder
from app.ai.familiar import Familiar
from app.ai.mind import Mind
from app.config import MANIFEST
from app.governance.document import PolicyError, Problem, parse
from app.governance.policy import Policy
from app.governance.sources import Source, parse_source
from app.letters import Letter


def judge_all(letters: Iterable[Letter], policy_file: Path | None) -> Iterator[dict[str, Any]]:
    """One judgement for each letter, in their order. Raises PolicyError for a document that cannot be used."""
    judge = mind(policy(policy_file), config.home(), Embedder())
    now = datetime.now(UTC)
    for letter in letters:
        proposal, decision = triage.judge(letter, judge, now)
        yield triage.as_json(letter, proposal, decision, judge.policy)


def mind(policy: Policy, home: Path, embedder: Embedder) -> Mind:
    """With the alarms, with what is asked everywhere, and with what `learn` left in this deployment's folder."""
    known, learned = _sources(), learning.known(home)
    return Mind(embedder, policy, known, alarms=Alarms.load(), learned=learned, familiar=Familiar.load())


def policy(file: Path | None) -> Policy:
    """That document, or the starter. Raises PolicyError for one that cannot be used."""
    chosen = file or MANIFEST / "policy.toml"
    try:
        return parse(chosen.read_text(encoding="utf-8"), str(file) if file else chosen.name)
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError([Problem(str(chosen), 1, f"cannot be read ({error})")]) from error


def _sources() -> tuple[Source, ...]:
    files = sorted((MANIFEST / "sources").glob("*.md"))
    return tuple(parse_source(file.read_text(encoding="utf-8"), file.name) for file in files)


def in_words(judged: dict[str, Any]) -> str:
    """For people: the action first, then why, then the draft."""
    tier = f"tier {judged['tier']}" if judged["tier"] else "tier unknown"
    lines = [f"{judged['id']}: {judged['action'].replace('_', ' ')} ({judged['mode']} mode)"]
    lines.append(
        f"  {judged['category'] or 'no category'} · {tier} · {judged['urgency']} · {judged['language'] or '?'}"
    )
    lines += [f"  – {reason['text']}" for reason in judged["reasons"]]
    if judged["draft"]:
        lines += ["", *(f"    {line}" for line in judged["draft"]["text"].splitlines()), ""]
    return "\n".join(lines)
