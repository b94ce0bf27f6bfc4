"""Where the published description is wrong and the real account is as our sandbox: each place, and how we know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Doc = dict[str, Any]
ANY_BODY = {"content": {"application/json": {"schema": {"type": "object"}}}}
WITHOUT_A_BODY = (
    ("/api/v2/automations/{automation_id}", "put"),
    ("/api/v2/tickets/update_many", "put"),
    ("/api/v2/tickets/{ticket_id}/satisfaction_rating", "post"),
    ("/api/v2/tickets/{ticket_id}/tags", "delete"),
    ("/api/v2/tickets/{ticket_id}/tags", "post"),
    ("/api/v2/tickets/{ticket_id}/tags", "put"),
)


def an_action_may_have_a_list(document: Doc) -> None:
    """`notification_user` takes recipient, subject and text; so recorded in go-zendesk's fixtures of automations."""
    schema = document["components"]["schemas"]["ActionObject"]["properties"]["value"]
    schema["type"] = ["string", "array", "null"]


def the_export_tells_of_deleted_tickets(document: Doc) -> None:
    """With the status `deleted`; so the words of the reference on incremental exports."""
    schemas = document["components"]["schemas"]
    ticket = {**schemas["TicketObject"], "properties": dict(schemas["TicketObject"]["properties"])}
    status = ticket["properties"]["status"]
    ticket["properties"]["status"] = {**status, "enum": [*status["enum"], "deleted"]}
    schemas["ExportedTicketObject"] = ticket
    export = schemas["CursorBasedExportIncrementalTicketsResponse"]["properties"]["tickets"]
    export["items"] = {"$ref": "#/components/schemas/ExportedTicketObject"}


def one_rating_is_an_object(document: Doc) -> None:
    """The file says a list of one; its own example shows an object."""
    one = {"$ref": "#/components/schemas/SatisfactionRatingObject"}
    document["components"]["schemas"]["SatisfactionRatingResponse"]["properties"]["satisfaction_rating"] = one


def requests_have_the_bodies_that_they_need(document: Doc) -> None:
    """The file forgot them: a tags call without tags could do nothing."""
    for path, method in WITHOUT_A_BODY:
        document["paths"][path][method]["requestBody"] = ANY_BODY


def a_fields_value_needs_only_its_number(document: Doc) -> None:
    """In a ticket `{id, value}`; the file asks for the whole definition of the field."""
    document["components"]["schemas"]["CustomFieldObject"].pop("required", None)


def a_path_has_no_parameter_that_it_lacks(document: Doc) -> None:
    """`/groups` and `/triggers` are said to need ids in paths that have no place for one."""
    known = document["components"]["parameters"]
    for path, item in document["paths"].items():
        for operation in (value for key, value in item.items() if key != "parameters"):
            named = [
                (one, known.get(one.get("$ref", "").rpartition("/")[2], one)) for one in operation.get("parameters", [])
            ]
            operation["parameters"] = [
                one for one, full in named if full["in"] != "path" or f"{{{full['name']}}}" in path
            ]


def an_address_may_be_on_this_machine(document: Doc) -> None:
    """The format `url` knows no 127.0.0.1, where the sandbox lives."""
    created = document["paths"]["/api/v2/tickets"]["post"]["responses"]["201"]
    created["headers"]["Location"]["schema"].pop("format", None)


CORRECTIONS: tuple[Callable[[Doc], None], ...] = (
    an_action_may_have_a_list,
    the_export_tells_of_deleted_tickets,
    one_rating_is_an_object,
    requests_have_the_bodies_that_they_need,
    a_fields_value_needs_only_its_number,
    a_path_has_no_parameter_that_it_lacks,
    an_address_may_be_on_this_machine,
)
