"""The rules of Zendesk's own package validator, which is a Ruby gem and cannot be installed here, for people to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from integrations.zendesk.package_parameters import oauth, parameters
from integrations.zendesk.package_problem import Problem, texts

LOCATIONS = frozenset(
    """top_bar nav_bar ticket_sidebar new_ticket_sidebar user_sidebar organization_sidebar background modal ticket_editor
    system_top_bar custom_object_record_sidebar""".split()
)
NEED_ICON = frozenset({"nav_bar", "top_bar", "system_top_bar", "ticket_editor"})
BOOLEANS = ("signedUrls", "private", "singleInstall", "requirementsOnly", "marketingOnly")
TEXTS = ("name", "version", "remoteInstallationURL", "termsConditionsURL", "gaID")
FORBIDDEN = frozenset(".pdf .zip .docx .doc .xlsx .mp3 .mp4 .bin .exe .sh .bat .dll .jar .rar .gz .tar".split())
LOGOS = {"assets/logo.png": 320, "assets/logo-small.png": 128}
MANIFEST = "manifest.json"
_LOCALE = re.compile(r"[a-z]{2,3}(-\w{2,3})?")
_SECRET = re.compile(r"password|secret|auth_key|api_key", re.IGNORECASE)


class Repeated(ValueError):
    """A JSON object names a key twice; which one counts is anybody's guess."""


def problems(files: Mapping[str, bytes], symlinks: Iterable[str] = ()) -> list[Problem]:
    """All that is wrong with a package, given as its files by path."""
    found = [Problem("symlink_in_zip", name) for name in symlinks]
    found += [Problem("forbidden_file", name) for name in files if PurePosixPath(name).suffix.lower() in FORBIDDEN]
    manifest = _document(files, MANIFEST)
    return [*found, *_manifest(manifest, files), *_logos(files), *_words(files)]


def _document(files: Mapping[str, bytes], name: str) -> dict[str, Any] | Problem:
    """A JSON object, or why it is none."""
    if name not in files:
        return Problem("missing_manifest" if name == MANIFEST else "missing_translation_file", name)
    try:
        document = json.loads(files[name], object_pairs_hook=_once)
    except Repeated as error:
        return Problem("duplicate_keys", f"{name}: {error}")
    except ValueError as error:
        return Problem("not_json", f"{name}: {error}")
    return document if isinstance(document, dict) else Problem("not_json", f"{name}: not an object")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Repeated(", ".join(twice))
    return dict(pairs)


def _manifest(manifest: dict[str, Any] | Problem, files: Mapping[str, bytes]) -> Iterator[Problem]:
    if isinstance(manifest, Problem):
        yield manifest
        return
    support = _support(manifest)
    yield from _plain_fields(manifest)
    yield from _author(manifest.get("author"))
    yield from _framework(manifest)
    yield from _locations(manifest, support, files)
    yield from parameters(manifest)
    yield from oauth(manifest)
    yield from _translations(manifest, files)
    yield from _icons(support, files)


def _plain_fields(manifest: dict[str, Any]) -> Iterator[Problem]:
    for name in ("author", "defaultLocale", "frameworkVersion", "location"):
        if name not in manifest:
            yield Problem("missing_manifest_keys", name)
    for name in BOOLEANS:
        if not isinstance(manifest.get(name, True), bool):
            yield Problem("unacceptable_boolean", name)
    for name in TEXTS:
        if not isinstance(manifest.get(name, ""), str):
            yield Problem("unacceptable_string", name)
    yield from _odd_fields(manifest)


def _odd_fields(manifest: dict[str, Any]) -> Iterator[Problem]:
    if not texts(manifest.get("domainWhitelist", [])):
        yield Problem("unacceptable_array", "domainWhitelist is a list of host names")
    if "termsConditionsURL" in manifest and not _is_http(manifest["termsConditionsURL"]):
        yield Problem("invalid_terms_conditions_url", str(manifest["termsConditionsURL"]))
    if not isinstance(manifest.get("experiments", {}), dict):
        yield Problem("unacceptable_hash", "experiments")
    if "noTemplate" in manifest:
        yield Problem("no_template_deprecated", "noTemplate is gone since version 2")


def _author(author: Any) -> Iterator[Problem]:
    if author is None:
        return
    if not isinstance(author, dict) or not all(isinstance(value, str) for value in author.values()):
        yield Problem("unacceptable_author", "author is an object of texts: name, email, url")
    elif "url" in author and not _is_http(author["url"]):
        yield Problem("invalid_author_url", author["url"])


def _framework(manifest: dict[str, Any]) -> Iterator[Problem]:
    if manifest.get("frameworkVersion", "2.0") != "2.0":
        yield Problem("invalid_version", f"frameworkVersion {manifest['frameworkVersion']}: only 2.0 is served")


def _support(manifest: dict[str, Any]) -> dict[str, Any]:
    location = manifest.get("location")
    support = location.get("support") if isinstance(location, dict) else None
    return support if isinstance(support, dict) else {}


def _locations(manifest: dict[str, Any], support: dict[str, Any], files: Mapping[str, bytes]) -> Iterator[Problem]:
    if "location" in manifest and not support:
        yield Problem("invalid_location", 'location is {"support": {…}} with at least one place')
    for place, entry in support.items():
        if place not in LOCATIONS:
            yield Problem("invalid_location", place)
        url = entry.get("url") if isinstance(entry, dict) else entry
        if not _is_page(url, files):
            yield Problem("invalid_location_uri", f"{place}: {url}: https, http://localhost, or a file under assets/")


def _is_page(url: Any, files: Mapping[str, bytes]) -> bool:
    if not isinstance(url, str):
        return False
    if "{{setting." in url:
        return True  # filled in at installation; nobody can check it now
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        return bool(parts.hostname) and (
            parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost")
        )
    return url.startswith("assets/") and url in files


def _translations(manifest: dict[str, Any], files: Mapping[str, bytes]) -> Iterator[Problem]:
    locale = manifest.get("defaultLocale", "en")
    if not isinstance(locale, str) or not _LOCALE.fullmatch(locale):
        yield Problem("invalid_default_locale", str(locale))
        return
    names = {name for name in files if re.fullmatch(r"translations/[^/]+\.json", name)}
    for name in sorted({*names, f"translations/{locale}.json"}):
        document = _document(files, name)
        if isinstance(document, Problem):
            yield document
        else:
            yield from _translation(name, document.get("app"), manifest)


def _translation(name: str, app: Any, manifest: dict[str, Any]) -> Iterator[Problem]:
    words = app if isinstance(app, dict) else {}
    wanted = ["name"]
    if manifest.get("private", True) is False:
        wanted += ["short_description", "long_description", "installation_instructions"]
    for key in wanted:
        if not isinstance(words.get(key), str) or not words[key].strip():
            yield Problem("missing_translation", f"{name}: app.{key}")
    nodes = words.get("parameters", {})
    for parameter, node in nodes.items() if isinstance(nodes, dict) else ():
        if not isinstance(node, dict) or not node.get("label"):
            yield Problem("missing_translation", f"{name}: app.parameters.{parameter}.label")
    given = manifest.get("parameters")
    for one in given if isinstance(given, list) else []:
        if isinstance(one, dict) and one.get("type") != "hidden" and one.get("name") not in nodes:
            yield Problem("untranslated_parameter", f"{name}: {one.get('name')}", warning=True)


def _icons(support: dict[str, Any], files: Mapping[str, bytes]) -> Iterator[Problem]:
    for place in sorted(NEED_ICON & set(support)):
        icon = f"assets/icon_{place}.svg"
        if icon not in files:
            yield Problem("missing_location_icon", icon)
        elif re.search(rb"(fill|stroke)=\"#|(fill|stroke):\s*#", files[icon]):
            yield Problem("coloured_icon", f"{icon}: Zendesk colours it itself", warning=True)


def _logos(files: Mapping[str, bytes]) -> Iterator[Problem]:
    """Zendesk's own validator does not notice; the people who install the app do."""
    for name, size in LOGOS.items():
        head = files.get(name, b"")[:24]
        square = size.to_bytes(4, "big") * 2
        if head[:8] != b"\x89PNG\r\n\x1a\n" or head[16:24] != square:
            yield Problem("missing_logo", f"{name}: a PNG of {size} by {size}", warning=True)


def _words(files: Mapping[str, bytes]) -> Iterator[Problem]:
    for name, content in files.items():
        if not name.endswith((".json", ".svg", ".html", ".js", ".css", ".md", ".txt")):
            continue
        text = content.decode(errors="replace")
        if found := _SECRET.search(text):
            yield Problem("possible_secrets_found", f"{name}: {found[0]}", warning=True)
        for url in re.findall(r"http://[^\s\"'<>]+", text):
            if urlsplit(url).hostname != "www.w3.org":  # the name of a vocabulary, not an address
                yield Problem("insecure_http_request", f"{name}: {url}", warning=True)


def _is_http(value: Any) -> bool:
    return isinstance(value, str) and urlsplit(value).scheme in {"http", "https"} and bool(urlsplit(value).hostname)
