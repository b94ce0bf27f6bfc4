"""The OpenAPI document names what there is, and nothing that is not."""

from __future__ import annotations

import re


def documented(web) -> dict:
    return web.test_client().get("/api/v1/openapi.json").json


def test_every_operation_is_a_route_and_every_route_an_operation(web):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in web.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "api.openapi"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    paths = documented(web)["paths"]
    assert {(path, method) for path, methods in paths.items() for method in methods} == routes


# What is no part of the API, and why.
BESIDE = {
    "/parts/": "pieces of pages for htmx",
    "/static/": "files",
    "/webhooks/": "Zendesk and Gmail call them; their own documents say how",
    "/gmail/addon/": "Gmail calls them, as its add-ons' documents say",
    "/zendesk/": "the pages inside Zendesk; its signed POST opens them",
    "/sign-": "in and out, by a person's browser",
    "/stop/": "behind a signed link, for a person in a hurry",
    "/api/v1/openapi.json": "the document itself",
}
PAGES = set(
    """/ /command-line /connected /correction /corrections /escalations /evidence /evidence/<category>.csv /figures /figures/<metric>.csv /figures/alarm/<metric>.csv
    /figures/behind /figures/behind.csv /first-admin /healthz
    /log /log/export /log/<proposal_id> /log/<proposal_id>.json /me /me/language /metrics /readyz /settings /settings/people /settings/policy
    /settings/policy/file /settings/policy/one-pager /settings/runbook /settings/source /settings/sources /settings/start
    /settings/stop /status""".split()
)


def test_every_other_route_is_named_as_none_of_the_api(web):
    rules = {rule.rule for rule in web.url_map.iter_rules()}
    assert {rule for rule in rules if not rule.startswith((*BESIDE, "/api/"))} == PAGES


def test_every_reference_leads_somewhere(web):
    document = documented(web)
    for name in re.findall(r"#/components/schemas/(\w+)", str(document)):
        assert name in document["components"]["schemas"]


def test_every_path_names_its_parameters(web):
    for path, methods in documented(web)["paths"].items():
        for operation in methods.values():
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
