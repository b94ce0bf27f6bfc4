"""Where personal data stands in a text."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from app.commands.terms import JSON, parsed, readable, show


@click.command()
@click.argument("files", nargs=-1)
@JSON
@click.option("--jsonl", is_flag=True, help='One {"id", "text"} a line in, one {"id", "text", "spans"} a line out.')
def redact(files: tuple[str, ...], *, as_json: bool, jsonl: bool) -> None:
    """A text without its personal data, and where that stood. Reads standard input, or files. No services needed."""
    with readable():
        for name, text in texts(files or ("-",), jsonl=jsonl):
            show(found(name, text), as_json=as_json or jsonl, words=in_words)


def texts(files: tuple[str, ...], *, jsonl: bool) -> Iterator[tuple[str, str]]:
    """Each text by its name."""
    from app.letters import Unreadable

    for name in files:
        try:
            raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
            whole = raw.decode()
        except OSError as error:
            raise Unreadable(f"{name}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise Unreadable(f"{name}: not UTF-8 at byte {error.start}") from error
        if not jsonl:
            yield name, whole
            continue
        for number, line in enumerate(whole.split("\n"), start=1):
            if line.strip():
                yield of_line(parsed(line.encode(), f"{name}:{number}"), f"{name}:{number}")


def of_line(row: Any, where: str) -> tuple[str, str]:
    """The id and text of one line."""
    from app.letters import Unreadable

    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise Unreadable(f"{where}: wants an object with id and text")
    return str(row.get("id", where)), row["text"]


def found(name: str, text: str) -> dict[str, Any]:
    """The spans are places in the text that was given."""
    from app.ai.redact import redacted, redactions

    spans = redactions(text)
    places = [{"kind": span.kind, "start": span.start, "end": span.end} for span in spans]
    return {"id": name, "text": redacted(text, spans), "spans": places}


def in_words(told: dict[str, Any]) -> str:
    """The text without them, then a line for each."""
    lines = [f"  {span['kind'].replace('_', ' ')} at {span['start']}-{span['end']}" for span in told["spans"]]
    return "\n".join((told["text"].rstrip(), *(lines or ["  no personal data found"])))
