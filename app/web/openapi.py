"""The OpenAPI document, written from one table, so that it says what the routes do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.forgetting import BASES
from app.store.handling import DOCUMENTS

TEXT = {"type": "string"}
STATUS = {"enum": ["open", "pending", "solved", None]}


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: its path, what it does, what it takes, what it answers with."""

    method: str
    path: str
    name: str
    summary: str
    answer: str
    takes: dict[str, Any] | None = None
    needs: tuple[str, ...] = ()
    query: tuple[str, ...] = ()


ONE = "/api/v1/proposals/{proposal_id}"
POLICY = "/api/v1/policy"
ESCALATION = "/api/v1/escalations/{escalation_id}"
MOMENT = {"type": "string", "format": "date-time"}
SOURCES = "/api/v1/sources"
CORRECTIONS = "/api/v1/corrections"
OPERATIONS = (
    Operation("get", "/api/v1/queue", "queue", "Open proposals", "Queue", query=("state", "category")),
    Operation("get", ONE, "proposal", "One proposal", "Proposal"),
    Operation("get", "/api/v1/tickets/{host}/{ticket}", "ticket", "A ticket's newest proposal", "Ticket"),
    Operation("post", f"{ONE}/approve", "approve", "Approve what was seen", "Proposal",
              {"seen": TEXT, "status": STATUS}, ("seen",)),
    Operation("post", "/api/v1/approvals", "approve_batch", "Approve many, each with its own result", "Results",
              {"items": {"type": "array", "minItems": 1, "maxItems": 100, "items": {"$ref": "#/components/schemas/Seen"}},
               "status": STATUS}, ("items",)),
    Operation("post", "/api/v1/approvals/{batch_id}/go-on", "go_on", "Approve what nobody came to when a batch broke off",
              "Results", {}),
    Operation("post", f"{ONE}/undo", "undo", "Take the approval back in time", "Proposal", {}),
    Operation("post", f"{ONE}/edit", "edit", "Put another text in the draft's place", "Proposal",
              {"text": TEXT, "seen": TEXT}, ("text", "seen")),
    Operation("post", f"{ONE}/reject", "reject", "Reject, with a reason from the list", "Proposal",
              {"reason": TEXT}, ("reason",)),
    Operation("post", f"{ONE}/escalate", "escalate", "Give it to a named person", "Proposal",
              {"to": TEXT, "due": {"type": "string", "format": "date-time"}, "note": TEXT}, ("to", "due")),
    Operation("post", f"{ONE}/done", "done", "It is with people no more", "Proposal", {}),
    Operation("post", f"{ONE}/confirm-category", "confirm_category", "Say that the category is right", "Proposal", {}),
    Operation("post", f"{ONE}/correct", "correct", "Say what is wrong, and have it judged anew", "Proposal",
              {"category": TEXT, "not_escalation": {"type": "boolean"}, "redo": {"type": "string", "maxLength": 500}}),
    Operation("post", f"{ONE}/second", "second", "What another person finds of a judged draft", "Answered",
              {"said": {"enum": ["accepted", "light edit", "material edit", "rejected"]}}, ("said",)),
    Operation("post", "/api/v1/ramp/{category}/ask", "ask_ramp", "Ask for a category's next step", "Ramp", {"reason": TEXT}, ("reason",)),
    Operation("post", "/api/v1/ramp/requests/{request_id}/grant", "grant_ramp", "A second admin grants it", "Ramp", {}),
    Operation("post", "/api/v1/ramp/{category}/lower", "lower_ramp", "Back to approval: one person, at once", "Ramp", {}),
    Operation("post", f"{ESCALATION}/take", "take_escalation", "Say what you do next, and by when", "Closed",
              {"action": TEXT, "due": MOMENT}, ("action", "due")),
    Operation("post", f"{ESCALATION}/pass-on", "pass_escalation_on", "Give it to another person", "Closed",
              {"to": TEXT, "due": MOMENT}, ("to", "due")),
    Operation("post", f"{ESCALATION}/close", "close_escalation", "Decide what is documented", "Closed",
              {"document": {"enum": ["", *DOCUMENTS]}, "reason": TEXT, "link": TEXT}, ("reason",)),
    Operation("get", "/api/v1/switch", "switch", "LIVE, OFF or CONFIRMED for each scope", "Switch"),
    Operation("post", "/api/v1/rollback", "rollback", "Stop: one person, at once", "Switch",
              {"scope": TEXT, "reason": TEXT, "revoke": {"type": "boolean"}}),
    Operation("post", "/api/v1/restore", "restore", "Back to LIVE: two people", "Switch",
              {"scope": TEXT, "granting": {"type": "boolean"}}),
    Operation("post", "/api/v1/drills", "drill", "Rehearse the stop; an empty queue means the canaries' own", "Begun",
              {"queue": TEXT}, ("queue",)),
    Operation("post", "/api/v1/stop-links", "make_stop_link", "A link that stops from a phone, once", "StopLink",
              {"scope": TEXT, "made_for": TEXT, "days": TEXT}, ("scope", "made_for", "days")),
    Operation("post", "/api/v1/stop-links/{link_id}/withdraw", "withdraw_stop_link", "It works no more", "Begun", {}),
    Operation("get", "/api/v1/freezes", "freezes", "What is frozen, why, and what ends it", "Freezes"),
    Operation("post", "/api/v1/freezes", "freeze", "Freeze a category or a queue: one person, at once", "Frozen",
              {"level": {"enum": ["auto-off", "draft-only"]}, "queue": TEXT, "category": TEXT, "reason": TEXT}, ("level",)),
    Operation("post", "/api/v1/freezes/{freeze_id}/thaw", "thaw", "Lift a freeze: two people", "Frozen",
              {"reason": TEXT, "granting": {"enum": ["true", "false"]}}),
    Operation("post", f"{ONE}/confirm-sources", "confirm_sources", "A held draft is still right under the new texts", "Done",
              {"against": TEXT}, ("against",)),
    Operation("post", f"{ONE}/redo", "redo", "Write a held draft anew from the sources as they are", "Done", {}),
    Operation("post", "/api/v1/connections/{name}/test", "test_connection", "Ask a connection what doctor would ask", "Tested", {}),
    Operation("post", "/api/v1/erasures", "erase", "Have a person forgotten", "Done", {"who": TEXT, "basis": {"enum": list(BASES)}},
              ("who", "basis")),
    Operation("post", CORRECTIONS, "begin_corrections", "Write down who is told what is right; nothing is sent", "Done",
              {"kind": {"enum": ["answer", "source", "category"]}, "what": TEXT, "since": TEXT, "text": TEXT},
              ("kind", "what", "since", "text")),
    Operation("post", f"{CORRECTIONS}/{{run_id}}/go-on", "prepare_corrections", "Prepare more of them, for two seconds", "Waiting", {}),
    Operation("post", f"{CORRECTIONS}/{{run_id}}/again", "corrections_again", "Those that could not be prepared, once more", "Done", {}),
    Operation("post", SOURCES, "add_source", "A text: in force, or asked for where replies rest on it", "Sourced",
              {"text": TEXT, "name": TEXT, "reason": TEXT}, ("text",)),
    Operation("post", f"{SOURCES}/retire", "retire_source", "Take a source out of force", "Sourced",
              {"id": TEXT, "language": TEXT, "reason": TEXT}, ("id",)),
    Operation("post", f"{SOURCES}/requests/{{request_id}}/approve", "approve_source", "A second person's yes to one text",
              "Sourced", {"seen": TEXT}, ("seen",)),
    Operation("post", f"{SOURCES}/requests/{{request_id}}/withdraw", "withdraw_source", "Take a request back", "Done", {}),
    Operation("post", f"{SOURCES}/fixes", "ask_fix", "What a source should say, for its owner", "Done",
              {"words": TEXT, "id": TEXT}, ("words",)),
    Operation("post", f"{SOURCES}/fixes/{{fix_id}}/done", "fixed", "Somebody has seen to it", "Done", {}),
    Operation("post", "/api/v1/patterns", "open_pattern", "A known failure: what matches stops at once", "Done",
              {"name": TEXT, "description": TEXT, "phrases": TEXT, "category": TEXT, "examples": TEXT, "owner": TEXT},
              ("name", "description")),
    Operation("post", "/api/v1/patterns/{pattern_id}/close", "close_pattern", "A known failure is fixed: two people", "Done",
              {"done": TEXT, "granting": {"enum": ["true", "false"]}}),
    Operation("post", "/api/v1/people/{email}/role", "set_role", "Set somebody's role", "Person",
              {"role": {"enum": ["agent", "reviewer", "admin", "host"]}}, ("role",)),
    Operation("post", "/api/v1/people/{email}/sign-out", "sign_out", "End all that somebody has open", "Person", {}),
    Operation("post", f"{POLICY}/check", "check_policy", "What is wrong with a policy, by line, and what it changes", "Checked",
              {"text": TEXT}, ("text",)),
    Operation("post", f"{POLICY}/questions", "questions", "The nine questions, as a text answers them", "Questions",
              {"text": TEXT}, ("text",)),
    Operation("post", f"{POLICY}/answers", "answer", "The text with one answer changed", "Text",
              {"text": TEXT, "path": {"type": "array"}, "value": {}}, ("text", "path", "value")),
    Operation("post", f"{POLICY}/drafts", "save_policy", "Keep a text; whoever saved meanwhile is named", "Saved",
              {"text": TEXT, "parent": {"type": ["integer", "null"]}, "base": {"type": "integer"}}, ("text",)),
    Operation("get", f"{POLICY}/drafts/{{draft_id}}", "kept_draft", "A text that somebody kept", "Draft"),
    Operation("post", f"{POLICY}/requests", "request_policy", "Ask for a text to be put in force", "PolicyRequest",
              {"text": TEXT, "reason": TEXT, "base": {"type": "integer"}}, ("text", "reason")),
    Operation("post", f"{POLICY}/requests/{{request_id}}/approve", "approve_policy", "A second person's yes to one text",
              "PolicyRequest", {"seen": TEXT}, ("seen",)),
    Operation("post", f"{POLICY}/requests/{{request_id}}/publish", "publish_policy", "Put it in force, now or later",
              "PolicyVersion", {"at": {"type": "string", "format": "date-time"}}),
    Operation("post", f"{POLICY}/requests/{{request_id}}/withdraw", "withdraw_policy", "Take a request back", "Closed", {}),
    Operation("post", f"{POLICY}/findings/accept", "accept_finding", "Live with a finding: two people, a reason, an end",
              "Accepted", {"text": TEXT, "key": TEXT, "reason": TEXT, "until": {"type": "string", "format": "date-time"}},
              ("text", "key", "reason", "until")),
    Operation("post", f"{POLICY}/replays", "replay", "Try a text on the last days' decisions", "Replay",
              {"text": TEXT, "days": {"type": "integer", "minimum": 1, "maximum": 3650}}, ("text",)),
    Operation("get", f"{POLICY}/replays/{{replay_id}}", "replayed", "How far a trial is, and what it found", "Replay"),
    Operation("post", f"{POLICY}/replays/{{replay_id}}/stop", "stop_replay", "Leave a trial; it can go on", "Replay", {}),
    Operation("post", "/api/v1/token", "renew", "Renew the bearer of an iframe page", "Token", {}),
)  # fmt: skip

_PROPOSAL = {
    "id": TEXT,
    "host": TEXT,
    "ticket": TEXT,
    "subject": TEXT,
    "category": {"type": ["string", "null"]},
    "tier": {"enum": [1, 2, 3, None]},
    "mode": {"enum": ["draft", "assisted", "auto"]},
    "action": {"enum": ["send", "offer_draft", "stand_down", "hand_over"]},
    "state": TEXT,
    "draft": {"type": ["string", "null"]},
    "reasons": {"type": "array", "items": {"type": "object", "properties": {"rule": TEXT, "text": TEXT}}},
    "seen": TEXT,
}
SCHEMAS = {
    "Seen": {
        "type": "object",
        "properties": {"id": TEXT, "seen": TEXT, "shown_ms": {"type": "integer", "minimum": 0}},
        "required": ["id", "seen"],
    },
    "Proposal": {"type": "object", "properties": _PROPOSAL, "required": list(_PROPOSAL)},
    "Queue": {"type": "array", "items": {"$ref": "#/components/schemas/Proposal"}},
    "Ticket": {"type": "object", "required": ["item", "working", "switch", "troubles"]},
    "Results": {"type": "object", "required": ["results"]},
    "Switch": {"type": "array", "items": {"type": "object", "required": ["scope", "state", "stop_would"]}},
    "Begun": {"type": "object", "required": ["id"]},
    "StopLink": {"type": "object", "required": ["address"]},
    "Freezes": {"type": "array", "items": {"type": "object", "required": ["id", "scope", "level", "cause", "cure"]}},
    "Frozen": {"type": "object", "required": ["id", "lifted"]},
    "Ramp": {"type": "object", "required": ["step", "in_force"]},
    "Answered": {"type": "object", "required": ["id", "answered"]},
    "Closed": {"type": "object", "required": ["id", "state"]},
    "Person": {"type": "object", "required": ["email"]},
    "Done": {"type": "object", "required": ["id"]},
    "Tested": {"type": "object", "required": ["id", "says", "done"]},
    "Waiting": {"type": "object", "required": ["id", "waiting"]},
    "Sourced": {"type": "object", "required": ["id", "change", "request", "held"]},
    "Checked": {"type": "object", "required": ["problems", "findings", "changes"]},
    "Questions": {"type": "object", "required": ["questions"]},
    "Text": {"type": "object", "required": ["text"]},
    "Draft": {"type": "object", "required": ["id", "base", "text"]},
    "Saved": {"type": "object", "required": ["id", "meanwhile"]},
    "PolicyRequest": {"type": "object", "required": ["id", "sha256", "verdict", "state", "approved_by"]},
    "PolicyVersion": {"type": "object", "required": ["version", "sha256", "effective_from"]},
    "Accepted": {"type": "object", "required": ["key", "accepted"]},
    "Replay": {"type": "object", "required": ["id", "state", "total", "done", "says"]},
    "Token": {"type": "object", "required": ["token", "seconds", "role"]},
    "Problem": {
        "type": "object",
        "description": "RFC 9457",
        "properties": {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT},
        "required": ["type", "title", "status", "detail"],
    },
}


def document() -> dict[str, Any]:
    """The whole document."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _described(operation)
    schemes = {
        "bearer": {"type": "http", "scheme": "bearer", "description": "From the signed iframe page; 15 minutes."},
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-countersign"},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Countersign", "version": "1"},
        "security": [{"bearer": []}, {"session": []}],
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": schemes},
    }


def _described(operation: Operation) -> dict[str, Any]:
    named = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in named]
    parameters += [{"name": name, "in": "query", "schema": TEXT} for name in operation.query]
    described: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done", "content": _json(operation.answer)},
            "default": {"description": "A problem", "content": _json("Problem", "application/problem+json")},
        },
    }
    if operation.takes is not None:
        taken = {"type": "object", "properties": operation.takes, "required": list(operation.needs)}
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": taken}}}
    return described


def _json(schema: str, kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
