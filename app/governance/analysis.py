"""Analysis: what is wrong with a policy that reads well. Its messages are finite, so each finding is proved, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.governance import proof, upkeep
from app.governance.finding import KINDS, Finding, Ground, Study
from app.governance.policy import Category, Mode, Policy, Rule
from app.governance.proposal import Tier
from app.governance.space import Row, Space, union
from app.governance.spoken import listed, those

Look = Callable[[Study], Iterator[Finding]]


def findings(policy: Policy, ground: Ground) -> tuple[Finding, ...]:
    """Every finding, in the order of the document. The gate needs none open."""
    return _looked_for(LOOKS, policy, ground)


def among_rows(policy: Policy, ground: Ground) -> tuple[Finding, ...]:
    """What the rows do to each other, and nothing else."""
    return _looked_for(AMONG_ROWS, policy, ground)


def _looked_for(looks: Sequence[Look], policy: Policy, ground: Ground) -> tuple[Finding, ...]:
    space = Space(policy)
    study = Study(policy, ground, space, space.real(policy))
    found = [finding for look in looks for finding in look(study)]
    return tuple(sorted(found, key=lambda finding: (finding.line, KINDS.index(finding.kind), finding.about)))


# --- rows against rows -------------------------------------------------------------------------------------------------


def _contradictions(study: Study) -> Iterator[Finding]:
    """Both allowed and forbidden, and neither row says that it is meant so."""
    allowing: list[Row] = [*study.policy.categories, *(rule for _, rule in study.rules(allows=True))]
    for place, rule in study.rules(allows=False):
        if rule.exception:
            continue
        forbidden = study.spoken_of(rule)
        for row in allowing:
            both = forbidden & study.allowed_by(row)
            if both and not (isinstance(row, Rule) and row.exception):
                yield Finding(
                    "contradiction",
                    (row.name, rule.name),
                    study.line("rule", place),
                    f"{row.name} allows and {rule.name} forbids {those(study.space, both, study.real)}",
                    f"if {rule.name} is meant as an exception, write `exception = true` in it; else narrow one of the two",
                    repr((row, rule)),
                )


def _shadowed(study: Study) -> Iterator[Finding]:
    """Allowed nowhere in the end."""
    forbidden = union(study.spoken_of(rule) for _, rule in study.rules(allows=False))
    rows: list[tuple[int, Row]] = [*enumerate(study.policy.categories), *study.rules(allows=True)]
    for place, row in rows:
        table = "category" if isinstance(row, Category) else "rule"
        allowed = study.allowed_by(row)
        if allowed and not allowed & ~forbidden:
            text = f"{row.name} allows nothing in the end: everything that it allows is forbidden elsewhere"
            remedy = (
                'lower its `ceiling` to "draft", or narrow what forbids it'
                if table == "category"
                else "remove it, or narrow what forbids it"
            )
            yield Finding("shadowed", (row.name,), study.line(table, place), text, remedy, repr(row))


def _redundant(study: Study) -> Iterator[Finding]:
    """Said by other rows already; of two that say the same the later one is named."""
    yield from _said_before(study, union(map(study.allowed_by, study.policy.categories)), allows=True)
    yield from _said_before(study, study.space.beyond_limits & study.real, allows=False)


def _said_before(study: Study, said: int, *, allows: bool) -> Iterator[Finding]:
    sets = {
        place: study.allowed_by(rule) if allows else study.spoken_of(rule) for place, rule in study.rules(allows=allows)
    }
    kept = dict(sets)
    for place in sorted(sets, reverse=True):
        others = said | union(kept[other] for other in kept if other != place)
        if sets[place] and not sets[place] & ~others:
            del kept[place]
            rule = study.policy.rules[place]
            text = f"{rule.name} says nothing new: all that it {'allows' if allows else 'forbids'} is {'allowed' if allows else 'forbidden'} already"
            yield Finding("redundant", (rule.name,), study.line("rule", place), text, "remove it", repr(rule))


def _vacuous(study: Study) -> Iterator[Finding]:
    """A row that speaks of no message that can occur."""
    for place, rule in enumerate(study.policy.rules):
        if not (study.allowed_by(rule) if rule.allows else study.spoken_of(rule)):
            text = f"{rule.name} fits no message: {_why_none(study, rule)}"
            yield Finding(
                "vacuous",
                (rule.name,),
                study.line("rule", place),
                text,
                "correct the name, or remove the row",
                repr(rule),
            )
    for place, category in enumerate(study.policy.categories):
        if category.queues and not study.spoken_of(category):
            text = f"{category.name} is published for no queue that the policy has: {listed(category.queues)}"
            remedy = "correct the name in its `queues`, or remove the category"
            yield Finding(
                "vacuous", (category.name,), study.line("category", place, "queues"), text, remedy, repr(category)
            )


def _why_none(study: Study, rule: Rule) -> str:
    axes = (("queue", rule.queues), ("host", rule.hosts), ("category", rule.categories))
    strange = [
        f"no {axis} is called {name}" for axis, names in axes for name in names if name not in study.space.axes[axis]
    ]
    return "; ".join(strange) or "no message has all of this at once"


def _gaps(study: Study) -> Iterator[Finding]:
    """What no row mentions is denied; it is said aloud, once for a category and queue."""
    every: list[Row] = [*study.policy.categories, *study.policy.rules]
    mentioned = union(map(study.spoken_of, every))
    silent = study.real & ~mentioned & ~study.space.beyond_limits
    for place, category in enumerate(study.policy.categories):
        here = silent & study.space.where("category", [category.name])
        queues = [queue for queue in study.space.axes["queue"] if here & study.space.where("queue", [queue])]
        for queue in queues:
            text = f"nothing says what may happen with {category.name} in {queue}: it is denied there"
            remedy = f"add {queue} to its `queues`, or a [[rule]] that forbids it there"
            content = repr((category, queue, [rule for rule in study.policy.rules if queue in rule.queues]))
            yield Finding("gap", (category.name, queue), study.line("category", place), text, remedy, content)


def _above_limits(study: Study) -> Iterator[Finding]:
    """Proved over the decision itself, with every row of this policy in place."""
    for text in proof.broken(study.policy):
        yield Finding("above-limit", (text,), 1, text, "nobody can publish this", grave=True)
    for place, category in enumerate(study.policy.categories):
        if (
            category.tier is Tier.HIGH_STAKES and category.ceiling > Mode.DRAFT
        ):  # `parse` refuses it; a Policy may be built
            text = f"{category.name} is tier 3: people only"
            yield Finding(
                "above-limit",
                (category.name,),
                study.line("category", place, "ceiling"),
                text,
                'write "draft"',
                grave=True,
            )


AMONG_ROWS = (_contradictions, _shadowed, _redundant, _vacuous, _gaps)
LOOKS = (
    *AMONG_ROWS,
    upkeep.escalations,
    upkeep.roster,
    upkeep.cannot_answer,
    upkeep.conflicting_facts,
    upkeep.sources,
    upkeep.approvers,
    upkeep.missing,
    upkeep.overdue,
    _above_limits,
)
