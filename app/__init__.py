"""Countersign: AI drafts support replies; policy, evidence and people decide what is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.deps import Deps


def create_app(deps: Deps) -> Flask:
    """The web over these dependencies. Flask is imported here and not above: the floors below live without it."""
    from app.web import build

    return build(deps)
