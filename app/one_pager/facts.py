"""What the one-pager is made from: the policy in force and this deployment as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.deps import Deps
from app.governance.decision import Reason, Switch
from app.governance.policy import Policy
from app.governance.sources import Source
from app.review import NotFound
from app.store import drills, patterns, policies, sources, staff, switch
from app.store.policies import Version


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page is made from."""

    policy: Policy
    version: Version
    author: str
    approved_by: str | None
    switch: Switch
    changed_at: datetime
    hosts: tuple[str, ...]
    model: str
    database: str
    keeper: bool
    rehearsed_at: datetime | None
    at: datetime
    sources: tuple[Source, ...] = ()  # in force, every language
    failures: tuple[str, ...] = ()  # known ones that are open


def facts(deps: Deps) -> Facts:
    """As this deployment stands. Raises NotFound while no policy is in force."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, now)
        version = policies.read(tx, policy.version) if policy else None
        if policy is None or version is None:
            raise NotFound(Reason("no-policy", "no policy is in force: there is nothing to tell"))
        everything = next(scope for scope in switch.scopes(tx) if scope.scope == switch.ALL)
        rehearsed = drills.drill_state(tx, policy)
        shelf, failures = sources.current(tx), tuple(one.name for one in patterns.open_ones(tx))
        people = {member.id: member.name for member in staff.everybody(tx)}
    return Facts(
        policy=policy,
        version=version,
        author=people.get(version.author, version.author),
        approved_by=people.get(version.approved_by, version.approved_by) if version.approved_by else None,
        switch=everything.state,
        changed_at=everything.changed_at,
        hosts=tuple(sorted(deps.hosts)),
        model=deps.settings.model,
        database=deps.engine.dialect.name,
        keeper=deps.settings.anchored,
        rehearsed_at=rehearsed.at,
        at=now,
        sources=shelf,
        failures=failures,
    )
