"""What the process that all others are forked from has imported; it opens no file, no socket and no database."""

from __future__ import annotations

import gc

import greenlet
import phonenumbers

from app import web
from tests.crash import suite

gc.freeze()  # a child's collector leaves these pages alone, so they stay shared

__all__ = ["greenlet", "phonenumbers", "suite", "web"]
