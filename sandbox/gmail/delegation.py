"""Domain-wide delegation: a service account signs for whom it asks, and gets what the domain's admin let it have."""

from __future__ import annotations

from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox.gmail import mailbox
from sandbox.gmail.state import Doc, Store

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ACCOUNT = "countersign@local.iam.gserviceaccount.com"
LONGEST, SKEW = 3600, 300  # seconds that an assertion may live, and that clocks may differ


class Refused(Exception):
    """As Google's token endpoint says no: a name, a sentence and a status."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


def allow(store: Store, scopes: str, token_url: str) -> Doc:
    """What an admin enters in the Workspace's console; empty: nothing any more. Returns the account's key file."""
    pem = store.meta("service_account") or _key()
    with store.write():
        store.set_meta("service_account", pem)
        store.set_meta("delegated_scopes", scopes)
    return {
        "type": "service_account", "project_id": "local", "private_key_id": "local-1", "private_key": pem,
        "client_email": ACCOUNT, "client_id": "108000000000000000001", "token_uri": token_url,
    }  # fmt: skip


def _key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def delegated(store: Store, assertion: str, token_url: str) -> tuple[str, str]:
    """In whose mailbox, and with which scopes. Raises Refused."""
    claims = _verified(store, assertion)
    if claims.get("aud") != token_url:
        raise Refused("invalid_grant", f"Invalid JWT: Failed audience check. The right audience is {token_url}")
    _must_be_short_lived(claims, store.now())
    wanted, subject = str(claims.get("scope") or ""), str(claims.get("sub") or "").lower()
    if not wanted.split():
        raise Refused("invalid_scope", "Empty or missing scope not allowed.")
    if subject not in mailbox.emails(store):
        raise Refused("invalid_grant", "Invalid email or User ID")
    if not set(wanted.split()) <= set(str(store.meta("delegated_scopes", "")).split()):
        raise Refused(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of"
            " the scopes requested.",
            401,
        )
    return subject, wanted


def _verified(store: Store, assertion: str) -> dict[str, Any]:
    """By the key of the account that it names; its times are looked at elsewhere, by this sandbox's own clock."""
    try:
        issuer = jwt.decode(assertion, options={"verify_signature": False}).get("iss")
    except jwt.InvalidTokenError as error:
        raise Refused("invalid_grant", "Invalid JWT: the assertion cannot be read.") from error
    pem = store.meta("service_account")
    if pem is None or issuer != ACCOUNT:
        raise Refused("invalid_grant", "Invalid grant: account not found")
    key: Any = serialization.load_pem_private_key(pem.encode(), None)
    elsewhere: Any = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
    try:
        found: dict[str, Any] = jwt.decode(assertion, key.public_key(), ["RS256"], options=elsewhere)
    except jwt.InvalidTokenError as error:
        raise Refused("invalid_grant", "Invalid JWT Signature.") from error
    return found


def _must_be_short_lived(claims: dict[str, Any], now: float) -> None:
    begun, ends = claims.get("iat"), claims.get("exp")
    if not isinstance(begun, int) or not isinstance(ends, int) or not _is_short(begun, ends, now):
        raise Refused(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat"
            " and exp values in the JWT claim.",
        )


def _is_short(begun: int, ends: int, now: float) -> bool:
    return begun - SKEW <= now < ends + SKEW and 0 < ends - begun <= LONGEST
