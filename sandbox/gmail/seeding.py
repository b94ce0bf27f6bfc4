"""The mailbox of the first start: real customers' mail, one .eml file each, in the order of their names."""

from __future__ import annotations

from pathlib import Path

from sandbox.gmail import mailbox
from sandbox.gmail.state import Store

APART = 240.0  # seconds between two seeds; the last came so long ago
NAME = "Acme Support"
ALIASES = ("help@acme.example",)


def plant(store: Store, email: str, folder: Path) -> None:
    """Once: a mailbox that has mail is left alone."""
    mailbox.open_mailbox(store, email, NAME, ALIASES)
    if mailbox.everything(store, email):
        return
    files = sorted(folder.glob("*.eml"))
    for left, file in zip(range(len(files), 0, -1), files, strict=True):
        mailbox.receive(store, email, file.read_bytes(), store.now() - left * APART)
