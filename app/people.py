"""People: who answers here, what they may do, where they are signed in; and an admin's word on it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.deps import Deps
from app.governance.decision import Reason
from app.host import Person
from app.review import Actor, NotFound, Refused
from app.store import audit, sessions, staff
from app.store.engine import one_at_a_time
from app.store.sessions import Session
from app.store.staff import Member

LONGEST = 80  # letters of an address
HOSTS_WORD = "host"  # in place of a role: as the host says


@dataclass(frozen=True, slots=True)
class Colleague:
    """One member, and where they are signed in outside the host."""

    member: Member
    sessions: tuple[Session, ...]


def roster(deps: Deps) -> list[Colleague]:
    """Everybody who is staff, by name."""
    with deps.readers.begin() as tx:
        now = deps.clock.now()
        members, opened = staff.present(tx), sessions.open_now(tx, now)
    return [Colleague(one, tuple(open_ for open_ in opened if open_.member.id == one.id)) for one in members]


def set_role(deps: Deps, email: str, role: str, actor: Actor) -> None:
    """An admin's word on somebody's role, in place of the host's; `host` gives the host its say again."""
    actor.must_be("admin")
    if role not in {*staff.RANK, HOSTS_WORD}:
        raise Refused(Reason("role", f"the role is one of {', '.join((*staff.RANK, HOSTS_WORD))}"))
    with deps.engine.begin() as tx:
        one_at_a_time(tx, "roles")  # two admins who lower each other at once would leave nobody
        member = _known(staff.by_email(tx, email))
        staff.set_role(tx, email, None if role == HOSTS_WORD else role)
        if not any(one.may("admin") for one in staff.present(tx)):
            raise Refused(Reason("last-admin", "nobody would be admin any more: make somebody else admin first"))
        audit.append(tx, deps.clock.now(), actor.member.id, "role.set", member.id, {"role": role, "was": member.role})


def name(deps: Deps, email: str, words: str, actor: Actor) -> None:
    """Somebody whom no host knows answers here from now on, as an agent; they prove their address at Google."""
    actor.must_be("admin")
    if not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", email) or len(email) > LONGEST:
        raise Refused(Reason("address", f"that is no address of at most {LONGEST} letters"))
    if f"gmail:{email.lower()}" in deps.hosts:
        raise Refused(Reason("address", "a mailbox is nobody: name the people who use it"))
    now, person = deps.clock.now(), Person(email.lower(), words or email.partition("@")[0], email.lower(), "agent")
    with deps.engine.begin() as tx:
        known = staff.by_email(tx, email)
        if known is not None and known.host != staff.HERE:
            raise Refused(Reason("address", f"{known.host.capitalize()} knows them already"))
        member = staff.meet(tx, staff.HERE, person, now)
        audit.append(tx, now, actor.member.id, "person.named", member.id, {})


def part_with(deps: Deps, email: str, actor: Actor) -> None:
    """Whom an admin named answers here no more; whatever they had open is closed."""
    actor.must_be("admin")
    with deps.engine.begin() as tx:
        one_at_a_time(tx, "roles")
        member = _known(staff.by_email(tx, email))
        if member.host != staff.HERE:
            raise Refused(Reason("address", f"{member.host.capitalize()} says who is on its team: take them off there"))
        staff.leave(tx, member.host, member.host_id, deps.clock.now())
        if not any(one.may("admin") for one in staff.present(tx)):
            raise Refused(Reason("last-admin", "nobody would be admin any more: make somebody else admin first"))


def choose_language(deps: Deps, language: str | None, actor: Actor) -> None:
    """What somebody reads from now on; None: what their browser asks for."""
    with deps.engine.begin() as tx:
        staff.choose_language(tx, actor.member.id, language)
        audit.append(tx, deps.clock.now(), actor.member.id, "language.chosen", actor.member.id, {"language": language})


def sign_out(deps: Deps, email: str, actor: Actor) -> None:
    """End all that somebody has open: browsers, pages inside the host, command lines. Oneself, or anybody by an admin."""
    with deps.engine.begin() as tx:
        member = _known(staff.by_email(tx, email))
        if member.id != actor.member.id:
            actor.must_be("admin")
        now = deps.clock.now()
        staff.sign_out(tx, member.id, now)
        audit.append(tx, now, actor.member.id, "sessions.ended", member.id, {})


def _known(member: Member | None) -> Member:
    if member is None or not member.may("agent"):
        raise NotFound(Reason("not-found", "nobody of that address answers here"))
    return member
