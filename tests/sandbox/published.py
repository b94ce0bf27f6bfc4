"""The published description of the API, relaxed about nulls, as a judge of answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema

from tests.sandbox.conftest import FIXTURES
from tests.sandbox.corrections import CORRECTIONS

FILE = FIXTURES / "support_api_relaxed.json"


@cache
def document() -> Any:
    """As published, but for our corrections."""
    found = json.loads(FILE.read_text())
    for correct in CORRECTIONS:
        correct(found)
    return found


def shape(path: str) -> str:
    """`/tickets/{ticket_id}` and `/tickets/<int:id>` are the same place."""
    return re.sub(r"<[^>]+>|\{[^}]+\}", "{}", path)


@cache
def operations() -> dict[tuple[str, str], Any]:
    """(method, shape of the path) → what the file says of it."""
    return {
        (method.upper(), shape(path)): operation
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    }


def operation_of(method: str, path: str) -> tuple[str, str] | None:
    """The operation that a request belongs to; a path without parameters goes before one with."""
    plain = path.partition("?")[0].removesuffix(".json")
    fitting = [key for key in operations() if key[0] == method and _fits(key[1], plain)]
    return min(fitting, key=lambda key: key[1].count("{}"), default=None)


def _fits(place: str, path: str) -> bool:
    return re.fullmatch(re.escape(place).replace(r"\{\}", "[^/]+"), path) is not None


def complaints(method: str, path: str, status: int, body: Any) -> list[str]:
    """What the file has against this answer. A place that it does not know is the caller's business."""
    key = operation_of(method, path)
    assert key is not None, f"{method} {path} is not in the file"
    described = operations()[key]["responses"].get(str(status))
    if described is None:
        return [f"{method} {path}: status {status} is not described"]
    schema = described.get("content", {}).get("application/json", {}).get("schema")
    if schema is None or body is None:
        return []
    return [f"{method} {path}: {where}: {what}" for where, what in _errors(_validator(json.dumps(schema)), body)]


def _errors(validator: Any, body: Any) -> Iterator[tuple[str, str]]:
    """The deepest complaint says most."""
    for error in validator.iter_errors(body):
        deepest = jsonschema.exceptions.best_match([error])
        yield deepest.json_path, deepest.message[:200]


@cache
def _validator(schema: str) -> Any:
    return jsonschema.Draft7Validator({"components": document()["components"], "allOf": [json.loads(schema)]})
