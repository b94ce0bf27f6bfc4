"""The app as installed in this account: its key pair, its settings, the signed address of its pages."""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.zendesk.state import Doc, Store

SUBDOMAIN = "acme"
APP_ID = 42
INSTALLATION_ID = 77
APP_NAME = "Countersign"
LOCATIONS = {"ticket_sidebar": "/zendesk/sidebar", "nav_bar": "/zendesk/desk"}
PARAMETERS: list[Doc] = [  # what the package declares, and the app's form asks for
    {"name": "server_url", "type": "url", "secure": False, "default": ""},
    {"name": "webhook_value", "type": "text", "secure": True, "default": ""},
    {"name": "automation_allowed", "type": "checkbox", "secure": False, "default": True},
]
LIFETIME = 300
AUDIENCE = f"https://{SUBDOMAIN}.zendesk.com/api/v2/apps/installations/{INSTALLATION_ID}.json"


@dataclass(frozen=True)
class SignedPage:
    """What the browser posts into the iframe."""

    url: str
    token: str
    app_guid: str


class AppKey:
    """One RSA pair per app; the private half stays in a file of mode 0600."""

    def __init__(self, private_pem: bytes) -> None:
        found = serialization.load_pem_private_key(private_pem, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(found, rsa.RSAPrivateKey):
            raise TypeError("the app's key must be an RSA key")
        self._private = found

    def public_pem(self) -> bytes:
        encoding, shape = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        return self._private.public_key().public_bytes(encoding, shape)

    def sign(self, claims: Doc) -> str:
        return jwt.encode(claims, self._private, algorithm="RS256")


def new_private_pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    shape, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, shape, plain)


def kept_secret(given: Path | None, path: Path, make: Callable[[], bytes]) -> bytes:
    """The given file's content, else what an earlier start made, else a new one; kept with mode 0600."""
    if given is None and path.exists():
        return path.read_bytes()
    content = given.read_bytes() if given else make()
    write_private(path, content)
    return content


def write_private(path: Path, content: bytes) -> None:
    fresh = path.with_name(path.name + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    fresh.replace(path)


def claims(user_id: int, location: str, now: float) -> Doc:
    issued = int(now)
    return {
        "iss": f"{SUBDOMAIN}.zendesk.com", "aud": AUDIENCE, "sub": f"https://{SUBDOMAIN}.zendesk.com/api/v2/users/{user_id}.json",
        "iat": issued, "nbf": issued, "exp": issued + LIFETIME, "qsh": secrets.token_hex(16),
        "cnf": {"jku": f"https://{SUBDOMAIN}.zendesk.com/api/v2/apps/{APP_ID}/public_key.pem"},
        "context": {"product": "support", "location": location},
    }  # fmt: skip


def signed_page(key: AppKey, app_url: str, origin: str, location: str, user_id: int, now: float) -> SignedPage:
    guid = str(uuid.uuid4())
    url = f"{app_url}{LOCATIONS[location]}?origin={origin}&app_guid={guid}"
    return SignedPage(url, key.sign(claims(user_id, location, now)), guid)


FRESH: Doc = {"enabled": True, "installed": True, "values": {}}


def installation(store: Store, app_url: str) -> Doc | None:
    """None once the app is uninstalled. Secure settings are never shown."""
    kept: Doc = {**FRESH, **store.meta("installation", {})}
    if not kept["installed"]:
        return None
    given = {"server_url": app_url, **kept["values"]}
    settings = {"name": APP_NAME} | {
        one["name"]: given.get(one["name"], one["default"]) for one in PARAMETERS if not one["secure"]
    }
    return {
        "id": INSTALLATION_ID, "app_id": APP_ID, "product": "support", "settings": settings,
        "settings_objects": [{"name": name, "value": value} for name, value in settings.items()],
        "enabled": kept["enabled"], "collapsible": True, "role_restrictions": None, "group_restrictions": [],
        "paid": None, "recurring_payment": False, "requirements": [], "plan_information": {"name": None},
        "updated_at": kept.get("updated_at", store.meta("started_at")), "created_at": store.meta("started_at"),
    }  # fmt: skip


def change_installation(store: Store, wanted: Doc) -> None:
    """The admin's switches `enabled` and `installed`, and what the app's form says."""
    with store.write():
        kept: Doc = {**FRESH, **store.meta("installation", {})}
        chosen = {key: bool(wanted[key]) for key in ("enabled", "installed") if key in wanted}
        asked = {**wanted, **(wanted.get("settings") or {})}
        values = {one["name"]: _read(one, asked[one["name"]]) for one in PARAMETERS if one["name"] in asked}
        store.set_meta("installation", kept | chosen | {"values": kept["values"] | values, "updated_at": store.stamp()})
        store.bump()


def _read(parameter: Doc, value: object) -> object:
    return bool(value) if parameter["type"] == "checkbox" else str(value)
