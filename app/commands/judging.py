"""What would be done with a message."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from app.commands.terms import JSON, parsed, readable, show


@click.command()
@click.argument("files", nargs=-1, required=True)
@JSON
@click.option("--jsonl", is_flag=True, help="One JSON object a line in, one a line out.")
@click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="Another policy document.")
def triage(files: tuple[str, ...], *, as_json: bool, jsonl: bool, policy_file: Path | None) -> None:
    """What would be done with a message, and why. No services needed; `-` reads standard input."""
    from app import judging

    with readable():
        judged = judging.judge_all(letters(files, jsonl=jsonl), policy_file)
        for result in judged:
            show(result, as_json=as_json or jsonl, words=judging.in_words)


def letters(files: Iterable[str], *, jsonl: bool) -> Iterator[Any]:
    from app.letters import Unreadable, from_bytes, from_json

    for name in files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        except OSError as error:
            raise Unreadable(f"{name}: {error.strerror}") from error
        if not jsonl:
            yield from_bytes(raw, name)
            continue
        for number, line in enumerate(raw.splitlines(), start=1):
            if line.strip():
                yield from_json(parsed(line, f"{name}:{number}"), f"{name}:{number}")
