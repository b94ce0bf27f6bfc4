"""The fingerprint: each part changes it, and their order does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.governance.fingerprint import Making, Tools, changes, fingerprint, rules_of
from tests.builders import DAY, category, policy

TOOLS = Tools(model="embedded", prompts={"draft": "Write."}, retrieval={"passages": "3", "floor": "0.5"})
MADE = Making(
    tools=TOOLS,
    rules={"tier": 1, "languages": ["en"]},
    sources={"shipping-times en": "a1", "carriers en": "b2"},
)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("model", "another"),
        ("prompts", {"draft": "Write!"}),
        ("retrieval", {"passages": "4", "floor": "0.5"}),
        ("rules", {"tier": 2, "languages": ["en"]}),
        ("sources", {"shipping-times en": "a2", "carriers en": "b2"}),
        ("sources", {"shipping-times en": "a1"}),
    ],
)
def test_each_part_changes_it_and_is_named(part, value):
    of_tools = part in Tools.__dataclass_fields__
    other = replace(MADE, tools=replace(TOOLS, **{part: value})) if of_tools else replace(MADE, **{part: value})
    assert fingerprint(other) != fingerprint(MADE)
    assert changes(MADE, other) == (part,)


def test_order_does_not_matter():
    turned = replace(MADE, sources=dict(reversed(MADE.sources.items())))
    assert (fingerprint(turned), changes(MADE, turned)) == (fingerprint(MADE), ())


def test_a_float_has_no_one_spelling():
    with pytest.raises(TypeError):
        fingerprint(replace(MADE, rules={"floor": 0.8}))


def test_what_shapes_no_draft_voids_nothing():
    here = rules_of(category(), policy())
    assert rules_of(category(per_hour=5, hold=DAY), policy(version=9, summaries=False)) == here
    for changed in ({"languages": ("de",)}, {"sources": ()}, {"evidence": "strict"}, {"examples": ("When?",)}):
        assert rules_of(category(**changed), policy()) != here
