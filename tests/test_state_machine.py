"""The core, pushed about at random: whatever happens in whatever order, what may never happen does not."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app import crash
from app.governance.decision import Freeze
from app.host import Outgoing, Permit
from app.store.freezes import Scope
from tests import earned
from tests.core_breaks import BREAKS
from tests.core_machine import DEATHS, DRAFTED, LAWYER, MORE, NEVER, ON_THE_WAY, POLICIES, WEATHER, Core, mortal
from tests.core_morning import Morning, busy, held
from tests.earned import CATEGORY
from tests.house import claimed
from tests.witness import Forbidden, Message

NARROWER = ("lower", "assisted at most", "outside the hours", "AUTO_OFF", "DRAFT_ONLY")
SCOPES = (Scope(), Scope(queue="support"), Scope(category=CATEGORY))
WAITS = st.sampled_from((0, 0, 6, 6, 30, 30, 120, 120, 3600, 86400))
Made = Callable[[], Core]


class Anything(RuleBasedStateMachine):
    """Everybody does anything at any time, from a busy morning on; a killed process leaves its work where it stood."""

    messages = Bundle("messages")
    make: Made
    seen: Counter[str]

    @initialize(target=messages)
    def begins(self) -> Any:
        self.core = self.make()
        return multiple(*self.core.messages)

    # --- customers and the host ----------------------------------------------------------------------------------------
    @rule(target=messages, who=st.integers(600, 603), text=st.sampled_from((earned.QUESTION, earned.QUESTION, LAWYER)))
    def writes(self, who: int, text: str) -> Message:
        """Announced and worked on at once, as mostly; other rules take the events apart."""
        message = self.core.writes(who, text)
        self.core.told(-1)
        self.core.works()
        return message

    @rule(target=messages, who=st.integers(604, 620), many=st.sampled_from((1, 2)))
    def write_and_wait(self, who: int, many: int) -> Any:
        """Until their answers would go by themselves."""
        messages = [self.writes(who + one, earned.QUESTION) for one in range(many)]
        self.delivers(120)
        return multiple(*messages)

    @rule(target=messages, message=messages, text=st.sampled_from((MORE, LAWYER)))
    def writes_again(self, message: Message, text: str) -> Message:
        """Nobody is told yet."""
        return self.core.writes_again(message, text)

    @rule(target=messages, kind=st.sampled_from((*sorted(DRAFTED), *NEVER)), yes=st.booleans())
    def is_drafted(self, kind: str, yes: bool) -> Message:  # noqa: FBT001
        """And perhaps somebody says yes to it at once."""
        message = self.core.drafted(kind)
        if yes:
            self.core.approves(message)
        return message

    @precondition(lambda self: self.core.untold)
    @rule(which=st.integers(0, 30))
    def is_told(self, which: int) -> None:
        """Late, out of order, or once more."""
        self.core.told(which)
        self.core.works()

    @rule(message=messages, who=st.sampled_from(("a colleague", "another deployment")))
    def others_write(self, message: Message, who: str) -> None:
        if who == "a colleague":
            self.core.answers_by_hand(message)
        else:
            self.core.twin_notes(message)

    @rule(name=st.sampled_from((*WEATHER, "hangs", "hangs", "hangs")), wait=WAITS, lasts=st.booleans())
    def delivers_in(self, name: str, wait: int, lasts: bool) -> None:  # noqa: FBT001
        """Bad weather while the door is open, and perhaps afterwards."""
        if name == "hangs":  # the next request is given up by us, and arrives whenever it likes
            self.core.host.slow = 1
            self.core.weather("away when asked")
            self.core.host.faults.lost_before = 0
        else:
            self.core.weather(name)
        self.delivers(wait)
        if not lasts:
            self.core.weather("good")

    @rule(what=st.sampled_from(ON_THE_WAY), wait=WAITS)
    def happens_on_the_way(self, what: str, wait: int) -> None:
        """While the next request travels."""
        self.core.on_the_way(what)
        self.delivers(wait)

    # --- the machinery -------------------------------------------------------------------------------------------------
    @rule(where=st.sampled_from(DEATHS))
    def will_die(self, where: str) -> None:
        crash.arm(f"{where}:1:USR1")

    @rule(wait=WAITS)
    def delivers(self, wait: int) -> None:
        self.core.clock.tick(wait)
        self.core.delivers()

    @rule(which=st.sampled_from(("works", "settles", "sweeps", "polls", "arrives_late")), wait=WAITS)
    def turns(self, which: str, wait: int) -> None:
        self.core.clock.tick(wait)
        getattr(self.core, which)()

    # --- people --------------------------------------------------------------------------------------------------------
    @rule(message=messages, status=st.sampled_from((None, "solved")), soon=st.booleans())
    def approves(self, message: Message, status: str | None, soon: bool) -> None:  # noqa: FBT001
        self.core.approves(message, status=status)
        if soon:
            self.delivers(6)

    @rule()
    def approves_all(self) -> None:
        self.core.approves_all()

    @rule(message=messages, how=st.sampled_from(("undo", "reject", "edit", "escalate")), anew=st.booleans())
    def takes_back(self, message: Message, how: str, anew: bool) -> None:  # noqa: FBT001
        """And perhaps says yes again."""
        self.core.takes_back(message, how)
        if anew:
            self.core.approves(message)

    @rule(scope=st.sampled_from(("*", "support")), look=st.sampled_from((None, 0, 6)))
    def stops(self, scope: str, look: int | None) -> None:
        self.core.stops(scope, look)

    @rule(what=st.sampled_from(NARROWER), scope=st.sampled_from(SCOPES), tried=st.sampled_from((True, True, False)))
    def narrows(self, what: str, scope: Scope, tried: bool) -> None:  # noqa: FBT001
        """And it is tried at once: a customer asks, and somebody says yes to everything."""
        if what == "lower":
            self.core.lowers()
        elif what in POLICIES:
            self.core.publishes(what)
        else:
            self.core.freezes(Freeze[what], scope)
        if tried:
            self.core.approves_all()
            self.writes(621, earned.QUESTION)
            self.delivers(120)

    @rule(name=st.sampled_from(("earned", "another line")))
    def widens(self, name: str) -> None:
        """Two people take back every stop, as far as they may."""
        self.core.sweeps()
        for scope in ("*", "support"):
            self.core.restores(scope)
        self.core.thaws()
        self.core.closes_escalations()
        self.core.publishes(name)
        self.core.raises()

    # --- what holds ----------------------------------------------------------------------------------------------------
    @invariant()
    def all_agree(self) -> None:
        self.core.agree()

    def teardown(self) -> None:
        """In good weather everything comes to an end, and still nothing that may not happen."""
        if not hasattr(self, "core"):
            return
        with closing(self.core):
            self.seen.update(self.core.counted)
            if not self.core.failed:
                self.core.comes_to_rest()


SHORT, LONG = (40, 10), (250, 40)  # examples, and steps of each
# Hypothesis varies what it has tried, which pays after thousands of examples; of a few dozen it leaves five that differ.
AVAILABLE_PROVIDERS["afresh"] = "hypothesis.internal.conjecture.providers.HypothesisProvider"


def run(make: Made, size: tuple[int, int]) -> Counter[str]:
    """What happened, by kind and end."""
    seen: Counter[str] = Counter()
    machine = type("Anything", (Anything,), {"make": staticmethod(make), "seen": seen})
    wanted = settings(
        max_examples=size[0],
        stateful_step_count=size[1],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        backend="afresh",
        phases=(Phase.generate,),  # what fails is told step by step; add Phase.shrink to wait for the shortest way
    )
    with mortal():
        run_state_machine_as_test(machine, settings=wanted)
    return seen


@pytest.fixture(scope="module")
def morning(earned_database: tuple[Path, datetime], tmp_path_factory: pytest.TempPathFactory) -> Morning:
    return busy(*earned_database, tmp_path_factory.mktemp("morning"))


@pytest.fixture
def make(morning: Morning, tmp_path: Path) -> Made:
    return lambda: morning.begun(tmp_path)


def test_whatever_happens_what_may_never_happen_does_not(make: Made) -> None:
    seen = run(make, SHORT)
    assert seen["automatic answer"], seen
    assert seen["approved answer"], seen


@pytest.mark.slow
def test_so_it_is_after_a_great_many_steps(make: Made) -> None:
    seen = run(make, LONG)
    print(sorted(seen.items()))  # noqa: T201 - what was tried, for whoever runs this
    assert all(seen[what] for what in ("automatic answer", "approved answer", "edit done", "restores done")), seen


@pytest.mark.slow
@pytest.mark.parametrize(("breaks", "why"), BREAKS.values(), ids=BREAKS)
def test_it_finds_the_product_broken(
    make: Made, monkeypatch: pytest.MonkeyPatch, breaks: Callable[[pytest.MonkeyPatch], None], why: str
) -> None:
    """The same machine, no longer than in the test above."""
    breaks(monkeypatch)
    with pytest.raises(Forbidden, match=why):
        run(make, SHORT)


# --- the machine can fail ----------------------------------------------------------------------------------------------
@pytest.fixture
def core(earned_database: tuple[Path, datetime], tmp_path: Path) -> Iterator[Core]:
    """Before anybody wrote."""
    shutil.copyfile(earned_database[0], tmp_path / "core.db")
    with closing(Core(tmp_path / "core.db", earned_database[1], tmp_path)) as core:
        core.raises()
        yield core


def test_a_host_that_ignores_the_fence_is_caught_at_the_second_answer(core: Core) -> None:
    held(core)
    core.clock.tick(120)
    core.host.fenced, core.host.slow = False, 1
    core.delivers()
    core.delivers()
    assert core.counted["automatic answer"] == 1
    with pytest.raises(Forbidden, match="a second answer arrives"):
        core.host.arrive()


def test_a_host_that_ignores_the_fence_is_caught_after_the_stop(core: Core) -> None:
    held(core)
    core.clock.tick(120)
    core.host.fenced, core.host.slow = False, 1
    core.delivers()
    core.stops("*")
    core.clock.tick(30)
    core.sweeps()
    with pytest.raises(Forbidden, match="after CONFIRMED"):
        core.host.arrive()


UNLAWFUL: dict[str, tuple[Callable[[Core, Message, Permit, Outgoing], object], str]] = {
    "a permit that nobody made": (
        lambda core, _, permit, said: core.host.send(replace(permit, attempt=9), said), "without a permit"),
    "no disclosure": (
        lambda core, _, permit, said: core.host.send(permit, replace(said, body="3 to 5 days.")), "its disclosure"),
    "an approval that nobody gave": (
        lambda core, _, permit, said: core.host.send(permit, replace(said, approved_by="rosa")), "nobody said yes"),
    "tier 3": (
        lambda core, message, permit, said: (core.never.add(message), core.host.send(permit, said)), "only people"),
    "a claim after OFF": (
        lambda core, _, permit, said: (core.stops("support"), core.host.send(permit, said)), "while the switch"),
    "a second send": (
        lambda core, _, permit, said: (core.host.send(permit, said), core.host.send(permit, said)), "a second answer"),
    "after a freeze": (
        lambda core, _, permit, said: (core.freezes(Freeze.DRAFT_ONLY, Scope()), core.host.send(permit, said)), "frozen"),
}  # fmt: skip


@pytest.mark.parametrize(("does", "why"), UNLAWFUL.values(), ids=UNLAWFUL)
def test_the_witness_sees(core: Core, does: Any, why: str) -> None:
    message = held(core)
    core.clock.tick(120)
    permit, said = claimed(core.house)
    with pytest.raises(Forbidden, match=why):
        does(core, message, permit, said)


def test_a_forked_log_is_seen(core: Core) -> None:
    core.chained()
    core.writes(500, earned.QUESTION)
    core.told(-1)
    core.works()
    with core.engine.begin() as tx:
        tx.execute(sa.text("UPDATE audit_tail SET chain = :other"), {"other": bytes(32)})
    with pytest.raises(Forbidden, match="ends elsewhere"):
        core.chained()
