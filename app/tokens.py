"""A host's token as it renews itself: kept sealed in SQL, asked for at each request, rotated by one process at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from app.deps import Clock
from app.grants import Grants
from app.host import AccessLost, HostError
from app.store import host_tokens
from app.store.host_tokens import Kept
from app.store.keys import Keys

AHEAD = timedelta(minutes=5)  # renewed so long before it expires, or in the last fifth of a shorter life
SOON = 1.0  # seconds, for whoever comes while another process renews


class RenewedToken:
    """A TokenStore over SQL, safe to share between threads and processes."""

    def __init__(self, host: str, engine: Engine, readers: Engine, keys: Keys, clock: Clock, grants: Grants) -> None:
        self._host, self._engine, self._readers = host, engine, readers
        self._keys, self._clock, self._grants = keys, clock, grants

    def access_token(self) -> str:
        """The one in force, renewed where it is about to expire."""
        kept = self._kept()
        if kept is not None and kept.trouble is not None:
            raise AccessLost(kept.trouble)
        if kept is not None and kept.access is not None and not self._ageing(kept):
            return kept.access
        return self._renewed(kept)

    def refused(self, token: str) -> bool:
        """What the host refuses before its time was revoked there. To ask for another would undo somebody's stop."""
        kept = self._kept()
        if kept is None or kept.access != token or kept.renewing:
            return True
        if kept.expires_at <= self._clock.now():
            return True  # it died of age; the next request renews it
        self._lose(kept.generation, "the host revoked our token before its time: connect it again")
        return False

    def _kept(self) -> Kept | None:
        with self._readers.begin() as tx:
            return host_tokens.read(tx, self._keys, self._host, self._clock.now())

    def _ageing(self, kept: Kept) -> bool:
        life = kept.expires_at - kept.changed_at
        return self._clock.now() >= kept.expires_at - min(AHEAD, life / 5)

    def _renewed(self, kept: Kept | None) -> str:
        generation = kept.generation if kept else 0
        with self._engine.begin() as tx:
            held = host_tokens.hold(tx, self._host, generation, self._clock.now())
        if not held:
            raise HostError("the token is being renewed", retry_after=SOON)
        try:
            grant = self._grants.next(kept.refresh) if kept and kept.access else self._grants.first()
        except AccessLost as error:
            self._lose(generation, str(error))
            raise
        except HostError:
            with self._engine.begin() as tx:
                host_tokens.let_go(tx, self._host, generation)
            raise
        with self._engine.begin() as tx:  # committed before anybody uses it: the old pair is dead already
            host_tokens.put(tx, self._keys, self._host, grant, self._clock.now())
        return grant.access

    def _lose(self, generation: int, why: str) -> None:
        with self._engine.begin() as tx:
            host_tokens.lose(tx, self._host, generation, why, self._clock.now())


@dataclass(frozen=True, slots=True)
class FixedToken:
    """A token that settings gave; `RenewedToken` is the one that renews itself."""

    token: str

    def access_token(self) -> str:
        """The same each time."""
        return self.token

    def refused(self, token: str) -> bool:
        """There is no other one."""
        return token != self.token

    def __repr__(self) -> str:
        return "FixedToken()"
