"""A judge that we did not write: prism between the caller and the sandbox, over whole journeys."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from integrations.zendesk.client import ZendeskClient
from sandbox.zendesk.server import Running
from sandbox.zendesk.state import dump
from tests.hosts import test_contract as contract
from tests.hosts.worlds import DEPLOYMENT, FixedToken, SandboxWorld, running_sandbox
from tests.sandbox.conftest import PARCEL, Client
from tests.sandbox.prism import Judge, judging
from tests.sandbox.tour import tour

pytestmark = pytest.mark.slow


def tell(judge: Judge, capsys: pytest.CaptureFixture[str]) -> None:
    """Shown whether or not the test passes: the figures are what it is for."""
    with capsys.disabled():
        print(judge.report())  # noqa: T201


def test_prism_has_nothing_against_the_tour(
    zendesk: Client, tmp_path: Path, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with judging(zendesk.url, free_port(), tmp_path) as judge:
        tour(Client(judge.url))
    tell(judge, capsys)
    assert (judge.violations, judge.judged > 60) == ([], True)


def journeys() -> list[Callable[[SandboxWorld], None]]:
    """What every host must do, each with a ticket of its own."""
    found = [value for name, value in vars(contract).items() if name.startswith("test_")]
    functions = [one for one in found if isinstance(one, types.FunctionType)]
    return [one for one in functions if list(inspect.signature(one).parameters) == ["world"]]


def test_prism_has_nothing_against_the_journeys_of_the_app(
    tmp_path: Path, free_port: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    with running_sandbox(tmp_path / "home") as home:
        world = SandboxWorld(home)
        with judging(world.url, free_port(), tmp_path) as judge:
            token = world.client._tokens.access_token()
            world.client = ZendeskClient(judge.url, FixedToken(token))
            world.host = world.twin(DEPLOYMENT)
            for journey in journeys():
                journey(world)
                world.fault("none")
                world.installed("allowed")
    tell(judge, capsys)
    assert (judge.violations, judge.judged > 200) == ([], True)


def test_prism_would_have_noticed(
    zendesk: Client, running: Running, tmp_path: Path, free_port: Callable[[], int]
) -> None:
    store = running.sandbox.store
    with store.write():
        ticket = store.docs("SELECT doc FROM tickets WHERE id=?", PARCEL)[0]
        store.execute("UPDATE tickets SET doc=? WHERE id=?", dump({**ticket, "subject": 7}), PARCEL)
    with judging(zendesk.url, free_port(), tmp_path) as judge:
        Client(judge.url).get(f"tickets/{PARCEL}.json")
    assert any("ticket.subject must be string" in violation for violation in judge.violations)
