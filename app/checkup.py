"""Checkup: what is asked of one connection, by `countersign doctor` and by a press on the settings page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from app import announcing, bringing, config
from app.deps import Deps
from app.doorbell import Doorbell
from app.governance.document import PolicyError
from app.host import HostError, Leave
from app.store import replies
from app.store.keys import KeyLost

Part = tuple[str, Callable[[Deps], str]]
"""Its name, and the look at it: in words what is well. Raises Ailing."""


class Ailing(Exception):
    """What is wrong and what to do."""


def part(deps: Deps, name: str, look: Callable[[Deps], str]) -> dict[str, Any]:
    try:
        return {"part": name, "ok": True, "text": look(deps)}
    except (Ailing, HostError, KeyLost, PolicyError, sa.exc.SQLAlchemyError) as error:
        return {"part": name, "ok": False, "text": str(error).splitlines()[0]}


def connections(deps: Deps) -> tuple[str, ...]:
    """What can be tested alone, by a press or with `--only`."""
    return ("database", "redis", "model", *sorted(deps.hosts))


def connection(deps: Deps, name: str) -> list[dict[str, Any]]:
    """The same look at one connection."""
    own = {"database": database, "redis": redis, "model": model}
    parts = parts_of(name) if name in deps.hosts else [(name, own[name])]
    return [part(deps, *one) for one in parts]


def database(deps: Deps) -> str:
    with deps.readers.begin() as tx:
        revision = tx.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return f"{deps.engine.dialect.name}, schema {revision}"


def redis(deps: Deps) -> str:
    if isinstance(deps.ring, Doorbell) and not deps.ring.answers():
        raise Ailing("does not answer: start it, or `countersign run`; work waits in SQL meanwhile")
    return "answers"


def model(deps: Deps) -> str:
    """One question of a few words. The provider's library is loaded by it: the web process asks another to do this."""
    settings = deps.settings
    if not settings.model:
        return "the embedded drafter: nothing to reach"
    from app.ai.model import Budget, Model, ModelFailed

    config.quiet_litellm()
    ready = {"type": "object", "properties": {"ready": {"type": "boolean"}}, "required": ["ready"]}
    try:
        Model(settings.model, settings.model_fallbacks).ask(
            'Answer with the JSON object {"ready": true}.', ready, Budget()
        )
    except ModelFailed as failure:
        raise Ailing(
            f"no usable answer ({failure}): look at COUNTERSIGN_MODEL and its key; people answer meanwhile"
        ) from failure
    return f"{settings.model} answers"


def _host(name: str) -> Callable[[Deps], str]:
    def look(deps: Deps) -> str:
        return f"answers; {len(deps.hosts[name].staff())} people may answer there"

    return look


def _announced(name: str) -> Callable[[Deps], str]:
    def look(deps: Deps) -> str:
        ends = announcing.until(deps, name)
        if ends is None:
            return "for good, or not renewed yet"
        if ends - deps.clock.now() < announcing.ALARM:
            raise Ailing(f"changes are announced until {ends:%d %B %H:%M} UTC only, then merely polled for")
        return f"until {ends:%d %B %H:%M} UTC, renewed every day"

    return look


def parts_of(name: str) -> list[Part]:
    return [
        (f"host {name}", _host(name)),
        (f"{name}: leave", _installation(name)),
        (f"{name}: announcements", _announced(name)),
        (f"{name}: delivery", _delivery(name)),
        (f"{name}: replies", _replies(name)),
    ]


def _installation(name: str) -> Callable[[Deps], str]:
    def look(deps: Deps) -> str:
        found = deps.hosts[name].installation()
        if found.leave is not Leave.ALLOWED:
            raise Ailing(f"{found.why}; its queues go OFF within a minute")
        return "we may act there, and automation is allowed"

    return look


def _delivery(name: str) -> Callable[[Deps], str]:
    def look(deps: Deps) -> str:
        found = deps.hosts[name].senders()
        if not any(one.brings for one in found):
            raise Ailing(bringing.in_words(found))
        return bringing.in_words(found)

    return look


def _replies(name: str) -> Callable[[Deps], str]:
    def look(deps: Deps) -> str:
        with deps.readers.begin() as tx:
            last, holes = replies.last(tx, name), replies.still_unexplained(tx)
        if holes:
            raise Ailing(f"{len(holes)} that no row explains: `countersign replies`")
        if last is not None and last.foreign:
            raise Ailing(f"another deployment answered {last.foreign} times: look for a copy of this one")
        return f"each has its row, {last.at:%H:%M} UTC" if last else "not compared yet"

    return look
