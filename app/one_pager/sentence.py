"""One sentence of the one-pager."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sentence:
    """`by`: `rule:…` of the decision, `test:file::name`, `sql:constraint`; `fact:…` of this deployment; `limit:file`,
    where nothing enforces it and a document says so.
    """

    text: str
    by: tuple[str, ...]
