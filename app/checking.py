"""Check a policy document as this deployment sees it: what is wrong with it, and what it would change."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import Connection

from app.deps import Deps
from app.governance import analysis, upkeep, verdict
from app.governance.decision import Reason
from app.governance.document import PolicyError, Problem, line_index, parse
from app.governance.finding import Fact, Finding, Ground, Shelved
from app.governance.policy import Policy
from app.governance.sources import Source
from app.governance.verdict import Verdict
from app.review import NotFound
from app.store import accepted, policies, sources, staff
from app.store.accepted import Acceptance

_HEAD = re.compile(r"\A# countersign policy · deployment (\S+) · version (\d+) · sha256 ([0-9a-f]{64})\r?\n")


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that reads, with what is wrong with it and what it would change."""

    policy: Policy
    toml: str
    replaces: int
    verdict: Verdict
    findings: tuple[Finding, ...]
    accepted: dict[str, Acceptance]
    strangers: tuple[str, ...]
    unchanged: bool  # to the letter the one in force

    @property
    def open(self) -> tuple[Finding, ...]:
        """Neither fixed nor accepted by two people."""
        return tuple(finding for finding in self.findings if finding.grave or not self._granted(finding))

    def _granted(self, finding: Finding) -> bool:
        acceptance = self.accepted.get(finding.key)
        return acceptance is not None and acceptance.granted_by is not None


def check(deps: Deps, text: str, author: str | None = None) -> Checked:
    """What is wrong with it and what it would change. Raises PolicyError where it cannot be read."""
    with deps.readers.begin() as tx:
        return checked(tx, deps, imported(text, deps.settings.deployment), author)


def imported(text: str, deployment: str) -> str:
    """The document in an exported file, which says where it came from. Raises PolicyError for another deployment's."""
    head = _HEAD.match(text)
    if head is None:
        return text
    if head[1] != deployment:
        said = f"this file was exported from the deployment {head[1]}; this one is {deployment}. Remove the first line to use it here"
        raise PolicyError([Problem("policy.toml", 1, said)])
    return text[head.end() :]


def exported(deps: Deps, version: int) -> str:
    """A version as a file that says where it came from."""
    with deps.readers.begin() as tx:
        found = policies.read(tx, version)
    if found is None:
        raise NotFound(Reason("not-found", f"there is no policy version {version}"))
    head = f"# countersign policy · deployment {deps.settings.deployment} · version {version} · sha256 {found.sha256}"
    return f"{head}\n{found.toml}"


def checked(tx: Connection, deps: Deps, text: str, author: str | None) -> Checked:
    """The same in the caller's transaction."""
    policy, now = parse(text), deps.clock.now()
    known = frozenset(member.email.lower() for member in staff.present(tx))
    shelf = sources.current(tx)
    base = policies.in_force(tx, now)
    return Checked(
        policy=policy,
        toml=text,
        replaces=base.version if base else 0,
        verdict=_against_all(tx, base, policy, now),
        findings=_findings(text, now.date(), shelf, author, known),
        accepted=accepted.standing(tx, now),
        strangers=tuple(upkeep.strangers(policy, known)),
        unchanged=base is not None and base.sha256 == policy.sha256,
    )


@lru_cache(maxsize=16)
def _findings(
    text: str, today: date, shelf: tuple[Source, ...], author: str | None, known: frozenset[str]
) -> tuple[Finding, ...]:
    """Kept, since pages ask again and again and the proof takes its time."""
    facts = tuple(Fact(key, value, _named(one)) for one in shelf for key, value in one.facts)
    shelved = tuple(Shelved(one.id, _named(one), one.owner, one.review_by) for one in shelf)
    ground = Ground(today=today, lines=line_index(text), facts=facts, sources=shelved, author=author, staff=known)
    return analysis.findings(parse(text), ground)


def _named(source: Source) -> str:
    return source.id if source.language == "en" else f"{source.id}.{source.language}"


def _against_all(tx: Connection, base: Policy | None, new: Policy, now: datetime) -> Verdict:
    """Against the one in force; and against what is published for later, which this would overtake."""
    first = verdict.compare(base, new)
    later = [verdict.compare(policy, new) for policy in policies.scheduled(tx, now)]
    return next((one for one in later if one.needs_two and not first.needs_two), first)
