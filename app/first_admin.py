"""The first admin: a link that works once, for an hour, and only while nobody is admin."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import jwt
from sqlalchemy import Connection

from app.deps import Deps
from app.governance.decision import Reason
from app.host import Person
from app.review import Refused
from app.store import audit, staff, tokens
from app.store.engine import one_at_a_time
from app.store.staff import Member

LIFE = timedelta(hours=1)
_AUDIENCE = "countersign:first-admin"
WHAT_TO_DO = (
    "While nobody is admin, countersign login --bootstrap prints a new one. "
    "If somebody is, ask them: admins set roles under People."
)


def link(deps: Deps) -> str | None:
    """A fresh link; None: it is not needed, for somebody is admin or a person picker lets everybody in."""
    with deps.readers.connect() as tx:
        if deps.settings.sandbox or _somebody_is_admin(tx):
            return None
    ends = deps.clock.now() + LIFE
    claims = {"aud": _AUDIENCE, "exp": int(ends.timestamp()), "jti": secrets.token_hex(8)}
    key = jwt.encode(claims, deps.keys.derived("first admin"), algorithm="HS256")
    return f"{deps.settings.app_url}/first-admin?{urlencode({'key': key})}"


def check(deps: Deps, key: str) -> datetime:
    """Until when the link with that key is good. Raises Refused."""
    try:
        claims = jwt.decode(
            key,
            deps.keys.derived("first admin"),
            algorithms=["HS256"],
            audience=_AUDIENCE,
            options={"require": ["exp", "aud", "jti"], "verify_exp": False},  # judged below, on our own clock
        )
    except jwt.InvalidTokenError:
        raise _refused("This link is not whole, or not of this deployment") from None
    ends = datetime.fromtimestamp(claims["exp"], UTC)
    if deps.clock.now() >= ends:
        raise _refused("This link is too old: it works for an hour")
    with deps.readers.connect() as tx:
        if _somebody_is_admin(tx) or tokens.was_used(tx, _hash(key)):
            raise _refused("This link was used, or somebody is admin already")
    return ends


def name(deps: Deps, key: str, email: str) -> Member:
    """Whoever has the link and proved that address is one of us: there is no host that would know them."""
    check(deps, key)
    now = deps.clock.now()
    with deps.engine.begin() as tx:
        member = staff.meet(tx, staff.HERE, Person(email, email.partition("@")[0], email, "agent"), now)
        audit.append(tx, now, member.id, "person.named", member.id, {"by": "first-admin link"})
    return member


def become(deps: Deps, key: str, member: Member) -> None:
    """The one who signed in with it is admin. Raises Refused the second time; an admin of the host needs no link."""
    if member.may("admin"):
        return
    ends = check(deps, key)
    with deps.engine.begin() as tx:
        one_at_a_time(tx, "roles")
        now = deps.clock.now()
        if _somebody_is_admin(tx) or not tokens.use(tx, _hash(key), ends, now):
            raise _refused("This link was used, or somebody is admin already")
        staff.set_role(tx, member.email, "admin")
        audit.append(tx, now, member.id, "role.set", member.id, {"role": "admin", "by": "first-admin link"})


def _refused(why: str) -> Refused:
    return Refused(Reason("link", f"{why}. {WHAT_TO_DO}"))


def _somebody_is_admin(tx: Connection) -> bool:
    return any(member.may("admin") for member in staff.present(tx))


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
