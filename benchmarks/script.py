"""What governance costs a team: every process's work beside the script that they would write by hand, with Flask, RQ and zenpy.

Both take the same signed webhooks, both reach the same sandbox Zendesk through zenpy, both think with the same models.
"""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median

import redis
import sqlalchemy as sa
from flask.testing import FlaskClient
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app import create_app, jobs, review, stages, wiring
from app.config import Settings
from app.deps import Deps
from app.doorbell import queue_of
from app.governance.proposal import Proposal
from app.host import TicketRef
from app.launch import TEAM_LEAD
from app.launch import redis as redis_process
from app.minds import Minds
from app.store import outbox, policies, proposals, staff
from app.store.engine import connect
from app.tokens import FixedToken
from benchmarks import delivery, floor_web, ground
from benchmarks.offered import _empty_sandbox, _ticket
from benchmarks.report import Figure
from benchmarks.work import _were_sent
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.ticket import people_on, person, ticket_from

NAME = "script"
BATCH, ROUNDS = 15, 3
QUEUE = "script"
ENOUGH = 1.25  # a fifth of the throughput is a quarter more time


@dataclass(frozen=True)
class Bench:
    """What the script's one job works with. It has the same models, the same sources and nothing to stop it."""

    deps: Deps
    minds: Minds
    engine: sa.Engine
    zendesk: ZendeskClient


_bench: list[Bench] = []


def measure(seed: int) -> list[Figure]:
    """Processor time of all that is ours, in one process; the sandbox has its own. In turns, a batch each."""
    with ground.folder() as home:
        port, chance = ground.free_ports(), Random(seed)
        processes = [redis_process(home), _empty_sandbox(home, port)]
        with ground.running(processes, ground.environment(home)):
            env = ground.environment(
                home, REDIS_URL=f"unix://{home / 'redis.sock'}", **_account(home / "zendesk", port)
            )
            both = _Both(env, port, home)
            both.ours(chance)
            both.floor(chance)
            spent = [(both.ours(chance), both.floor(chance)) for _ in range(ROUNDS)]
            sent = _were_sent(both.deps, BATCH * ROUNDS // 2)
    ours, floor = (median(each) for each in zip(*spent, strict=True))
    return [
        Figure("message_cpu_ms", "processor from webhook to sent reply, or to people", ours, "ms", floor=floor),
        Figure("governance_ratio", "  to a script of Flask, RQ and zenpy", ours / floor, at_most=ENOUGH),
        # Who is left to people costs no click, claim and send; the script asks nobody and answers all.
        Figure("answered", "  share that was answered", sent / (BATCH * (ROUNDS + 1)), floor=1.0),
    ]


def _account(place: Path, port: int) -> dict[str, str]:
    """The sandbox's, with no time to undo: a batch is sent as soon as somebody said yes."""
    account = json.loads((place / "installation.json").read_text(encoding="utf-8"))
    secret = (place / "webhook_secret").read_text(encoding="utf-8").strip()
    return ground.account(secret) | {
        "COUNTERSIGN_UNDO_SECONDS": "0",
        "ZENDESK_SUBDOMAIN": account["subdomain"],
        "ZENDESK_URL": f"http://127.0.0.1:{port + 1}",
        "ZENDESK_TOKEN": account["integration_token"],
        "ZENDESK_INSTALLATION_ID": str(account["installation_id"]),
        "ZENDESK_INTEGRATION_USER_ID": str(account["integration_user_id"]),
    }


class _Both:
    """The two ways, each with its web and its worker, over one sandbox."""

    def __init__(self, env: dict[str, str], port: int, home: Path) -> None:
        self.secret, self.host = env["ZENDESK_WEBHOOK_SECRETS"], f"http://127.0.0.1:{port + 1}"
        self.deps = wiring.deps(Settings.from_env(env))
        wiring.prepare(self.deps)
        wiring.meet_team(self.deps)
        with self.deps.engine.begin() as tx:
            staff.set_role(tx, TEAM_LEAD, "reviewer")
            member = staff.by_email(tx, TEAM_LEAD)
        assert member is not None  # noqa: S101 - the sandbox has her
        self.rosa, self.minds = review.Actor(member, "queue"), wiring.minds(self.deps)
        jobs.open_workshop(jobs.Workshop(self.deps, self.minds))
        self.redis = redis.Redis.from_url(env["REDIS_URL"])
        engine = connect(f"sqlite:///{home / 'floor.db'}")
        floor_web.metadata.create_all(engine)
        _bench[:] = [Bench(self.deps, self.minds, engine, ZendeskClient(self.host, FixedToken(env["ZENDESK_TOKEN"])))]
        self.queue = Queue(QUEUE, connection=self.redis, serializer=JSONSerializer)
        self.web = create_app(self.deps).test_client()
        self.bare = floor_web.build(self.secret, engine, self.queue, "benchmarks.script.answer").test_client()

    def ours(self, chance: Random) -> float:
        """Milliseconds a message: webhook, every stage, the note, a click, the reply."""
        tickets = self._written(chance)
        return _spent(lambda: self._governed(tickets))

    def floor(self, chance: Random) -> float:
        """The same of the script: webhook, every stage, the reply."""
        tickets = self._written(chance)
        return _spent(lambda: self._scripted(tickets))

    def _written(self, chance: Random) -> list[bytes]:
        """Tickets that customers write, each with its delivery."""
        made = [ground.call(f"{self.host}/sandbox/new-ticket", _ticket(chance))["ticket"]["id"] for _ in range(BATCH)]
        time.sleep(2)  # any later change has another stamp
        return [json.dumps(delivery.event(chance, ticket)).encode() for ticket in made]

    def _post(self, web: FlaskClient, tickets: Sequence[bytes]) -> None:
        for body in tickets:
            answer = web.post(delivery.PATH, data=body, headers=delivery.signed(self.secret, body))
            if answer.status_code != 202:
                raise RuntimeError(f"a delivery was answered with {answer.status_code}")

    def _governed(self, tickets: Sequence[bytes]) -> None:
        self._post(self.web, tickets)
        _drained(jobs.Worker, queue_of("handle", self.redis))
        with self.deps.readers.begin() as tx:
            waiting = list(tx.execute(sa.select(proposals.table.c.id).where(proposals.table.c.state == proposals.OFFERED)).scalars())  # fmt: skip
        for one in waiting:
            self._click(one)
        with self.deps.readers.begin() as tx:
            due = outbox.due(tx, self.deps.clock.now() + timedelta(seconds=1))
        self.deps.ring("deliver", due)
        _drained(jobs.Worker, queue_of("deliver", self.redis))

    def _click(self, proposal_id: str) -> None:
        with self.deps.readers.begin() as tx:
            stored = proposals.load(tx, self.deps.keys, proposal_id)
            assert stored is not None  # noqa: S101 - it was listed a line ago
            seen = review.judged(self.deps, tx, stored, self.deps.clock.now())[1].seen
        with suppress(review.Refused):  # the checks found something: a person answers
            review.approve(self.deps, proposal_id, seen, self.rosa)

    def _scripted(self, tickets: Sequence[bytes]) -> None:
        self._post(self.bare, tickets)
        _drained(SimpleWorker, self.queue)


def _spent(do: Callable[[], None]) -> float:
    before = time.process_time()
    do()
    return 1000 * (time.process_time() - before) / BATCH


def _drained(kind: type[SimpleWorker], queue: Queue) -> None:
    """Until nothing waits. RQ keeps the signals for itself."""
    ends = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    kind([queue], connection=queue.connection, serializer=JSONSerializer).work(burst=True, logging_level="ERROR")
    for name, before in ends.items():
        signal.signal(name, before)
    if queue.count or queue.failed_job_registry.count:
        raise RuntimeError(f"{queue.name}: {queue.count} jobs were left, {queue.failed_job_registry.count} failed")


def answer(row_id: int) -> None:
    """The script's whole job: read, think with the same models, reply."""
    bench = _bench[0]
    with bench.engine.connect() as tx:
        number = int(tx.execute(sa.select(floor_web.event.c.ticket).where(floor_web.event.c.id == row_id)).scalar_one())
    doc, comments = bench.zendesk.ticket(number).ticket, bench.zendesk.comments(number)
    people = {one.id: one for one in map(person, bench.zendesk.users(people_on(doc, comments)))}
    ref = TicketRef("zendesk", str(number))
    ticket = ticket_from(ref, doc, comments, [], people, "", "")
    comment = ticket.newest_customer_comment()
    with bench.deps.readers.begin() as tx:
        policy = policies.in_force(tx, bench.deps.clock.now())
    assert comment is not None  # noqa: S101 - the customer has just written it
    assert policy is not None  # noqa: S101 - the starter's
    asked = Proposal(
        host=ref.host, ticket=ref.ticket, comment=comment.id, queue="support", subject=ticket.subject,
        requester=ticket.requester.id, cc=(), participants=ticket.participants,
    )  # fmt: skip
    thought = stages.think(asked, ticket, comment, bench.minds.mind(policy), bench.deps.clock.now().date(), live=True)
    reply = thought.draft.text if thought.draft else "A person answers."
    bench.zendesk.update(number, comment={"body": reply, "public": True})
    with bench.engine.begin() as tx:
        tx.execute(floor_web.event.update().where(floor_web.event.c.id == row_id).values(answered=time.time()))
