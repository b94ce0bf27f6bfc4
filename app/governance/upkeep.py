"""Upkeep: what a policy lacks in people, places and days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from app.governance.finding import Fact, Finding, Shelved, Study
from app.governance.policy import Mode, Policy
from app.governance.spoken import listed


def escalations(study: Study) -> Iterator[Finding]:
    for place, entry in enumerate(study.policy.escalations):
        line = study.line("escalation", place, "owner")
        if why := _unreachable(entry.owner) or (
            "it is due at once, before anybody can act" if entry.due <= timedelta(0) else None
        ):
            text = f"the escalation {entry.trigger} reaches nobody: {why}"
            yield Finding(
                "unreachable-escalation",
                (entry.trigger,),
                line,
                text,
                "name a person by address, and a time",
                repr(entry),
            )


def roster(study: Study) -> Iterator[Finding]:
    """Whoever stands on it must be reachable."""
    for place, duty in enumerate(study.policy.roster):
        if not _is_address(duty.person):
            text = f"the roster names “{duty.person}”, which is no address"
            line = study.line("roster", place, "person")
            yield Finding("unreachable-escalation", ("roster", duty.person), line, text, "name a person by address")


def cannot_answer(study: Study) -> Iterator[Finding]:
    entry = study.policy.cannot_answer
    if not _is_address(entry.owner) or entry.due <= timedelta(0):
        text = "nobody is named for what no source answers"
        yield Finding(
            "no-cannot-answer", (), study.line("cannot_answer", "owner"), text, "name a person by address, and a time"
        )


def _unreachable(address: str) -> str | None:
    if not address.strip():
        return "no owner is named"
    return None if _is_address(address) else f"{address} is no address"


def _is_address(text: str) -> bool:
    name, _, place = text.partition("@")
    return bool(name.strip()) and "." in place


def approvers(study: Study) -> Iterator[Finding]:
    """Somebody else than the author must be able to approve."""
    named, line = study.policy.owners.scope_expansion, study.line("owners", "scope_expansion")
    author, staff = study.ground.author, study.ground.staff
    others = [address for address in named if address.lower() != (author or "").lower()]
    known = [address for address in others if staff is None or address.lower() in staff]
    if len(set(named)) < 2 or not others:
        text = f"only {listed(named) or 'nobody'} may approve wider automation, and an author never approves their own change"
        yield Finding("approver-is-author", tuple(named), line, text, "name a second person in `scope_expansion`")
    elif not known:
        text = f"of {listed(others)} nobody is known at the connected hosts: nobody could approve"
        yield Finding("approver-is-author", tuple(others), line, text, "name people who sign in there")


def missing(study: Study) -> Iterator[Finding]:
    policy = study.policy
    owners = (("rollback", policy.owners.rollback), ("log_keeper", policy.owners.log_keeper))
    for key, address in owners:
        if not _is_address(address):
            yield _lacks(study, f"owners.{key}", "an address", "owners", key)
    if policy.review_by is None:
        yield _lacks(study, "the policy", "a day by which it is reviewed: `review_by`", "review_by")
    for place, category in enumerate(policy.categories):
        if category.ceiling > Mode.DRAFT and not category.sources:
            yield _lacks(study, category.name, "`sources`: nothing could answer it", "category", place)
    for place, rule in enumerate(policy.rules):
        wanted = (
            ("an `owner`", _is_address(rule.owner)),
            ("a `clause` that says where this was decided", bool(rule.clause.strip())),
        )
        for what, there in (*wanted, ("a `review_by` day", rule.review_by is not None)):
            if not there:
                yield _lacks(study, rule.name, what, "rule", place)


def _lacks(study: Study, name: str, what: str, *path: str | int) -> Finding:
    return Finding("missing", (name, what), study.line(*path), f"{name} lacks {what}", "add it")


def overdue(study: Study) -> Iterator[Finding]:
    dated: list[tuple[str, date | None, tuple[str | int, ...]]] = [
        ("the policy", study.policy.review_by, ("review_by",))
    ]
    dated += [
        (rule.name, rule.review_by, ("rule", place, "review_by")) for place, rule in enumerate(study.policy.rules)
    ]
    for name, day, path in dated:
        if day is not None and day < study.ground.today:
            text = f"{name} was to be reviewed by {day.isoformat()}"
            yield Finding(
                "overdue", (name, day.isoformat()), study.line(*path), text, "review it, and write the next day"
            )


def sources(study: Study) -> Iterator[Finding]:
    """A category that names a source which nobody has, nobody owns or nobody looked at in time: its drafts wait."""
    if study.ground.sources is None:
        return
    shelf: dict[str, list[Shelved]] = {}
    for one in study.ground.sources:
        shelf.setdefault(one.id, []).append(one)
    told: set[str] = set()
    for place, category in enumerate(study.policy.categories):
        for name in category.sources:
            line = study.line("category", place, "sources")
            if name not in shelf:
                text = f"{category.name} rests on {name}, and no approved source of that name is in force"
                yield Finding("missing", (category.name, name), line, text, "bring it, or take the name out")
            elif name not in told:
                told.add(name)
                yield from _neglected(study, shelf[name], line)


def _neglected(study: Study, editions: Sequence[Shelved], line: int) -> Iterator[Finding]:
    for one in editions:
        if not one.owner.strip():
            yield Finding("missing", (one.name, "owner"), line, f"nobody owns the source {one.name}", "name its owner")
        if one.review_by < study.ground.today:
            text = f"the source {one.name} was to be reviewed by {one.review_by.isoformat()}: no draft rests on it"
            about = (one.name, one.review_by.isoformat())
            yield Finding("overdue", about, line, text, "review it, and bring it with the next day")


def conflicting_facts(study: Study) -> Iterator[Finding]:
    told: dict[str, list[Fact]] = {}
    for fact in study.ground.facts:
        told.setdefault(fact.key, []).append(fact)
    for key, facts in sorted(told.items()):
        if len({fact.value for fact in facts}) > 1:
            words = listed([f"{fact.source} says {fact.value}" for fact in sorted(facts, key=lambda fact: fact.source)])
            text = f"approved sources disagree about {key}: {words}"
            about = (key, *sorted({fact.source for fact in facts}))
            yield Finding("conflicting-facts", about, 1, text, "correct one of the sources, or withdraw it", words)


def strangers(policy: Policy, staff: frozenset[str]) -> list[str]:
    """Whom the document names and no connected host knows: they can be written to, but nothing can be assigned to them."""
    owners = policy.owners
    named = [*owners.scope_expansion, owners.rollback, *(entry.owner for entry in policy.escalations)]
    return [address for address in dict.fromkeys([*named, policy.cannot_answer.owner]) if address.lower() not in staff]
