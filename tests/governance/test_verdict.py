"""The verdict on a change: every point that flips, against trying each message on both versions."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.governance.document import parse
from app.governance.permission import Kind, ceiling
from app.governance.policy import TIER_LIMIT, Disclosure, FreezeRule, Mode, Policy, Queue, Rule
from app.governance.proposal import Tier
from app.governance.space import Atom, Space
from app.governance.verdict import Kind as Comes
from app.governance.verdict import Way, compare, without_rule
from tests.builders import DAY, category, policy
from tests.governance.test_analysis import clean, forbid, messages, random_policy

STARTER = parse((Path(__file__).parents[2] / "manifest/policy.toml").read_text(encoding="utf-8"))
BILLING = Queue("billing", ("zendesk:group:Billing",), note_on_offer=True, hours="")
LEGAL, *OTHERS = policy().escalations


def test_the_same_policy_is_equivalent() -> None:
    assert compare(STARTER, STARTER) == compare(policy(), policy())
    assert compare(STARTER, STARTER).kind is Comes.EQUIVALENT


def test_the_first_policy_is_wider_than_none() -> None:
    assert compare(None, policy()).needs_two


N, W, I = Comes.NARROWER, Comes.WIDER, Comes.INCOMPARABLE  # noqa: E741
CHANGES = {
    "a forbid is added": (policy(rules=(forbid(),)), N, "delivery-times in support: no longer allowed, a reply that nobody"),
    "the ceiling is lowered": (policy(category(ceiling=Mode.ASSISTED)), N, "no longer allowed"),
    "the mode is lowered": (policy(category(mode=Mode.DRAFT)), N, "mode from assisted to draft"),
    "a language goes": (policy(category(languages=("en",))), N, "languages without de"),
    "a language comes": (policy(category(languages=("en", "de", "fr"))), W, "languages with fr"),
    "a language is exchanged": (policy(category(languages=("en", "fr"))), I, "without de, with fr"),
    "a source comes": (policy(category(sources=("shipping-times", "returns"))), W, "sources with returns"),
    "the floor is lowered": (policy(category(confidence_floor=0.5)), W, "confidence_floor from 0.8 to 0.5"),
    "the hold is longer": (policy(category(hold=timedelta(minutes=9))), N, "hold from PT2M to PT9M"),
    "the cap is raised": (policy(category(per_hour=31)), W, "per_hour from 30 to 31"),
    "the evidence is stricter": (policy(category(evidence="strict")), N, "evidence from"),
    "the tier is raised": (policy(category(tier=Tier.JUDGEMENT, ceiling=Mode.ASSISTED)), N, "tier from 1 to 2"),
    "the examples are others": (policy(category(examples=("When?",))), I, "examples with When?"),
    "a category goes": (policy(category("other")), I, "delivery-times: removed"),
    "a queue comes": (policy(queues=(*policy().queues, BILLING)), W, "queue billing: added"),
    "a queue has more tickets": (
        policy(queues=(replace(policy().queues[0], hosts=("zendesk:group:Support", "zendesk:group:B")),)),
        W,
        "hosts with zendesk:group:B",
    ),
    "hours for auto come": (policy(queues=(replace(policy().queues[0], hours="Mo 08:00-09:00 UTC"),)), W, "hours"),
    "an escalation has more time": (policy(escalations=(replace(LEGAL, due=2 * DAY), *OTHERS)), W, "due from P1D to P2D"),
    "an escalation hears more": (policy(escalations=(replace(LEGAL, phrases=("sue",)), *OTHERS)), N, "phrases with sue"),
    "somebody else owns it": (policy(escalations=(replace(LEGAL, owner="x@acme.example"), *OTHERS)), I, "owner"),
    "one more may approve": (
        policy(owners=replace(policy().owners, scope_expansion=("ana@acme.example", "rosa@acme.example"))),
        W,
        "scope_expansion with rosa@acme.example",
    ),
    "a disclosure comes": (policy(disclosures=(*policy().disclosures, Disclosure("*", "de", "Automatisch."))), W, "de"),
    "a disclosure goes": (policy(disclosures=()), N, "disclosure * en: “none”"),
    "a freeze comes": (policy(freezes=(FreezeRule("recontact", 0.05, 0.1),)), N, "freeze on recontact: added"),
    "summaries go": (policy(summaries=False), N, "from yes to no"),
    "nobody is called for what has no source": (
        policy(cannot_answer=replace(policy().cannot_answer, due=2 * DAY)),
        W,
        "due from P1D to P2D",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_goes_its_way_and_says_so(name: str) -> None:
    new, kind, said = CHANGES[name]
    verdict = compare(policy(), new)
    assert verdict.kind is kind
    assert any(said in change.text for change in verdict.changes), verdict.changes
    assert verdict.needs_two is (kind in {W, I})


@pytest.mark.parametrize("name", CHANGES)
def test_the_way_back_is_the_opposite(name: str) -> None:
    new, kind, _ = CHANGES[name]
    assert compare(new, policy()).kind is {N: W, W: N, I: I}[kind]


def test_what_is_wider_here_and_narrower_there_is_incomparable() -> None:
    assert compare(policy(), policy(category(per_hour=60, confidence_floor=0.9))).kind is I


def allowed(made: Policy) -> set[Atom]:
    """Each message by itself, as the decision asks."""
    found = set()
    for it in messages(made):
        kind = Kind(it.host, it.queue, it.category, Tier(it.tier), frozenset(it.signs))
        if it.mode <= min(ceiling(made, kind), TIER_LIMIT[kind.tier]):
            found.add(Atom(kind, Mode(it.mode)))
    return found


SEEDS = pytest.mark.parametrize(
    "seeds", [range(60), pytest.param(range(60, 300), marks=pytest.mark.slow)], ids=["some", "the rest"]
)


@SEEDS
def test_what_is_compared_is_what_the_decision_obeys(seeds: range) -> None:
    for seed in seeds:
        made = random_policy(random.Random(seed))
        signs = {sign for rule in made.rules for sign in rule.when}
        plain = {Atom(replace(atom.kind, signs=atom.kind.signs & signs), atom.mode) for atom in allowed(made)}
        space = Space(made)
        assert set(space.atoms(space.allowed(made))) == plain, f"seed {seed}"


@SEEDS
def test_every_flip_is_counted(seeds: range) -> None:
    for seed in seeds:
        old = random_policy(random.Random(seed))
        new = replace(old, rules=old.rules[1:])
        before, after = allowed(old), allowed(new)
        space = Space(old, new)
        share = 4 // 2 ** len(space.signs)  # the oracle tells two signs apart, the policies perhaps fewer
        changes = compare(old, new).changes
        gained = sum(change.atoms for change in changes if change.way is Way.WIDER)
        lost = sum(change.atoms for change in changes if change.way is Way.NARROWER)
        assert (gained * share, lost * share) == (len(after - before), len(before - after)), f"seed {seed}"


def bites(made: Policy, rule: Rule) -> bool:
    return allowed(made) != allowed(without_rule(made, rule.name))


@SEEDS
def test_deleting_any_forbid_that_bites_changes_the_verdict(seeds: range) -> None:
    """Any that does not bite is redundant, vacuous, or forbids what nothing allows: a finding or a word for a gap."""
    tried = 0
    for seed in seeds:
        made = random_policy(random.Random(seed))
        for rule in made.rules:
            if not rule.allows:
                assert (compare(made, without_rule(made, rule.name)).kind is W) is bites(made, rule), f"seed {seed}"
                tried += bites(made, rule)
    assert tried > len(seeds) / 6


def test_the_words_name_queue_mode_tier_host_and_sign() -> None:
    (change,) = compare(clean(), clean(rules=(forbid(when=("urgent",)),))).changes
    assert change.way is Way.NARROWER
    assert change.text == (
        "delivery-times in support: no longer allowed, a reply that nobody clicks; tier 1; zendesk where it shows urgent"
    )
