"""A mailbox from consent to withdrawal: the real settings, store, tokens and client, over the sandbox."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlencode

import pytest
import requests

from app import announcing, connecting, polling, reconcile, troubles, watch, wiring
from app.config import Settings
from app.deps import Deps
from app.governance.decision import Switch
from app.host import AccessLost
from app.store import host_tokens, switch
from tests.gmail.conftest import BOX, Playground

NAME = f"gmail:{BOX}"
OTHER = "billing@acme.example"


@pytest.fixture
def deps(gmail: Playground, tmp_path: Path, sqlite_database: str) -> Iterator[Deps]:
    env = {
        "COUNTERSIGN_HOME": str(tmp_path), "COUNTERSIGN_KEY": "ab" * 32, "COUNTERSIGN_DEPLOYMENT": "test",
        "COUNTERSIGN_SANDBOX": "1", "DATABASE_URL": sqlite_database, "GMAIL_MAILBOXES": f"{BOX},{OTHER}",
        "GMAIL_URL": gmail.url, "GMAIL_TOPIC": gmail.facts["topic"], "GMAIL_PUSH_ACCOUNT": gmail.facts["push_account"],
        "GMAIL_CLIENT_ID": gmail.facts["client_id"], "GMAIL_CLIENT_SECRET": gmail.facts["client_secret"],
    }  # fmt: skip
    made = wiring.deps(Settings.from_env(env))
    made = replace(made, ring=lambda _job, _ids: None)
    wiring.prepare(made)
    yield made
    made.engine.dispose()
    made.readers.dispose()


def connect(deps: Deps, box: str = BOX, *, agreed: str | None = None) -> str:
    """As an admin does, in a browser that is signed in as `agreed`."""
    connection = wiring.connection(deps.settings, f"gmail:{box}")
    assert connection.consent is not None
    consent = connecting.ask(deps, connection.consent)
    address = consent.address.replace(urlencode({"login_hint": box}), urlencode({"login_hint": agreed or box}))
    led_to = requests.get(address, allow_redirects=False, timeout=10).headers["Location"]
    return connecting.consented(deps, connection, consent, led_to)


def state_of(deps: Deps, queue: str) -> Switch:
    with deps.readers.begin() as tx:
        return switch.read(tx, queue).state


def test_a_mailbox_that_consented_is_read_and_announced(deps: Deps, gmail: Playground) -> None:
    with pytest.raises(AccessLost, match=f"countersign connect gmail {BOX}"):
        deps.hosts[NAME].poll(None, deps.clock.now())
    assert connect(deps) == BOX
    here = gmail.receive("Where is my parcel?")
    found = deps.hosts[NAME].poll(None, deps.clock.now()).arrivals
    (ref,) = [arrival.ref for arrival in found if arrival.delivery_key == f"message:{here['id']}"]
    assert ref is not None
    assert deps.hosts[NAME].fetch(ref).comments[0].text.strip() == "Where is my parcel?"
    announcing.look(deps, NAME)
    until = announcing.until(deps, NAME)
    assert until is not None
    assert timedelta(days=6) < until - deps.clock.now() < timedelta(days=8)


@pytest.mark.threat("mailbox-token")
def test_the_token_of_another_mailbox_is_not_kept(deps: Deps) -> None:
    with pytest.raises(connecting.Unconnected, match="nothing was kept"):
        connect(deps, OTHER, agreed=BOX)
    with deps.engine.begin() as tx:
        assert host_tokens.read(tx, deps.keys, f"gmail:{OTHER}", deps.clock.now()) is None


@pytest.mark.threat("mailbox-token")
def test_nothing_readable_is_kept(deps: Deps) -> None:
    connect(deps)
    with deps.engine.begin() as tx:
        kept = host_tokens.read(tx, deps.keys, NAME, deps.clock.now())
    assert kept is not None
    assert kept.access
    assert kept.refresh
    stored = b"".join(file.read_bytes() for file in Path(str(deps.engine.url.database)).parent.glob("*.db*"))
    assert kept.access.encode() not in stored
    assert kept.refresh.encode() not in stored


@pytest.mark.threat("mailbox-token")
def test_a_withdrawn_grant_turns_its_queues_off_and_no_other(deps: Deps, gmail: Playground) -> None:
    connect(deps)
    polling.poll(deps, NAME)
    assert watch.look(deps, NAME)
    gmail.play("POST", "withdraw", {"email": BOX})
    assert not watch.look(deps, NAME)
    assert state_of(deps, "support") is not Switch.LIVE
    assert state_of(deps, "billing") is Switch.LIVE
    polling.poll(deps, NAME)
    assert any(words.startswith(f"{BOX}: ") for words in troubles.told(deps))
    assert connect(deps) == BOX
    assert watch.look(deps, NAME)
    assert state_of(deps, "support") is not Switch.LIVE  # back takes two people


@pytest.mark.parametrize(
    ("sign", "left"), [("test.s1.d1.x", Switch.OFF), ("another.s1.d1.x", Switch.LIVE), (None, Switch.LIVE)]
)
def test_a_sent_reply_with_our_sign_that_no_row_explains_stops_its_queue(deps: Deps, gmail: Playground, sign: str | None, left: Switch) -> None:  # fmt: skip
    connect(deps)
    came = gmail.receive("Where is my parcel?")
    if sign is None:
        gmail.play("POST", "answer", {"mailbox": BOX, "thread": came["threadId"], "text": "By hand."})
    else:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["X-Countersign-Id"] = (
            BOX,
            "c@mail.example",
            "Re: My parcel",
            sign,
        )
        mail.set_content("Sent by whom?")
        raw = base64.urlsafe_b64encode(mail.as_bytes()).decode()
        gmail.client().messages().send(userId="me", body={"raw": raw, "threadId": came["threadId"]}).execute()
    reconcile.reconcile(deps, NAME)
    assert state_of(deps, "support") is left


@pytest.mark.parametrize("host", ["gmail:ceo@acme.example", "gmail", "zendesk"])
def test_what_the_settings_do_not_name_is_not_connected(deps: Deps, host: str) -> None:
    with pytest.raises(connecting.NotSet):
        wiring.connection(deps.settings, host)
