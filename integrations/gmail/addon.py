"""The Gmail add-on over HTTP: who posts an event, who pressed, what is open; and what we declare to Google."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.governance.foreign import from_json
from app.host import WebhookRejected
from app.panel import Answer, Event, Say
from integrations.gmail import answers
from integrations.gmail.cards import Reader
from integrations.gmail.oidc import GoogleTokens

_SCOPE = "https://www.googleapis.com/auth/"
WHO = f"{_SCOPE}userinfo.email"
READ = f"{_SCOPE}gmail.addons.current.message.metadata"
COMPOSE = f"{_SCOPE}gmail.addons.current.action.compose"
LOCALE = f"{_SCOPE}script.locale"  # without it an event does not say which language its person reads
SCOPES = (WHO, f"{_SCOPE}gmail.addons.execute", READ, COMPOSE, LOCALE)
_NEEDED = {"message": (WHO, READ), "compose": (WHO, COMPOSE)}
_DECIMAL = re.compile(r"thread-f:(\d{1,20})", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class GmailAddOn:
    """`account` is the project's add-on service account; `client` its OAuth client, for whom users' tokens are meant."""

    tokens: GoogleTokens
    app: str  # our own address
    account: str
    client: str

    @property
    def host(self) -> str:
        """One host for each mailbox: gmail:support@acme.example."""
        return "gmail:"

    def event(self, authorization: str, body: bytes, url: str, now: datetime) -> Event:
        """The host's token first, for exactly this address; then the body, whose every field may be missing."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise WebhookRejected("no token")
        self.tokens.of_account(token.strip(), url, self.account, now)
        told = _object(body)
        allowed = _part(told, "authorizationEventObject")
        person = self._person(str(allowed.get("userIdToken") or ""), now)
        common, gmail = _part(told, "commonEventObject"), _part(told, "gmail")
        return Event(
            person=person or "",
            lacking=_lacking(allowed, url.rpartition("/")[2], person),
            ticket=thread(str(gmail.get("threadId") or "")),
            parameters={name: value for name, value in _part(common, "parameters").items() if isinstance(value, str)},
            inputs={name: _given(value) for name, value in _part(common, "formInputs").items()},
            recipients=tuple(one.lower() for one in gmail.get("toRecipients") or () if isinstance(one, str)),
            locale=str(common.get("userLocale") or ""),
        )

    def _person(self, token: str, now: datetime) -> str | None:
        """A token that is there and does not hold is no missing one: somebody plays with it."""
        return self.tokens.of_person(token, self.client, now).email if token else None

    def answer(self, answer: Answer, say: Say, *, pressed: bool) -> dict[str, Any]:
        """See `answers`."""
        return answers.rendered(answer, Reader(self.app, say), pressed=pressed)


def _lacking(allowed: Mapping[str, Any], route: str, person: str | None) -> tuple[str, ...]:
    """Google gives a person's token only where they agreed that we learn who they are."""
    granted = allowed.get("authorizedScopes")
    needed = _NEEDED.get(route, (WHO,))
    missing = [scope for scope in needed if isinstance(granted, list) and scope not in granted]
    return tuple(missing) or (() if person else (WHO,))


def thread(told: str) -> str:
    """`thread-f:2345678` as the API calls it; empty for what is no thread."""
    decimal = _DECIMAL.fullmatch(told)
    named = f"{int(decimal[1]):x}" if decimal else told
    return named if _HEX.fullmatch(named) else ""


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = from_json(body)
    except ValueError as error:
        raise WebhookRejected("no event") from error
    if not isinstance(found, dict):
        raise WebhookRejected("no event")
    return found


def _part(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _given(value: Any) -> str:
    """What was typed or chosen; of several, the first."""
    inputs = _part(value, "stringInputs").get("value") if isinstance(value, dict) else None
    return next((one for one in inputs or () if isinstance(one, str)), "") if isinstance(inputs, list) else ""


def deployment(app: str) -> dict[str, Any]:
    """What Google is told of this add-on: `deployment.json`."""
    at = f"{app}/gmail/addon"
    opens = [("Open the queue", f"{app}/"), ("Settings", f"{app}/settings")]
    return {
        "oauthScopes": list(SCOPES),
        "addOns": {
            "common": {
                "name": "Countersign",
                "logoUrl": f"{app}/static/logo.png",
                "homepageTrigger": {"runFunction": f"{at}/home"},
                "universalActions": [{"label": label, "openLink": url} for label, url in opens],
                "openLinkUrlPrefixes": [f"{app}/"],
                "useLocaleFromApp": True,
            },
            "gmail": {
                "contextualTriggers": [{"unconditional": {}, "onTriggerFunction": f"{at}/message"}],
                "composeTrigger": {
                    "actions": [{"runFunction": f"{at}/compose", "label": "Insert suggested reply"}],
                    "draftAccess": "METADATA",
                },
            },
            "httpOptions": {"authorizationHeader": "SYSTEM_ID_TOKEN"},
        },
    }


def main(arguments: Sequence[str]) -> int:
    """0 written, 2 no address."""
    if len(arguments) != 1 or not arguments[0].startswith("https://"):
        sys.stdout.write("which server? make deployment-gmail URL=https://countersign.yourcompany.example\n")
        return 2
    sys.stdout.write(json.dumps(deployment(arguments[0].rstrip("/")), indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
