"""Google as the add-on meets it: keys, tokens, and the events that its panel posts."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.host import Person
from app.store import proposals
from app.store.record import Stored
from app.store.tables import outbox as rows
from integrations.gmail.addon import SCOPES, GmailAddOn
from integrations.gmail.oidc import GoogleTokens, Keys, Published
from sandbox.gmail.signing import ADDON_ACCOUNT, Signer
from tests.fakes import FakeHost
from tests.judges import judge_answer
from tests.web import stage as stages

APP = "http://localhost:8000"
CLIENT = "addon.apps.example"
MAILBOX = "gmail:support@acme.example"
AT = 1772442000  # the frozen clock


@cache
def signer() -> Signer:
    with tempfile.TemporaryDirectory() as home:
        return Signer(Path(home), lambda: AT)


def add_on() -> GmailAddOn:
    keys = Keys(lambda: Published(signer().certs(), timedelta(days=1)))
    return GmailAddOn(GoogleTokens(keys), APP, ADDON_ACCOUNT, CLIENT)


def on_gmail(stage: stages.Stage) -> stages.Stage:
    """The same deployment with a Gmail mailbox beside; what is proposed from now on is there."""
    gmail = FakeHost(MAILBOX)
    deps = replace(stage.deps, hosts={**stage.deps.hosts, MAILBOX: gmail})
    return stages.Stage(deps, gmail, stage.rung)


@dataclass
class Gmail:
    """Gmail's own window, with somebody before it."""

    client: Any
    person: Person
    scopes: tuple[str, ...] = SCOPES
    claims: dict[str, Any] = field(default_factory=dict)
    locale: str = "en-US"

    def post(self, route: str, *, ticket: str = "", parameters: dict[str, str] | None = None, **inputs: str) -> Any:
        """An event as Gmail posts it; the answer as it came."""
        event = self.event(ticket, parameters or {}, inputs)
        token = signer().token(f"{APP}/gmail/addon/{route}", ADDON_ACCOUNT)
        return self.client.post(f"/gmail/addon/{route}", json=event, headers={"Authorization": f"Bearer {token}"})

    def event(self, ticket: str, parameters: dict[str, str], inputs: dict[str, str]) -> dict[str, Any]:
        who = signer().token(CLIENT, self.person.email or "", **self.claims)
        allowed = {"userOAuthToken": "ya29.x", "userIdToken": who, "authorizedScopes": list(self.scopes)}
        gmail = {"messageId": "msg-f:1", "threadId": f"thread-f:{int(ticket, 16)}"} if ticket else {}
        typed = {name: {"stringInputs": {"value": [value]}} for name, value in inputs.items()}
        common: dict[str, Any] = {"hostApp": "GMAIL", "platform": "WEB", "userLocale": self.locale}
        common |= {"parameters": parameters, "formInputs": typed}
        return {"commonEventObject": common, "authorizationEventObject": allowed, "gmail": gmail}

    def press(self, card: dict[str, Any], text: str, /, **inputs: str) -> Any:
        """Press the button of that name, with its own parameters."""
        action = next(one["onClick"]["action"] for one in buttons(card) if one["text"] == text)
        assert action["function"] == f"{APP}/gmail/addon/action"
        return self.post("action", parameters={one["key"]: one["value"] for one in action["parameters"]}, **inputs)


def buttons(card: dict[str, Any]) -> list[dict[str, Any]]:
    """Every button of a card, the fixed ones first."""
    widgets = [widget for section in card["sections"] for widget in section["widgets"]]
    rows = [button for widget in widgets for button in widget.get("buttonList", {}).get("buttons", ())]
    return [*card.get("fixedFooter", {}).values(), *rows]


def card(answer: Any) -> dict[str, Any]:
    """The one card of an answer."""
    assert answer.status_code == 200, answer.text
    judge_answer(answer.json)
    told = answer.json.get("renderActions", answer.json)["action"]
    shown = [found for step in told["navigations"] for name in ("pushCard", "updateCard") if (found := step.get(name))]
    (only,) = shown
    return only


def text(shown: dict[str, Any]) -> str:
    """All words of a card."""
    if isinstance(shown, dict):
        return " ".join(text(value) for name, value in shown.items() if name not in {"function", "parameters"})
    return " ".join(map(text, shown)) if isinstance(shown, list) else str(shown)


def names(shown: dict[str, Any]) -> list[str]:
    """What can be pressed."""
    return [one["text"] for one in buttons(shown)]


def look(person: Gmail, stored: Stored) -> dict[str, Any]:
    """The card of that message."""
    return card(person.post("message", ticket=stored.proposal.ticket))


def orders(stage: stages.Stage) -> list[tuple[str, str]]:
    """Purpose and state of every outbox row."""
    with stage.deps.readers.begin() as tx:
        return [(row.purpose, row.state) for row in tx.execute(sa.select(rows).order_by(rows.c.id))]


def of(stage: stages.Stage, stored: Stored) -> Stored:
    """That one as it is now."""
    with stage.deps.readers.begin() as tx:
        found = proposals.load(tx, stage.deps.keys, stored.id)
    assert found is not None
    return found
