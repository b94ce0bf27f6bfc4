"""The app package, held to the rules of Zendesk's own validator, which cannot be installed here."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from integrations.zendesk import package
from integrations.zendesk.package import Package
from integrations.zendesk.package_problem import Problem

ROOT = Path(__file__).parents[2]
Doc = dict[str, Any]
URL = "https://countersign.acme.example"


@pytest.fixture
def shipped() -> Package:
    return package.read(package.SOURCE)


@pytest.fixture
def manifest(shipped: Package) -> Doc:
    return dict(json.loads(shipped.files["manifest.json"]))


def errors(found: list[Problem]) -> set[str]:
    return {problem.key for problem in found if not problem.warning}


def warnings(found: list[Problem]) -> set[str]:
    return {problem.key for problem in found if problem.warning}


def with_manifest(shipped: Package, manifest: Doc) -> Package:
    return Package({**shipped.files, "manifest.json": json.dumps(manifest).encode()}, shipped.symlinks)


def test_what_we_ship_has_no_error_and_no_warning(shipped):
    assert shipped.problems() == []


# --- each thing that Zendesk refuses --------------------------------------------------------------------------------------
def place(url: str) -> Callable[[Doc], None]:
    return lambda manifest: manifest["location"]["support"]["nav_bar"].update(url=url)


def parameter(**one: Any) -> Callable[[Doc], None]:
    return lambda manifest: manifest["parameters"].append(one)


def field(name: str, value: Any) -> Callable[[Doc], None]:
    return lambda manifest: manifest.update({name: value})


def both(*changes: Callable[[Doc], None]) -> Callable[[Doc], None]:
    return lambda manifest: [change(manifest) for change in changes] and None


GOOD_OAUTH = {"client_id": "a", "client_secret": "b", "authorize_uri": "https://a", "access_token_uri": "https://b"}
REFUSED = {
    "plain http to an address": (place("http://127.0.0.1:5000/desk"), "invalid_location_uri"),
    "plain http to a name like localhost": (place("http://localhost.evil.example/desk"), "invalid_location_uri"),
    "a script in place of an address": (place("javascript:alert(1)"), "invalid_location_uri"),
    "an asset that is missing": (place("assets/none.html"), "invalid_location_uri"),
    "a file outside the assets": (place("manifest.json"), "invalid_location_uri"),
    "a place without an address": (lambda m: m["location"]["support"].update(modal={}), "invalid_location_uri"),
    "an unknown location": (lambda m: m["location"]["support"].update(side_bar="https://a.example"), "invalid_location"),
    "no location": (field("location", {}), "invalid_location"),
    "an old framework": (field("frameworkVersion", "1.0"), "invalid_version"),
    "a framework as a number": (field("frameworkVersion", 2.0), "invalid_version"),
    "no author": (lambda m: m.pop("author"), "missing_manifest_keys"),
    "an author in one word": (field("author", "me"), "unacceptable_author"),
    "an author without a real page": (lambda m: m["author"].update(url="countersign"), "invalid_author_url"),
    "a locale that is none": (field("defaultLocale", "english"), "invalid_default_locale"),
    "a locale without translation": (field("defaultLocale", "fr"), "missing_translation_file"),
    "a word for a boolean": (field("signedUrls", "yes"), "unacceptable_boolean"),
    "a number for a text": (field("version", 1), "unacceptable_string"),
    "a white list that is no list": (field("domainWhitelist", "a.example"), "unacceptable_array"),
    "terms that are no address": (field("termsConditionsURL", "terms"), "invalid_terms_conditions_url"),
    "a leaf of version 1": (field("noTemplate", True), "no_template_deprecated"),
    "a parameter called name": (parameter(name="name", type="text"), "name_as_parameter_name"),
    "two parameters of one name": (both(parameter(name="a"), parameter(name="a")), "duplicate_parameters"),
    "a parameter of an unknown type": (parameter(name="a", type="date"), "invalid_type_parameter"),
    "a parameter with an unknown key": (parameter(name="a", label="A"), "invalid_parameter"),
    "a parameter without a name": (parameter(type="text"), "invalid_parameter"),
    "a hidden one that is required": (parameter(name="a", type="hidden", required=True), "invalid_hidden_parameter"),
    "an oauth one that is secure": (
        parameter(name="a", type="oauth", secure=True, scopes=["header"]),
        "oauth_parameter_cannot_be_secure",
    ),
    "two oauth ones": (both(parameter(name="a", type="oauth"), parameter(name="b", type="oauth")), "too_many_oauth_parameters"),
    "scopes of one that is not secure": (parameter(name="a", scopes=["header"]), "scopes_without_secure"),
    "unknown scopes": (parameter(name="a", secure=True, scopes=["cookie"]), "invalid_secure_scopes"),
    "parameters that are no list": (field("parameters", {"a": {}}), "parameters_not_an_array"),
    "oauth without its parameter": (field("oauth", GOOD_OAUTH), "oauth_parameter_required"),
    "oauth without its keys": (
        both(field("oauth", {"client_id": "a"}), parameter(name="a", type="oauth")),
        "missing_oauth_keys",
    ),
    "a bar without an icon": (lambda m: m["location"]["support"].update(top_bar="https://a.example"), "missing_location_icon"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "key"), REFUSED.values(), ids=REFUSED)
def test_zendesk_would_refuse(shipped, manifest, change, key):
    change(manifest)
    assert key in errors(with_manifest(shipped, manifest).problems())


WARNED = {
    "a secure parameter that goes nowhere": (parameter(name="a", secure=True), "secure_without_scopes"),
    "a secret that everybody starts with": (
        parameter(name="a", secure=True, scopes=["url"], default="x"),
        "default_on_secure_or_hidden",
    ),
    "a token that everybody sees": (parameter(name="my_token", type="text"), "insecure_token_parameter"),
    "a word that smells of secrets": (parameter(name="shared_secret"), "possible_secrets_found"),
    "a page without TLS": (place("http://localhost:8000/desk"), "insecure_http_request"),
    "a setting without a label": (parameter(name="a"), "untranslated_parameter"),
}


@pytest.mark.parametrize(("change", "key"), WARNED.values(), ids=WARNED)
def test_zendesk_would_warn(shipped, manifest, change, key):
    change(manifest)
    found = with_manifest(shipped, manifest).problems()
    assert key in warnings(found)
    assert errors(found) == set()


FILES: dict[str, tuple[dict[str, bytes], str]] = {
    **{
        f"a .{kind}": ({f"assets/a.{kind}": b""}, "forbidden_file")
        for kind in ("pdf", "zip", "docx", "mp3", "bin", "sh")
    },
    "a key that stands twice": ({"manifest.json": b'{"name": "a", "name": "b"}'}, "duplicate_keys"),
    "a key that stands twice, deep inside": (
        {"manifest.json": b'{"location": {"support": {"modal": "https://a", "modal": "https://b"}}}'},
        "duplicate_keys",
    ),
    "a manifest that is no JSON": ({"manifest.json": b"{"}, "not_json"),
    "a manifest that is a list": ({"manifest.json": b"[]"}, "not_json"),
    "a translation that is no JSON": ({"translations/en.json": b"{"}, "not_json"),
    "a translation without the app's name": ({"translations/en.json": b'{"app": {}}'}, "missing_translation"),
    "a second language without the app's name": ({"translations/fr.json": b"{}"}, "missing_translation"),
    "a setting whose label is missing": (
        {"translations/en.json": b'{"app": {"name": "C", "parameters": {"automation_allowed": {"helpText": "x"}}}}'},
        "missing_translation",
    ),
}


@pytest.mark.parametrize(("files", "key"), FILES.values(), ids=FILES)
def test_zendesk_would_refuse_the_file(shipped, files, key):
    assert key in errors(Package({**shipped.files, **files}).problems())


@pytest.mark.parametrize("name", ["manifest.json", "translations/en.json", "assets/icon_nav_bar.svg"])
def test_a_file_that_is_missing_is_missed(shipped, name):
    files = {path: content for path, content in shipped.files.items() if path != name}
    assert any(key.startswith("missing_") for key in errors(Package(files).problems()))


def test_a_public_app_says_more_about_itself(shipped, manifest):
    field("private", False)(manifest)
    short = {"translations/en.json": b'{"app": {"name": "Countersign"}}'}
    assert errors(with_manifest(shipped, manifest).problems()) == set()
    assert errors(Package({**with_manifest(shipped, manifest).files, **short}).problems()) == {"missing_translation"}


def test_a_symlink_is_refused_in_a_folder_and_in_a_zip(shipped, tmp_path):
    folder, packed = tmp_path / "app", tmp_path / "app.zip"
    for name, content in shipped.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "assets/passwd").symlink_to("/etc/passwd")
    assert "symlink_in_zip" in errors(package.read(folder).problems())
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("assets/passwd")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    assert "symlink_in_zip" in errors(package.read(packed).problems())


def test_an_icon_with_a_colour_of_its_own_and_a_logo_of_another_size_are_noticed(shipped):
    files = {
        "assets/icon_nav_bar.svg": b'<svg><path fill="#f00"/></svg>',
        "assets/logo.png": shipped.files["assets/logo-small.png"],
    }
    assert {"coloured_icon", "missing_logo"} <= warnings(Package({**shipped.files, **files}).problems())


@pytest.mark.parametrize("url", ["http://localhost:8000/zendesk/desk", "https://{{setting.server}}/desk"])
def test_what_zendesk_takes_is_not_refused(shipped, manifest, url):
    place(url)(manifest)
    assert errors(with_manifest(shipped, manifest).problems()) == set()


# --- what we promise ourselves --------------------------------------------------------------------------------------------
def test_the_pages_are_signed_and_are_routes_of_ours(manifest, web):
    assert manifest["signedUrls"] is True
    routes = {rule.rule for rule in web.url_map.iter_rules() if "POST" in rule.methods}
    for entry in manifest["location"]["support"].values():
        assert urlsplit(entry["url"]).path in routes


def test_the_package_has_the_version_of_the_product(manifest):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert manifest["version"] == project["version"]


def test_german_says_everything_that_english_says(shipped):
    english, german = (json.loads(shipped.files[f"translations/{name}.json"])["app"] for name in ("en", "de"))
    assert english.keys() == german.keys()
    for name, node in english["parameters"].items():
        assert node.keys() == german["parameters"][name].keys()
        assert node["helpText"] != german["parameters"][name]["helpText"]


# --- packing --------------------------------------------------------------------------------------------------------------
def test_packing_twice_gives_the_same_bytes_and_the_servers_address(tmp_path, capsys):
    for out in ("one", "two"):
        assert package.main(["--url", f"{URL}/", "--out", str(tmp_path / out)]) == 0
    (one,), (two,) = ((tmp_path / out).glob("*.zip") for out in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    manifest = json.loads(package.read(one).files["manifest.json"])
    assert {urlsplit(entry["url"]).netloc for entry in manifest["location"]["support"].values()} == {
        "countersign.acme.example"
    }
    assert manifest["domainWhitelist"] == ["countersign.acme.example"]
    assert package.main(["--check", str(one)]) == 0
    assert capsys.readouterr().out.endswith("0 errors, 0 warnings\n")


def test_an_address_that_zendesk_would_refuse_packs_nothing(tmp_path, capsys):
    assert package.main(["--url", "http://127.0.0.1:8000", "--out", str(tmp_path)]) == 1
    assert (
        "error: invalid_location_uri: ticket_sidebar: http://127.0.0.1:8000/zendesk/sidebar" in capsys.readouterr().out
    )
    assert list(tmp_path.iterdir()) == []


def test_without_an_address_it_says_what_to_type(capsys):
    assert package.main([]) == 2
    assert "make package-zendesk URL=https://" in capsys.readouterr().out


def test_make_packs(tmp_path):
    recipe = subprocess.run(
        ["make", "-n", "package-zendesk", f"URL={URL}"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert re.search(rf"integrations\.zendesk\.package .*--url {re.escape(URL)}", recipe)
