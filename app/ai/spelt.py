"""Spelt: a text as the groups of letters in it, folded into a short vector.

Names of products, short forms and slips of the keyboard mean little to a model of language; to whoever has read a team's mail they
tell what it is about. The words cannot be read back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np

from app.ai.weights import Vectors

ID = "letters-1024"
WIDTH = 1024
SIZES = (2, 3, 4, 5)
READ = 800  # characters; as much as is classified as one whole
_WORD = re.compile(r"[^\W_]+")


def spelt(texts: Sequence[str]) -> Vectors:
    """One row of length 1 for each text; of length 0 where there is neither letter nor digit."""
    rows = np.zeros((len(texts), WIDTH), dtype=np.float32)
    for row, text in zip(rows, texts, strict=True):
        for group in _groups(text[:READ]):
            folded = crc32(group.encode(errors="replace"))
            row[folded % WIDTH] += 1 if folded >> 31 else -1
    sizes = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(sizes > 0, sizes, 1))


def _groups(text: str) -> set[str]:
    words = " ".join(_WORD.findall(text.lower()))
    spaced = f" {words} " if words else ""
    return {spaced[at : at + size] for size in SIZES for at in range(len(spaced) - size + 1)}
