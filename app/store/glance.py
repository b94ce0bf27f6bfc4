"""Glance: one look at many proposals. What each of them asks SQL for is read once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

_Answer = TypeVar("_Answer")
_Memory = dict[tuple[Callable[..., Any], tuple[Any, ...]], Any]


def begin(tx: Connection) -> None:
    """From now on this transaction, which must only read, remembers what `once` was asked in it."""
    tx.execution_options(glance={})


def once(tx: Connection, read: Callable[..., _Answer], *about: Any) -> _Answer:
    """What `read(tx, *about)` says. In a glance it is asked once, in every other transaction each time."""
    memory = _memory(tx)
    if memory is None:
        return read(tx, *about)
    if (read, about) not in memory:
        memory[read, about] = read(tx, *about)
    return cast("_Answer", memory[read, about])


def tell(tx: Connection, read: Callable[..., _Answer], answers: Mapping[tuple[Any, ...], _Answer]) -> None:
    """What `read` would say about each of these, found out in one statement. Outside a glance nobody listens."""
    memory = _memory(tx)
    if memory is not None:
        memory.update({(read, about): answer for about, answer in answers.items()})


def _memory(tx: Connection) -> _Memory | None:
    return cast("_Memory | None", tx.get_execution_options().get("glance"))
