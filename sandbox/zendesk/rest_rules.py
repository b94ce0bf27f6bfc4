"""Triggers and automations over REST."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, request

from sandbox.zendesk import automations, triggers
from sandbox.zendesk.context import admin, reader, sent, store
from sandbox.zendesk.paging import page
from sandbox.zendesk.state import Doc

rules = Blueprint("rules", __name__)


def _asked(docs: list[Doc]) -> list[Doc]:
    wanted = request.args.get("active")
    return docs if wanted is None else [doc for doc in docs if doc["active"] == (wanted == "true")]


@rules.get("/triggers")
def list_triggers() -> Response:
    reader()
    return jsonify(page("triggers", _asked(triggers.every(store()))))


@rules.get("/triggers/<int:trigger_id>")
def get_trigger(trigger_id: int) -> Response:
    reader()
    return jsonify(trigger=triggers.get(store(), trigger_id))


@rules.post("/triggers")
def post_trigger() -> Response:
    """{trigger: {title, conditions: {all, any}, actions}}: see triggers.py for what the sandbox understands."""
    admin("create triggers")
    return make_response(jsonify(trigger=triggers.add(store(), sent().get("trigger") or {})), 201)


@rules.put("/triggers/<int:trigger_id>")
def put_trigger(trigger_id: int) -> Response:
    admin("change triggers")
    return jsonify(trigger=triggers.update(store(), trigger_id, sent().get("trigger") or {}))


@rules.delete("/triggers/<int:trigger_id>")
def delete_trigger(trigger_id: int) -> Response:
    admin("delete triggers")
    triggers.delete(store(), trigger_id)
    return make_response("", 204)


@rules.get("/automations")
def list_automations() -> Response:
    reader()
    return jsonify(page("automations", _asked(automations.every(store()))))


@rules.get("/automations/<int:automation_id>")
def get_automation(automation_id: int) -> Response:
    reader()
    return jsonify(automation=automations.get(store(), automation_id))


@rules.put("/automations/<int:automation_id>")
def put_automation(automation_id: int) -> Response:
    """Only `active` can be changed: that is what matters to what a customer receives."""
    admin("change automations")
    wanted = (sent().get("automation") or {}).get("active", True)
    return jsonify(automation=automations.switch(store(), automation_id, active=bool(wanted)))
