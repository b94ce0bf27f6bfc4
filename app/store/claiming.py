"""What a claim stands on: the approval that its row names, or, where it names none, all that auto-send has to earn."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Row

from app.host import Purpose, Standing
from app.store import automatic, controls, proposals
from app.store.automatic import Findings
from app.store.keys import Keys, unseal
from app.store.record import Stored
from app.store.switch import Setting
from app.store.tables import proposal

LATE = timedelta(hours=1)  # nobody expects an automatic answer any more


def facts(
    tx: Connection, keys: Keys, row: Row[Any], stored: Stored, setting: Setting, standing: Standing,
    now: datetime, findings: Findings | None,
) -> controls.Now:  # fmt: skip
    """A row with an approval stands on that one and no other; one without must have been earned, as SQL says now.

    A note to people is judged by the switch and by its draft's state, both held, and by nothing else.
    """
    if row.purpose != Purpose.ANSWER and stored.mode is not None:
        return controls.of_a_note(tx, stored, setting, standing, now)
    if row.purpose != Purpose.ANSWER or row.approval_id is not None:
        facts = controls.read(tx, keys, stored, setting, standing, now)
        mine = facts.approval is not None and facts.approval.id == row.approval_id
        return replace(facts, controls=replace(facts.controls, approved=facts.controls.approved and mine))
    automatic.one_at_a_time(tx)
    body = unseal(keys.of(tx, stored.subject_key), row.body_sealed).decode()
    order = automatic.Order(stored, standing, row.id, body, _made_with(tx, stored))
    facts = controls.read(tx, keys, stored, setting, standing, now, automatic.reader(tx, keys, order, findings, now))
    moved_on = facts.controls.moved_on or _no_longer(stored, row.not_before, now)
    return replace(facts, controls=replace(facts.controls, approved=False, moved_on=moved_on))


def _no_longer(stored: Stored, due: datetime, now: datetime) -> str | None:
    """Only what is still held goes by itself, and only about when it was due: late is no."""
    if stored.state != proposals.HELD:
        return f"it is {stored.state}"
    return "it waited too long to go by itself" if now - due > LATE else None


def _made_with(tx: Connection, stored: Stored) -> str | None:
    return tx.execute(sa.select(proposal.c.fingerprint).where(proposal.c.id == stored.id)).scalar()
