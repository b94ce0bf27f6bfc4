"""The Zendesk host in detail: which calls it makes, how it reads odd tickets, and how it settles."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.host import Fate, HostError, Permit, Purpose, TicketRef
from integrations.zendesk.client import ZendeskClient
from integrations.zendesk.host import ZendeskHost
from integrations.zendesk.marker import ReadBack, sign, tells_of
from tests.fakes import FixedToken
from tests.hosts.recorder import Answer
from tests.hosts.worlds import DEPLOYMENT, SECRET, message, permit

REF = TicketRef("zendesk", "7")
FENCE = "2026-11-23T09:00:00Z"
LATER = "2026-11-23T09:00:01Z"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def host_at(url: str, pause: Any = None) -> ZendeskHost:
    client = ZendeskClient(url, FixedToken("sandbox-integration"))
    return ZendeskHost(
        client, deployment=DEPLOYMENT, integration_user="2", webhook_secrets=[SECRET], pause=pause or (lambda _: None)
    )


@pytest.fixture
def host(recorder):
    return host_at(recorder.url)


# --- the calls that are made -------------------------------------------------------------------------------------------
def test_a_ticket_is_read_before_all_that_hangs_on_it(watched, recorder):
    host, ref = watched
    host.prepare(message(ref))
    number = ref.ticket
    assert recorder.lines[:4] == [
        f"GET /tickets/{number}", f"GET /tickets/{number}/comments", f"GET /tickets/{number}/audits", "GET /users/show_many",
    ]  # fmt: skip
    assert len(recorder.lines) == 5
    assert recorder.lines[4].startswith("GET /groups/")


def test_an_answer_is_one_put(watched, recorder):
    host, ref = watched
    granted = permit(ref, host.prepare(message(ref)).fence)
    recorder.asked.clear()
    host.send(granted, message(ref))
    assert recorder.lines == [f"PUT /tickets/{ref.ticket}"]
    assert recorder.asked[0].body["ticket"] == {
        "id": int(ref.ticket),
        "comment": {"html_body": "<p>Three days.</p>", "public": True, "author_id": int(host._integration_user)},
        "metadata": sign(DEPLOYMENT, granted, message(ref)),
        "safe_update": True,
        "updated_stamp": granted.fence,
    }


def test_the_status_is_a_second_put_with_the_stamp_of_the_answer(watched, recorder):
    host, ref = watched
    granted = permit(ref, host.prepare(message(ref)).fence)
    recorder.asked.clear()
    host.send(granted, message(ref, status="pending"))
    assert recorder.lines == [f"PUT /tickets/{ref.ticket}"] * 2
    second = recorder.asked[-1].body["ticket"]
    assert set(second) == {"id", "status", "safe_update", "updated_stamp"}
    assert second["updated_stamp"] > granted.fence


def test_a_note_is_one_put_and_leaves_the_status_alone(watched, recorder):
    host, ref = watched
    granted = permit(ref, host.prepare(message(ref)).fence)
    recorder.asked.clear()
    host.send(granted, message(ref, purpose=Purpose.OFFER, status="solved"))
    assert recorder.lines == [f"PUT /tickets/{ref.ticket}"]


def test_a_lost_answer_is_settled_by_reading_tagging_reading_and_reading_back(watched, recorder, sandbox_world):
    host, ref = watched
    granted = permit(ref, host.prepare(message(ref)).fence)
    sandbox_world.fault("lost-before")
    recorder.asked.clear()
    recorder.say("dropped")
    with pytest.raises(HostError):
        host.send(granted, message(ref))
    recorder.pass_on(sandbox_world.url)
    assert host.kill(granted, message(ref))[0] is Fate.NEVER_SENT
    ticket = f"/tickets/{ref.ticket}"
    assert recorder.lines == [
        f"PUT {ticket}",
        f"GET {ticket}",
        f"PUT {ticket}/tags",
        f"GET {ticket}",
        f"GET {ticket}/audits",
    ]
    assert recorder.asked[2].body == {"tags": ["cs_fence_01jsend_1"]}  # Zendesk would make it lower case anyway


def test_killing_a_dead_attempt_again_writes_nothing(watched, recorder):
    host, ref = watched
    granted = permit(ref, host.prepare(message(ref)).fence)
    host.kill(granted, message(ref))
    recorder.asked.clear()
    host.kill(granted, message(ref))
    assert recorder.lines == [f"GET /tickets/{ref.ticket}", f"GET /tickets/{ref.ticket}/audits"]


# --- the fence ---------------------------------------------------------------------------------------------------------
def ticket(**more: Any) -> dict[str, Any]:
    return {"id": 7, "status": "open", "updated_at": FENCE, "tags": [], "requester_id": 1, "email_cc_ids": []} | more


def scripted(recorder, **answers: Any) -> None:
    """Answers by the last part of the path; a list is used up, its last entry stays."""

    def answer(asked):
        name = "tag" if asked.line.endswith("/tags") else asked.line.rpartition("/")[2]
        name = {"7": "put" if asked.method == "PUT" else "ticket"}.get(name, name)
        found = answers.get(name, {})
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        return found if isinstance(found, Answer) else Answer(200, found)

    recorder.answer = answer


def test_a_fresh_stamp_is_waited_for(recorder):
    waits: list[float] = []
    fresh = Answer(200, {"ticket": ticket(updated_at="2026-11-23T10:00:00Z")})  # the recorder's clock says 10:00:00
    aged = Answer(200, {"ticket": ticket(updated_at="2026-11-23T10:00:00Z")}, {"Date": "Mon, 23 Nov 2026 10:00:01 GMT"})
    scripted(
        recorder, ticket=[fresh, fresh, aged], comments={"comments": []}, audits={"audits": []}, show_many={"users": []}
    )
    assert host_at(recorder.url, waits.append).prepare(message(REF)).fence == "2026-11-23T10:00:00Z"
    assert len(waits) == 2
    assert sum(waits) <= 1


def test_a_stamp_that_never_ages_gives_no_fence(recorder, host):
    scripted(recorder, ticket={"ticket": ticket(updated_at="2026-11-23T10:00:05Z")})
    with pytest.raises(HostError) as refused:
        host.prepare(message(REF))
    assert not refused.value.permanent


def test_a_tag_that_came_within_the_fences_own_second_is_written_anew(recorder, host):
    same, newer = ticket(tags=["cs_fence_01jsend_1"]), ticket(tags=["cs_fence_01jsend_1"], updated_at=LATER)
    change = {"type": "Change", "field_name": "tags", "value": ["cs_fence_01jsend_1"]}
    audits = {"audits": [{"id": 1, "created_at": LATER, "events": [change]}]}
    scripted(recorder, ticket=[{"ticket": same}, {"ticket": newer}], tag={"tags": []}, audits=audits)
    assert host.kill(permit(REF, FENCE), message(REF))[0] is Fate.NEVER_SENT
    assert recorder.lines[1:3] == ["DELETE /tickets/7/tags", "PUT /tickets/7/tags"]


def test_a_fence_that_does_not_show_is_no_fence(recorder, host):
    scripted(recorder, ticket={"ticket": ticket()}, tag={"tags": []})
    with pytest.raises(HostError, match="does not show"):
        host.kill(permit(REF, FENCE), message(REF))


def test_a_refused_tag_on_a_living_ticket_proves_nothing(recorder, host):
    scripted(recorder, ticket={"ticket": ticket()}, tag=Answer(422, {"error": "RecordInvalid"}))
    with pytest.raises(HostError) as refused:
        host.kill(permit(REF, FENCE), message(REF))
    assert not refused.value.permanent


def test_a_fence_that_may_not_have_arrived_is_left_to_the_next_round(recorder, host):
    scripted(recorder, ticket={"ticket": ticket()}, tag=Answer(503, {"error": "x"}))
    with pytest.raises(HostError):
        host.kill(permit(REF, FENCE), message(REF))
    assert recorder.lines == ["GET /tickets/7", "PUT /tickets/7/tags"]


def test_a_ticket_that_closes_while_it_is_fenced_is_dead(recorder, host):
    closed = {"ticket": ticket(status="closed", updated_at=LATER)}
    story = {"audits": [{"id": 1, "created_at": LATER, "events": [{"field_name": "status", "value": "closed"}]}]}
    scripted(recorder, ticket=[{"ticket": ticket()}, closed], tag=Answer(422, {"error": "x"}), audits=story)
    assert host.kill(permit(REF, FENCE), message(REF)) == (Fate.NEVER_SENT, None)


def test_a_story_that_does_not_reach_the_closing_leaves_it_unclear(recorder, host):
    closed = {"ticket": ticket(status="closed", updated_at=LATER)}
    scripted(recorder, ticket=closed, audits={"audits": []})
    assert host.kill(permit(REF, FENCE), message(REF)) == (Fate.UNCLEAR, None)


def test_audits_that_lag_behind_the_fence_are_not_believed(recorder, host):
    fenced = ticket(tags=["cs_fence_01jsend_1"], updated_at=LATER)
    scripted(recorder, ticket={"ticket": fenced}, audits={"audits": [{"id": 1, "created_at": FENCE, "events": []}]})
    with pytest.raises(HostError, match="do not show the fence") as refused:
        host.kill(permit(REF, FENCE), message(REF))
    assert not refused.value.permanent


@pytest.mark.parametrize("value", [["vip", "cs_1"], "vip cs_1"])
def test_tags_are_told_as_a_list_or_as_words(value):
    audits = [{"created_at": LATER, "events": [{"type": "Change", "field_name": "tags", "value": value}]}]
    assert tells_of("cs_1", audits, FENCE)
    assert not tells_of("cs_", audits, FENCE)


def test_a_tag_from_the_second_of_the_fence_itself_proves_nothing():
    change = {"type": "Change", "field_name": "tags", "value": ["cs_1"]}
    assert not tells_of("cs_1", [{"created_at": FENCE, "events": [change]}], FENCE)


# --- what became of it -------------------------------------------------------------------------------------------------
def audit(**more: Any) -> dict[str, Any]:
    event = {
        "id": 9,
        "type": "Comment",
        "author_id": 2,
        "public": True,
        "html_body": '<div class="zd"><p dir="auto">Three  days.</p></div>',
    }
    parts = {"id": 8, "created_at": LATER, "via": {"channel": "api"}, "metadata": {"custom": {}}}
    return parts | {key: value for key, value in more.items() if key in parts} | {
        "events": [event | {key: value for key, value in more.items() if key in event}]
    }  # fmt: skip


def ours(**more: Any) -> dict[str, Any]:
    signed = sign(DEPLOYMENT, permit(REF, FENCE), message(REF))["countersign"] | more
    return {"custom": {"countersign": signed}}


FATES: dict[str, tuple[dict[str, Any], Fate]] = {
    "our marker": ({"metadata": ours()}, Fate.SENT),
    "our marker by whatever author": ({"metadata": ours(), "author_id": 55}, Fate.SENT),
    "our marker on rewritten words": ({"metadata": ours(), "html_body": "<p>redacted</p>"}, Fate.SENT),
    "a later attempt's marker": ({"metadata": ours(attempt=2)}, Fate.NEVER_SENT),
    "a marker without its attempt": ({"metadata": ours(attempt=None)}, Fate.NEVER_SENT),
    "another row's marker": ({"metadata": ours(send_id="other")}, Fate.NEVER_SENT),
    "another deployment's marker": ({"metadata": ours(deployment="staging")}, Fate.NEVER_SENT),
    "no marker": ({}, Fate.UNCLEAR),
    "no metadata at all": ({"metadata": None}, Fate.UNCLEAR),
    "a marker that is no object": ({"metadata": {"custom": {"countersign": "x"}}}, Fate.UNCLEAR),
    "no marker, a signature under the words": ({"html_body": "<p>Three days.</p><p>--<br>Acme</p>"}, Fate.UNCLEAR),
    "no marker, the same words typed by hand": ({"via": {"channel": "web"}}, Fate.UNCLEAR),
    "other words typed by hand": ({"via": {"channel": "web"}, "html_body": "<p>Tomorrow.</p>"}, Fate.NEVER_SENT),
    "somebody else": ({"author_id": 3}, Fate.NEVER_SENT),
    "an internal note": ({"public": False}, Fate.NEVER_SENT),
    "before the fence": ({"created_at": FENCE}, Fate.NEVER_SENT),
}


@pytest.mark.parametrize(("changes", "fate"), FATES.values(), ids=FATES)
def test_the_audits_say_what_became_of_it(changes, fate):
    found = ReadBack(permit(REF, FENCE), message(REF), DEPLOYMENT, "2").fate([audit(**changes)])
    assert found[0] is fate
    assert (found[1] is None) == (fate is Fate.NEVER_SENT)


def test_a_marker_counts_wherever_it_stands_among_lookalikes():
    audits = [audit(id=7), audit(metadata=ours()), audit(id=9)]
    fate, found = ReadBack(permit(REF, FENCE), message(REF), DEPLOYMENT, "2").fate(audits)
    assert (fate, found and found.audit["metadata"]) == (Fate.SENT, ours())


def test_a_settled_answer_says_that_its_status_was_not_set():
    asked = message(REF, status="solved")
    attempt = ReadBack(permit(REF, FENCE), asked, DEPLOYMENT, "2")
    found = attempt.fate([audit(metadata=ours())])[1]
    assert found is not None
    assert "solved" in (attempt.receipt(found).warning or "")


def test_a_status_on_its_way_is_fenced_off_even_within_the_second_of_its_answer(recorder, host):
    tags = ["cs_fence_01jsend_1"]
    audits = {
        "audits": [
            audit(metadata=ours()),
            {"id": 2, "created_at": LATER, "events": [{"field_name": "tags", "value": tags}]},
        ]
    }
    same, newer = ticket(tags=tags, updated_at=LATER), ticket(tags=tags, updated_at="2026-11-23T09:00:02Z")
    scripted(recorder, ticket=[{"ticket": same}, {"ticket": same}, {"ticket": newer}], audits=audits, tag={"tags": []})
    assert host.kill(permit(REF, FENCE), message(REF, status="solved"))[0] is Fate.SENT
    assert recorder.lines[2:] == ["GET /tickets/7", "DELETE /tickets/7/tags", "PUT /tickets/7/tags", "GET /tickets/7"]


# --- what the receipt says ---------------------------------------------------------------------------------------------
def answered(
    recorder, host, *, users: Any = None, cc: tuple[str, ...] = (), headers: dict[str, str] | None = None, **more: Any
) -> str | None:
    written = {"ticket": ticket(email_cc_ids=[5], updated_at=LATER), "audit": audit(**({"metadata": ours()} | more))}
    people = {"users": [{"id": 5, "email": "Kim@customer.example", "role": "end-user"}]} if users is None else users
    scripted(recorder, put=Answer(200, written, headers or {}), show_many=people)
    return host.send(permit(REF, FENCE), message(REF, cc=cc)).warning


def test_the_copies_that_were_wanted_need_no_warning(recorder, host):
    assert answered(recorder, host, cc=("kim@customer.example",)) is None


def test_an_unexpected_copy_is_told_without_naming_anybody(recorder, host):
    warning = answered(recorder, host)
    assert warning == "copied: 1 people instead of 0"


def test_copies_that_cannot_be_read_back_are_told_and_the_answer_stands(recorder, host):
    assert "could not be read back" in (answered(recorder, host, users=Answer(503, {"error": "x"})) or "")


def test_a_comment_that_became_internal_is_told(recorder, host):
    assert "an internal note" in (answered(recorder, host, cc=("kim@customer.example",), public=False) or "")


def test_a_marker_that_was_not_kept_is_told(recorder, host):
    assert "no marker" in (answered(recorder, host, cc=("kim@customer.example",), metadata={"custom": {}}) or "")


def test_an_ignored_property_is_told(recorder, host):
    told = answered(
        recorder, host, cc=("kim@customer.example",), headers={"X-Zendesk-API-Warn": "Removed restricted keys"}
    )
    assert "ignored" in (told or "")


def test_an_answer_without_its_comment_is_unknown(recorder, host):
    scripted(recorder, put={"ticket": ticket(), "audit": {"id": 8, "events": []}})
    with pytest.raises(HostError) as refused:
        host.send(permit(REF, FENCE), message(REF))
    assert not refused.value.permanent


@pytest.mark.parametrize("wrong", [{"send_id": "other"}, {"ref": TicketRef("zendesk", "8")}])
def test_a_permit_opens_the_door_to_its_own_message_only(recorder, host, wrong):
    granted = Permit(
        **(
            {
                "row": 1,
                "attempt": 1,
                "send_id": "01JSEND",
                "ref": REF,
                "fence": FENCE,
                "body_mac": "",
                "recipients_mac": "",
                "generations": (1, 1),
            }
            | wrong
        )
    )
    with pytest.raises(HostError, match="another message"):
        host.send(granted, message(REF))
    assert recorder.asked == []


@pytest.mark.parametrize("number", ["../users/2", "7;", "", "٧", "7.5", "-7"])
def test_only_numbers_become_part_of_an_address(recorder, host, number):
    with pytest.raises(HostError) as refused:
        host.fetch(TicketRef("zendesk", number))
    assert refused.value.permanent
    assert recorder.asked == []
