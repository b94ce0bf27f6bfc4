"""The app package for Zendesk: read, filled with this server's address, checked, zipped alike every time."""

from __future__ import annotations

import argparse
import json
import stat
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from integrations.zendesk.package_problem import Problem
from integrations.zendesk.package_rules import MANIFEST, problems

SOURCE = Path(__file__).parents[2] / "manifest/zendesk"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can name
_REGULAR = (stat.S_IFREG | 0o644) << 16


@dataclass(frozen=True, slots=True)
class Package:
    """Its files by path, and what in it is no file but a link to one."""

    files: dict[str, bytes]
    symlinks: tuple[str, ...] = ()

    def problems(self) -> list[Problem]:
        """Errors and warnings, as Zendesk would give them."""
        return problems(self.files, self.symlinks)


def read(place: Path) -> Package:
    """A folder or a zip."""
    return _from_zip(place) if place.is_file() else _from_folder(place)


def _from_folder(place: Path) -> Package:
    names = {path.relative_to(place).as_posix(): path for path in sorted(place.rglob("*"))}
    links = tuple(name for name, path in names.items() if path.is_symlink())
    return Package({name: path.read_bytes() for name, path in names.items() if path.is_file()}, links)


def _from_zip(place: Path) -> Package:
    with zipfile.ZipFile(place) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        links = tuple(entry.filename for entry in entries if stat.S_ISLNK(entry.external_attr >> 16))
        return Package({entry.filename: archive.read(entry) for entry in entries}, links)


def for_server(package: Package, url: str) -> Package:
    """The same package with every page at that address."""
    manifest: dict[str, Any] = json.loads(package.files[MANIFEST])
    base = url.rstrip("/")
    for place in manifest["location"]["support"].values():
        place["url"] = base + urlsplit(place["url"]).path
    manifest["domainWhitelist"] = [urlsplit(base).hostname or base]
    filled = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    return Package({**package.files, MANIFEST: filled.encode()}, package.symlinks)


def write(package: Package, target: Path) -> None:
    """The same bytes for the same files, whoever packs them and whenever."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(package.files):
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr, entry.create_system = _REGULAR, 3
            archive.writestr(entry, package.files[name])


def main(arguments: Sequence[str] | None = None) -> int:
    """`--url` packs; `--check` looks at any folder or zip. 0 good, 1 Zendesk would refuse it, 2 unusable."""
    parser = argparse.ArgumentParser(prog="make package-zendesk", description=__doc__)
    parser.add_argument("--url", help="where Zendesk reaches this server, such as https://countersign.example.com")
    parser.add_argument("--out", type=Path, default=Path("dist"), help="the folder for the zip")
    parser.add_argument("--check", type=Path, help="only look at this folder or zip")
    asked = parser.parse_args(arguments)
    if not asked.check and not asked.url:
        _say("which server? make package-zendesk URL=https://countersign.yourcompany.example")
        return 2
    package = read(asked.check) if asked.check else for_server(read(SOURCE), asked.url)
    found = package.problems()
    for problem in found:
        _say(str(problem))
    errors = sum(not problem.warning for problem in found)
    _say(f"{errors} errors, {len(found) - errors} warnings")
    if errors or asked.check:
        return 1 if errors else 0
    target = asked.out / f"countersign-zendesk-{json.loads(package.files[MANIFEST])['version']}.zip"
    write(package, target)
    _say(f"{target}: upload it as a private app in Zendesk's Admin Center")
    return 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")


if __name__ == "__main__":
    sys.exit(main())
