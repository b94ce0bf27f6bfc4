"""Clearing up: drafts of ours that nobody wants any more leave the host; what people wrote into them stays theirs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from app.deps import Deps
from app.host import HostError
from app.store import unwanted

EVERY = timedelta(seconds=30)


class Clearing:
    """Of one host, each thing once while this process lives; a host that is away is asked again."""

    def __init__(self, host_name: str) -> None:
        self._host_name = host_name
        self._done: set[str] = set()

    def __call__(self, deps: Deps) -> None:
        """A worker may have died between preparing and claiming; a stop may have overtaken what was offered."""
        with deps.readers.begin() as tx:
            found = unwanted.on(tx, self._host_name, deps.clock.now())
        self._done &= {one.key for one in found}
        self._done |= set(self._cleared(deps, [one for one in found if one.key not in self._done]))

    def _cleared(self, deps: Deps, found: list[unwanted.Unwanted]) -> Iterator[str]:
        for one in found:
            if not self._still(deps, one.key):  # approved once more meanwhile: its draft may be on its way
                continue
            try:
                deps.hosts[self._host_name].discard(one.message)
            except HostError as error:
                if not error.permanent:
                    return
            yield one.key

    def _still(self, deps: Deps, key: str) -> bool:
        with deps.readers.begin() as tx:
            return key in {one.key for one in unwanted.on(tx, self._host_name, deps.clock.now())}
