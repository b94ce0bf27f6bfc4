"""The installation is watched: where a host's admins no longer let us act, its queues go OFF by themselves."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from app.deps import Deps
from app.governance import canary
from app.governance.decision import Switch
from app.host import AccessLost, HostError, Installation, Leave
from app.store import audit, heartbeats, policies, switch

EVERY = timedelta(seconds=15)
PATIENCE = timedelta(seconds=60)  # how long an installation may stay unread before that counts as a no
WATCH = "the installation watch"


def look(deps: Deps, host_name: str) -> bool:
    """Ask the host, and turn its queues OFF if the answer is no. True: sending there is allowed as far as we know.

    It only narrows: what became allowed again stays OFF until two people restore it.
    """
    found, trouble = _read(deps, host_name)
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        since = heartbeats.beat(tx, _name(host_name), now, trouble)
        if found is None and since and now - since >= PATIENCE:
            found = Installation(
                Leave.GONE, f"nobody could read for {PATIENCE.seconds} s whether it allows us: {trouble}"
            )
        if found is not None and found.leave is not Leave.ALLOWED:
            _turn_off(tx, deps, host_name, found)
    return found is None or found.leave is Leave.ALLOWED


def allowed(tx: Connection, deps: Deps, host_name: str) -> bool:
    """Was sending allowed there within the last minute? Where nobody has looked, or the last word was no: `look` now."""
    last = heartbeats.of(tx, _name(host_name))
    return last is not None and last.trouble is None and timedelta() <= deps.clock.now() - last.at < PATIENCE


def _read(deps: Deps, host_name: str) -> tuple[Installation | None, str | None]:
    """What the host says, None while it cannot be read, and what is wrong."""
    try:
        found = deps.hosts[host_name].installation()
    except AccessLost as error:
        found = Installation(Leave.GONE, str(error))
    except HostError as error:
        return None, str(error)
    return found, found.why or None


def _turn_off(tx: Connection, deps: Deps, host_name: str, found: Installation) -> None:
    now = deps.clock.now()
    stopped = switch.roll_back_each(tx, scopes(tx, deps, host_name), WATCH, found.why, now)
    if stopped:
        audit.append(tx, now, WATCH, f"installation.{found.leave}", host_name, {"queues": stopped})


def scopes(tx: Connection, deps: Deps, host_name: str) -> list[str]:
    """The LIVE queues of that host, all that no policy gives to other hosts alone. In order: everybody locks so."""
    policy = policies.in_force(tx, deps.clock.now())
    others = {queue.name for queue in policy.queues if not queue.serves(host_name)} if policy else set()
    live = (found.scope for found in switch.scopes(tx) if found.state is Switch.LIVE)
    return [scope for scope in live if scope not in {switch.ALL, canary.QUEUE, *others}]


def _name(host_name: str) -> str:
    return f"watch:{host_name}"
