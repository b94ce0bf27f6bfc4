"""Google's tokens, signed by a key of this sandbox: for pushes, for the add-on's host, for its user."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

ISSUER = "https://accounts.google.com"
PUSH_ACCOUNT = "push@local.iam.gserviceaccount.com"
ADDON_ACCOUNT = "addon@gcp-sa-gsuiteaddons.iam.gserviceaccount.com"
ADDON_CLIENT = "addon.apps.sandbox"  # for whom the tokens of its users are meant
KEY_ID = "sandbox-1"
HOUR = 3600


class Signer:
    """RS256, as Google signs; the certificate is what `certs` shows."""

    def __init__(self, home: Path, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._key = _kept(home / "google_private_key.pem")
        self.certificate = _certificate(self._key)

    def certs(self) -> dict[str, str]:
        """As https://www.googleapis.com/oauth2/v1/certs shows them."""
        return {KEY_ID: self.certificate}

    def push_token(self, audience: str) -> str:
        return self.token(audience, PUSH_ACCOUNT)

    def token(self, audience: str, email: str, /, **changes: Any) -> str:
        """`changes` replace claims; None takes one away."""
        now = int(self._now())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "sub": email,
            "azp": email,
            "email": email,
            "email_verified": True,
        }
        claims |= {"iat": now, "exp": now + HOUR, **changes}
        wanted = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(wanted, self._key, "RS256", {"kid": KEY_ID})


def _kept(file: Path) -> rsa.RSAPrivateKey:
    if not file.exists():
        made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        file.touch(0o600)
        file.write_bytes(made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    found = serialization.load_pem_private_key(file.read_bytes(), None)
    if not isinstance(found, rsa.RSAPrivateKey):
        message = f"{file} holds no RSA key"
        raise TypeError(message)
    return found


def _certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    start = datetime(2020, 1, 1, tzinfo=UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=36500))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(Encoding.PEM).decode()
