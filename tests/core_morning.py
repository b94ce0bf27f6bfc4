"""A busy morning in the core's life, made once through the product and copied for every example.

Everything that can be half done is half done: an answer is on its way and arrived, another hangs, one waits to go by
itself, one was approved a moment ago, drafts wait for people, and two messages are for people only.
"""

from __future__ import annotations

import copy
import shutil
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.host import HostError
from app.store import proposals
from tests import earned
from tests.core_machine import Core
from tests.fakes import Faults
from tests.witness import Message

_OF_THE_HOST = ("tickets", "people", "late", "_events", "_next")
_OF_THE_BOOKS = (
    "first", "size", "head", "entries", "permitted", "said_yes", "never", "not_alone", "answered", "left", "alone_at", "off",
    "frozen", "policy", "ramped", "messages", "untold",
)  # fmt: skip


@dataclass(frozen=True)
class Morning:
    """A deployment, its host and the books at one moment, to begin from as often as wanted."""

    file: Path
    moment: datetime
    host: dict[str, Any]
    books: dict[str, Any]

    def begun(self, home: Path) -> Core:
        """A core of its own, for which it is that morning; the one begun there before is over."""
        file = home / "begun.db"
        for earlier in home.glob("begun.db*"):
            earlier.unlink()
        shutil.copyfile(self.file, file)
        core = Core(file, self.moment, home)
        vars(core.host).update(copy.deepcopy(self.host))
        vars(core).update(copy.deepcopy(self.books))
        return core


def busy(earned_file: Path, moment: datetime, home: Path) -> Morning:
    """Auto-send was earned, asked for and granted; then people wrote."""
    file = home / "morning.db"
    shutil.copyfile(earned_file, file)
    with closing(Core(file, moment, home)) as core:
        core.raises()
        _everything_half_done(core)
        host = {name: getattr(core.host, name) for name in _OF_THE_HOST}
        books = {name: getattr(core, name) for name in _OF_THE_BOOKS}
        return Morning(file, core.clock.now(), host, books)


def _everything_half_done(core: Core) -> None:
    core.approves(core.drafted("tier 2"))
    core.clock.tick(5)
    _sent_while_away(core, lost_after=1)
    held(core)
    core.clock.tick(60)
    held(core)
    for kind in ("tier 2", "tier 2", "tier 3", "wants a person"):
        core.drafted(kind)
    core.delivers()  # the notes
    core.polls()
    core.works()
    core.clock.tick(60)
    core.host.slow = 1
    _sent_while_away(core)
    core.approves(core.messages[-4])
    core.clock.tick(5)
    core.agree()


def _sent_while_away(core: Core, **faults: Any) -> None:
    """What is due leaves; nobody hears what became of it, and the host cannot be asked."""
    core.host.faults = Faults(before_kill=HostError("500"), **faults)
    core.delivers()
    core.weather("good")


def held(core: Core) -> Message:
    """A message whose answer waits to go by itself."""
    for who in range(500, 540):
        message = core.writes(who, earned.QUESTION)
        core.told(-1)
        core.works()
        item = core.proposal(message)
        if item and core.house.state(item) == proposals.HELD:
            core.delivers()  # the notes on drafts that the draw kept with people
            return message
    raise AssertionError("nothing would go by itself any more")
