"""Passes: who is calling, until when, and since when; a bearer inside the iframe, a session elsewhere."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from app.store.staff import RANK, Member

LIFE = timedelta(minutes=15)
LONGEST = timedelta(hours=8)
_AUDIENCE = "countersign:bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One member's way in, bound to the person, their role and the installation of the host's app."""

    member: Member
    via: str  # sidebar, desk, web
    started: datetime
    expires: datetime
    installation: str = ""

    def renewed(self, member: Member, now: datetime) -> Pass | None:
        """The same person for another quarter of an hour; None after eight hours: sign in again."""
        end = self.started + LONGEST
        return replace(self, member=member, expires=min(now + LIFE, end)) if now < end else None


def seal(key: bytes, caller: Pass) -> str:
    """The bearer: signed by us, read only by us, never in a URL."""
    claims = {
        "aud": _AUDIENCE,
        "member": asdict(caller.member),
        "via": caller.via,
        "inst": caller.installation,
        "started": int(caller.started.timestamp()),
        "exp": int(caller.expires.timestamp()),
    }
    return jwt.encode(claims, key, algorithm="HS256")


def unseal(key: bytes, token: str, now: datetime) -> Pass | None:
    """Who holds this bearer; None when it is forged, expired or not ours."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=["HS256"],
            audience=_AUDIENCE,
            # Expiry is judged below, on the clock that the rest of the process uses.
            options={"require": ["exp", "aud"], "verify_exp": False},
        )
    except jwt.InvalidTokenError:
        return None
    caller = _caller(claims)
    return caller if caller.member.role in RANK and now < caller.expires else None


def _caller(claims: dict[str, Any]) -> Pass:
    return Pass(
        member=Member(**claims["member"]),
        via=claims["via"],
        installation=claims["inst"],
        started=datetime.fromtimestamp(claims["started"], UTC),
        expires=datetime.fromtimestamp(claims["exp"], UTC),
    )
