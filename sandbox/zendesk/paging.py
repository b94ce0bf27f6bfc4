"""Both of Zendesk's ways to leaf through a list."""

from __future__ import annotations

import base64
from typing import Protocol
from urllib.parse import urlencode

from flask import request

from sandbox.zendesk.context import root
from sandbox.zendesk.errors import ApiError
from sandbox.zendesk.state import Doc

MOST = 100


class Leaves(Protocol):
    """A list, or something that reads its parts when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> list[Doc]: ...


def page(name: str, docs: Leaves) -> Doc:
    """`page[size]` asks for cursors; without it, offsets."""
    if "page[size]" in request.args or "page[after]" in request.args:
        return _by_cursor(name, docs)
    return _by_offset(name, docs)


def _by_offset(name: str, docs: Leaves) -> Doc:
    size = _number("per_page", MOST)
    number = _number("page", 1)
    start = (number - 1) * size
    more = start + size < len(docs)
    return {
        name: docs[start : start + size], "count": len(docs),
        "next_page": _address(page=number + 1) if more else None,
        "previous_page": _address(page=number - 1) if number > 1 else None,
    }  # fmt: skip


def _by_cursor(name: str, docs: Leaves) -> Doc:
    size = _number("page[size]", MOST)
    after = _decoded(request.args.get("page[after]"))
    shown = docs[after : after + size]
    more = after + size < len(docs)
    cursor = _encoded(after + len(shown)) if shown else None
    following = _address(**{"page[after]": _encoded(after + size)}) if more else None
    return {
        name: shown, "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": _encoded(after) if shown else None},
        "links": {"next": following, "prev": None},
    }  # fmt: skip


def _number(name: str, otherwise: int) -> int:
    text = request.args.get(name, str(otherwise))
    if not text.isdigit() or int(text) < 1:
        raise ApiError(
            400,
            {
                "errors": [
                    {"code": "InvalidPaginationParameter", "title": f"Invalid {name}", "detail": f"{name} is invalid"}
                ]
            },
        )
    return min(int(text), MOST) if name != "page" else int(text)


def _encoded(position: int) -> str:
    return base64.urlsafe_b64encode(f"v1:{position}".encode()).decode()


def _decoded(cursor: str | None) -> int:
    if cursor is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("v1:"))
    except ValueError:
        detail = "page[after] is not valid"
        raise ApiError(
            400, {"errors": [{"code": "InvalidCursor", "title": "Invalid cursor", "detail": detail}]}
        ) from None


def _address(**changed: object) -> str:
    return f"{root()}{request.path}?{urlencode({**request.args.to_dict(), **changed})}"
