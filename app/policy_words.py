"""A policy, its findings and its changes in the words of the command line and the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.checking import Checked
from app.governance.finding import Finding
from app.governance.policy import Policy
from app.governance.verdict import Kind, Verdict
from app.store.policies import Version
from app.store.policy_requests import Request

COMES_TO = {
    Kind.EQUIVALENT: "changes nothing that automation may do: one person is enough",
    Kind.NARROWER: "only narrows: one person is enough, at once",
    Kind.WIDER: "allows more: a second person approves it",
    Kind.INCOMPARABLE: "allows more here and less there, or nobody can say: a second person approves it",
}


def finding(found: Finding) -> dict[str, Any]:
    """As JSON."""
    row = {name: value for name, value in asdict(found).items() if name != "content"}
    return {**row, "about": list(found.about), "key": found.key}


def comes_to(verdict: Verdict) -> dict[str, Any]:
    """As JSON: the kind and each point that flips."""
    points = [{"way": change.way.value, "text": change.text, "atoms": change.atoms} for change in verdict.changes]
    return {
        "verdict": str(verdict.kind),
        "says": COMES_TO[verdict.kind],
        "needs_two": verdict.needs_two,
        "changes": points,
    }


def checked(found: Checked) -> dict[str, Any]:
    """As JSON, for the page that is being typed on."""
    rows = [{**finding(one), "accepted": _acceptance(found, one)} for one in found.findings]
    named: dict[str, Any] = {"sha256": found.policy.sha256, "replaces": found.replaces, "unchanged": found.unchanged}
    named["strangers"] = list(found.strangers)
    return {"problems": [], "findings": rows, "open": len(found.open), **named, **comes_to(found.verdict)}


def _acceptance(found: Checked, one: Finding) -> dict[str, Any] | None:
    given = found.accepted.get(one.key)
    if given is None:
        return None
    until = given.expires_at.isoformat()
    return {"granted": given.granted_by is not None, "reason": given.reason, "until": until}


def request(asked: Request) -> dict[str, Any]:
    """As JSON, without the text."""
    names = ("id", "sha256", "replaces", "verdict", "author", "reason", "state", "approved_by", "version")
    row = {name: getattr(asked, name) for name in names}
    return {**row, "asked_at": asked.asked_at.isoformat()}


def version(found: Version) -> dict[str, Any]:
    """As JSON, without the text."""
    names = ("version", "sha256", "author", "approved_by", "verdict", "reason")
    row = {name: getattr(found, name) for name in names}
    return {**row, "published_at": found.published_at.isoformat(), "effective_from": found.effective_from.isoformat()}


# --- lines for people --------------------------------------------------------------------------------------------------


def findings_in_words(result: dict[str, Any]) -> str:
    """One line a finding."""
    rows = result["findings"]
    if not rows:
        return f"{result['file']}: no finding"
    return "\n".join(f"{result['file']}:{row['line']}: {row['kind']}: {row['text']}; {row['remedy']}" for row in rows)


def verdict_in_words(result: dict[str, Any]) -> str:
    """The verdict first, then every point."""
    signs = {"wider": "+", "narrower": "-", "either": "±"}
    lines = [f"{result['verdict']}: {result['says']}"]
    return "\n".join([*lines, *(f"  {signs[one['way']]} {one['text']}" for one in result["changes"])])


def request_in_words(row: dict[str, Any]) -> str:
    """One line, with what to do next."""
    seen = f"{row['id']}: {row['state']}, {row['verdict']}, sha256 {row['sha256'][:12]}…"
    if row["state"] == "published":
        return f"{seen}: version {row['version']}"
    if row["verdict"] in {Kind.WIDER, Kind.INCOMPARABLE} and not row["approved_by"]:
        return f"{seen}: a second person runs `countersign policy approve {row['id']} --seen {row['sha256']}`"
    return f"{seen}: ready, `countersign policy publish {row['id']}`"


def policy(found: Policy) -> str:
    """The version in force, said plainly."""
    return "\n".join(sentences(found))


def sentences(found: Policy) -> Sequence[str]:
    """What it allows, category by category."""
    lines = [f"{found.name}, version {found.version}"]
    for category in found.categories:
        now = {"draft": "a person sends", "assisted": "a person clicks, Countersign sends"}[category.mode.label]
        top = f"; may earn {category.ceiling.label}" if category.ceiling > category.mode else ""
        lines.append(f"  {category.name} (tier {int(category.tier)}): {now}{top}")
    rows = [f"  {rule.name}: {'allows' if rule.allows else 'forbids'} {rule.mode.label}" for rule in found.rules]
    return [*lines, *rows]
