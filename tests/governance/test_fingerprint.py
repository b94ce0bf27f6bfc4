"""The fingerprint: each part changes it, and their order does not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.governance.fingerprint import Making, changes, fingerprint

MADE = Making(
    model="embedded 1",
    prompts={"draft": "Write."},
    retrieval={"passages": "3", "floor": "0.5"},
    rules={"mode": "assisted", "languages": ["en"]},
    sources={"shipping-times en": "a1", "carriers en": "b2"},
)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("model", "embedded 2"),
        ("prompts", {"draft": "Write!"}),
        ("retrieval", {"passages": "4", "floor": "0.5"}),
        ("rules", {"mode": "draft", "languages": ["en"]}),
        ("sources", {"shipping-times en": "a2", "carriers en": "b2"}),
        ("sources", {"shipping-times en": "a1"}),
    ],
)
def test_each_part_changes_it_and_is_named(part, value):
    other = replace(MADE, **{part: value})
    assert fingerprint(other) != fingerprint(MADE)
    assert changes(MADE, other) == (part,)


def test_order_does_not_matter():
    turned = replace(MADE, sources=dict(reversed(MADE.sources.items())))
    assert (fingerprint(turned), changes(MADE, turned)) == (fingerprint(MADE), ())


def test_a_float_has_no_one_spelling():
    with pytest.raises(TypeError):
        fingerprint(replace(MADE, rules={"floor": 0.8}))
