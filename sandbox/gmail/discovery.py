"""Google's own description of Gmail, as it travels with google-api-python-client: its calls, parameters and scopes.

The client is not imported: what it would ask for is read from its file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from sandbox.documents import Doc

_FILE = "discovery_cache/documents/gmail.v1.json"


@dataclass(frozen=True)
class Method:
    """One call. `path` and `upload` are Flask's rules; `upload` is empty where nothing may be uploaded."""

    id: str
    verb: str
    path: str
    upload: str
    parameters: Doc
    scopes: tuple[str, ...]


@cache
def document() -> Doc:
    """The whole description."""
    found = find_spec("googleapiclient")
    if found is None or not found.submodule_search_locations:
        message = "google-api-python-client is not installed: its description of Gmail is what this sandbox plays"
        raise RuntimeError(message)
    text = (Path(found.submodule_search_locations[0]) / _FILE).read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def methods() -> dict[str, Method]:
    """Every call, by its id without `gmail.users.`."""
    return {one.id: one for one in _below(document()["resources"]["users"])}


def _below(resource: Doc) -> Iterator[Method]:
    for doc in resource.get("methods", {}).values():
        upload = doc.get("mediaUpload", {}).get("protocols", {}).get("simple", {}).get("path", "")
        yield Method(
            id=doc["id"].removeprefix("gmail.users."),
            verb=doc["httpMethod"],
            path="/" + _rule(doc["path"]),
            upload=_rule(upload),
            parameters=doc.get("parameters", {}),
            scopes=tuple(doc["scopes"]),
        )
    for inner in resource.get("resources", {}).values():
        yield from _below(inner)


def _rule(path: str) -> str:
    return path.replace("{", "<").replace("}", ">")
