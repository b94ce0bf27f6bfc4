"""Everything that is installed may be used together with this project's licence, GPL-3.0-or-later; by its own metadata."""

from __future__ import annotations

import re
from importlib import metadata

import pytest

from tests.test_requirements import LISTS, PIN, entries

COMPATIBLE = set(
    """0BSD Apache-2.0 BSD-2-Clause BSD-3-Clause CC0-1.0 GPL-3.0-only LGPL-2.1-or-later LGPL-3.0-only MIT MIT-0 MPL-2.0
    PSF-2.0 Zlib""".split()
)
# How packages spell it that do not speak SPDX: in their classifiers, or in a word of their own.
MEANS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache License 2.0": "Apache-2.0",
    "BSD 3-Clause": "BSD-3-Clause",
}
UNUSUAL = {
    "regex": "CNRI-Python beside Apache-2.0: an early matcher of Python's own, whose successors are under PSF-2.0; only litellm's"
    " tokenizer loads it, and only where a model is configured; we hand no copy on",
}


def licences(name: str) -> list[str]:
    """What its metadata says, as SPDX where that is known; of alternatives the words of all."""
    told = metadata.metadata(name)
    classified = [one.rpartition(" :: ")[2] for one in told.get_all("Classifier", []) if one.startswith("License")]
    spoken = told.get("License-Expression") or (" AND ".join(classified)) or (told.get("License") or "").splitlines()[0]
    return [
        MEANS.get(one.strip(" ()") if one not in MEANS else one, one.strip()) for one in re.split(r" AND | OR ", spoken)
    ]


def installed() -> list[str]:
    return sorted({match[1] for name in LISTS for line in entries(name) if (match := PIN.match(line))})


@pytest.mark.threat("dependency")
def test_every_licence_goes_with_ours():
    assert {
        name: licences(name) for name in installed() if not set(licences(name)) <= COMPATIBLE
    }.keys() <= UNUSUAL.keys()


def test_every_unusual_one_is_still_installed_and_unusual():
    assert [name for name in UNUSUAL if set(licences(name)) <= COMPATIBLE] == []
    assert set(UNUSUAL) <= set(installed())
