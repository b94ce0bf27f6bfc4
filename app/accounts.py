"""The accounts at the hosts, as the settings name them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

GMAIL = "https://gmail.googleapis.com"
MOST_LETTERS = 90  # of a mailbox's address: its host's name stands in many columns


@dataclass(frozen=True, slots=True)
class ZendeskSettings:
    """One Zendesk account. `secrets` are the webhook signing secrets in force, at most two."""

    subdomain: str
    base_url: str
    token: str
    secrets: tuple[str, ...]
    app_public_key: str
    installation_id: str
    integration_user_id: str
    frame_origin: str  # the only origin that may frame our pages
    grant: str = ""  # how the token is had: as given, or by the OAuth client below
    client_id: str = ""  # people sign in by it too; none: nobody can, outside the iframe
    client_secret: str = ""
    scope: str = ""
    marketplace: tuple[str, ...] = ()  # name, organisation id, app id: a global client sends them with every call

    def __repr__(self) -> str:
        return f"ZendeskSettings({self.subdomain})"  # never the secrets


@dataclass(frozen=True, slots=True)
class GmailSettings:
    """The mailboxes of one Google Cloud project, each a host of its own. Nothing else of the domain is touched."""

    mailboxes: tuple[str, ...]
    topic: str  # of Pub/Sub, where Gmail publishes what changed
    push_account: str  # whose tokens the pushes bear
    client_id: str = ""  # each mailbox consents by this OAuth client, and people sign in by it ...
    client_secret: str = ""
    delegate: str = ""  # ... or this service account's key, as JSON, acts for them by domain-wide delegation
    addon_account: str = ""  # whose tokens the add-on's calls bear; none: there is no add-on
    addon_client_id: str = ""  # for whom the tokens of the add-on's users are meant
    base_url: str = GMAIL

    @property
    def consent_url(self) -> str:
        """Where a mailbox's owner consents, in a browser."""
        return f"{'https://accounts.google.com' if self.base_url == GMAIL else self.base_url}/o/oauth2/v2/auth"

    @property
    def token_url(self) -> str:
        """Where tokens are given out."""
        return f"{'https://oauth2.googleapis.com' if self.base_url == GMAIL else self.base_url}/token"

    @property
    def revoke_url(self) -> str:
        """Where they are given back."""
        return f"{'https://oauth2.googleapis.com' if self.base_url == GMAIL else self.base_url}/revoke"

    @property
    def certificates_url(self) -> str:
        """The keys that Google signs with."""
        return f"{'https://www.googleapis.com' if self.base_url == GMAIL else self.base_url}/oauth2/v1/certs"

    def __repr__(self) -> str:
        return f"GmailSettings({', '.join(self.mailboxes)})"  # never the secrets


class Reader:
    """Reads names from an environment and gathers what is wrong with them."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env, self.problems = env, list[str]()

    def needed(self, name: str) -> str:
        """A value, or the content of the file that NAME_FILE names; a file that cannot be read stops the process."""
        value = self.env.get(name, "")
        file = self.env.get(f"{name}_FILE", "")
        if not value and file:
            try:
                value = Path(file).read_text(encoding="utf-8").strip()
            except OSError as error:
                self.problems.append(f"{name}_FILE cannot be read ({error.strerror})")
                return ""
        if not value:
            self.problems.append(f"{name} is not set")
        return value

    def optional(self, name: str) -> str:
        """As `needed`, but nothing where neither it nor its file is set."""
        return self.needed(name) if self.env.get(name) or self.env.get(f"{name}_FILE") else ""

    def choice(self, name: str, *allowed: str) -> str:
        value = self.env.get(name, "")
        if value not in allowed:
            self.problems.append(f"{name} wants {' or '.join(filter(None, allowed))}")
        return value


def zendesk(reader: Reader) -> ZendeskSettings | None:
    subdomain = reader.env.get("ZENDESK_SUBDOMAIN", "")
    if not subdomain:
        return None
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", subdomain):
        reader.problems.append("ZENDESK_SUBDOMAIN wants the part before .zendesk.com")
    origin = f"https://{subdomain}.zendesk.com"
    base_url = reader.env.get("ZENDESK_URL", origin)
    grant = reader.choice("ZENDESK_GRANT", "", "client_credentials", "authorization_code")
    return ZendeskSettings(
        subdomain=subdomain,
        base_url=base_url,
        token="" if grant else reader.needed("ZENDESK_TOKEN"),
        secrets=tuple(filter(None, reader.needed("ZENDESK_WEBHOOK_SECRETS").split(","))),
        app_public_key=reader.needed("ZENDESK_APP_PUBLIC_KEY"),
        installation_id=reader.needed("ZENDESK_INSTALLATION_ID"),
        integration_user_id=reader.needed("ZENDESK_INTEGRATION_USER_ID"),
        frame_origin=reader.env.get("ZENDESK_FRAME_ORIGIN", origin),
        grant=grant,
        client_id=(client := reader.needed("ZENDESK_CLIENT_ID") if grant else reader.env.get("ZENDESK_CLIENT_ID", "")),
        client_secret=reader.needed("ZENDESK_CLIENT_SECRET") if client else "",
        scope=reader.env.get("ZENDESK_SCOPE", "read tickets:write"),
        marketplace=_marketplace(reader),
    )


def _marketplace(reader: Reader) -> tuple[str, ...]:
    names = ("ZENDESK_MARKETPLACE_NAME", "ZENDESK_MARKETPLACE_ORGANIZATION_ID", "ZENDESK_MARKETPLACE_APP_ID")
    return tuple(map(reader.needed, names)) if any(reader.env.get(name) for name in names) else ()


def gmail(reader: Reader) -> GmailSettings | None:
    """None: no mailbox is named."""
    named = [one.strip().lower() for one in reader.env.get("GMAIL_MAILBOXES", "").split(",")]
    mailboxes = tuple(dict.fromkeys(filter(None, named)))
    if not mailboxes:
        return None
    for one in mailboxes:
        if not re.fullmatch(r"[^\s@:,]+@[^\s@:,]+", one) or len(one) > MOST_LETTERS:
            reader.problems.append(f"GMAIL_MAILBOXES wants addresses of at most {MOST_LETTERS} letters, with commas")
    delegate = reader.optional("GMAIL_DELEGATE")
    if delegate and not _is_key(delegate):
        reader.problems.append("GMAIL_DELEGATE wants a service account's key as JSON, or GMAIL_DELEGATE_FILE its file")
    return GmailSettings(
        mailboxes=mailboxes,
        topic=reader.needed("GMAIL_TOPIC"),
        push_account=reader.needed("GMAIL_PUSH_ACCOUNT"),
        client_id=(client := reader.optional("GMAIL_CLIENT_ID") if delegate else reader.needed("GMAIL_CLIENT_ID")),
        client_secret=reader.needed("GMAIL_CLIENT_SECRET") if client or not delegate else "",
        delegate=delegate,
        addon_account=(addon := reader.optional("GMAIL_ADDON_ACCOUNT")),
        addon_client_id=reader.needed("GMAIL_ADDON_CLIENT_ID") if addon else "",
        base_url=reader.env.get("GMAIL_URL", GMAIL).rstrip("/"),
    )


def _is_key(text: str) -> bool:
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and {"client_email", "private_key"} <= set(found)
