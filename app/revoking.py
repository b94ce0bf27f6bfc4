"""Stop and revoke: after a stop of everything, each host is made to refuse the token that we bear."""

from __future__ import annotations

from app import sweep
from app.deps import Deps
from app.host import HostError
from app.store import audit, heartbeats, switch

PATIENCE = 15.0  # seconds for what is in flight: once the token is dead nobody can ask what became of it
REVOKED = "revoked"


def revoke(deps: Deps, actor: str) -> dict[str, str]:
    """Per host: `revoked`, proved by its refusal, or why not and what to do. What is in flight gets a moment first."""
    sweep.drain_until(deps, switch.ALL, PATIENCE)
    return {name: _revoke(deps, name, actor) for name in sorted(deps.hosts)}


def _revoke(deps: Deps, name: str, actor: str) -> str:
    try:
        deps.hosts[name].revoke()
        trouble = None
    except HostError as error:
        trouble = f"the token was not revoked: {error}"
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        heartbeats.beat(tx, f"revoke:{name}", now, trouble)
        audit.append(tx, now, actor, "token.not-revoked" if trouble else "token.revoked", name, {})
    return trouble or REVOKED
