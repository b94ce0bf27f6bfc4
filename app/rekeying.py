"""Another key-encryption key: made or given, everything sealed anew under it, and only then the old one let go."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from app import config
from app.deps import Deps
from app.store import heartbeats, keyring

_ALIVE = timedelta(seconds=30)
NAME = "COUNTERSIGN_KEY"


class Running(Exception):
    """Processes that hold the old key are at work; what they seal now nobody could open afterwards."""


class BadKey(Exception):
    """The file does not hold a key."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done. `file`: where the new key is; `in_place`: the next start finds it by itself."""

    sealed_again: int
    file: Path
    in_place: bool


def rotate(deps: Deps, file: Path | None, by: str) -> Rotated:
    """Raises Running, BadKey, KeyLost. The new key is on the disk before anything is sealed under it."""
    own = deps.settings.home / config.OWN_SECRETS[NAME]
    file = file or own.with_name(f"{own.name}.new")
    if not file.exists():
        config.write_private(file, secrets.token_hex(32))
    new = _read(file)
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        beat = heartbeats.of(tx, "sweeper")
        if beat is not None and timedelta() <= now - beat.at < _ALIVE:
            raise Running("stop Countersign first, and wait half a minute: its processes hold the old key")
        count = keyring.rotate(tx, deps.settings.key, new, by, now)
    in_place = own.exists() and not config.given(NAME)
    if in_place:
        file.replace(own)
    return Rotated(count, own if in_place else file, in_place)


def _read(file: Path) -> bytes:
    text = file.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise BadKey(f"{file}: a key is 64 hexadecimal digits")
    return bytes.fromhex(text)
