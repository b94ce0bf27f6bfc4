"""Does a document fit a schema of Google's description? Written from the description's own rules, not from the sandbox."""

from __future__ import annotations

from typing import Any

from sandbox.gmail.discovery import document

KINDS: dict[str, type | tuple[type, ...]] = {
    "string": str, "boolean": bool, "integer": int, "number": (int, float), "object": dict, "array": list,
}  # fmt: skip


def violations(name: str, value: Any) -> list[str]:
    """Every key that the schema does not know, and every value that is not of its type."""
    return list(_wrong({"$ref": name}, value, name))


def _wrong(schema: dict[str, Any], value: Any, path: str) -> Any:
    if "$ref" in schema:
        schema = document()["schemas"][schema["$ref"]]
    wanted = KINDS[schema["type"]]
    if not isinstance(value, wanted) or (schema["type"] == "integer" and isinstance(value, bool)):
        yield f"{path}: {type(value).__name__} instead of {schema['type']}"
        return
    if isinstance(value, str) and schema.get("enum") and value not in schema["enum"]:
        yield f"{path}: {value!r} is none of {schema['enum']}"
    if isinstance(value, str) and schema.get("format") in ("int64", "uint64") and not value.isdigit():
        yield f"{path}: {value!r} is no number"
    if isinstance(value, list):
        for n, one in enumerate(value):
            yield from _wrong(schema["items"], one, f"{path}[{n}]")
    if isinstance(value, dict):
        for key, one in value.items():
            if key not in schema.get("properties", {}):
                yield f"{path}: unknown key {key!r}"
            else:
                yield from _wrong(schema["properties"][key], one, f"{path}.{key}")
