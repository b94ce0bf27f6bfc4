"""Explore every state of the protocol, breadth first, and tell the shortest way into each kind of trouble."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.protocol import model
from tests.protocol.model import DELETING, FORBIDDING, At, Message, Process, Switch, Weakening

# A state is one integer: these fields side by side, each the number that its value was given when it first came up.
FIELDS = ("switch", "disturbances left", "worker 1", "worker 2", "sweeper", "message 1", "message 2")
BITS = (2, 2, 6, 6, 6, 16, 16)
SWITCH, LEFT, WORKER_1, WORKER_2, SWEEPER, MESSAGE_1, MESSAGE_2 = range(len(FIELDS))
MESSAGES = (MESSAGE_1, MESSAGE_2)

Moves = Callable[..., Iterable[tuple[str, tuple[Any, ...]]]]


@dataclass
class Numbers:
    """Values to small numbers and back, for each field."""

    values: list[list[Any]] = field(default_factory=lambda: [[] for _ in FIELDS])
    known: list[dict[Any, int]] = field(default_factory=lambda: [{} for _ in FIELDS])

    def pack(self, place: int, value: Any) -> int:
        """That value as a part of a state."""
        number = self.known[place].setdefault(value, len(self.known[place]))
        if number == len(self.values[place]):
            self.values[place].append(value)
            assert number < 1 << BITS[place], f"more values of {FIELDS[place]} than bits"
        return number << SHIFTS[place]

    def unpack(self, place: int, state: int) -> Any:
        """The value that a state has there."""
        return self.values[place][state >> SHIFTS[place] & (1 << BITS[place]) - 1]


SHIFTS = tuple(sum(BITS[:place]) for place in range(len(BITS)))


class View:
    """What one party sees and changes: some fields. So its moves are worked out once for each of their values."""

    def __init__(self, numbers: Numbers, places: Sequence[int], moves: Moves) -> None:
        self._numbers, self._places, self._moves = numbers, places, moves
        self.mask = sum((1 << BITS[place]) - 1 << SHIFTS[place] for place in places)
        self.known: dict[int, list[int]] = {}

    def named(self, state: int) -> Iterator[tuple[str, int]]:
        """Each move: in words, and what to add to the state."""
        before = [self._numbers.unpack(place, state) for place in self._places]
        for words, after in self._moves(*before):
            packed = sum(self._numbers.pack(place, value) for place, value in zip(self._places, after, strict=True))
            yield words, packed - (state & self.mask)

    def learn(self, state: int) -> list[int]:
        """Work out the moves of every state that looks like this one to us."""
        found = self.known[state & self.mask] = [delta for _, delta in self.named(state)]
        return found


@dataclass
class Found:
    """What exploring came to: how many states, the shortest story for each broken invariant, states without a next."""

    states: int
    stories: dict[int, list[str]]
    dead_ends: list[list[str]]


class Explorer:
    """One protocol, whole or weakened, with at most that many disturbances."""

    def __init__(
        self, weak: Weakening | None = None, disturbances: int = 2, *,
        repeats: bool = False, forbids: bool = False, deletes: bool = False,
    ) -> None:  # fmt: skip
        self._numbers = Numbers()
        start = (Switch.LIVE, disturbances, model.IDLE, model.IDLE, model.IDLE, Message(), Message())
        self._start = sum(self._numbers.pack(place, value) for place, value in enumerate(start))
        self._views = [
            View(self._numbers, *party)
            for party in parties(
                weak, repeats=repeats, forbids=forbids or weak in FORBIDDING, deletes=deletes or weak in DELETING
            )
        ]
        self._before: dict[int, int] = {}  # each state that was reached, and the one before it
        self._both = sum((1 << BITS[place]) - 1 << SHIFTS[place] for place in MESSAGES)
        self._judged: dict[int, set[int]] = {}

    def explore(self, until: Iterable[int] = ()) -> Found:
        """Visit all states, or stop as soon as each invariant in `until` was seen broken."""
        found, wanted = Found(0, {}, []), set(until)
        for state, dead_end in self._walk():
            for number in self._broken(state):
                if number not in found.stories:
                    found.stories[number] = self.story(state)
            if dead_end and self._numbers.unpack(SWITCH, state) is not Switch.CONFIRMED:
                found.dead_ends.append(self.story(state))
            if wanted and wanted <= found.stories.keys():
                break
        found.states = len(self._before)
        return found

    def _walk(self) -> Iterator[tuple[int, bool]]:
        """Every state once, nearest first, and whether it is one that nothing follows."""
        before, views = self._before, [(view.mask, view.known, view.learn) for view in self._views]
        before[self._start] = self._start
        nearest = [self._start]
        while nearest:
            further: list[int] = []
            for state in nearest:
                dead_end = True
                for mask, known, learn in views:
                    deltas = known.get(state & mask)
                    for delta in learn(state) if deltas is None else deltas:
                        dead_end = False
                        after = state + delta
                        if after not in before:
                            before[after] = state
                            further.append(after)
                yield state, dead_end
            nearest = further

    def _broken(self, state: int) -> set[int]:
        both = state & self._both
        if both not in self._judged:
            messages = [self._numbers.unpack(place, state) for place in MESSAGES]
            self._judged[both] = {number for message in messages for number in model.broken(message)}
        return self._judged[both]

    def story(self, state: int) -> list[str]:
        """The way from the start to that state, step by step."""
        lines: list[str] = []
        while state != self._start:
            earlier = self._before[state]
            moves = (move for view in self._views for move in view.named(earlier))
            lines.append(next(words for words, delta in moves if earlier + delta == state))
            state = earlier
        return lines[::-1]


# --- who takes part ----------------------------------------------------------------------------------------------------


def parties(
    weak: Weakening | None, *, repeats: bool, forbids: bool, deletes: bool
) -> Iterator[tuple[tuple[int, ...], Moves]]:
    """Everybody, with the fields they see."""
    workers = ((WORKER_1, "worker 1"), (WORKER_2, "worker 2"))
    people = [(place, model.Worker(name, weak, deletes=deletes)) for place, name in workers]
    for number, place in enumerate(MESSAGES, 1):
        for who, process in (*people, (SWEEPER, model.Sweeper(weak, deletes=deletes))):
            yield (SWITCH, LEFT, who, place), _process(process, number)
        yield (SWITCH, LEFT, place), _ticket(weak, number, repeats=repeats, forbids=forbids)
    yield (SWITCH, *MESSAGES), _operator


def _process(process: model.Worker | model.Sweeper, number: int) -> Moves:
    def moves(switch: Switch, left: int, me: Process, message: Message) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for words, after, written in process.steps(me, number, message, switch):
            yield f"{process.name}, message {number}: {words}", (switch, left, after, written)
        if left and me.at is not At.IDLE and me.message == number:
            words, after, written = model.killed(process.name, me, message)
            yield f"{process.name} {words}", (switch, left - 1, after, written)

    return moves


def _ticket(weak: Weakening | None, number: int, *, repeats: bool, forbids: bool) -> Moves:
    def moves(switch: Switch, left: int, message: Message) -> Iterator[tuple[str, tuple[Any, ...]]]:
        for words, after in model.network(message, switch, weak, repeats=repeats, forbids=forbids):
            yield f"network, message {number}: {words}", (switch, left, after)
        if left:
            for words, after in model.edited(message):
                yield f"message {number}: {words}", (switch, left - 1, after)

    return moves


def _operator(switch: Switch, *messages: Message) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for words, after, left in model.operator(switch, messages):
        yield words, (after, *left)
