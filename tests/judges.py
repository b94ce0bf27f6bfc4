"""Google's own types as judges of what we declare and answer: strict on every key and every enum."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from google.apps import card_v1
from google.cloud import gsuiteaddons_v1
from google.protobuf import json_format

SCHEMA = Path(__file__).parent / "hosts/fixtures/gmail/cards/response.schema.json"
MOST_WIDGETS, MOST_BYTES = 100, 100_000
CARDS = ("pushCard", "updateCard")


@cache
def schema() -> Any:
    return jsonschema.Draft7Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def judge_deployment(told: dict[str, Any]) -> None:
    """Raises where Google would not understand it."""
    json_format.ParseDict(told, gsuiteaddons_v1.Deployment.pb(gsuiteaddons_v1.Deployment()))


def judge_answer(told: dict[str, Any]) -> None:
    """The whole answer by the published schema, each card in it by Google's types and by the limits that they leave out."""
    schema().validate(told)
    assert len(json.dumps(told)) <= MOST_BYTES
    for card in cards(told):
        judge_card(card)


def cards(told: dict[str, Any]) -> list[dict[str, Any]]:
    action = told.get("renderActions", told).get("action", {})
    return [step[name] for step in action.get("navigations", ()) for name in CARDS if name in step]


def judge_card(card: dict[str, Any]) -> None:
    json_format.ParseDict(card, card_v1.Card.pb(card_v1.Card()))
    widgets = [widget for section in card["sections"] for widget in section["widgets"]]
    assert card["header"]["title"]
    assert len(widgets) <= MOST_WIDGETS
    assert all(section["widgets"] for section in card["sections"])
    assert all(len(widget) == 1 for widget in widgets)
    for button in found(card, "buttons"):
        assert all(one["text"] and one["onClick"] for one in button), card
    for kind, needed in (
        ("textInput", {"name", "label"}),
        ("selectionInput", {"name", "items"}),
        ("textParagraph", {"text"}),
    ):
        assert all(needed <= set(widget[kind]) for widget in widgets if kind in widget), card
    names = [one["name"] for widget in widgets for one in widget.values() if "name" in one]
    assert len(names) == len(set(names))
    assert all(len(field["items"]) <= 100 for field in found(card, "selectionInput"))


def found(value: Any, name: str) -> Iterator[Any]:
    """Everything of that name, however deep."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if isinstance(value, dict) and name in value:
        yield value[name]
    for one in inside:
        yield from found(one, name)
