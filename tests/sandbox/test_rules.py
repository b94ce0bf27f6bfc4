"""What the account's own rules, people and groups do to a ticket behind our back."""

from __future__ import annotations

from typing import Any

from tests.sandbox.conftest import CLOSED, PARCEL, REFUND, Client

REPLY = {"body": "It left today.", "public": True}
ON_UPDATE = {"all": [{"field": "update_type", "operator": "is", "value": "Change"}], "any": []}
ORDER_NUMBER = 27642


def trigger(zendesk: Client, title: str, *actions: tuple[str, Any], conditions: Any = None) -> Any:
    wanted = {
        "title": title,
        "conditions": conditions or ON_UPDATE,
        "actions": [{"field": field, "value": value} for field, value in actions],
    }
    answer = zendesk.call("POST", "/api/v2/triggers.json", {"trigger": wanted}, "sandbox-ben")
    assert answer.status_code == 201, answer.text
    return answer.json()["trigger"]


def test_a_trigger_closes_the_ticket_on_every_update(zendesk: Client) -> None:
    made = trigger(zendesk, "Close at once", ("status", "closed"))
    answer = zendesk.put(PARCEL, comment=REPLY).json()
    assert answer["ticket"]["status"] == "closed"
    change = answer["audit"]["events"][-1]
    assert (change["field_name"], change["via"]["source"]["from"]["id"]) == ("status", made["id"])
    assert zendesk.put(PARCEL, comment=REPLY).status_code == 422
    assert zendesk.call("PUT", f"/api/v2/tickets/{PARCEL}/tags", {"tags": ["fence"]}).status_code == 422
    assert len(zendesk.ledger(PARCEL)) == 1


def test_a_trigger_adds_a_tag_where_its_conditions_hold(zendesk: Client) -> None:
    shop = {"all": [{"field": "current_tags", "operator": "includes", "value": "shop"}], "any": []}
    trigger(zendesk, "Mark shop", ("current_tags", "seen_by_trigger"), conditions=shop)
    zendesk.put(PARCEL, priority="high")
    zendesk.put(REFUND, priority="high")
    assert "seen_by_trigger" in zendesk.ticket(PARCEL)["tags"]
    assert "seen_by_trigger" not in zendesk.ticket(REFUND)["tags"]


def test_an_agent_may_not_touch_triggers(zendesk: Client) -> None:
    known = zendesk.get("triggers.json")["triggers"][0]
    for method, path in (("POST", ""), ("PUT", f"/{known['id']}"), ("DELETE", f"/{known['id']}")):
        assert zendesk.call(method, f"/api/v2/triggers{path}.json", {"trigger": {}}).status_code == 403


def test_the_triggers_that_mail_customers_can_be_told_and_switched(zendesk: Client) -> None:
    mailing = [
        one for one in zendesk.get("triggers.json")["triggers"] if one["actions"][0]["field"] == "notification_user"
    ]
    assert [one["active"] for one in mailing] == [True, False]
    path = f"/api/v2/triggers/{mailing[1]['id']}.json"
    zendesk.call("PUT", path, {"trigger": {"active": True}}, "sandbox-ben")
    told = zendesk.control("new-ticket", {"subject": "x", "text": "hello"})
    assert [event["type"] for event in told["audit"]["events"] if event["type"] == "Notification"] == ["Notification"]
    assert zendesk.ledger() == []
    assert zendesk.call("DELETE", path, token="sandbox-ben").status_code == 204
    assert len(zendesk.get("triggers.json")["triggers"]) == 1


def test_automations_are_listed_and_switched(zendesk: Client) -> None:
    found = zendesk.get("automations.json?active=false")["automations"]
    assert "notification_user" in [one["actions"][0]["field"] for one in found]
    path = f"/api/v2/automations/{found[0]['id']}.json"
    assert zendesk.call("PUT", path, {"automation": {"active": True}}).status_code == 403
    zendesk.call("PUT", path, {"automation": {"active": True}}, "sandbox-ben")
    assert zendesk.get(f"automations/{found[0]['id']}.json")["automation"]["active"] is True


def test_a_filled_field_lets_the_ticket_be_solved(zendesk: Client) -> None:
    zendesk.fault("required_on_solve")
    refused = zendesk.put(PARCEL, status="solved", comment=REPLY)
    assert refused.status_code == 422
    assert refused.json() == {
        "error": "RecordInvalid",
        "description": "Record validation errors",
        "details": {
            "base": [
                {
                    "description": "Order number: is required when solving a ticket",
                    "error": None,
                    "ticket_field_id": ORDER_NUMBER,
                    "ticket_field_type": "FieldText",
                }
            ]
        },
    }
    assert zendesk.ledger() == []
    assert zendesk.put(PARCEL, custom_fields=[{"id": ORDER_NUMBER, "value": "4711"}]).status_code == 200
    assert zendesk.put(PARCEL, status="solved").status_code == 200


def test_a_light_agents_public_reply_becomes_a_note_without_a_word(zendesk: Client) -> None:
    zendesk.control("light-agent", {"email": "adam@acme.example"})
    adam = zendesk.staff("adam")
    answer = zendesk.put(PARCEL, comment={**REPLY, "author_id": adam})
    assert answer.status_code == 200
    assert answer.json()["audit"]["events"][0]["public"] is False
    assert zendesk.ledger(PARCEL) == []
    user = zendesk.get(f"users/{adam}.json")["user"]
    assert (user["only_private_comments"], user["role_type"]) == (True, 1)


def test_a_group_vanishes_with_its_tickets_left_in_none(zendesk: Client) -> None:
    billing = next(one for one in zendesk.get("groups.json")["groups"] if one["name"] == "Billing")
    assert zendesk.ticket(REFUND)["group_id"] == billing["id"]
    zendesk.control("delete-group", {"group": "Billing"})
    assert zendesk.ticket(REFUND)["group_id"] is None
    assert "Billing" not in [one["name"] for one in zendesk.get("groups/assignable.json")["groups"]]
    assert zendesk.call("GET", f"/api/v2/groups/{billing['id']}.json").status_code == 404
    refused = zendesk.put(PARCEL, group_id=billing["id"])
    assert (refused.status_code, refused.json()["details"]["group"]) == (422, [{"description": "Group: is invalid"}])
    assert zendesk.call("DELETE", f"/api/v2/groups/{billing['id']}.json", token="sandbox-ben").status_code == 404


def test_another_bot_writes_to_the_ticket(zendesk: Client) -> None:
    zendesk.control("bot-writes", {"ticket": PARCEL, "text": "Thanks, we will be in touch."})
    (entry,) = zendesk.ledger(PARCEL)
    assert (entry["author_email"], entry["via"], entry["metadata"]) == ("robot@acme.example", "api", {})


def test_a_second_deployment_leaves_its_own_marker(zendesk: Client) -> None:
    marker = {"countersign": {"deployment": "twin", "send_id": "s9"}}
    zendesk.control("bot-writes", {"ticket": PARCEL, "text": "Hi", "by": "bot@acme.example", "metadata": marker})
    assert zendesk.audits(PARCEL)[-1]["metadata"]["custom"] == marker


def test_a_person_uses_the_integrations_account(zendesk: Client) -> None:
    zendesk.control("person-replies", {"ticket": PARCEL, "by": "bot@acme.example", "text": "By hand, as the bot"})
    audit = zendesk.audits(PARCEL)[-1]
    me = zendesk.get("users/me.json")["user"]["id"]
    assert (audit["author_id"], audit["via"]["channel"], audit["metadata"]["custom"]) == (me, "web", {})
    assert zendesk.ledger(PARCEL)[0]["via"] == "web"


def test_a_follow_up_is_created_for_a_closed_ticket_only(zendesk: Client) -> None:
    body = {"comment": {"body": "Still broken"}, "subject": "Again", "via_followup_source_id": CLOSED}
    made = zendesk.call("POST", "/api/v2/tickets.json", {"ticket": body}).json()["ticket"]
    assert made["via"]["source"]["from"]["ticket_id"] == CLOSED
    assert zendesk.ticket(CLOSED)["followup_ids"] == [made["id"]]
    refused = zendesk.call("POST", "/api/v2/tickets.json", {"ticket": {**body, "via_followup_source_id": PARCEL}})
    assert refused.status_code == 422
