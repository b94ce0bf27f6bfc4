"""The link that stops from a phone: no sign-in, once, for a while, and nothing but a stop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from app import review
from app.deps import Deps
from app.governance.canary import QUEUE
from app.governance.decision import Reason, Switch
from app.store import staff, stop_links, switch, turns
from app.store.stop_links import Link

LONGEST = 90  # days


@dataclass(frozen=True, slots=True)
class Seen:
    """What a link's page shows: the link, whether it still stops, and how its scope stands."""

    link: Link
    is_good: bool
    state: switch.ScopeState
    made_by: str
    in_flight: int


def make(deps: Deps, scope: str, made_for: str, days: int, actor_id: str) -> str:
    """The address to give to exactly that person. Whoever holds it can stop, and nothing else."""
    if not made_for.strip():
        raise review.Refused(Reason("made-for", "say for whom: the log names them when it is used"))
    if not 1 <= days <= LONGEST:
        raise review.Refused(Reason("days", f"a link is good for 1 to {LONGEST} days"))
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        _scope(tx, scope)
        link = stop_links.make(tx, scope, made_for.strip()[:120], actor_id, now, now + timedelta(days=days))
    return f"{deps.settings.app_url}/stop/{stop_links.token(deps.keys, link)}"


def withdraw(deps: Deps, link_id: str, actor_id: str) -> None:
    """It works no more: a lost phone, somebody who left."""
    with deps.engine.begin() as tx:
        if not stop_links.withdraw(tx, link_id, actor_id, deps.clock.now()):
            raise review.NotFound(Reason("link", "there is no such link, or it is over"))


def look(deps: Deps, token: str) -> Seen:
    """What the link is about. Looking changes nothing, however often a scanner of mail looks. Raises NotFound."""
    with deps.readers.begin() as tx:
        return _seen(tx, _found(stop_links.read(tx, deps.keys, token)), deps.clock.now())


def press(deps: Deps, token: str) -> Seen:
    """OFF, if the link is good. What is off already stays so, and the link stays good."""
    with turns.ahead_of_all(deps.engine), deps.engine.begin() as tx:
        now = deps.clock.now()
        link = _found(stop_links.read(tx, deps.keys, token, hold=True))
        if not link.is_good(now):
            raise review.Changed(Reason("used", "this link no longer works"))
        actor = f"{link.made_for}, by a phone link"
        if switch.roll_back(tx, link.scope, actor, "", now):
            stop_links.use(tx, link, actor, now)
    return look(deps, token)


def listed(deps: Deps) -> list[Seen]:
    """Those that are good, and how the last ones ended."""
    with deps.readers.begin() as tx:
        return [_seen(tx, link, deps.clock.now()) for link in stop_links.listed(tx)]


def _found(link: Link | None) -> Link:
    if link is None:
        raise review.NotFound(Reason("link", "this is no link of ours"))
    return link


def _scope(tx: Connection, scope: str) -> switch.ScopeState:
    found = next((one for one in switch.scopes(tx) if one.scope == scope != QUEUE), None)
    if found is None:
        raise review.NotFound(Reason("scope", f"there is no queue {scope}"))
    return found


def _seen(tx: Connection, link: Link, now: datetime) -> Seen:
    """A queue is OFF also where everything is."""
    state, everything = _scope(tx, link.scope), _scope(tx, switch.ALL)
    shown = everything if state.state is Switch.LIVE else state
    by = staff.by_id(tx, link.made_by)
    flying = len(switch.in_flight(tx, shown.scope))
    return Seen(link, link.is_good(now), shown, by.name if by else link.made_by, flying)
