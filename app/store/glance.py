"""Glance: one look at many proposals, where each thing is read once for all; and what a transaction may remember anyhow."""

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


def kept(tx: Connection, read: Callable[..., _Answer], *about: Any) -> _Answer:
    """The same in every transaction, for what cannot change beside it: asked once until it ends, or until `forget`."""
    memory = _own(tx)
    if (read, about) not in memory:
        memory[read, about] = read(tx, *about)
    return cast("_Answer", memory[read, about])


def came_along(tx: Connection, read: Callable[..., _Answer], answer: _Answer, *about: Any) -> _Answer:
    """What `kept` would ask, read in one statement with something else."""
    _own(tx)[read, about] = answer
    return answer


def forget(tx: Connection) -> None:
    """This transaction itself has changed what it may remember."""
    _own(tx).clear()


def _own(tx: Connection) -> _Memory:
    """The glance's, or one for each transaction: a connection may have several, one after the other."""
    if (glance := _memory(tx)) is not None:
        return glance
    now = tx.get_transaction()
    of, memory = cast("tuple[object, _Memory]", tx.get_execution_options().get("kept", (None, {})))
    if of is None or of is not now:
        memory = {}
        tx.execution_options(kept=(now, memory))
    return memory


def tell(tx: Connection, read: Callable[..., _Answer], answers: Mapping[tuple[Any, ...], _Answer]) -> None:
    """What `read` would say about each of these, found out in one statement. Outside a glance nobody listens."""
    memory = _memory(tx)
    if memory is not None:
        memory.update({(read, about): answer for about, answer in answers.items()})


def _memory(tx: Connection) -> _Memory | None:
    return cast("_Memory | None", tx.get_execution_options().get("glance"))
