"""Where an export goes: a folder on a disk, or one zip file for a browser. Both remember the hash of each file."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Self
from zipfile import ZIP_DEFLATED, ZipFile

_AT_ONCE = 256 * 1024
_QUICK = 1  # a log shrinks to a quarter at once, and hardly further with much more work


class NotEmpty(Exception):
    """The folder holds something already; nothing is mixed with it."""


class Place(ABC):
    """Takes files one after the other."""

    def __init__(self) -> None:
        self.hashes: dict[str, str] = {}

    @abstractmethod
    def _open(self, name: str) -> AbstractContextManager[IO[bytes]]: ...

    def put(self, name: str, content: bytes | Iterable[bytes]) -> None:
        """A file, whole or line by line."""
        digest = hashlib.sha256()
        with self._open(name) as out:
            for some in [content] if isinstance(content, bytes) else _packed(content):
                digest.update(some)
                out.write(some)
        self.hashes[name] = digest.hexdigest()


class Folder(Place):
    """An empty one. Raises NotEmpty."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        path.mkdir(parents=True, exist_ok=True)
        if any(path.iterdir()):
            raise NotEmpty(f"{path} is not empty")

    def _open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        file = self._path / name
        file.parent.mkdir(exist_ok=True)
        return file.open("wb")


class Archive(Place):
    """A zip file that unpacks into a folder of that name."""

    def __init__(self, file: IO[bytes], folder: str) -> None:
        super().__init__()
        self._zip, self._folder = ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_QUICK), folder

    def _open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        return self._zip.open(f"{self._folder}/{name}", "w", force_zip64=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """No more files."""
        self._zip.close()


def _packed(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Many lines as one write."""
    waiting, size = list[bytes](), 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _AT_ONCE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


@dataclass(frozen=True, slots=True)
class Span:
    """From when on, and before when; None: no end to it."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of(cls, first: str, last: str, *, texts: bool) -> Span:
        """Of days in UTC, both of them within it; empty: no end to it. Raises ValueError in words."""
        if (first or last) and not texts:
            raise ValueError("Days limit customers' words only: ask for these too, or leave the days empty.")
        since, until = _day(first), _day(last, timedelta(days=1))
        if since and until and since >= until:
            raise ValueError("The first day is after the last one.")
        return cls(since, until)

    @property
    def header(self) -> dict[str, str]:
        """What the log says of it."""
        ends = (("since", self.since), ("until", self.until))
        return {name: end.isoformat() for name, end in ends if end is not None}


def _day(text: str, whole: timedelta = timedelta()) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + whole if text else None
    except (ValueError, OverflowError) as error:
        raise ValueError("A day reads like 2026-11-23.") from error
