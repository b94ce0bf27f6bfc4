"""What every route needs: the store, the key, and how to find them from a request."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from flask import current_app

from sandbox.gmail.signing import Signer
from sandbox.gmail.state import Store


@dataclass(frozen=True)
class Sandbox:
    """One running sandbox."""

    store: Store
    signer: Signer
    home: Path
    app_url: str


def sandbox() -> Sandbox:
    return cast("Sandbox", current_app.extensions["sandbox"])


def store() -> Store:
    return sandbox().store
