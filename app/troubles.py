"""What is wrong, for people to see: who is silent, what could not be read or prepared, what nobody can explain."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.deps import Deps
from app.store import heartbeats, inbox, notices, replies

_SILENT = timedelta(seconds=30)
_UNPOLLED = timedelta(minutes=10)  # replies go first; for longer than that people are told
_SHOWN_FOR = timedelta(days=1)


def told(deps: Deps) -> list[str]:
    """What is wrong, in plain words; an empty list is good news."""
    now = deps.clock.now()
    with deps.readers.begin() as tx:
        beats = heartbeats.everybody(tx)
        kept = [row for row in inbox.troubled(tx, now - _SHOWN_FOR) if row.state != inbox.RECEIVED]
        unsent = notices.trouble(tx, now)
        holes = sorted({f"#{one.ticket}" for one in replies.still_unexplained(tx)})
    found = [_trouble(beat, now) for beat in beats]
    found.append(f"replies that no row explains: `countersign replies`; tickets {', '.join(holes)}" if holes else None)
    unusable = sum(row.state == inbox.UNUSABLE for row in kept)
    lost = sorted({f"#{row.ticket}" for row in kept if row.state == inbox.FAILED and row.ticket})
    found.append(
        f"{unusable} webhook bodies could not be read today: `countersign inbox` shows them" if unusable else None
    )
    found.append(f"could not be prepared, people answer: {', '.join(lost)}" if lost else None)
    found.append(_unsent(unsent) if unsent else None)
    return [words for words in found if words]


def _unsent(trouble: notices.Trouble) -> str:
    lost = f", {trouble.given_up} given up" if trouble.given_up else ""
    return f"notices: {trouble.waiting} wait and are tried again{lost}: {trouble.why}"


def announced(deps: Deps) -> list[dict[str, object]]:
    """What was announced and could not be used or prepared in the last month, with the bytes where they are kept."""
    with deps.readers.begin() as tx:
        rows = inbox.troubled(tx, deps.clock.now() - timedelta(days=30))
        return [
            {**row._mapping, "body": inbox.unusable_body(tx, deps.keys, row.id).decode("utf-8", "replace")[:2000]}
            if row.state == inbox.UNUSABLE
            else dict(row._mapping)
            for row in rows
        ]


def _trouble(beat: heartbeats.Beat, now: datetime) -> str | None:
    if beat.name.startswith(heartbeats.TEST):
        return None  # what somebody asked for once; what goes on is told by those who do it
    if beat.name.startswith(("watch:", "delivery:", "revoke:", "push:")):
        return f"{_place(beat.name)}: {beat.trouble}" if beat.trouble else None
    what = {"sweeper": "the clock process", "redis": "Redis"}.get(beat.name, _place(beat.name))
    if beat.trouble and beat.since:
        return f"{what} has not answered since {beat.since:%H:%M:%S} UTC ({beat.trouble})"
    if beat.name == "sweeper" and now - beat.at > _SILENT:
        return f"the clock process was last seen at {beat.at:%H:%M:%S} UTC: nothing is settled or polled until it runs"
    if beat.name.startswith("poll:") and now - beat.at > _UNPOLLED:
        return f"{what} was last asked at {beat.at:%H:%M:%S} UTC what its webhooks lost: its rate limit is used up"
    return None


def _place(beat: str) -> str:
    """The host that it is about: Zendesk, or a mailbox by its address."""
    host = beat.partition(":")[2] or beat
    return host.partition(":")[2] or host.title()
