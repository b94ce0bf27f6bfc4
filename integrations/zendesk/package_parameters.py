"""The rules for an app's settings and for its `oauth` block."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from integrations.zendesk.package_problem import Problem, texts

TYPES = frozenset("text checkbox url number multiline hidden oauth mtls".split())
KEYS = frozenset("name type required secure default scopes".split())
SCOPES = frozenset("header body url jwt_secret_key jwt_claim basic_auth_username basic_auth_password".split())
OAUTH = ("client_id", "client_secret", "authorize_uri", "access_token_uri")
_SENSITIVE = re.compile(r"token|key|pwd|password", re.IGNORECASE)


def parameters(manifest: dict[str, Any]) -> Iterator[Problem]:
    """The settings that the app's form asks for."""
    given = manifest.get("parameters", [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        yield Problem("parameters_not_an_array", "parameters is a list of objects")
        return
    names = [str(one.get("name", "")) for one in given]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("duplicate_parameters", name)
    if sum(one.get("type") == "oauth" for one in given) > 1:
        yield Problem("too_many_oauth_parameters", "at most one")
    for name, one in zip(names, given, strict=True):
        yield from _parameter(name, one)


def _parameter(name: str, one: dict[str, Any]) -> Iterator[Problem]:
    kind, secure = one.get("type", "text"), one.get("secure") is True
    if not name or set(one) - KEYS or not all(isinstance(one.get(key, True), bool) for key in ("required", "secure")):
        yield Problem("invalid_parameter", f"{name or '(no name)'}: name, type, required, secure, default, scopes")
    if name == "name":
        yield Problem("name_as_parameter_name", "Zendesk keeps `name` for itself")
    if kind not in TYPES:
        yield Problem("invalid_type_parameter", f"{name}: {kind}")
    if kind == "oauth" and secure:
        yield Problem("oauth_parameter_cannot_be_secure", name)
    if kind == "hidden" and one.get("required") is True:
        yield Problem("invalid_hidden_parameter", f"{name}: nobody could fill it in")
    yield from _secrecy(name, one, secure=secure)


def _secrecy(name: str, one: dict[str, Any], *, secure: bool) -> Iterator[Problem]:
    kind = one.get("type", "text")
    scopes = one.get("scopes")
    if scopes is not None and not secure:
        yield Problem("scopes_without_secure", name)
    if scopes is not None and not (texts(scopes) and set(scopes) <= SCOPES):
        yield Problem("invalid_secure_scopes", f"{name}: {scopes}")
    if secure and not scopes:
        yield Problem("secure_without_scopes", name, warning=True)
    if "default" in one and (secure or kind == "hidden"):
        yield Problem("default_on_secure_or_hidden", name, warning=True)
    if kind == "text" and _SENSITIVE.search(name) and not secure:
        yield Problem("insecure_token_parameter", name, warning=True)


def oauth(manifest: dict[str, Any]) -> Iterator[Problem]:
    """An app that lets Zendesk sign in elsewhere for it; ours does not."""
    if "oauth" not in manifest:
        return
    missing = [key for key in OAUTH if not (isinstance(manifest["oauth"], dict) and manifest["oauth"].get(key))]
    if missing:
        yield Problem("missing_oauth_keys", ", ".join(missing))
    given = manifest.get("parameters")
    if not any(isinstance(one, dict) and one.get("type") == "oauth" for one in given or []):
        yield Problem("oauth_parameter_required", "`oauth` needs a parameter of type oauth")
