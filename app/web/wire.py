"""What a request may carry before anybody reads it: JSON, texts and numbers that a database can hold."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.routing import IntegerConverter, Map

from app.governance.foreign import from_json

BIGGEST = 2**63 - 1


def teach(app: Flask) -> None:
    """Put the limits under every route."""
    app.json = _Storable(app)
    app.url_map.converters["int"] = _Countable


def number(name: str) -> int | None:
    """A number in the address; one that cannot be counted is none."""
    found = request.args.get(name, type=int)
    return found if found is not None and abs(found) <= BIGGEST else None


class _Storable(DefaultJSONProvider):
    """A body that is refused is a 400, as one that is no JSON."""

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """Raises ValueError."""
        found = from_json(s)
        left = [found]
        while left:
            match left.pop():
                case str(text) if "\x00" in text or _is_cut(text):
                    raise ValueError("a text that cannot be stored")
                case int(count) if abs(count) > BIGGEST:
                    raise ValueError("a number that cannot be stored")
                case list(items):
                    left += items
                case dict(fields):
                    left += [*fields, *fields.values()]
        return found


def _is_cut(text: str) -> bool:
    """Half of an emoji: legal in JSON and nowhere else."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


class _Countable(IntegerConverter):
    """An id in a path; a longer one names nothing."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:  # noqa: A002 - werkzeug's name
        super().__init__(map, *args, **{"max": BIGGEST, **kwargs})
