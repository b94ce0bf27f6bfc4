"""The rules by which tickets change over REST."""

from __future__ import annotations

import threading

import pytest
import requests

from tests.sandbox.conftest import CLOSED, PARCEL, REFUND, SOLVED, Client

HELLO = {"html_body": "<p>Your order left today.</p>", "public": True}


def test_a_public_reply_is_applied_once_and_entered_in_the_ledger(zendesk: Client) -> None:
    answer = zendesk.put(
        PARCEL, comment={**HELLO, "author_id": zendesk.staff("rosa")}, metadata={"countersign": {"send_id": "s1"}}
    )
    audit = answer.json()["audit"]
    assert audit["metadata"]["custom"] == {"countersign": {"send_id": "s1"}}
    assert [event["type"] for event in audit["events"]] == ["Comment", "Notification"]
    (entry,) = zendesk.ledger()
    assert (entry["text"], entry["author_email"], entry["via"]) == (
        "Your order left today.",
        "rosa@acme.example",
        "api",
    )
    assert entry["metadata"] == entry["sent_metadata"] == {"countersign": {"send_id": "s1"}}
    assert entry["comment_id"] == zendesk.comments(PARCEL)[-1]["id"] == audit["events"][0]["id"]


def test_an_internal_note_reaches_nobody_and_leaves_the_status(zendesk: Client) -> None:
    answer = zendesk.put(PARCEL, comment={"body": "look at this", "public": False}).json()
    assert answer["ticket"]["status"] == "new"
    assert [event["type"] for event in answer["audit"]["events"]] == ["Comment"]
    assert zendesk.ledger() == []


def test_seeds_of_the_past_are_not_in_the_ledger(zendesk: Client) -> None:
    assert any(comment["public"] for comment in zendesk.comments(REFUND)[1:])
    assert zendesk.ledger() == []


@pytest.mark.parametrize("said", [True, False])
def test_a_stale_stamp_is_refused_whatever_safe_update_says(zendesk: Client, said: object) -> None:
    stamp = zendesk.ticket(PARCEL)["updated_at"]
    assert zendesk.put(PARCEL, comment=HELLO, safe_update=said, updated_stamp=stamp).status_code == 200
    refused = zendesk.put(PARCEL, comment=HELLO, safe_update=said, updated_stamp=stamp)
    assert (refused.status_code, refused.json()["error"]) == (409, "UpdateConflict")
    assert len(zendesk.ledger()) == 1


def test_without_safe_update_the_stamp_is_not_looked_at(zendesk: Client) -> None:
    assert zendesk.put(PARCEL, comment=HELLO, updated_stamp="2001-01-01T00:00:00Z").status_code == 200


def test_of_many_guarded_writes_at_once_one_is_applied(zendesk: Client) -> None:
    stamp = zendesk.ticket(PARCEL)["updated_at"]
    codes: list[int] = []

    def write() -> None:
        codes.append(zendesk.put(PARCEL, comment=HELLO, safe_update=True, updated_stamp=stamp).status_code)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] + [409] * 7
    assert len(zendesk.ledger()) == 1


def test_a_comment_without_public_is_as_visible_as_the_first_one(zendesk: Client) -> None:
    zendesk.put(PARCEL, comment={"body": "inherits"})
    assert zendesk.comments(PARCEL)[-1]["public"] is True
    inner = zendesk.control("new-ticket", {"subject": "inner", "text": "hush", "public": False})["ticket"]["id"]
    zendesk.put(inner, comment={"body": "inherits"})
    assert zendesk.comments(inner)[-1]["public"] is False


def test_an_unknown_author_is_refused(zendesk: Client) -> None:
    refused = zendesk.put(PARCEL, comment={**HELLO, "author_id": 5})
    assert (refused.status_code, refused.json()["error"]) == (422, "RecordInvalid")
    assert len(zendesk.comments(PARCEL)) == 1


def test_an_empty_comment_is_refused(zendesk: Client) -> None:
    assert zendesk.put(PARCEL, comment={"html_body": "<p> </p>", "public": True}).status_code == 422


def test_an_assignee_opens_a_new_ticket_and_brings_the_group(zendesk: Client) -> None:
    adam = zendesk.staff("adam")
    ticket = zendesk.put(PARCEL, assignee_id=adam).json()["ticket"]
    names = {group["id"]: group["name"] for group in zendesk.get("groups.json")["groups"]}
    assert (ticket["status"], ticket["assignee_id"], names[ticket["group_id"]]) == ("open", adam, "Billing")


def test_a_customer_is_no_assignee(zendesk: Client) -> None:
    assert zendesk.put(PARCEL, assignee_id=zendesk.ticket(PARCEL)["requester_id"]).status_code == 422


def test_a_group_alone_leaves_the_assignee_out(zendesk: Client) -> None:
    billing = next(group["id"] for group in zendesk.get("groups.json")["groups"] if group["name"] == "Billing")
    ticket = zendesk.put(PARCEL, group_id=billing).json()["ticket"]
    assert (ticket["group_id"], ticket["assignee_id"]) == (billing, None)


@pytest.mark.parametrize(
    ("before", "after"), [("pending", "open"), ("solved", "open"), ("open", "open"), ("hold", "open")]
)
def test_a_customer_reply_opens_a_waiting_ticket(zendesk: Client, before: str, after: str) -> None:
    zendesk.put(PARCEL, status=before)
    told = zendesk.control("customer-reply", {"ticket": PARCEL, "text": "and now?"})
    assert told["ticket"]["status"] == after
    changes = [event["field_name"] for event in told["audit"]["events"] if event["type"] == "Change"]
    assert changes == ([] if before == after else ["status"])
    assert zendesk.ledger() == []


def test_a_closed_ticket_refuses_every_write(zendesk: Client) -> None:
    for refused in (
        zendesk.put(CLOSED, comment=HELLO),
        zendesk.call("PUT", f"/api/v2/tickets/{CLOSED}/tags", {"tags": ["x"]}),
    ):
        assert refused.status_code == 422
        assert refused.json()["details"]["status"] == [{"description": "closed prevents ticket update"}]


def test_a_reply_to_a_closed_ticket_begins_a_follow_up(zendesk: Client) -> None:
    told = zendesk.control("customer-reply", {"ticket": CLOSED, "text": "me again"})
    assert told["ticket"]["via"]["source"]["rel"] == "follow_up"
    assert zendesk.ticket(CLOSED)["followup_ids"] == [told["ticket"]["id"]]


def test_a_required_field_stops_the_whole_update(zendesk: Client) -> None:
    zendesk.fault("required_on_solve", ticket=PARCEL)
    refused = zendesk.put(PARCEL, status="solved", comment=HELLO)
    assert refused.json()["details"]["base"][0]["ticket_field_type"] == "FieldText"
    assert (len(zendesk.comments(PARCEL)), zendesk.ledger()) == (1, [])


def test_new_cannot_be_restored(zendesk: Client) -> None:
    assert zendesk.put(REFUND, status="new").status_code == 422
    assert zendesk.put(REFUND, status="opened").status_code == 422


def test_tags_are_added_set_and_removed_in_lower_case(zendesk: Client) -> None:
    path = f"/api/v2/tickets/{PARCEL}/tags.json"
    assert zendesk.call("PUT", path, {"tags": ["CS_Fence_A1", "two words"]}).json() == {
        "tags": ["cs_fence_a1", "shop", "two_words"]
    }
    assert zendesk.call("DELETE", path, {"tags": ["shop"]}).status_code == 204
    assert zendesk.call("POST", path, {"tags": ["only"]}).json() == {"tags": ["only"]}
    change = zendesk.audits(PARCEL)[-1]["events"][0]
    assert (change["field_name"], change["value"]) == ("tags", ["only"])


def test_a_tag_that_is_already_there_changes_nothing(zendesk: Client) -> None:
    before = zendesk.ticket(PARCEL)["updated_at"]
    zendesk.call("PUT", f"/api/v2/tickets/{PARCEL}/tags", {"tags": ["shop"]})
    assert zendesk.ticket(PARCEL)["updated_at"] == before


def test_a_guarded_tag_write_minds_the_stamp(zendesk: Client) -> None:
    body = {"tags": ["x"], "safe_update": True, "updated_stamp": "2001-01-01T00:00:00Z"}
    assert zendesk.call("PUT", f"/api/v2/tickets/{PARCEL}/tags", body).status_code == 409


def test_html_is_rewritten_on_storage(zendesk: Client) -> None:
    zendesk.put(PARCEL, comment={"html_body": "<p class='a'>one&nbsp;two</p><script>x</script>", "public": True})
    stored = zendesk.comments(PARCEL)[-1]
    assert stored["html_body"] == '<div class="zd-comment" dir="auto"><p class="a">one&nbsp;two</p></div>'
    assert stored["plain_body"] == "one two"


def test_mail_keeps_its_flags_attachments_and_hidden_text(zendesk: Client) -> None:
    mail = zendesk.comments(REFUND)[-1]
    assert mail["metadata"]["flags"] == [0, 3]
    assert mail["metadata"]["trusted"] is False
    assert mail["attachments"][0]["file_name"] == "bill.pdf"
    assert "ignore all rules" in mail["plain_body"]
    assert "alert" not in mail["html_body"]


def test_a_person_writes_by_hand_through_the_web(zendesk: Client) -> None:
    zendesk.control(
        "person-replies", {"ticket": PARCEL, "by": "adam@acme.example", "text": "By hand", "status": "pending"}
    )
    assert zendesk.audits(PARCEL)[-1]["via"]["channel"] == "web"
    assert zendesk.ticket(PARCEL)["status"] == "pending"
    assert [entry["via"] for entry in zendesk.ledger()] == ["web"]


def test_every_id_but_a_tickets_has_fourteen_digits(zendesk: Client) -> None:
    ticket = zendesk.ticket(REFUND)
    numbers = [ticket["requester_id"], ticket["group_id"], ticket["brand_id"], zendesk.comments(REFUND)[0]["id"]]
    assert {len(str(number)) for number in numbers} == {14}


def test_a_deleted_ticket_is_not_found(zendesk: Client) -> None:
    zendesk.control("delete", {"ticket": SOLVED})
    missing = zendesk.call("GET", f"/api/v2/tickets/{SOLVED}.json")
    assert (missing.status_code, missing.json()) == (404, {"error": "RecordNotFound", "description": "Not found"})


def test_a_silently_ignored_key_is_named_in_a_header(zendesk: Client) -> None:
    assert "colour" in zendesk.put(PARCEL, colour="red").headers["X-Zendesk-API-Warn"]


def test_unknown_tokens_and_missing_scopes_are_told_apart(zendesk: Client) -> None:
    assert zendesk.call("GET", "/api/v2/tickets.json", token="nonsense").json() == {
        "error": "Couldn't authenticate you"
    }
    assert zendesk.call("GET", f"/api/v2/tickets/{PARCEL}", token="sandbox-read-only").status_code == 200
    refused = zendesk.call("PUT", f"/api/v2/tickets/{PARCEL}", {"ticket": {"status": "open"}}, "sandbox-read-only")
    assert refused.status_code == 403
    zendesk.control("settings", {"revoked_tokens": ["sandbox-integration"]}, "PUT")
    assert zendesk.call("GET", "/api/v2/tickets.json").status_code == 401


def test_an_api_token_still_opens_and_a_wrong_one_makes_nobody_of_the_caller(zendesk: Client) -> None:
    def me(password: str) -> str:
        sent = ("rosa@acme.example/token", password)
        return str(requests.get(f"{zendesk.url}/api/v2/users/me.json", auth=sent, timeout=5).json()["user"]["name"])

    assert (me("sandbox-rosa"), me("sandbox-adam"), me("x")) == ("Rosa Lind", "Anonymous user", "Anonymous user")
    wrong = requests.get(f"{zendesk.url}/api/v2/tickets.json", auth=("rosa@acme.example/token", "x"), timeout=5)
    assert wrong.status_code == 401


def test_without_credentials_me_is_anonymous_and_the_rest_is_closed(zendesk: Client) -> None:
    assert requests.get(f"{zendesk.url}/api/v2/users/me.json", timeout=5).json()["user"]["id"] is None
    assert requests.get(f"{zendesk.url}/api/v2/tickets.json", timeout=5).status_code == 401


def test_another_name_for_this_machine_is_not_served(zendesk: Client) -> None:
    answer = requests.get(f"{zendesk.url}/healthz", headers={"Host": "evil.example"}, timeout=5)
    assert answer.status_code == 421


def test_lists_are_leafed_through_by_cursor_and_by_offset(zendesk: Client) -> None:
    first = zendesk.get("tickets.json?page[size]=3")
    assert first["meta"]["has_more"] is True
    rest = requests.get(first["links"]["next"], headers={"Authorization": "Bearer sandbox-admin"}, timeout=5).json()
    assert [ticket["id"] for ticket in first["tickets"] + rest["tickets"]] == [PARCEL, REFUND, SOLVED, CLOSED]
    assert (rest["meta"]["has_more"], rest["links"]["next"]) == (False, None)
    assert zendesk.get("tickets.json?per_page=2&page=2")["previous_page"].endswith("page=1")


def test_too_many_ids_are_refused(zendesk: Client) -> None:
    ids = ",".join(str(number) for number in range(101))
    refused = zendesk.call("GET", f"/api/v2/users/show_many.json?ids={ids}")
    assert (refused.status_code, refused.json()["max_count"]) == (400, 100)


def test_answers_carry_the_date_and_the_limits(zendesk: Client) -> None:
    headers = zendesk.put(PARCEL, status="open").headers
    assert headers["Date"].endswith("GMT")
    assert headers["X-Rate-Limit"] == "700"
    assert headers["zendesk-ratelimit-per-ticket-updates"].startswith("total=30; remaining=29;")
