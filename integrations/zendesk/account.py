"""What the admins of a Zendesk account decide about us: the app's installation and its form."""

from __future__ import annotations

from app.host import HostError, Installation, Leave
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.wire import NotThere

ALLOWED = "automation_allowed"  # the checkbox of the app's form


def installation(client: ZendeskClient, number: str) -> Installation:
    """As Zendesk shows it now. What it does not show as allowed is not allowed."""
    if not number:
        raise HostError("ZENDESK_INSTALLATION_ID is not set: nobody can tell whether the app is installed")
    try:
        found = client.read(f"/apps/installations/{number}")
    except NotThere:
        return Installation(Leave.GONE, "the app is not installed in Zendesk any more")
    if found.get("enabled") is not True:
        return Installation(Leave.GONE, "the app is disabled in Zendesk")
    settings = found.get("settings")
    if not isinstance(settings, dict) or settings.get(ALLOWED) is not True:
        return Installation(Leave.NARROWED, "automation is not allowed on the app's form in Zendesk")
    return Installation(Leave.ALLOWED)
