"""A deployment to look at: a database of its own, the fake host, Acme's policy, and proposals in every state."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app import create_app
from app.accounts import ZendeskSettings
from app.config import Settings
from app.deps import Clock, Deps
from app.governance.decision import Controls, Freeze, Switch, decide
from app.governance.policy import Policy
from app.governance.proposal import (
    Abstention,
    Draft,
    Finding,
    Proposal,
    Sentence,
    Summary,
    Tier,
    Trigger,
    Urgency,
)
from app.governance.sources import parse_source, passages
from app.host import TicketRef
from app.store import engine, policies, proposals, sources, staff
from app.store.keys import Keys
from app.store.record import Line, Stored
from tests.fakes import ANA, BOT, CASEY, ROSA, FakeHost, Person, Remembered
from tests.web import google

ROOT = Path(__file__).parents[2]
BEN = Person(id="5", name="Ben Baker", email="ben@acme.example", role="admin")
MEI = Person(id="6", name="Mei Mori", email="mei@acme.example", role="agent")  # a reviewer by an admin's word
SHIPPING = """+++
id = "shipping-times"
title = "Delivery times and delivery costs"
owner = "rosa@acme.example"
review_by = 2027-03-31
audience = "public"
language = "en"
+++

## Standard

Standard delivery takes 3 to 5 working days within Europe. Standard delivery costs 4.90 euros and is free for orders of
50 euros or more.
"""
STANDARD = replace(passages(parse_source(SHIPPING, "shipping-times.md"))[0], score=0.8)
SENTENCES = (
    Sentence("Standard delivery takes 3 to 5 working days within Europe.", (STANDARD.id,)),
    Sentence("Standard delivery costs 4.90 euros and is free for orders of 50 euros or more.", (STANDARD.id,)),
)
LETTER = f"Hello Casey,\n\n{SENTENCES[0].text} {SENTENCES[1].text}\n\nKind regards\nAcme support"
SIGNER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_KEY = (
    SIGNER.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


def signed_token(stage: Stage, person: Person, location: str = "ticket_sidebar", **changes: Any) -> str:
    """What Zendesk posts with the first load. `changes` replace claims; None takes one away."""
    now = int(stage.deps.clock.now().timestamp())
    claims = {
        "iss": "acme.zendesk.com",
        "aud": "https://acme.zendesk.com/api/v2/apps/installations/77.json",
        "sub": f"https://acme.zendesk.com/api/v2/users/{person.id}.json",
        "iat": now,
        "nbf": now,
        "exp": now + 300,
        "qsh": secrets.token_hex(8),
        "context": {"product": "support", "location": location},
    }
    wanted = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(wanted, SIGNER, algorithm="RS256")


def settings(home: Path, database: str, *, frame_origin: str = "https://acme.zendesk.com", **changes: Any) -> Settings:
    zendesk = ZendeskSettings(
        subdomain="acme",
        base_url="https://acme.zendesk.com",
        token="a token",
        secrets=("a made-up secret",),
        app_public_key=PUBLIC_KEY,
        installation_id="77",
        integration_user_id=BOT.id,
        frame_origin=frame_origin,
    )
    given: dict[str, Any] = {
        "home": home, "database_url": database, "redis_url": "", "app_url": "http://localhost:8000", "key": b"k" * 32,
        "deployment": "test", "sandbox": True, "zaf_sdk_url": "http://127.0.0.1:8001/static/vendor/zaf_sdk.js",
        "model": "", "model_fallbacks": (), "undo_seconds": 5.0, "poll_seconds": 60.0, "smtp_url": "", "mail_from": "countersign@acme.example",
        "keeper": None, "zendesk": zendesk,
    }  # fmt: skip
    return Settings(**{**given, **changes})


@dataclass
class Stage:
    """`deps` for the web, `host` for making things happen, `rung` for what was rung."""

    deps: Deps
    host: FakeHost
    rung: list[tuple[str, tuple[int, ...]]] = field(default_factory=list)

    @classmethod
    def build(cls, home: Path, database: str, clock: Clock, **changes: Any) -> Stage:
        host = FakeHost()
        host.people |= {person.id: person for person in (BEN, MEI)}
        rung: list[tuple[str, tuple[int, ...]]] = []
        writing = engine.connect(database)
        deps = Deps(
            settings=settings(home, database, **changes),
            engine=writing,
            readers=engine.readers(writing),
            keys=Keys(b"k" * 32),
            hosts={"zendesk": host},
            ring=lambda job, ids: rung.append((job, tuple(ids))),
            clock=clock,
            panel=google.add_on(),
            presence=Remembered(),
        )
        stage = cls(deps, host, rung)
        stage._open()
        return stage

    def _open(self) -> None:
        now = self.deps.clock.now()
        with self.deps.engine.begin() as tx:
            policies.publish(tx, (ROOT / "manifest/policy.toml").read_text(encoding="utf-8"), "a", "b", now)
            sources.add(tx, SHIPPING, "shipping-times.md", "a", now)
            for person in (ANA, BEN, ROSA, MEI):
                staff.meet(tx, "zendesk", person, now)
            staff.set_role(tx, "mei@acme.example", "reviewer")

    def close(self) -> None:
        for thread in threading.enumerate():
            if thread.name.startswith("drain"):  # a stop began it; it ends with its CONFIRMED
                thread.join(10)
        self.deps.engine.dispose()
        self.deps.readers.dispose()

    def app(self) -> Any:
        return create_app(self.deps)

    def signature(self, body: bytes) -> str:
        """What the fake host signs that body with."""
        return hmac.new(b"a made-up secret", body, hashlib.sha256).hexdigest()

    def member(self, person: Person) -> staff.Member:
        with self.deps.readers.begin() as tx:
            found = staff.by_email(tx, person.email or "")
        assert found is not None
        return found

    def proposed(
        self,
        text: str = "How long does delivery take?",
        *,
        subject: str = "Delivery time",
        group: str = "Support",
        state: str = proposals.OFFERED,
        draft: str | None = LETTER,
        sentences: Sequence[Sentence] = SENTENCES,
        **concluded: Any,
    ) -> Stored:
        """A ticket of Casey's and its proposal, concluded as the pipeline would have."""
        ref = self.host.new_ticket(text, subject=subject, group=group, author=CASEY)
        ticket = self.host.fetch(ref)
        comment = ticket.newest_customer_comment()
        assert comment is not None
        now = self.deps.clock.now()
        found: dict[str, Any] = {
            "text": text, "full_text": text, "language": "en", "machine_mail": (), "injection": (), "redactions": (),
            "category": "delivery-times", "tier": Tier.LOOKUP, "confidence": 0.96, "urgency": Urgency.NORMAL, "triggers": (),
            "passages": (STANDARD,), "draft": Draft(draft, tuple(sentences)) if draft else None, "findings": (),
        }  # fmt: skip
        with self.deps.engine.begin() as tx:
            policy = policies.in_force(tx, now)
            assert policy is not None
            queue = policy.queue_of(ticket.queue_keys)
            begun = proposals.begin(tx, self.deps.keys, ticket, comment, queue and queue.name, now, now).stored
            assert begun is not None
            return self._conclude(tx, begun, policy, state, {**found, **concluded})

    def _conclude(self, tx: Any, begun: Stored, policy: Policy, state: str, found: dict[str, Any]) -> Stored:
        now = self.deps.clock.now()
        proposal: Proposal = replace(begun.proposal, **found)
        comments = self.host.fetch(TicketRef(proposal.host, proposal.ticket)).comments
        lines = (Line(one.author.name, one.author.is_staff, one.public, one.created_at, one.text) for one in comments)
        page = replace(begun.record.page, conversation=tuple(lines))
        stored = replace(begun, record=replace(begun.record, proposal=proposal, page=page))
        live = Controls(
            switch=Switch.LIVE, freeze=Freeze.NONE, moved_on=None, practice=False, foreign_marker=False, source_trouble=None,
            failure=None,
        )  # fmt: skip
        decision = decide(proposal, policy, live)
        assert proposals.conclude(tx, self.deps.keys, stored, decision, policy.version, state, now)
        again = proposals.load(tx, self.deps.keys, stored.id)
        assert again is not None
        return again

    def every_kind(self) -> dict[str, Stored]:
        """One of each, for looking at."""
        legal = Trigger("legal", "my lawyer will be in touch")
        return {
            "offered": self.proposed(),
            "findings": self.proposed(
                "And in Austria?",
                subject="Lieferzeit nach Österreich <b>dringend</b>",
                findings=(Finding("numbers", "the number 3 is not in any source", 0),),
            ),
            "draft mode": self.proposed(
                "Can I get my money back after all?", subject="Refund please", category="refund-exception", tier=Tier.JUDGEMENT
            ),
            "unsure": self.proposed("parcel???", subject="parcel", confidence=0.41),
            "returns": self.proposed("How do I return it?", subject="Returning a speaker", category="returns-how-to"),
            "abstained": self.proposed(
                "Do you sell fridges?", subject="Fridges", draft=None, category=None, passages=(), state=proposals.HUMAN,
                tier=Tier.JUDGEMENT, abstained=Abstention("no-source", "no approved source says anything about fridges"),
            ),
            "escalated": self.proposed(
                "Refund me or my lawyer will be in touch.", subject="LAST WARNING", draft=None, state=proposals.ESCALATED,
                tier=Tier.HIGH_STAKES, category="refund-exception", triggers=(legal,), urgency=Urgency.HIGH, passages=None,
                abstained=Abstention("tier-3", "for people only"),
                summary=Summary("The customer wants a refund for order 1883 and announces a lawyer.", ("A call back by Friday",)),
            ),
            "unclear": self.proposed("Where is it?", subject="Where is my order", state=proposals.UNCLEAR),
        }  # fmt: skip
