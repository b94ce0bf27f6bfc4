"""Generated requests, good and bad, by nobody and by each role, against every route of the real application: no answer is an
error of ours, nobody enters without a pass, no role goes above itself, no answer is other than the document says.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis
from flask import request
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from app.config import Limits
from app.store import engine
from app.web.access import ACCESS, Door
from app.web.openapi import document
from tests import shelf
from tests.conftest import FrozenClock
from tests.fakes import ANA, ROSA
from tests.web.browsers import Browser, Iframe
from tests.web.stage import MEI, Stage

RANK = {None: -1, "agent": 0, "reviewer": 1, "admin": 2}
CALLERS = {
    "nobody": (None, lambda _stage, _app: None),
    "agent": ("agent", lambda stage, app: Browser.of(stage, app, ROSA)),
    "reviewer": ("reviewer", lambda stage, app: Browser.of(stage, app, MEI)),
    "admin": ("admin", lambda stage, app: Browser.of(stage, app, ANA)),
    "admin in the iframe": ("admin", lambda stage, app: Iframe.of(stage, app, ANA)),
}
# What a stranger would try beside chance: ids of ours are added, and words that other places trip over.
TRIED = ("0", "1", "2", "-1", "9" * 30, "*", "support", "zendesk", "delivery-times", "ana@acme.example", "shipping-times",
         "\x00", "\u2028", "../../etc/passwd", "2026-13-45", "2026-W54", "P1D", "NaN", "1e999", "true", "[]", "recontact")  # fmt: skip
CHECKS = (not_a_server_error, checks.content_type_conformance, checks.response_schema_conformance)


@dataclass
class Tally:
    """What was sent, what came back, and what is wrong with it: one example of each kind of fault."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass
class Place:
    """A deployment with something in every state, the present caller, and the route that answered last."""

    stage: Stage
    app: Any
    tried: tuple[str, ...]
    role: str | None = None
    caller: Browser | Iframe | None = None
    endpoint: str | None = None

    def enter(self, who: str) -> None:
        self.role, come_in = CALLERS[who]
        self.caller = come_in(self.stage, self.app)

    def send(self, case: Any) -> Any:
        if self.caller is None:
            return case.call(session=self.app.test_client())
        return case.call(session=self.caller.client, headers=self.caller.headers)

    def note(self, response: Any) -> Any:
        self.endpoint = request.endpoint
        return response

    def trespass(self, status: int, location: str) -> str | None:
        """What is wrong about this status for this caller."""
        access = ACCESS.get(self.endpoint or "")
        if access is None or access.door is Door.OPEN:
            return None
        if access.door is not Door.PERSON:
            return "entered without its proof" if status < 300 else None
        if self.caller is None and status != 401 and not location.startswith("/sign-in"):
            return "answered nobody we know"
        above = self.caller is not None and RANK[self.role] < RANK[access.role]
        return "answered a role below its own" if above and status not in {401, 403, 415} else None


def _named(rule: Any) -> str:
    """A route as the document writes it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)


def _queries() -> list[str]:
    """Every name that a page reads from its address."""
    texts = [file.read_text(encoding="utf-8") for file in Path("app/web").glob("*.py")]
    return sorted({name for text in texts for name in re.findall(r'\.get\("(\w+)"', text)})


def whole(rules: list[Any]) -> dict[str, Any]:
    """Our document, and beside it the routes that are no part of the API, described well enough to be attacked."""
    told = document()
    del told["security"]  # who calls is ours to say
    asked = [{"name": name, "in": "query", "schema": {"type": "string"}} for name in _queries()]
    for rule in rules:
        (method,) = rule.methods - {"HEAD", "OPTIONS"}
        if method.lower() in told["paths"].get(_named(rule), {}) or rule.endpoint == "static":
            continue
        named = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in rule.arguments
        ]
        body = {"requestBody": {"content": {"application/json": {"schema": {}}}}} if method == "POST" else {}
        shown: dict[str, Any] = {
            "parameters": named + (asked if method == "GET" else []),
            "responses": {"default": {"description": ""}},
        }
        told["paths"].setdefault(_named(rule), {})[method.lower()] = {**shown, **body}
    return told


@contextmanager
def place(model: Path) -> Iterator[Place]:
    """A deployment that is thrown away."""
    with TemporaryDirectory(dir=model.parent) as folder:
        shutil.copyfile(model, f"{folder}/attacked.db")
        clock = FrozenClock()
        stage = Stage.build(Path(folder), f"sqlite:///{folder}/attacked.db", clock, limits=Limits(0, 0, 0))
        shelf.fill(stage.deps.engine, clock)
        ids = tuple(word for one in stage.every_kind().values() for word in (one.id, one.proposal.ticket))
        found = Place(stage, stage.app(), ids + TRIED)
        found.app.after_request(found.note)
        try:
            yield found
        finally:
            stage.close()


def attack(target: Place, operation: Any, examples: int, number: int, tally: Tally) -> None:
    """So many requests on one route, half of them as documented, half of them not."""
    modes = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    words = st.none() | st.sampled_from(target.tried)
    cases = st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes])

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, drawn=st.data())
    def send(case: Any, drawn: Any) -> None:
        for part in (case.path_parameters, case.query, case.body):
            for name in list(part) if isinstance(part, dict) else ():
                tried = drawn.draw(words)
                if tried is not None:
                    part[name] = tried
        judge(target, case, tally)

    send()


def judge(target: Place, case: Any, tally: Tally) -> None:
    response = target.send(case)
    tally.cases += 1
    tally.statuses[response.status_code] += 1
    wrong = target.trespass(response.status_code, response.headers.get("location", [""])[0])
    label = f"{case.method} {case.operation.path}"
    if wrong:
        tally.faults.setdefault(f"{label}: {wrong}", f"{response.status_code} {case.as_curl_command()[:600]}")
    try:
        case.validate_response(response, checks=CHECKS)
    except FailureGroup as group:
        for fault in group.exceptions:
            tally.faults.setdefault(
                f"{label}: {fault.title}", f"{fault} {case.as_curl_command()[:600]} {response.text[:300]}"
            )


def run(examples: int) -> Tally:
    """Every route × every caller × so many examples."""
    tally = Tally()
    with TemporaryDirectory(dir="/dev/shm") as folder:
        model = Path(folder) / "model.db"
        made = engine.connect(f"sqlite:///{model}")
        engine.upgrade(made)
        made.dispose()
        with place(model) as first:
            described = schemathesis.openapi.from_dict(whole(list(first.app.url_map.iter_rules())))
        for number, found in enumerate(described.get_all_operations()):
            operation = found.ok()
            with place(model) as target:
                operation.app = target.app
                for who in CALLERS:
                    target.enter(who)
                    attack(target, operation, examples, number, tally)
    return tally
