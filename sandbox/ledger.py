"""What really reached a customer: an append-only file that the tests take as the oracle."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

Entry = dict[str, Any]


def text_hash(text: str) -> str:
    """One hash for the same words, whatever the host did to the white space."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


class Ledger:
    """JSON Lines, one public staff comment a line, on disk before the host answers.

    The host commits first and appends second, inside one critical section. A kill between the two is
    healed by `catch_up` at the next start, so the file never lacks a comment that the host has, nor
    shows one that it has not.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._drop_torn_line()

    def append(self, entry: Entry) -> None:
        line = json.dumps(entry, ensure_ascii=False, sort_keys=True) + "\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def entries(self) -> list[Entry]:
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def catch_up(self, known_to_the_host: list[Entry]) -> None:
        """Append what the host committed and a kill kept from this file."""
        written = {entry["comment_id"] for entry in self.entries()}
        for entry in known_to_the_host:
            if entry["comment_id"] not in written:
                self.append(entry)

    def _drop_torn_line(self) -> None:
        if not self.path.exists():
            return
        whole = self.path.read_bytes()
        kept = whole[: whole.rfind(b"\n") + 1]
        if kept != whole:
            with self.path.open("r+b") as file:
                file.truncate(len(kept))
