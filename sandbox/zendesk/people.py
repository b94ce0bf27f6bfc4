"""Users, groups and memberships."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.zendesk.errors import record_not_found
from sandbox.zendesk.state import Doc, Store, dump

STAFF = ("admin", "agent")


@dataclass(frozen=True)
class NewUser:
    name: str
    email: str
    role: str = "end-user"


def add_user(store: Store, new: NewUser) -> Doc:
    stamp = store.stamp()
    staff = new.role in STAFF
    doc: Doc = {
        "id": store.next_id(), "name": new.name, "email": new.email, "role": new.role,
        "created_at": stamp, "updated_at": stamp, "time_zone": "Berlin", "iana_time_zone": "Europe/Berlin",
        "phone": None, "shared_phone_number": None, "photo": None, "locale_id": 1, "locale": "en-US",
        "organization_id": None, "verified": True, "external_id": None, "tags": [], "alias": None, "active": True,
        "shared": False, "shared_agent": False, "last_login_at": None, "two_factor_auth_enabled": None,
        "signature": None, "details": None, "notes": None, "role_type": None, "custom_role_id": None,
        "moderator": staff, "ticket_restriction": None if staff else "requested", "only_private_comments": False,
        "restricted_agent": new.role != "admin", "suspended": False, "default_group_id": None, "report_csv": False,
        "user_fields": {},
    }  # fmt: skip
    store.execute("INSERT INTO users VALUES (?, ?, ?)", doc["id"], new.email.lower(), dump(doc))
    return doc


def save_user(store: Store, doc: Doc) -> None:
    store.execute("UPDATE users SET doc=? WHERE id=?", dump(doc), doc["id"])


def delete_user(store: Store, doc: Doc) -> Doc:
    """Known by number only; tickets and old audits still name them."""
    gone = {**doc, "name": "Permanently Deleted User", "email": None, "active": False, "updated_at": store.stamp()}
    store.execute("UPDATE users SET doc=?, email=? WHERE id=?", dump(gone), f"deleted-{doc['id']}", doc["id"])
    return gone


def user(store: Store, user_id: object) -> Doc:
    found = find_user(store, user_id)
    if found is None:
        raise record_not_found()
    return found


def find_user(store: Store, user_id: object) -> Doc | None:
    return store.doc("SELECT doc FROM users WHERE id=?", user_id)


def user_by_email(store: Store, email: str) -> Doc | None:
    return store.doc("SELECT doc FROM users WHERE email=?", email.lower())


def requester(store: Store, name: str, email: str) -> Doc:
    """The known end user, or a new one."""
    return user_by_email(store, email) or add_user(store, NewUser(name, email))


def users(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM users ORDER BY id")


def staff(store: Store) -> list[Doc]:
    return store.docs("SELECT doc FROM users WHERE json_extract(doc, '$.role') IN ('admin', 'agent') ORDER BY id")


def is_staff(doc: Doc) -> bool:
    return doc["role"] in STAFF


def may_speak(doc: Doc) -> bool:
    """Light agents write notes only; what they call public becomes one, without a word."""
    return not doc["only_private_comments"]


def make_light(store: Store, doc: Doc) -> Doc:
    light = {**doc, "only_private_comments": True, "role_type": 1}
    save_user(store, light)
    return light


def search(store: Store, query: str, external_id: str | None) -> list[Doc]:
    if external_id is not None:
        return [doc for doc in users(store) if doc["external_id"] == external_id]
    wanted = query.lower().removeprefix("email:").strip('"')
    alive = [doc for doc in users(store) if doc["active"]]
    return [doc for doc in alive if wanted and (wanted in doc["name"].lower() or wanted in doc["email"].lower())]


def add_group(store: Store, name: str) -> Doc:
    stamp = store.stamp()
    doc: Doc = {
        "id": store.next_id(), "is_public": True, "name": name, "description": "", "default": not groups(store),
        "deleted": False, "created_at": stamp, "updated_at": stamp,
    }  # fmt: skip
    store.execute("INSERT INTO groups VALUES (?, ?, ?)", doc["id"], name, dump(doc))
    return doc


def groups(store: Store) -> list[Doc]:
    return [doc for doc in store.docs("SELECT doc FROM groups ORDER BY id") if not doc["deleted"]]


def group(store: Store, group_id: object) -> Doc:
    found = find_group(store, group_id)
    if found is None or found["deleted"]:
        raise record_not_found()
    return found


def find_group(store: Store, group_id: object) -> Doc | None:
    """A group that is gone as well: old audits still name it."""
    return store.doc("SELECT doc FROM groups WHERE id=?", group_id)


def group_named(store: Store, name: str) -> Doc | None:
    return next((doc for doc in groups(store) if doc["name"] == name), None)


def delete_group(store: Store, group_id: object) -> None:
    doc = {**group(store, group_id), "deleted": True}
    store.execute("UPDATE groups SET doc=?, name=? WHERE id=?", dump(doc), f"{doc['name']} ({doc['id']})", doc["id"])
    store.execute("DELETE FROM memberships WHERE group_id=?", doc["id"])


def join(store: Store, member: Doc, team: Doc) -> None:
    """The first group of an agent is their default."""
    stamp = store.stamp()
    first = member["default_group_id"] is None
    doc: Doc = {
        "id": store.next_id(), "user_id": member["id"], "group_id": team["id"], "default": first,
        "created_at": stamp, "updated_at": stamp,
    }  # fmt: skip
    store.execute("INSERT INTO memberships VALUES (?, ?, ?, ?)", doc["id"], member["id"], team["id"], dump(doc))
    if first:
        member["default_group_id"] = team["id"]
        save_user(store, member)


def memberships(store: Store, group_id: object = None, user_id: object = None) -> list[Doc]:
    everyone = store.docs("SELECT doc FROM memberships ORDER BY id")
    return [
        doc for doc in everyone
        if group_id in (None, doc["group_id"]) and user_id in (None, doc["user_id"])
    ]  # fmt: skip


def groups_of(store: Store, user_id: object) -> list[int]:
    return [doc["group_id"] for doc in memberships(store, user_id=user_id)]
