"""Policy analysis: what was planted is found and nothing is invented, against an oracle that tries message by message."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import combinations, product
from pathlib import Path

import pytest

from app.governance import proof
from app.governance.analysis import among_rows, findings
from app.governance.decision import RULES, rule_name
from app.governance.document import PolicyError, line_index, parse
from app.governance.finding import KINDS, Fact, Ground, Shelved
from app.governance.policy import CannotAnswer, Category, Mode, Owners, Policy, Queue, Rule
from app.governance.proposal import Tier
from tests.builders import POLICY, category, policy

STARTER = (Path(__file__).parents[2] / "manifest/policy.toml").read_text(encoding="utf-8")
TODAY = date(2026, 11, 23)
LATER = date(2027, 5, 31)
KEPT = {"owner": "ana@acme.example", "clause": "Handbook 4.2", "review_by": LATER}
GROUND = Ground(today=TODAY, lines={})
OWNERS = Owners(("ana@acme.example", "ben@acme.example"), "ben@acme.example", "audit@acme.example")


def clean(*categories: Category, **changes: object) -> Policy:
    return policy(*categories, **{"owners": OWNERS, "review_by": LATER, **changes})


def forbid(name: str = "no", mode: Mode = Mode.AUTO, **where: object) -> Rule:
    return Rule(name, allows=False, mode=mode, **{**KEPT, **where})


def allow(name: str = "yes", mode: Mode = Mode.AUTO, **where: object) -> Rule:
    return Rule(name, allows=True, mode=mode, **{**KEPT, **where})


def found(made: Policy, ground: Ground = GROUND) -> list[tuple[str, tuple[str, ...]]]:
    return [(finding.kind, finding.about) for finding in findings(made, ground)]


def test_a_clean_policy_has_no_finding() -> None:
    assert found(clean()) == []


def test_the_starter_policy_has_no_finding() -> None:
    assert findings(parse(STARTER), Ground(today=TODAY, lines=line_index(STARTER))) == ()


ONE_CHANGE = {
    "contradiction": (clean(rules=(forbid(),)), [("delivery-times", "no")]),
    "shadowed": (
        clean(rules=(forbid(mode=Mode.ASSISTED, exception=True),)),
        [("delivery-times",)],
    ),
    "redundant": (clean(rules=(allow(),)), [("yes",)]),
    "vacuous": (clean(rules=(forbid(queues=("nowhere",)),)), [("no",)]),
    "gap": (
        clean(category(queues=("support",)), queues=(*policy().queues, Queue("billing", ("zendesk:group:B",), True, ""))),
        [("delivery-times", "billing")],
    ),
    "unreachable-escalation": (
        clean(escalations=(replace(policy().escalations[0], owner=""), *policy().escalations[1:])),
        [("legal",)],
    ),
    "no-cannot-answer": (clean(cannot_answer=CannotAnswer(False, "", timedelta(days=1))), [()]),
    "approver-is-author": (clean(owners=replace(OWNERS, scope_expansion=("ana@acme.example",))), [("ana@acme.example",)]),
    "missing": (clean(review_by=None), [("the policy", "a day by which it is reviewed: `review_by`")]),
    "overdue": (clean(review_by=TODAY - timedelta(days=1)), [("the policy", "2026-11-22")]),
    "above-limit": (clean(category(tier=Tier.HIGH_STAKES, ceiling=Mode.AUTO)), [("delivery-times",)]),
}  # fmt: skip


@pytest.mark.parametrize("kind", ONE_CHANGE)
def test_one_change_is_one_finding(kind: str) -> None:
    made, about = ONE_CHANGE[kind]
    assert found(made) == [(kind, names) for names in about]


def test_two_sources_that_disagree_are_a_finding() -> None:
    facts = (Fact("refund window in days", "30", "returns"), Fact("refund window in days", "14", "refund-policy"))
    assert [kind for kind, _ in found(clean(), replace(GROUND, facts=facts))] == ["conflicting-facts"]
    assert found(clean(), replace(GROUND, facts=(facts[0], replace(facts[0], source="refund-policy")))) == []


def test_every_kind_of_finding_is_shown_to_be_found() -> None:
    assert {*ONE_CHANGE, "conflicting-facts"} == set(KINDS)


def test_a_finding_names_its_line_and_is_another_one_once_the_rows_change() -> None:
    row = '\n[[rule]]\nname = "no"\neffect = "forbid"\nmode = "auto"\n'
    text = POLICY + row
    (one,) = [
        it for it in findings(parse(text), Ground(today=TODAY, lines=line_index(text))) if it.kind == "contradiction"
    ]
    assert text.splitlines()[one.line - 1] == "[[rule]]"
    assert "exception = true" in one.remedy
    other = next(
        it for it in findings(parse(text.replace('"auto"\n', '"assisted"\n')), GROUND) if it.kind == "contradiction"
    )
    assert one.key != other.key


def test_an_exception_is_no_contradiction_on_either_side() -> None:
    narrow = category(ceiling=Mode.ASSISTED)
    assert found(clean(rules=(forbid(exception=True),))) == []
    kinds = [kind for kind, _ in found(clean(narrow, rules=(allow(exception=True), forbid(when=("urgent",)))))]
    assert kinds == []


def test_the_author_alone_cannot_approve() -> None:
    two = replace(GROUND, author="ana@acme.example", staff=frozenset({"ana@acme.example"}))
    assert found(clean(), two) == [("approver-is-author", ("ben@acme.example",))]
    assert found(clean(), replace(two, staff=frozenset({"ana@acme.example", "ben@acme.example"}))) == []


REFUSED = {
    "an allow for tier 3": ("tiers = [3]", "whoever signs"),
    "an allow of auto for tier 2": ("tiers = [2]", "whoever signs"),
    "an allow that waits for a sign": ('when = ["urgent"]', "belongs to a forbid"),
    "a sign that is none": ('when = ["angry"]', "wants one of"),
    "a day in quotes": ('review_by = "2027-05-31"', "without quotes"),
    "a time where a day belongs": ("review_by = 2027-05-31T10:00:00", "without quotes"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_row_that_nobody_may_write_is_refused(name: str) -> None:
    line, said = REFUSED[name]
    with pytest.raises(PolicyError, match=said):
        parse(f'{POLICY}\n[[rule]]\nname = "more"\neffect = "allow"\nmode = "auto"\n{line}\n')


@pytest.mark.parametrize(
    "hours", ["Mo-Fr 08:00-18:00", "always", "Mo-Fr 08:00-18:00 Europe/Nowhere", "Mo 25:00-26:00 UTC"]
)
def test_hours_without_a_time_zone_are_refused(hours: str) -> None:
    with pytest.raises(PolicyError, match="time zone"):
        parse(STARTER.replace("Mo-Fr 08:00-18:00 Europe/Berlin", hours))


# --- the proof over the decision itself --------------------------------------------------------------------------------


def test_tier_3_and_escalations_are_proved_unsendable() -> None:
    assert proof.is_open(parse(STARTER))
    assert proof.broken(parse(STARTER)) == []


@pytest.mark.parametrize("name", ["high-stakes", "escalation"])
def test_the_proof_needs_both_forbids(name: str) -> None:
    assert proof.broken(parse(STARTER), proof.without(name))


@pytest.mark.parametrize(
    "name", [rule_name(rule) for rule, _ in RULES if rule_name(rule) not in {"high-stakes", "escalation"}]
)
def test_no_other_objection_is_what_keeps_them_in(name: str) -> None:
    assert proof.broken(clean(), proof.without(name)) == []


# --- a thousand random policies against a naive oracle -----------------------------------------------------------------
QUEUES, HOSTS, SIGNS = ("support", "billing"), ("zendesk", "gmail"), ("urgent", "injection")
LIMITS = {1: 2, 2: 1, 3: 0}


@dataclass(frozen=True)
class Message:
    queue: str
    host: str
    category: str
    tier: int
    signs: tuple[str, ...]
    mode: int


def messages(made: Policy) -> Iterator[Message]:
    shown = [combo for size in range(3) for combo in combinations(SIGNS, size)]
    for queue, one, tier, signs, mode in product(made.queues, made.categories, (1, 2, 3), shown, (1, 2)):
        for host in sorted({key.split(":")[0] for key in queue.hosts}):
            if tier >= int(one.tier):
                yield Message(queue.name, host, one.name, tier, signs, mode)


def speaks(rule: Rule, it: Message) -> bool:
    if rule.queues and it.queue not in rule.queues:
        return False
    if rule.hosts and it.host not in rule.hosts:
        return False
    if rule.categories and it.category not in rule.categories:
        return False
    if rule.tiers and it.tier not in [int(tier) for tier in rule.tiers]:
        return False
    if any(sign not in it.signs for sign in rule.when):
        return False
    return it.mode <= rule.mode if rule.allows else it.mode >= rule.mode


def says_yes(row: Rule | Category, it: Message) -> bool:
    if it.mode > LIMITS[it.tier]:
        return False
    if isinstance(row, Rule):
        return row.allows and speaks(row, it)
    return row.name == it.category and it.mode <= row.ceiling and (not row.queues or it.queue in row.queues)


def oracle(made: Policy) -> set[tuple[str, tuple[str, ...]]]:
    """The rows against each other, one message after the other and nothing clever."""
    everything = list(messages(made))
    allows: list[Rule | Category] = [*made.categories, *(rule for rule in made.rules if rule.allows)]
    forbids = [rule for rule in made.rules if not rule.allows]
    expected = _against(everything, allows, forbids) | _silent(everything, made)
    for one in made.categories:
        if not any(it.category == one.name and it.queue in one.queues for it in everything) and one.queues:
            expected.add(("vacuous", (one.name,)))
    for rule in made.rules:
        if not any(says_yes(rule, it) if rule.allows else speaks(rule, it) for it in everything):
            expected.add(("vacuous", (rule.name,)))
    expected |= _redundant(everything, [rule for rule in made.rules if rule.allows], made.categories)
    return expected | _redundant(everything, forbids, ())


def _against(
    everything: list[Message], allows: list[Rule | Category], forbids: list[Rule]
) -> set[tuple[str, tuple[str, ...]]]:
    expected: set[tuple[str, tuple[str, ...]]] = set()
    for row, rule in product(allows, forbids):
        meant = rule.exception or (isinstance(row, Rule) and row.exception)
        if not meant and any(says_yes(row, it) and speaks(rule, it) for it in everything):
            expected.add(("contradiction", (row.name, rule.name)))
    for row in allows:
        mine = [it for it in everything if says_yes(row, it)]
        if mine and all(any(speaks(rule, it) for rule in forbids) for it in mine):
            expected.add(("shadowed", (row.name,)))
    return expected


def _silent(everything: list[Message], made: Policy) -> set[tuple[str, tuple[str, ...]]]:
    elsewhere = {one.name: one.queues for one in made.categories if one.queues}
    return {
        ("gap", (it.category, it.queue))
        for it in everything
        if it.category in elsewhere and it.queue not in elsewhere[it.category]
        if it.mode <= LIMITS[it.tier] and not any(speaks(rule, it) for rule in made.rules)
    }


def _redundant(
    everything: list[Message], rules: list[Rule], categories: tuple[Category, ...]
) -> set[tuple[str, tuple[str, ...]]]:
    says: Callable[[Rule, Message], bool] = says_yes if rules and rules[0].allows else speaks
    kept, idle = list(rules), set()
    for rule in reversed(rules):
        mine = [it for it in everything if says(rule, it)]
        others = [other for other in kept if other is not rule]

        def said(it: Message, others: list[Rule] = others) -> bool:
            limit = not rules[0].allows and it.mode > LIMITS[it.tier]
            return limit or any(says(other, it) for other in others) or any(says_yes(one, it) for one in categories)

        if mine and all(map(said, mine)):
            kept.remove(rule)
            idle.add(("redundant", (rule.name,)))
    return idle


def some(dice: random.Random, values: tuple[str, ...]) -> tuple[str, ...]:
    """Any, or one or two of them."""
    return () if dice.random() < 0.5 else tuple(dice.sample(values, dice.randint(1, min(2, len(values)))))


def random_policy(dice: random.Random) -> Policy:
    names = ("alpha", "beta", "gamma")[: dice.randint(1, 3)]
    categories = []
    for name in names:
        tier = Tier(dice.choice((1, 1, 2, 3)))
        top = Mode(dice.randint(0, LIMITS[int(tier)]))
        queues = () if dice.random() < 0.7 else (dice.choice(QUEUES),)
        categories.append(category(name, tier=tier, mode=Mode.DRAFT, ceiling=top, queues=queues))
    rules = [_random_rule(dice, f"r{place}", names) for place in range(dice.randint(0, 5))]
    queues = tuple(
        Queue(name, tuple(f"{host}:{name}" for host in some(dice, HOSTS) or HOSTS), True, "") for name in QUEUES
    )
    return clean(*categories, queues=queues, rules=tuple(rules))


def _random_rule(dice: random.Random, name: str, categories: tuple[str, ...]) -> Rule:
    allows, mode = dice.random() < 0.4, Mode(dice.choice((1, 2)))
    return Rule(
        name,
        allows,
        mode,
        queues=some(dice, QUEUES),
        hosts=some(dice, HOSTS) if dice.random() < 0.3 else (),
        categories=some(dice, categories),
        tiers=(Tier(dice.choice((1, 2, 3))),) if dice.random() < 0.3 else (),
        when=() if allows else tuple(dice.sample(SIGNS, dice.randint(0, 1))),
        exception=dice.random() < 0.4,
        **KEPT,  # type: ignore[arg-type]
    )


def planted(dice: random.Random, made: Policy) -> tuple[Policy, str | None]:
    """A forbid that meets what some category allows, and does not say that it is meant."""
    open_ones = [one for one in made.categories if one.ceiling > Mode.DRAFT]
    if not open_ones:
        return made, None
    chosen = dice.choice(open_ones)
    row = forbid(
        "planted", Mode(dice.randint(1, chosen.ceiling)), categories=(chosen.name,), when=tuple(dice.sample(SIGNS, 1))
    )
    return replace(made, rules=(*made.rules, row)), chosen.name


ROWS = {"contradiction", "shadowed", "redundant", "vacuous", "gap"}


@pytest.mark.parametrize(
    "seeds", [range(250), pytest.param(range(250, 1000), marks=pytest.mark.slow)], ids=["some", "the rest"]
)
def test_a_thousand_random_policies_are_judged_as_message_by_message(seeds: range) -> None:
    seen: dict[str, int] = dict.fromkeys(ROWS, 0)
    caught = 0
    for seed in seeds:
        dice = random.Random(seed)
        made, victim = planted(dice, random_policy(dice))
        ours = {(finding.kind, finding.about) for finding in among_rows(made, GROUND)}
        assert ours == oracle(made), f"seed {seed}"
        caught += victim is not None and ("contradiction", (victim, "planted")) in ours
        for kind, _ in ours:
            seen[kind] += 1
    assert caught > len(seeds) / 2
    assert all(seen.values()), seen


def shelved(owner: str = "rosa@acme.example", review_by: date = LATER) -> Shelved:
    return Shelved("shipping-times", "shipping-times", owner, review_by)


@pytest.mark.parametrize(
    ("shelf", "kinds"),
    [
        (None, []),
        ((shelved(),), []),
        ((), ["missing"]),
        ((shelved(owner=" "),), ["missing"]),
        ((shelved(review_by=date(2020, 1, 1)),), ["overdue"]),
    ],
    ids=["nobody looked", "all well", "vanished", "ownerless", "past its review date"],
)
def test_a_source_that_may_not_be_used_is_a_finding_of_the_policy_that_names_it(
    shelf: tuple[Shelved, ...] | None, kinds: list[str]
) -> None:
    told = findings(clean(), replace(GROUND, sources=shelf))
    assert [(one.kind, "shipping-times" in one.text) for one in told] == [(kind, True) for kind in kinds]
