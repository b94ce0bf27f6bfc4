"""What an access token may do: `read`, `write`, `tickets:read` and so on, and which of them a path asks for."""

from __future__ import annotations

from collections.abc import Iterable

from sandbox.zendesk.errors import ApiError, missing_scopes

EVERYTHING = frozenset({"read", "write"})
READING = frozenset({"read"})
RESOURCES = frozenset(
    "tickets users groups organizations hc apps triggers automations targets webhooks macros auditlogs".split()
)
RESOURCE_OF = {
    "tickets": "tickets", "ticket_metrics": "tickets", "ticket_metric_events": "tickets", "ticket_events": "tickets",
    "users": "users", "groups": "groups", "group_memberships": "groups", "apps": "apps", "triggers": "triggers",
    "automations": "automations", "webhooks": "webhooks", "macros": "macros", "help_center": "hc",
}  # fmt: skip
FREE = ("oauth/tokens/current",)  # each token may look at itself and revoke itself


def known(scope: str) -> bool:
    resource, _, access = scope.rpartition(":")
    return access in EVERYTHING and (not resource or resource in RESOURCES)


def mixed(scopes: Iterable[str]) -> bool:
    """`read` beside `tickets:read` is refused: the wider one would swallow the narrower."""
    wanted = set(scopes)
    return any(scope.rpartition(":")[2] in wanted for scope in wanted if ":" in scope)


def require(granted: frozenset[str], access: str, path: str) -> None:
    """Raise the 403 that names what is missing. A path outside of the resources needs the bare scope."""
    below = path.partition("/api/v2/")[2]
    if below.startswith(FREE) or not below:
        return
    resource = RESOURCE_OF.get(below.removeprefix("incremental/").partition("/")[0])
    accepted = [access] if resource is None else [f"{resource}:{access}", access]
    if not granted & set(accepted):
        raise refusal(accepted)


def refusal(accepted: list[str]) -> ApiError:
    return missing_scopes(", ".join(accepted))
