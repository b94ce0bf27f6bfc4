"""What the admins of a Zendesk account decide: our installation, our token, and what else writes to customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.host import AccessLost, HostError, Installation, Leave, Sender
from integrations.zendesk.client import Doc, ZendeskClient
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


def revoke(client: ZendeskClient) -> None:
    """By the token's own number: others found that `/oauth/tokens/current` says yes and does nothing."""
    try:
        told = client.read("/oauth/tokens/current").get("token")
        client.ask("DELETE", f"/oauth/tokens/{told['id'] if isinstance(told, dict) else 'current'}")
    except AccessLost:
        pass  # Zendesk does not know that token; whether it is dead is asked next
    try:
        user = client.read("/users/me").get("user")
    except AccessLost:
        return
    if isinstance(user, dict) and user.get("id") is not None:
        raise HostError(
            "Zendesk still accepts our token: revoke it there by hand, in Admin Center > APIs > OAuth clients"
        )


# --- what writes to customers ------------------------------------------------------------------------------------------
REQUESTER = {"requester_id", "requester_and_ccs"}
ALWAYS = {
    "update_type",
    "comment_is_public",
    "role",
}  # conditions that every reply by an agent fulfils, as checked below
WRITES = {"notification_user", "notification_sms_user", "deflection", "satisfaction_score"}


def senders(client: ZendeskClient) -> tuple[Sender, ...]:
    """Active triggers and automations that write to the requester, or call somebody who may."""
    found = [("trigger", rule) for rule in client.rules("triggers")]
    found += [("automation", rule) for rule in client.rules("automations")]
    return tuple(_senders(found))


def _senders(rules: Sequence[tuple[str, Doc]]) -> Iterable[Sender]:
    for kind, rule in rules:
        if rule.get("active") is not True:
            continue
        name = str(rule.get("title") or rule.get("id"))
        actions = [action for action in rule.get("actions") or () if isinstance(action, dict)]
        if any(_writes(action) for action in actions):
            yield Sender(kind, name, brings=kind == "trigger" and any(map(_mails, actions)) and _at_each_reply(rule))
        elif any(action.get("field") in {"notification_webhook", "notification_target"} for action in actions):
            yield Sender("webhook", name, brings=False)


def _writes(action: Doc) -> bool:
    """Mail to the requester, a text message, suggested articles, a request for a rating."""
    return action.get("field") in WRITES - {"notification_user"} or _mails(action)


def _mails(action: Doc) -> bool:
    value = action.get("value")
    to = value[0] if isinstance(value, list) and value else value
    return action.get("field") == "notification_user" and to in REQUESTER


def _at_each_reply(rule: Doc) -> bool:
    """A rule with any further condition may leave out some of our replies: it does not count."""
    conditions = rule.get("conditions") or {}
    asked = {condition.get("field"): condition.get("value") for condition in conditions.get("all") or ()}
    return not conditions.get("any") and set(asked) <= ALWAYS and asked.get("update_type", "Change") == "Change"
