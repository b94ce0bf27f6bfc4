"""The app package, held to the rules of Zendesk's own validator, which cannot be installed here."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from urllib.parse import urlsplit

import pytest

PACKAGE = Path(__file__).parents[2] / "manifest/zendesk"
LOCATIONS = {
    *("top_bar", "nav_bar", "ticket_sidebar", "new_ticket_sidebar", "user_sidebar", "organization_sidebar"),
    *("background", "modal", "ticket_editor", "system_top_bar"),
}
NEED_ICON = {"nav_bar", "top_bar", "system_top_bar", "ticket_editor"}
TYPES = {"text", "checkbox", "url", "number", "multiline", "hidden", "oauth"}
KEYS = {"name", "type", "required", "secure", "default", "scopes"}


def no_duplicates(pairs: list) -> dict:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("duplicate key")
    return found


def problems(manifest: dict, files: set[str]) -> set[str]:
    """The validator's own error keys."""
    found = set()
    support = manifest["location"]["support"]
    if manifest.get("frameworkVersion") != "2.0":
        found.add("invalid_version")
    if not set(support) <= LOCATIONS:
        found.add("invalid_location")
    for place in support.values():
        url = place if isinstance(place, str) else place["url"]
        parts = urlsplit(url)
        absolute = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "localhost")
        if not absolute and not (url.startswith("assets/") and url in files):
            found.add("invalid_location_uri")
    names = [parameter["name"] for parameter in manifest.get("parameters", [])]
    if "name" in names:
        found.add("name_as_parameter_name")
    if len(set(names)) != len(names):
        found.add("duplicate_parameters")
    if any(set(parameter) - KEYS or parameter.get("type", "text") not in TYPES for parameter in manifest["parameters"]):
        found.add("invalid_parameter")
    if not re.fullmatch(r"[a-z]{2,3}(-\w{2,3})?", manifest["defaultLocale"]):
        found.add("invalid_default_locale")
    if f"translations/{manifest['defaultLocale']}.json" not in files:
        found.add("missing_translation_file")
    return found


@pytest.fixture
def manifest() -> dict:
    return json.loads((PACKAGE / "manifest.json").read_text(encoding="utf-8"), object_pairs_hook=no_duplicates)


@pytest.fixture
def files() -> set[str]:
    return {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*") if path.is_file()}


def test_the_package_has_no_problem(manifest, files):
    assert problems(manifest, files) == set()


def moved(url: str):
    return lambda manifest: manifest["location"]["support"]["nav_bar"].update(url=url)


BROKEN = {
    "a plain http address": (moved("http://127.0.0.1:5000/desk"), "invalid_location_uri"),
    "an asset that is missing": (moved("assets/none.html"), "invalid_location_uri"),
    "a location that is none": (
        lambda manifest: manifest["location"]["support"].update(side={"url": "x"}),
        "invalid_location",
    ),
    "an old framework": (lambda manifest: manifest.update(frameworkVersion="1.0"), "invalid_version"),
    "a parameter called name": (
        lambda manifest: manifest["parameters"].append({"name": "name", "type": "text"}),
        "name_as_parameter_name",
    ),
}


@pytest.mark.parametrize(("break_it", "problem"), BROKEN.values(), ids=BROKEN)
def test_what_zendesk_refuses_is_seen(manifest, files, break_it, problem):
    break_it(manifest)
    assert problem in problems(manifest, files)


def test_a_local_server_may_be_tried_out(manifest, files):
    moved("http://localhost:8000/zendesk/desk")(manifest)
    assert problems(manifest, files) == set()


def test_the_pages_are_signed_and_are_routes_of_ours(manifest, web):
    assert manifest["signedUrls"] is True
    routes = {rule.rule for rule in web.url_map.iter_rules() if "POST" in rule.methods}
    for place in manifest["location"]["support"].values():
        assert urlsplit(place["url"]).path in routes


def test_every_parameter_has_a_label(manifest):
    words = json.loads((PACKAGE / "translations/en.json").read_text(encoding="utf-8"))["app"]
    assert {parameter["name"] for parameter in manifest["parameters"]} == set(words["parameters"])
    assert all(parameter["label"] for parameter in words["parameters"].values())


@pytest.mark.parametrize(("name", "size"), [("logo.png", 320), ("logo-small.png", 128)])
def test_the_logos_have_their_sizes(name, size):
    head = (PACKAGE / "assets" / name).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (size, size)


def test_each_bar_has_an_icon_without_a_colour_of_its_own(manifest, files):
    for place in set(manifest["location"]["support"]) & NEED_ICON:
        assert f"assets/icon_{place}.svg" in files
        assert not re.search(r'fill="#|stroke="#', (PACKAGE / f"assets/icon_{place}.svg").read_text())


def test_nothing_in_the_package_is_taken_for_a_secret(files):
    text = "".join((PACKAGE / name).read_text(encoding="utf-8") for name in files if name.endswith((".json", ".svg")))
    assert not re.search(r"password|secret|auth_key|api_key", text)
    assert not [name for name in files if name.endswith((".pdf", ".zip", ".docx", ".mp3", ".bin", ".sh"))]
