"""Checkpoints: what is signed about the log, in the words of C2SP's tlog-checkpoint and signed-note."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

ED25519 = b"\x01"  # the signature type of signed-note
_DASH = "\u2014 "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log's root at a size. `at` stands on an extension line: back-dating needs a second lie."""

    origin: str
    size: int
    root: bytes
    at: datetime

    def text(self) -> str:
        """The lines that are signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{self.at.isoformat(timespec='seconds')}\n"


def key_id(origin: str, public_key: bytes) -> bytes:
    """Four bytes that say which key signed: SHA-256(name ‖ newline ‖ type ‖ key)."""
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def signed(checkpoint: Checkpoint, public_key: bytes, sign: Callable[[bytes], bytes]) -> str:
    """The note as it is published: text, empty line, signature."""
    text = checkpoint.text()
    signature = key_id(checkpoint.origin, public_key) + sign(text.encode())
    return f"{text}\n{_DASH}{checkpoint.origin} {base64.b64encode(signature).decode()}\n"
