"""Grants: what a host gave us to act with, and where its client finds the token in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class TokenStore(Protocol):
    """Where a host's client finds the token in force; replaceable at run time."""

    def access_token(self) -> str:
        """The bearer token to use for the next request. Raises AccessLost where there is none."""
        ...

    def refused(self, token: str) -> bool:
        """The host did not accept that token. True: it was replaced meanwhile, so try again; False: it is dead."""
        ...


@dataclass(frozen=True, slots=True)
class Grant:
    """What a host gave us to act with. `refresh` None: where there is none, another one is asked for."""

    access: str
    refresh: str | None
    seconds: int  # until `access` expires

    def __repr__(self) -> str:
        return f"Grant({self.seconds} s)"  # never the tokens


class Grants(Protocol):
    """Where a token comes from. Raises AccessLost where the host says no for good: an admin must connect us anew."""

    def first(self) -> Grant:
        """A token without anybody's help, where this kind of connection allows it. Raises AccessLost."""
        ...

    def next(self, refresh: str | None) -> Grant:
        """The one after it. The host kills the old pair in the same moment."""
        ...
