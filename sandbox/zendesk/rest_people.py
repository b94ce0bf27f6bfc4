"""Users, groups and memberships over REST."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, request

from sandbox.zendesk import access, events, people
from sandbox.zendesk.context import admin, reader, root, store
from sandbox.zendesk.paging import page
from sandbox.zendesk.rest_tickets import numbers
from sandbox.zendesk.state import Doc

people_routes = Blueprint("people", __name__)
NOBODY: Doc = {
    "id": None,
    "name": "Anonymous user",
    "email": "invalid@example.com",
    "role": "end-user",
    "active": False,
}


def _with_url(kind: str, doc: Doc) -> Doc:
    return {"url": f"{root()}/api/v2/{kind}/{doc['id']}.json", **doc}


def _users(docs: list[Doc]) -> Response:
    return jsonify(page("users", [_with_url("users", doc) for doc in docs]))


@people_routes.get("/users/me")
def me() -> Response:
    """Without credentials: 200 and nobody, as in real life."""
    who = access.caller(store(), request)
    return jsonify(user=_with_url("users", who.user) if who else NOBODY)


@people_routes.get("/users/<int:user_id>")
def get_user(user_id: int) -> Response:
    reader()
    return jsonify(user=_with_url("users", people.user(store(), user_id)))


@people_routes.delete("/users/<int:user_id>")
def delete_user(user_id: int) -> Response:
    """And for good, as a request to be forgotten asks: Zendesk does that in two calls."""
    admin("delete users")
    with store().write():
        gone = people.delete_user(store(), people.user(store(), user_id))
        events.tell_of_user(store(), gone, "deleted")
    return jsonify(user=_with_url("users", gone))


@people_routes.get("/users")
def list_users() -> Response:
    reader()
    roles = request.args.getlist("role") + request.args.getlist("role[]")
    return _users([doc for doc in people.users(store()) if not roles or doc["role"] in roles])


@people_routes.get("/users/show_many")
def show_many_users() -> Response:
    reader()
    wanted = numbers(request.args.get("ids", ""))
    return _users([doc for doc in people.users(store()) if doc["id"] in wanted])


@people_routes.get("/users/search")
def search_users() -> Response:
    reader()
    return _users(people.search(store(), request.args.get("query", ""), request.args.get("external_id")))


@people_routes.get("/users/<int:user_id>/group_memberships")
def memberships_of_user(user_id: int) -> Response:
    reader()
    people.user(store(), user_id)
    return _memberships(user_id=user_id)


@people_routes.get("/users/<int:user_id>/groups")
def groups_of_user(user_id: int) -> Response:
    reader()
    wanted = people.groups_of(store(), people.user(store(), user_id)["id"])
    return _groups([doc for doc in people.groups(store()) if doc["id"] in wanted])


@people_routes.get("/groups")
@people_routes.get("/groups/assignable")
def list_groups() -> Response:
    reader()
    return _groups(people.groups(store()))


def _groups(docs: list[Doc]) -> Response:
    return jsonify(page("groups", [_with_url("groups", doc) for doc in docs]))


@people_routes.get("/groups/<int:group_id>")
def get_group(group_id: int) -> Response:
    reader()
    return jsonify(group=_with_url("groups", people.group(store(), group_id)))


@people_routes.delete("/groups/<int:group_id>")
def delete_group(group_id: int) -> Response:
    admin("delete groups")
    with store().write():
        people.delete_group(store(), group_id)
    return make_response("", 204)


@people_routes.get("/groups/<int:group_id>/memberships")
def memberships_of_group(group_id: int) -> Response:
    reader()
    people.group(store(), group_id)
    return _memberships(group_id=group_id)


@people_routes.get("/groups/<int:group_id>/users")
def users_of_group(group_id: int) -> Response:
    reader()
    people.group(store(), group_id)
    members = [doc["user_id"] for doc in people.memberships(store(), group_id=group_id)]
    return _users([doc for doc in people.users(store()) if doc["id"] in members])


@people_routes.get("/group_memberships")
def list_memberships() -> Response:
    reader()
    return _memberships()


def _memberships(group_id: int | None = None, user_id: int | None = None) -> Response:
    found = people.memberships(store(), group_id, user_id)
    return jsonify(page("group_memberships", [_with_url("group_memberships", doc) for doc in found]))
