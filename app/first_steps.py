"""First steps: what a new deployment still lacks, in the order in which people do it. Read off what is there, never ticked by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from app.deps import Deps
from app.governance.policy import Policy
from app.store import drills, lineup, policies, sources


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One of them. `place`: the page where it is done."""

    title: str
    words: str
    place: str
    to: str
    done: bool


def first_steps(deps: Deps) -> tuple[FirstStep, ...]:
    """All, done or not."""
    with deps.readers.begin() as tx:
        return tuple(_steps(tx, deps, policies.in_force(tx, deps.clock.now())))


def _steps(tx: Connection, deps: Deps, policy: Policy | None) -> Iterator[FirstStep]:
    hosts = ", ".join(sorted(name.partition(":")[2] or name.title() for name in deps.hosts)) or "nothing yet"
    yield FirstStep("Connect your help desk", f"Connected: {hosts}.", "pages.settings", "Connections", bool(deps.hosts))
    queues = ", ".join(queue.name for queue in policy.queues) if policy else "none"
    arrived = lineup.is_any(tx)
    words = f"The policy covers the queues {queues}. {'Messages arrive.' if arrived else 'No message came yet.'}"
    yield FirstStep("Choose the queues", words, "policy.page", "The policy", arrived)
    known = sources.last_versions(tx)
    own = len({version.source_id for version in known if version.author != sources.INSTALLATION})
    words = f"{len({version.source_id for version in known})} documents are there, {own} of them brought by you. Replies rest on nothing else."
    yield FirstStep("Bring your sources", words, "sources.page", "Sources", own > 0)
    version = policy.version if policy else 0
    whose = "yours" if version > 1 else "the starter policy"
    words = f"Nine questions, in plain words. The one in force is {whose}."
    yield FirstStep("Read the policy, make it yours", words, "policy.page", "The nine questions", version > 1)
    rehearsed = drills.drill_state(tx, policy).at is not None if policy else False
    words = "Half a minute, reaches no customer, and shows that the stop really stops."
    yield FirstStep("Rehearse the stop", words, "pages.settings", "The switch", rehearsed)
