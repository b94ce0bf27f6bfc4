"""`countersign doctor`: each part of the deployment, ok or what to do; never a secret's value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app import troubles, wiring
from app.checkup import Ailing, Part, database, model, part, parts_of, redis
from app.config import ROOT, Settings
from app.deps import Deps
from app.store import audit, heartbeats, policies, staff
from app.store.proposals import newest

UNVERIFIED = ROOT / "docs" / "unverified.md"


def examine(settings: Settings) -> list[dict[str, Any]]:
    """Everything that can be asked from here; one part that fails hides no other."""
    deps = wiring.deps(settings)
    parts: list[Part] = [
        ("database", database),
        ("key", _key),
        ("policy", _policy),
        ("redis", redis),
        ("model", model),
        ("clock", _clock),
        *(one for name in deps.hosts for one in parts_of(name)),
        ("people", _people),
        ("escalations", _owners),
        ("notices", _notices),
        ("audit log", _log),
        ("webhooks and work", _troubles),
    ]
    found = [{"part": "settings", "ok": True, "text": _settings(settings)}, *(part(deps, *one) for one in parts)]
    return [*found, *_never_verified()]


def _never_verified() -> list[dict[str, Any]]:
    """What nobody has seen on a real account, and what the code assumes meanwhile: one line each."""
    text = UNVERIFIED.read_text(encoding="utf-8") if UNVERIFIED.exists() else ""
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    told = [row for row in rows if len(row) == 2 and row[0] != "open question"]
    return [{"part": "never verified", "ok": True, "text": f"{row[0]} Assumed: {row[1]}"} for row in told]


def _settings(settings: Settings) -> str:
    boxes = settings.gmail.mailboxes if settings.gmail else ()
    hosts = ", ".join([*(["zendesk"] if settings.zendesk else []), *boxes]) or "no host"
    model = settings.model or "embedded drafter"
    return f"{hosts}; model: {model}; {'sandbox' if settings.sandbox else 'production'}; key and deployment id are set"


def _people(deps: Deps) -> str:
    if deps.settings.sandbox:
        return "picked, not signed in: this is a sandbox"
    with deps.readers.begin() as tx:
        admins = sum(member.may("admin") for member in staff.present(tx))
    if admins == 0:
        raise Ailing("nobody is admin yet: `countersign login --bootstrap` prints a link")
    if admins == 1:
        raise Ailing("one admin: restoring after a stop takes two. Set somebody's role under People")
    places = [f"with {place.title}" for place in deps.sign_ins.values()]
    return f"{admins} admins; they sign in {', '.join(places) or 'inside Zendesk only: ZENDESK_CLIENT_ID is not set'}"


def _owners(deps: Deps) -> str:
    """Whom the policy names and no host knows: they are told by mail, but no ticket can be given to them."""
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
    if policy is None:
        return "no policy"
    named = {entry.owner for entry in policy.escalations} | {duty.person for duty in policy.roster}
    known = {person.email.lower() for host in deps.hosts.values() for person in host.staff() if person.email}
    strangers = ", ".join(sorted(one for one in named if one.lower() not in known))
    if strangers and not deps.settings.sandbox:
        raise Ailing(
            f"no host knows an agent {strangers}: their tickets must be assigned by hand. Name agents in the policy"
        )
    return f"no host knows an agent {strangers}: assigned by hand" if strangers else "every owner is known at a host"


def _notices(deps: Deps) -> str:
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
    roads = ["by mail"] if deps.settings.smtp_url else []
    roads += ["by the chat webhook"] if policy and policy.notify.webhook else []
    if not roads and not deps.settings.sandbox:
        raise Ailing(
            "nobody is told of an overdue escalation: set COUNTERSIGN_SMTP_URL, or `notify.webhook` in the policy"
        )
    return " and ".join(roads) or "on the pages only: no mail server is set, and no chat webhook"


def _key(deps: Deps) -> str:
    deps.keys.check()
    with deps.readers.begin() as tx:
        newest(tx, deps.keys)
    return "opens what is stored"


def _policy(deps: Deps) -> str:
    with deps.readers.begin() as tx:
        policy = policies.in_force(tx, deps.clock.now())
    if policy is None:
        raise Ailing("no policy is in force: run `countersign run` once")
    return f"version {policy.version}, {len(policy.categories)} categories"


def _clock(deps: Deps) -> str:
    with deps.readers.begin() as tx:
        beats = {beat.name: beat.at for beat in heartbeats.everybody(tx)}
    at = beats.get("sweeper")
    if at is None or (deps.clock.now() - at).total_seconds() > 30:
        raise Ailing("not running: start `countersign serve clock`; nothing is settled or polled without it")
    return f"last seen {at:%H:%M:%S} UTC"


def _log(deps: Deps) -> str:
    with deps.readers.begin() as tx:
        verdict = audit.verify(tx)
    if verdict.broken_at is not None:
        raise Ailing(f"broken at entry {verdict.broken_at}: {verdict.why}; roll back and ask the log keeper")
    return f"{verdict.size} entries, unbroken; {'checkpoints go to a keeper' if deps.settings.anchored else 'not independently anchored'}"


def _troubles(deps: Deps) -> str:
    found = troubles.told(deps)
    if found:
        raise Ailing("; ".join(found))
    return "nothing waits for a reason"


def in_words(findings: Sequence[dict[str, Any]]) -> str:
    """One line a part."""
    return "\n".join(f"{'ok ' if line['ok'] else '!! '} {line['part']:<18} {line['text']}" for line in findings)
