"""Whom we know: the host's word on a person, as young as what they want to do demands."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from enum import Enum

from app.deps import Deps
from app.host import HostError
from app.store import staff
from app.store.staff import Member

MINUTE = timedelta(minutes=1)
ASK_TO_READ = timedelta(minutes=5)  # from then on reading asks the host
READ = timedelta(minutes=15)  # nobody reads on an older word than that, whatever is wrong with the host


class Trust(Enum):
    """How old the host's word on a role may be."""

    NOW = "asked for this very act: widening"
    MINUTE = "at most a minute: changing"
    READ = "at most a quarter of an hour: reading"
    LAST = "any: a stop never waits, and needs a page to be pressed on"


def ask(deps: Deps, host: str, host_id: str) -> Member | None:
    """What the host says of that person now; None: it does not name them as staff, and they are out. Raises HostError."""
    if host == staff.HERE:
        return _named(deps, host_id)
    if host not in deps.hosts:
        return None
    try:
        person = deps.hosts[host].person(host_id)
        with deps.engine.begin() as tx:
            return staff.meet(tx, host, person, deps.clock.now())
    except PermissionError:
        pass
    except HostError as error:
        if not error.permanent:
            raise
    with deps.engine.begin() as tx:
        staff.leave(tx, host, host_id, deps.clock.now())
    return None


def _named(deps: Deps, email: str) -> Member | None:
    """Whoever proved that address at Google, which knows nobody's role. Whom another host knows by it, that host is asked.

    A mailbox's own address names nobody: several may share its password.
    """
    with deps.engine.begin() as tx:
        found = staff.by_email(tx, email)
        if found is None or f"gmail:{found.email}" in deps.hosts:
            return None
        if found.host == staff.HERE and found.may("agent"):
            staff.confirm(tx, found.id, deps.clock.now())
            return staff.by_id(tx, found.id)
    return ask(deps, found.host, found.host_id) if found.host != staff.HERE else None


def member_now(deps: Deps, member: Member, trust: Trust) -> Member | None:
    """The member with a role as old as `trust` allows; None: no longer staff. Raises HostError."""
    now = deps.clock.now()
    if trust is Trust.LAST or (trust is Trust.MINUTE and member.heard_within(MINUTE, now)):
        return member
    if trust is Trust.READ:
        return member if member.heard_within(ASK_TO_READ, now) else _to_read(deps, member)
    return ask(deps, member.host, member.host_id)


def _to_read(deps: Deps, member: Member) -> Member | None:
    """Pages ask every two seconds: one of them waits for the host, the others go by its last word while that lasts."""
    now = deps.clock.now()
    lasts = member.heard_within(READ, now)
    with deps.engine.begin() as tx:
        mine = staff.may_ask(tx, member.id, now)
    if mine:
        with suppress(HostError):  # its last word stands for as long as that lasts
            return ask(deps, member.host, member.host_id)
    if not lasts:
        raise HostError(
            f"{member.host.capitalize()} has not confirmed for a quarter of an hour who you are. Stopping works."
        )
    return member


def pickable(deps: Deps) -> list[Member]:
    """The people of a sandbox, without our own user there; nobody elsewhere."""
    if not deps.settings.sandbox:
        return []
    zendesk = deps.settings.zendesk
    ours = ("zendesk", zendesk.integration_user_id) if zendesk else None
    with deps.readers.connect() as tx:
        return [member for member in staff.present(tx) if (member.host, member.host_id) != ours]
