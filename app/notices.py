"""Notices: composed from the log's own entries, so that nothing is told twice or forgotten; sent beside everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from app import news, post
from app.deps import Deps
from app.governance.policy import Policy
from app.news import Event, News
from app.store import cursors, notices, policies, staff
from app.store.tables import audit

CURSOR = "notices"
_AT_ONCE = 500


def tell(deps: Deps) -> None:
    """Compose and send what is new; the clock calls it every few seconds, and nothing else waits for it."""
    compose(deps)
    send(deps)


def compose(deps: Deps) -> None:
    """File what somebody must hear of since the last time, in one transaction with the cursor."""
    with deps.engine.begin() as tx:
        now = deps.clock.now()
        policy = policies.in_force(tx, now)
        since = cursors.read(tx, CURSOR)
        if since is None:  # a deployment that had no notices yet tells nobody of its past
            cursors.move(tx, CURSOR, str(tx.execute(sa.select(sa.func.max(audit.c.seq))).scalar() or 0), now)
        elif policy is not None:
            _new(tx, deps, policy, int(since), now)
        if policy is not None:
            for key, told in news.standing(tx, policy, now):
                _file(tx, deps, policy, key, told, now)
        notices.forget(tx, now)


def _new(tx: Connection, deps: Deps, policy: Policy, since: int, now: datetime) -> None:
    last = since
    for name, event in _events(tx, since):
        last = event.seq
        told = news.TELLS[name](tx, policy, event) if name in news.TELLS else None
        if told is not None:
            _file(tx, deps, policy, f"{name}:{event.seq}", told, now)
    if last != since:
        cursors.move(tx, CURSOR, str(last), now)


def _events(tx: Connection, since: int) -> Iterator[tuple[str, Event]]:
    columns = (audit.c.seq, audit.c.ts, audit.c.actor, audit.c.action, audit.c.object, audit.c.stored)
    rows = tx.execute(sa.select(*columns).where(audit.c.seq > since).order_by(audit.c.seq).limit(_AT_ONCE)).all()
    names = {member.id: member.name for member in staff.everybody(tx)} if rows else {}
    for row in rows:
        header = json.loads(row.stored)["header"]
        yield row.action, Event(row.seq, row.ts, names.get(row.actor, row.actor), row.object, header)


def _file(tx: Connection, deps: Deps, policy: Policy, key: str, told: News, now: datetime) -> None:
    """By each road that there is; without a mail server the settings page says that nobody is mailed."""
    body = f"{told.body}\n{deps.settings.app_url}{told.page}"
    if deps.settings.smtp_url:
        for address in dict.fromkeys(one for one in told.to if "@" in one):
            notices.file(tx, key, notices.MAIL, address, told.subject, body, now)
    if policy.notify.webhook:
        notices.file(tx, key, notices.CHAT, policy.notify.webhook, told.subject, f"{told.subject}\n{body}", now)


# --- on the road -----------------------------------------------------------------------------------------------------


def send(deps: Deps) -> None:
    """Send what is due. One failure a round on each road: a server that is down costs one time-out, not fifty."""
    with deps.readers.begin() as tx:
        if not notices.are_due(tx, deps.clock.now()):
            return
    with deps.engine.begin() as tx:
        taken = notices.take(tx, deps.clock.now())
    down: set[str] = set()
    for notice in taken:
        why = None if notice.road in down else _leave(deps, notice)
        with deps.engine.begin() as tx:
            now = deps.clock.now()
            if notice.road in down:
                notices.later(tx, notice, now)
            elif why is None:
                notices.sent(tx, notice)
            else:
                notices.failed(tx, notice, why, now)
                down.add(notice.road)


def _leave(deps: Deps, notice: notices.Notice) -> str | None:
    """None, or why it did not leave."""
    settings = deps.settings
    try:
        if notice.road == notices.CHAT:
            post.chat(notice.address, notice.body)
        else:
            post.mail(settings.smtp_url, settings.mail_from, notice.address, notice.subject, notice.body)
    except post.Undelivered as error:
        return str(error)
    return None
