"""Reads source files for what opens a hole, a line each; what may be otherwise stands in test_dangers.py, with its reason.

ruff's S rules (bandit's, in make lint) look for Python's own traps; these are the ones that only this house has.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

from tests.floors import Source, imports

REACHES = frozenset("to cc bcc recipients requester participants".split())
QUERIES = frozenset("text execute exec_driver_sql literal_column scalar scalars".split())
ASKS = frozenset("get post put patch delete head request urlopen".split())
RUNS = frozenset("pickle cPickle marshal shelve dill cloudpickle yaml".split())
LEVELS = frozenset("debug info warning error exception critical".split())
TELLS = frozenset("error kind where route id queue host seconds".split())
SECRET = re.compile(r"(^|_)(secret|token|signature|password|bearer|verifier|hmac|mac)$")


@cache
def nodes(source: Source) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(source.tree))


@cache
def calls(source: Source) -> tuple[tuple[str, ast.Call], ...]:
    """Every call with the last part of its name."""
    found = (node for node in nodes(source) if isinstance(node, ast.Call))
    return tuple((ast.unparse(node.func).rpartition(".")[2], node) for node in found)


def chosen_recipients(source: Source) -> Iterator[str]:
    """A stage of judgement, and whatever a model says there, names nobody: recipients are those of the ticket."""
    if not source.path.startswith("app/ai/"):
        return
    for node in nodes(source):
        if isinstance(node, ast.keyword) and node.arg in REACHES:
            yield source.at(node.value, f"sets {node.arg}: recipients never come from a model")
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            if isinstance(target, ast.Attribute) and target.attr in REACHES:
                yield source.at(target, f"sets {target.attr}: recipients never come from a model")


def made_messages(source: Source) -> Iterator[str]:
    """What goes out is put together in one place, from the ticket and the approved words."""
    for name, node in calls(source):
        if name == "Outgoing":
            yield source.at(node, "makes an Outgoing: only app/store/outgoing.py does")


def written_sql(source: Source) -> Iterator[str]:
    """SQL as a text that is put together: statements are SQLAlchemy's."""
    for name, node in calls(source):
        first = node.args[0] if node.args else None
        if name in QUERIES and first is not None and _is_assembled(first):
            yield source.at(node, f"{name}() of a text that is put together")


def _is_assembled(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp):
        return any(_is_text(side) for side in (node.left, node.right))
    formats = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
    return formats and isinstance(node, ast.Call)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def shells(source: Source) -> Iterator[str]:
    for name, node in calls(source):
        if name in {"system", "popen"} and ast.unparse(node.func).startswith("os."):
            yield source.at(node, f"os.{name}(): name the program and its arguments")
        if any(word.arg == "shell" and not _is(word.value, value=False) for word in node.keywords):
            yield source.at(node, "runs a shell")


def unpacked_code(source: Source) -> Iterator[str]:
    """Formats that run what they read."""
    for found in imports(source):
        if found.root in RUNS:
            yield source.at(found.node, f"imports {found.root}: it runs what it reads")
    for name, node in calls(source):
        if any(word.arg == "allow_pickle" and not _is(word.value, value=False) for word in node.keywords):
            yield source.at(node, f"{name}() with pickle allowed")


def patient_calls(source: Source) -> Iterator[str]:
    """Over the network without an end: one silent host would hold a worker for ever."""
    for name, node in calls(source):
        owner = ast.unparse(node.func).rpartition(".")[0]
        sessions = owner.endswith("session") and name not in {"get", "delete"}  # Flask's session, and the table
        network = name == "urlopen" or owner in {"requests", "httpx"} or sessions
        if name in ASKS and network and not any(word.arg in {"timeout", None} for word in node.keywords):
            yield source.at(node, f"{owner}.{name}() without a timeout")


def trusting_calls(source: Source) -> Iterator[str]:
    for name, node in calls(source):
        words = {word.arg: word.value for word in node.keywords}
        if _is(words.get("verify"), value=False) or "_create_unverified_context" in ast.unparse(node.func):
            yield source.at(node, "does not look at the certificate")
        if name == "decode" and ast.unparse(node.func) == "jwt.decode" and not {"algorithms", "audience"} <= set(words):
            yield source.at(node, "jwt.decode() without algorithms and audience")


def hasty_comparisons(source: Source) -> Iterator[str]:
    """== on a secret tells by its time how much of a guess was right."""
    for node in nodes(source):
        if not isinstance(node, ast.Compare) or not all(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            continue
        sides = [node.left, *node.comparators]
        if any(isinstance(side, ast.Constant) for side in sides):
            continue
        if any(SECRET.search(_name(side)) for side in sides):
            yield source.at(node, f"{ast.unparse(node)}: compare secrets with hmac.compare_digest")


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def talkative_logs(source: Source) -> Iterator[str]:
    """A log line is a name and a few known words about it: never a text that somebody wrote."""
    for name, node in calls(source):
        owner = ast.unparse(node.func).rpartition(".")[0]
        if name not in LEVELS or owner not in {"log", "logger", "logging", "LOG"}:
            continue
        plain = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
        if not plain or not {word.arg for word in node.keywords} <= TELLS:
            yield source.at(node, f"{ast.unparse(node)[:60]}: a log line tells no text")


def raw_markup(source: Source) -> Iterator[str]:
    for name, node in calls(source):
        if name == "Markup" and not all(isinstance(arg, ast.Constant) for arg in node.args):
            yield source.at(node, "Markup() of a text that is put together: use its format()")


def _is(node: ast.expr | None, *, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def unescaped(path: str, template: str) -> list[str]:
    """What a template prints as it stands."""
    found = re.findall(r"\|\s*safe\b|autoescape\s+false|<script(?![^>]*\bsrc=)|\son[a-z]+\s*=\s*[\"']", template)
    return [f"{path}: {one.strip()}" for one in found]
