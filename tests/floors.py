"""Reads source files and says, a line each, where they break the rules of the house; the rules stand in test_floors.py."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

FIRST_PARTY = {"app", "integrations", "sandbox", "tests", "benchmarks"}


@dataclass(frozen=True)
class Source:
    """One file: where it lies and what stands in it."""

    path: str
    text: str
    tree: ast.Module = field(compare=False)

    @classmethod
    def of(cls, path: str, text: str) -> Source:
        return cls(path, text, ast.parse(text, path))

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    @property
    def package(self) -> str:
        return self.module if self.path.endswith("__init__.py") else self.module.rpartition(".")[0]

    def at(self, node: ast.AST, complaint: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)} {complaint}"


@dataclass(frozen=True)
class Import:
    """One imported name, dotted as far as the statement tells; `late` stands inside a function."""

    name: str
    node: ast.stmt
    late: bool

    @property
    def root(self) -> str:
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class Floor:
    """What a floor may import: modules of ours by prefix, packages by name, and the standard library or its pure part."""

    ours: frozenset[str] = frozenset()
    packages: frozenset[str] = frozenset()
    pure: bool = False

    def and_packages(self, *names: str) -> Floor:
        return Floor(self.ours, self.packages | set(names), self.pure)


def sources(root: Path, *folders: str) -> list[Source]:
    files = (file for folder in folders for file in sorted((root / folder).rglob("*.py")))
    return [Source.of(file.relative_to(root).as_posix(), file.read_text(encoding="utf-8")) for file in files]


def imports(source: Source) -> Iterator[Import]:
    def walk(node: ast.AST, *, late: bool) -> Iterator[Import]:
        late = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node, late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = source.package.split(".")
            above = ".".join(parts[: len(parts) - node.level + 1]) if node.level else ""
            start = ".".join(part for part in (above, node.module) if part)
            yield from (Import(f"{start}.{alias.name}", node, late) for alias in node.names)
        for child in ast.iter_child_nodes(node):
            yield from walk(child, late=late)

    return walk(source.tree, late=False)


def within(name: str, prefixes: Iterable[str]) -> bool:
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def floor_of(module: str, floors: dict[str, Floor]) -> Floor | None:
    """The floor of the longest name that fits; `app` alone is only app/__init__.py, so that no module is floorless."""
    fitting = [name for name in floors if (module == name if name == "app" else within(module, [name]))]
    return floors[max(fitting, key=len)] if fitting else None


def misplaced_imports(
    source: Source, floors: dict[str, Floor], pure: frozenset[str], late: frozenset[str]
) -> Iterator[str]:
    floor = floor_of(source.module, floors)
    if floor is None:
        yield f"{source.path}:1 stands on no floor: give it one in tests/test_floors.py"
        return
    for found in imports(source):
        if found.root in FIRST_PARTY:
            allowed = within(found.name, floor.ours)
        elif found.root in sys.stdlib_module_names:
            allowed = within(found.name, pure) if floor.pure else True
        else:
            allowed = within(found.name, floor.packages)
        if not allowed:
            yield source.at(found.node, f"may not import {found.name}")
        elif found.root in late and not found.late:
            yield source.at(found.node, f"imports {found.name} outside a function")


def calls(source: Source) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the last part of its name: `host.send(x)` is `send`."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.func.attr, node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def forbidden_calls(source: Source, names: frozenset[str], why: str) -> Iterator[str]:
    return (source.at(node, f"calls {name}(): {why}") for name, node in calls(source) if name in names)


def sends(source: Source) -> Iterator[str]:
    """Any touch of a `.send`, called, handed on, or fetched by name."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr == "send":
            yield source.at(node, f"touches {ast.unparse(node)}: only app/deliver.py sends")
    for name, node in calls(source):
        if name == "getattr" and any(isinstance(arg, ast.Constant) and arg.value == "send" for arg in node.args):
            yield source.at(node, "fetches send by name: only app/deliver.py sends")


def environment_reads(source: Source) -> Iterator[str]:
    names = {"environ", "environb", "getenv", "putenv"}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in names and ast.unparse(node.value) == "os":
            yield source.at(node, f"uses os.{node.attr}: settings are read once, in app/config.py")
        if isinstance(node, ast.ImportFrom) and node.module == "os" and names & {alias.name for alias in node.names}:
            yield source.at(node, "imports the environment: settings are read once, in app/config.py")


def swallowed_errors(source: Source) -> Iterator[str]:
    """Handlers of everything that do not raise: the failed send that is nobody's business any more."""
    broad = {"Exception", "BaseException"}

    def catches_all(node: ast.expr | None) -> bool:
        kinds = node.elts if isinstance(node, ast.Tuple) else [node]
        return any(kind is None or ast.unparse(kind) in broad for kind in kinds)

    for node in ast.walk(source.tree):
        raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        if isinstance(node, ast.ExceptHandler) and catches_all(node.type) and not raises:
            yield source.at(node, "catches everything and does not raise: catch the narrowest class")
    for name, call in calls(source):
        if name == "suppress" and any(catches_all(arg) for arg in call.args):
            yield source.at(call, "suppresses everything: name the narrowest class")


def long_functions(source: Source, most: int) -> Iterator[tuple[str, str]]:
    """(key, complaint) of each function over `most` lines."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > most:
                yield f"{source.path}::{node.name}", source.at(node, f"{node.name}() has {lines} lines, over {most}")


def long_file(source: Source, most: int) -> Iterator[tuple[str, str]]:
    lines = source.text.count("\n")
    if lines > most:
        yield source.path, f"{source.path}:1 has {lines} lines, over {most}"
