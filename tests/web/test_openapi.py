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


def test_every_reference_leads_somewhere(web):
    document = documented(web)
    for name in re.findall(r"#/components/schemas/(\w+)", str(document)):
        assert name in document["components"]["schemas"]


def test_every_path_names_its_parameters(web):
    for path, methods in documented(web)["paths"].items():
        for operation in methods.values():
            named = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))
