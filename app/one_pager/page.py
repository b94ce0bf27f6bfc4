"""The one-pager for legal and security: its sections, in the order in which people ask."""

from __future__ import annotations

from dataclasses import dataclass

from app.governance.policy import Mode
from app.governance.proposal import Tier
from app.governance.sources import is_stale
from app.one_pager import sentences
from app.one_pager.facts import Facts
from app.one_pager.sentence import Sentence

MODES = {Mode.DRAFT: "Draft", Mode.ASSISTED: "Assisted", Mode.AUTO: "Auto"}


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, its sentences, and perhaps a table: its first row is the head."""

    title: str
    sentences: tuple[Sentence, ...]
    table: tuple[tuple[str, ...], ...] = ()


def page(known: Facts) -> tuple[Section, ...]:
    """The whole page, in the order in which people ask."""
    return (*(Section(title, tuple(made(known)), _table(title, known)) for title, made in TITLES.items()), NORMS)


def _table(title: str, known: Facts) -> tuple[tuple[str, ...], ...]:
    if TITLES[title] is sentences.reviews:
        return _sources(known)
    if TITLES[title] is not sentences.categories:
        return ()
    rows: dict[tuple[str, str, str], list[str]] = {}
    for one in sorted(known.policy.categories, key=lambda one: one.tier):
        top = "People only" if one.tier is Tier.HIGH_STAKES else MODES[one.ceiling]
        rows.setdefault((str(int(one.tier)), MODES[one.mode], top), []).append(one.name)
    return (("Tier", "Published", "At most", "Categories"), *((*row, ", ".join(names)) for row, names in rows.items()))


def _sources(known: Facts) -> tuple[tuple[str, ...], ...]:
    """Every approved source by name, under the day on which somebody must have looked at it again."""
    due: dict[str, list[str]] = {}
    for one in sorted(known.sources, key=lambda one: (one.review_by, one.title)):
        day = one.review_by.isoformat() + (" (over)" if is_stale(one, known.at.date()) else "")
        due.setdefault(day, []).append(one.title if one.language == "en" else f"{one.title} ({one.language})")
    return (("Review by", "Approved sources"), *((day, ", ".join(names)) for day, names in due.items())) if due else ()


TITLES = {
    "Three modes": sentences.modes,
    "What may happen, by tier": sentences.categories,
    "Who may allow more": sentences.approval,
    "Reviews that are due": sentences.reviews,
    "When automation narrows": sentences.freezes,
    "The stop": sentences.stop,
    "The record": sentences.logs,
    "Data": sentences.data,
    "What can still go wrong": sentences.wrong,
}
SUPPORTS = "supports, not certified"
NORMS = Section(
    "Norms",
    (
        Sentence(
            "Countersign supports the following; nobody has certified it, and this page is no legal advice.",
            ("limit:docs/security.md",),
        ),
    ),
    (
        ("Norm", "Asks for", "Here", "State"),
        (
            "EU AI Act, art. 50",
            "say that it is AI",
            "a disclosure line is demanded before anything goes out by itself",
            SUPPORTS,
        ),
        (
            "GDPR, art. 22",
            "no decision by a machine alone",
            "tier 3 is for people; asking for a person is a trigger",
            SUPPORTS,
        ),
        (
            "GDPR, art. 5 and 17",
            "minimise, limit, erase",
            "a key for each customer; erasure; periods of keeping",
            SUPPORTS,
        ),
        ("NIST AI RMF, MANAGE 2.4", "means and people to disengage", "one switch, a named owner, CONFIRMED", SUPPORTS),
        (
            "SOC 2, CC8.1; ISO/IEC 42001",
            "approved changes",
            "two people, bound to a hash; versions that never change",
            SUPPORTS,
        ),
    ),
)
