"""The protocol of GOVERNANCE.md 5.3 as a transition system: what each party may do next, its steps in the document's words."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import NamedTuple, TypeVar

ATTEMPTS = 2
T = TypeVar("T")


class Weakening(StrEnum):
    """One safeguard left out; the first five are the table of 5.5."""

    SWITCH_BEFORE_CLAIM = "the claim believes what was read before it, switch and row"
    NO_FENCE = "a lease that ran out counts as proof: no host fence"
    NO_STAMP = "the host write carries no stamp: no compare-and-set at the host"
    FENCE_NOT_READ_BACK = "the fence is believed without looking whether it changed the stamp"
    NO_ATTEMPT_CAS = "a result is written whatever attempt it belongs to"
    ANY_COPY_READ = "the read-back may come from a copy that does not show our fence yet"
    NO_IS_PROOF = "a 403 counts as proof that the reply was not applied"
    GONE_IS_PROOF = "a draft that is gone counts as never sent"
    NO_FENCE_NO_WAIT = "an attempt that nobody may fence counts as dead, its request answered or not"


DELETING = {Weakening.GONE_IS_PROOF}  # it matters only where the fence is a draft that is deleted
FORBIDDING = {Weakening.NO_IS_PROOF, Weakening.NO_FENCE_NO_WAIT}  # they matter only where the host may say no


class Switch(IntEnum):
    LIVE, OFF, CONFIRMED = range(3)


class Row(IntEnum):
    READY, SENDING, SENT, HUMAN, UNCLEAR = range(5)


class Wire(IntEnum):
    """Where the one request of an attempt is; FORGOTTEN: it travels, but its sender no longer listens."""

    NOTHING, PERMIT, REQUEST, FORGOTTEN, OK, CONFLICT, NO = range(7)


ALIVE = {Wire.PERMIT, Wire.REQUEST, Wire.FORGOTTEN}


class Message(NamedTuple):
    """One message: its row in SQL, its ticket at the host, and what the network holds.

    The stamp is not counted: `current` names everybody whose fence equals it now (processes that prepare, attempts
    that were claimed), so a change of the ticket empties it.
    """

    row: Row = Row.READY
    attempt: int = 0
    current: frozenset[str | int] = frozenset()
    wires: tuple[Wire, ...] = (Wire.NOTHING,) * ATTEMPTS
    applied: tuple[int, ...] = (0,) * ATTEMPTS
    refused: int = 0  # the attempt that the host answered with a no
    late: bool = False  # something was applied after CONFIRMED


class At(IntEnum):
    """Where a process stands: a worker goes from IDLE to ANSWERED, whoever settles from FENCE to FOUND or ABSENT."""

    IDLE, LOOKED, PREPARED, CLAIMED, WAITING, ANSWERED, FENCE, READ, FOUND, ABSENT, UNFENCED, DOUBT = range(12)


class Process(NamedTuple):
    at: At = At.IDLE
    message: int = 0
    attempt: int = 0


Step = tuple[str, Process, Message]
IDLE = Process()


def broken(message: Message) -> list[int]:
    """The invariants that this message violates: 1 nothing after CONFIRMED, 2 at most once, 3 the row tells the truth."""
    sent, told = sum(message.applied), message.row
    lies = (told is Row.SENT and not sent) or (told is Row.HUMAN and sent > 0)
    return [number for number, found in ((1, message.late), (2, sent > 1), (3, lies)) if found]


# --- processes ---------------------------------------------------------------------------------------------------------


class Worker:
    """Steps 1-5 of the protocol, then settles what it got no good answer for."""

    def __init__(self, name: str, weak: Weakening | None, *, deletes: bool = False) -> None:
        self.name, self.weak = name, weak
        self._settling = Settling(weak, deletes=deletes)

    def steps(self, me: Process, number: int, message: Message, switch: Switch) -> Iterator[Step]:
        """What may happen next between this worker and that message."""
        if me.at is At.IDLE:
            yield from self._look(number, message, switch)
        elif me.message == number:
            ways = {
                At.LOOKED: self._prepare,
                At.PREPARED: self._claim,
                At.CLAIMED: self._send,
                At.WAITING: self._wait,
            }
            yield from ways.get(me.at, self._settling.steps)(me, message, switch)

    def _look(self, number: int, message: Message, switch: Switch) -> Iterator[Step]:
        """Whoever believes a look instead of the claim looks first; else it proves nothing and is left out."""
        looked = Process(At.LOOKED, number)
        if self.weak is Weakening.SWITCH_BEFORE_CLAIM:
            if switch is Switch.LIVE and message.row is Row.READY:
                yield "sees LIVE and READY", looked, message
        elif message.row is Row.READY:
            yield from self._prepare(looked, message, switch)

    def _prepare(self, me: Process, message: Message, _switch: Switch) -> Iterator[Step]:
        holds = message._replace(current=message.current | {self.name})
        yield "prepares: reads the ticket and its stamp", me._replace(at=At.PREPARED), holds

    def _claim(self, me: Process, message: Message, switch: Switch) -> Iterator[Step]:
        let_go = message._replace(current=message.current - {self.name})
        allowed = switch is Switch.LIVE and message.row is Row.READY
        if not allowed and self.weak is not Weakening.SWITCH_BEFORE_CLAIM:
            yield "is refused the claim", IDLE, let_go
        elif message.attempt < ATTEMPTS:
            attempt = message.attempt + 1
            fence = {attempt} if self.name in message.current else set()
            claimed = let_go._replace(row=Row.SENDING, attempt=attempt, current=let_go.current | fence)
            claimed = on_wire(claimed, attempt, Wire.PERMIT)
            yield f"claims attempt {attempt}", Process(At.CLAIMED, me.message, attempt), claimed

    def _send(self, me: Process, message: Message, _switch: Switch) -> Iterator[Step]:
        yield f"sends attempt {me.attempt}", me._replace(at=At.WAITING), on_wire(message, me.attempt, Wire.REQUEST)

    def _wait(self, me: Process, message: Message, _switch: Switch) -> Iterator[Step]:
        wire, deaf = message.wires[me.attempt - 1], stop_listening(message, me.attempt)
        if wire is Wire.OK:
            yield "reads the answer: 200", me._replace(at=At.ANSWERED), deaf
        if wire is Wire.CONFLICT:
            yield "reads the answer: 409", me._replace(at=self._settling.first), deaf
        if wire is Wire.NO:
            mine = message.row is Row.SENDING and message.attempt == me.attempt
            told = deaf._replace(refused=me.attempt) if mine else deaf
            yield "reads the answer: 403, and writes it down", me._replace(at=self._settling.first), told
        yield "gets no answer in time", me._replace(at=self._settling.first), deaf


class Sweeper:
    """Step 6: any row that is SENDING, at any time, since a lease is only politeness."""

    name = "sweeper"

    def __init__(self, weak: Weakening | None, *, deletes: bool = False) -> None:
        self._settling = Settling(weak, deletes=deletes)

    def steps(self, me: Process, number: int, message: Message, switch: Switch) -> Iterator[Step]:
        """What may happen next between the sweeper and that message."""
        if me.at is At.IDLE and message.row is Row.SENDING:
            taken = Process(self._settling.first, number, message.attempt)
            yield f"takes on attempt {message.attempt}, which is SENDING", taken, message
        elif me.at is not At.IDLE and me.message == number:
            yield from self._settling.steps(me, message, switch)


class Settling:
    """Fence → read back → settle, for whoever does it. `deletes`: as at Gmail, where the fence is a draft."""

    def __init__(self, weak: Weakening | None, *, deletes: bool = False) -> None:
        self.weak, self.deletes = weak, deletes
        self.first = At.READ if weak is Weakening.NO_FENCE else At.FENCE

    def steps(self, me: Process, message: Message, switch: Switch) -> Iterator[Step]:
        if me.at is At.FENCE:
            yield from self._delete(me, message) if self.deletes else self._fence(me, message)
        elif me.at is At.READ:
            yield from self._read(me, message)
        elif me.at is At.UNFENCED:
            yield from self._look(me, message)
        else:
            yield self._write(me, message, switch)

    def _delete(self, me: Process, message: Message) -> Iterator[Step]:
        """Gmail's word on the deletion is the proof, if it is a yes, and the thread is read after it all the same.

        What is gone may have been sent or deleted. Whoever cannot read it leaves it to somebody who finds it gone.
        """
        if me.attempt in message.current:
            yield f"deletes the draft of attempt {me.attempt}", me._replace(at=At.READ), changed(message)
        else:
            gone = At.ABSENT if self.weak is Weakening.GONE_IS_PROOF else At.UNFENCED
            yield f"finds the draft of attempt {me.attempt} gone", me._replace(at=gone), message
        yield "cannot ask the host now: leaves it to the next sweep", IDLE, message

    def _fence(self, me: Process, message: Message) -> Iterator[Step]:
        """The tag lands now, or never; it may land in the very second of the stamp, or be there already."""
        after = me._replace(at=At.READ)
        if message.current:
            yield f"fences attempt {me.attempt}: the stamp changes", after, changed(message)
        yield f"fences attempt {me.attempt}: the stamp stays as it was", after, message
        yield "cannot ask the host now: leaves it to the next sweep", IDLE, message
        if message.refused == me.attempt or self.weak is Weakening.NO_FENCE_NO_WAIT:
            yield f"may not fence attempt {me.attempt}: 403", me._replace(at=At.UNFENCED), message

    def _look(self, me: Process, message: Message) -> Iterator[Step]:
        """Any copy may answer, and none may be shown to us."""
        if any(message.applied[: me.attempt]):
            yield "looks: our marker is there", me._replace(at=At.FOUND), message
        yield "looks: no marker, which proves nothing", me._replace(at=At.DOUBT), message

    def _read(self, me: Process, message: Message) -> Iterator[Step]:
        if me.attempt in message.current and self._reads_the_stamp():
            yield "reads back: the stamp is still the old one", me._replace(at=At.FENCE), message
            return
        if any(message.applied[: me.attempt]):
            yield "reads back: our marker is there", me._replace(at=At.FOUND), message
        if self.deletes:
            yield "cannot read it now: leaves it to the next sweep", IDLE, message
        if not any(message.applied[: me.attempt]) or self.weak is Weakening.ANY_COPY_READ:
            yield "reads back: our marker is not there", me._replace(at=At.ABSENT), message

    def _reads_the_stamp(self) -> bool:
        return self.weak not in {Weakening.NO_FENCE, Weakening.NO_STAMP, Weakening.FENCE_NOT_READ_BACK}

    def _write(self, me: Process, message: Message, switch: Switch) -> Step:
        right = message.attempt == me.attempt or self.weak is Weakening.NO_ATTEMPT_CAS
        if message.row is not Row.SENDING or not right:
            return "finds it settled and does nothing", IDLE, message
        row = self._outcome(me, message, switch)
        return f"writes down that attempt {me.attempt} ended: {row.name}", IDLE, message._replace(row=row)

    def _outcome(self, me: Process, message: Message, switch: Switch) -> Row:
        if me.at is At.DOUBT and self.weak is not Weakening.NO_IS_PROOF:
            return Row.UNCLEAR
        if me.at in {At.FOUND, At.ANSWERED}:
            return Row.SENT
        return Row.READY if switch is Switch.LIVE and message.attempt < ATTEMPTS else Row.HUMAN


def killed(name: str, me: Process, message: Message) -> Step:
    """Kill -9 and a restart; what is on its way stays on its way."""
    left = message._replace(current=message.current - {name})
    left = stop_listening(left, me.attempt) if me.at in {At.CLAIMED, At.WAITING} else left
    return "is killed and started again", IDLE, left


# --- network and host --------------------------------------------------------------------------------------------------


def replaced(values: tuple[T, ...], attempt: int, *, value: T) -> tuple[T, ...]:
    return (*values[: attempt - 1], value, *values[attempt:])


def on_wire(message: Message, attempt: int, wire: Wire) -> Message:
    """A fence that no request can carry any more is forgotten with the request."""
    gone = set() if wire in ALIVE else {attempt}
    return message._replace(wires=replaced(message.wires, attempt, value=wire), current=message.current - gone)


def stop_listening(message: Message, attempt: int) -> Message:
    """The request still travels; any answer is lost."""
    travels = message.wires[attempt - 1] in {Wire.REQUEST, Wire.FORGOTTEN}
    return on_wire(message, attempt, Wire.FORGOTTEN if travels else Wire.NOTHING)


def changed(message: Message) -> Message:
    """The ticket's stamp is another now."""
    return message._replace(current=frozenset())


def network(
    message: Message, switch: Switch, weak: Weakening | None, *, repeats: bool, forbids: bool
) -> Iterator[tuple[str, Message]]:
    """A request may arrive now, later or, being lost, never; with `repeats`, a proxy may keep a copy of each.

    `forbids`: the host may answer any request with a 403, even one that it has applied.
    """
    for attempt in range(1, ATTEMPTS + 1):
        wire = message.wires[attempt - 1]
        if wire in {Wire.REQUEST, Wire.FORGOTTEN}:
            words, after, answer = _host_write(message, attempt, switch, weak)
            yield words, on_wire(after, attempt, answer if wire is Wire.REQUEST else Wire.NOTHING)
            if forbids and wire is Wire.REQUEST:
                yield f"the host answers attempt {attempt} with 403", on_wire(message, attempt, Wire.NO)
                if answer is Wire.OK:
                    yield f"{words}, and answers with 403", on_wire(after, attempt, Wire.NO)
            if repeats:
                yield f"{words}, and the network keeps a copy", on_wire(after, attempt, Wire.FORGOTTEN)


def _host_write(message: Message, attempt: int, switch: Switch, weak: Weakening | None) -> tuple[str, Message, Wire]:
    if attempt not in message.current and weak is not Weakening.NO_STAMP:
        return f"the host refuses attempt {attempt}: 409", message, Wire.CONFLICT
    times = min(message.applied[attempt - 1] + 1, 2)
    applied = replaced(message.applied, attempt, value=times)
    late = message.late or switch is Switch.CONFIRMED
    return f"the host APPLIES attempt {attempt}", changed(message)._replace(applied=applied, late=late), Wire.OK


# --- people ------------------------------------------------------------------------------------------------------------


def operator(switch: Switch, messages: tuple[Message, ...]) -> Iterator[tuple[str, Switch, tuple[Message, ...]]]:
    """Steps 7 and 9: OFF at any time; CONFIRMED as soon as no row is SENDING."""
    if switch is Switch.LIVE:
        stopped = tuple(one._replace(row=Row.HUMAN) if one.row is Row.READY else one for one in messages)
        yield "ROLLBACK: OFF, every READY row to a person", Switch.OFF, stopped
    if switch is Switch.OFF and all(one.row is not Row.SENDING for one in messages):
        yield "CONFIRMED", Switch.CONFIRMED, messages


def edited(message: Message) -> Iterator[tuple[str, Message]]:
    """A person changes the ticket; only a fence that is still good can notice."""
    if message.current:
        yield "a person edits the ticket", changed(message)
