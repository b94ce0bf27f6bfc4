"""The sandbox Gmail answers Google's own client as the platform's facts say that Gmail does."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

from tests.gmail.conftest import BOX, Playground
from tests.gmail.schema import violations

MODIFY = "https://www.googleapis.com/auth/gmail.modify"


def reply(to: str = "casey@mail.example", subject: str = "Re: My parcel", **headers: str) -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = BOX, to, subject
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Three days.")
    return base64.urlsafe_b64encode(mail.as_bytes()).decode()


def drafted(users: Any, arrived: dict[str, str], **headers: str) -> dict[str, Any]:
    parent = header(users.messages().get(userId="me", id=arrived["id"]).execute(), "Message-ID")
    message = {"threadId": arrived["threadId"], "raw": reply(In_Reply_To=parent, References=parent, **headers)}
    made: dict[str, Any] = users.drafts().create(userId="me", body={"message": message}).execute()
    return made


def header(message: dict[str, Any], name: str) -> str:
    return next(one["value"] for one in message["payload"]["headers"] if one["name"].lower() == name.lower())


def refusal(call: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as refused:
        call.execute()
    return refused.value.status_code, refused.value.error_details[0]["reason"]


# --- drafts and sends --------------------------------------------------------------------------------------------------
def test_a_draft_is_sent_once_and_in_its_thread(gmail: Playground) -> None:
    users, arrived = gmail.client(), gmail.receive("When does it come?")
    made = drafted(users, arrived, X_Countersign_Id="test.1")
    sent = users.drafts().send(userId="me", body={"id": made["id"]}).execute()
    assert (sent["threadId"], sent["labelIds"]) == (arrived["threadId"], ["SENT"])
    assert sent["id"] != made["message"]["id"]
    assert refusal(users.drafts().send(userId="me", body={"id": made["id"]})) == (404, "notFound")
    (told,) = gmail.ledger(arrived["threadId"])
    assert (told["text"].strip(), told["to"], told["marker"], told["via"]) == (
        "Three days.",
        ["casey@mail.example"],
        "test.1",
        "api",
    )


def test_a_deleted_draft_cannot_be_sent(gmail: Playground) -> None:
    users, arrived = gmail.client(), gmail.receive("And now?")
    made = drafted(users, arrived)
    users.drafts().delete(userId="me", id=made["id"]).execute()
    assert refusal(users.drafts().send(userId="me", body={"id": made["id"]})) == (404, "notFound")
    assert gmail.ledger(arrived["threadId"]) == []


def test_a_draft_keeps_its_id_and_changes_its_message(gmail: Playground) -> None:
    users, arrived = gmail.client(), gmail.receive("One more")
    made = drafted(users, arrived)
    body = {"message": {"threadId": arrived["threadId"], "raw": reply()}}
    changed = users.drafts().update(userId="me", id=made["id"], body=body).execute()
    assert changed["id"] == made["id"]
    assert changed["message"]["id"] != made["message"]["id"]


def test_a_reply_that_does_not_refer_to_the_thread_is_not_in_it(gmail: Playground) -> None:
    users, arrived = gmail.client(), gmail.receive("A question")
    body = {"message": {"threadId": arrived["threadId"], "raw": reply(subject="Something else")}}
    made = users.drafts().create(userId="me", body=body).execute()
    assert made["message"]["threadId"] != arrived["threadId"]


def test_an_answer_that_is_lost_was_applied_all_the_same(gmail: Playground) -> None:
    users, arrived = gmail.client(), gmail.receive("Lost?")
    made = drafted(users, arrived)
    gmail.play("POST", "faults", {"kind": "drop_connection", "on": "drafts.send", "times": 1})
    with pytest.raises((OSError, HttpError)):  # httplib2 sends it again by itself, and that draft is gone
        users.drafts().send(userId="me", body={"id": made["id"]}).execute()
    assert len(gmail.ledger(arrived["threadId"])) == 1


@pytest.mark.parametrize(
    ("raw", "thread"),
    [("", None), ("%%%", None), (reply(to=""), None), (reply(), "18c2a5f0b1d3ffff")],
    ids=["empty", "not base64", "to nobody", "in no thread"],
)
def test_what_cannot_be_sent_is_refused(gmail: Playground, raw: str, thread: str | None) -> None:
    message = {"raw": raw} | ({"threadId": thread} if thread else {})
    assert refusal(gmail.client().messages().send(userId="me", body=message)) == (400, "invalidArgument")


def test_the_message_id_is_gmails_own_unless_it_is_told_to_keep_ours(gmail: Playground) -> None:
    users, mine = gmail.client(), "<ours@countersign.example>"
    for kept in (False, True):
        gmail.play("PUT", "settings", {"keep_message_id": kept})
        sent = users.messages().send(userId="me", body={"raw": reply(Message_ID=mine)}).execute()
        shown = header(users.messages().get(userId="me", id=sent["id"]).execute(), "Message-ID")
        assert (shown == mine) is kept


# --- reading -----------------------------------------------------------------------------------------------------------
def test_raw_mail_comes_back_as_it_came(gmail: Playground) -> None:
    arrived = gmail.receive("Grüße aus Köln")
    found = gmail.client().messages().get(userId="me", id=arrived["id"], format="raw").execute()
    assert "Grüße" in message_from_bytes(base64.urlsafe_b64decode(found["raw"])).get_payload(decode=True).decode()


def test_every_seed_can_be_read_and_fits_googles_description(gmail: Playground) -> None:
    users = gmail.client()
    listed = users.messages().list(userId="me", maxResults=500).execute()
    assert len(listed["messages"]) >= 30
    assert violations("ListMessagesResponse", listed) == []
    for one in listed["messages"]:
        assert violations("Message", users.messages().get(userId="me", id=one["id"]).execute()) == []


def test_answers_of_every_kind_fit_googles_description(gmail: Playground) -> None:
    users, arrived = gmail.client(), gmail.receive("Shapes")
    made = drafted(users, arrived)
    checks = {
        "Profile": users.getProfile(userId="me"), "Thread": users.threads().get(userId="me", id=arrived["threadId"]),
        "ListThreadsResponse": users.threads().list(userId="me"), "ListDraftsResponse": users.drafts().list(userId="me"),
        "Draft": users.drafts().get(userId="me", id=made["id"], format="raw"), "ListLabelsResponse": users.labels().list(userId="me"),
        "Label": users.labels().get(userId="me", id="INBOX"), "WatchResponse": users.watch(userId="me", body={"topicName": "projects/local/topics/gmail"}),
        "ListHistoryResponse": users.history().list(userId="me", startHistoryId="9876543000"),
        "ListSendAsResponse": users.settings().sendAs().list(userId="me"),
        "Message": users.messages().modify(userId="me", id=arrived["id"], body={"removeLabelIds": ["UNREAD"]}),
    }  # fmt: skip
    for name, call in checks.items():
        assert violations(name, call.execute()) == [], name


def test_an_empty_list_is_left_out(gmail: Playground) -> None:
    assert "messages" not in gmail.client().messages().list(userId="me", q="rfc822msgid:<none@nowhere>").execute()


@pytest.mark.parametrize(("wrong", "status"), [("zz", 400), ("8000000000000000", 400), ("18c2a5f0b1d30000", 404)])
def test_an_id_that_is_none_is_refused_and_an_unknown_one_not_found(gmail: Playground, wrong: str, status: int) -> None:
    assert refusal(gmail.client().messages().get(userId="me", id=wrong))[0] == status


def test_a_thread_is_not_found_by_the_id_of_a_reply(gmail: Playground) -> None:
    arrived = gmail.receive("First")
    second = gmail.receive("Second", thread=arrived["threadId"])
    assert second["threadId"] == arrived["threadId"]
    assert refusal(gmail.client().threads().get(userId="me", id=second["id"]))[0] == 404


# --- history -----------------------------------------------------------------------------------------------------------
def test_history_tells_what_came_what_was_labelled_and_what_went(gmail: Playground) -> None:
    users = gmail.client()
    start = users.getProfile(userId="me").execute()["historyId"]
    arrived = gmail.receive("Hello")
    users.messages().modify(userId="me", id=arrived["id"], body={"addLabelIds": ["STARRED"]}).execute()
    users.drafts().delete(userId="me", id=drafted(users, arrived)["id"]).execute()
    records = users.history().list(userId="me", startHistoryId=start).execute()["history"]
    kinds = [next(key for key in record if key not in ("id", "messages")) for record in records]
    assert kinds == ["messagesAdded", "labelsAdded", "messagesAdded", "messagesDeleted"]


def test_history_comes_in_pages(gmail: Playground) -> None:
    users = gmail.client()
    start = users.getProfile(userId="me").execute()["historyId"]
    wanted = [gmail.receive(f"Number {n}")["id"] for n in range(5)]
    found, token = [], None
    while True:
        page = users.history().list(userId="me", startHistoryId=start, maxResults=2, pageToken=token).execute()
        found += [one["messagesAdded"][0]["message"]["id"] for one in page["history"]]
        token = page.get("nextPageToken")
        if not token:
            break
    assert found == wanted


def test_history_before_the_horizon_is_gone(gmail: Playground) -> None:
    users = gmail.client()
    start = users.getProfile(userId="me").execute()["historyId"]
    gmail.receive("Unseen")
    gmail.play("PUT", "settings", {"horizon": "now"})
    assert refusal(users.history().list(userId="me", startHistoryId=start)) == (404, "notFound")


# --- who asks ----------------------------------------------------------------------------------------------------------
def test_a_token_opens_its_own_mailbox_within_its_scopes(gmail: Playground) -> None:
    narrow = gmail.client(scopes="https://www.googleapis.com/auth/gmail.readonly")
    assert refusal(narrow.drafts().create(userId="me", body={"message": {"raw": reply()}}))[0] == 403
    assert refusal(gmail.client().getProfile(userId="ceo@acme.example")) == (403, "forbidden")


def test_a_withdrawn_grant_is_dead_at_once(gmail: Playground) -> None:
    gmail.play("POST", "receive", {"mailbox": BOX, "from": "a@b.example", "text": "x"})
    users = gmail.client()
    gmail.play("POST", "withdraw", {"email": BOX})
    with pytest.raises(Exception, match=r"refresh|Invalid Credentials"):
        users.getProfile(userId="me").execute()


def test_quota_and_sending_limits_are_told_as_gmail_tells_them(gmail: Playground) -> None:
    users = gmail.client()
    gmail.play("PUT", "settings", {"sends_a_day": 0})
    assert refusal(users.messages().send(userId="me", body={"raw": reply()})) == (429, "rateLimitExceeded")
    gmail.play("POST", "faults", {"kind": "rate_limited", "times": 1})
    assert refusal(users.getProfile(userId="me")) == (403, "userRateLimitExceeded")


def test_a_batch_is_many_calls(gmail: Playground) -> None:
    users = gmail.client()
    found: dict[str, Any] = {}
    calls = BatchHttpRequest(lambda key, answer, error: found.update({key: error or answer}), f"{gmail.url}/batch")
    for name in ("INBOX", "NONE"):
        calls.add(users.labels().get(userId="me", id=name))
    calls.execute(http=users._http)
    assert found["1"]["id"] == "INBOX"
    assert found["2"].status_code == 404


def test_a_mail_with_a_line_break_in_its_subject_is_refused_and_says_so(gmail: Playground) -> None:
    mail = {"mailbox": BOX, "from": "casey@mail.example", "subject": "Hi\r\nBcc: all@victim.example", "text": "Hello"}
    with pytest.raises(AssertionError, match="linefeed"):
        gmail.play("POST", "receive", mail)
