"""Drafts and sends in a mailbox that people use too: none is sent twice, none is left lying, no word of theirs is lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

import pytest

from app.host import Fate, HostError, Permit, Purpose, StaleFence, TicketRef
from integrations.gmail import marker
from integrations.gmail.client import GmailClient, decoded, encoded
from integrations.gmail.drafts import Drafts
from integrations.gmail.fence import Fence, parsed
from integrations.gmail.wire import NotThere
from tests.gmail.conftest import BOX, Playground
from tests.hosts.gmail_world import GmailWorld
from tests.hosts.worlds import DEPLOYMENT, message, permit


@pytest.fixture
def world(gmail: Playground) -> Iterator[GmailWorld]:
    return GmailWorld(gmail)


def asked(world: GmailWorld, **more: object) -> tuple[TicketRef, Permit]:
    ref = world.new_ticket("When does it come?")
    return ref, permit(ref, world.host.prepare(message(ref, **more)).fence)


def raw(world: GmailWorld, draft: str) -> bytes:
    return decoded(world.client.draft(draft)["message"]["raw"])


def edit(world: GmailWorld, ref: TicketRef, draft: str, words: bytes) -> None:
    """A person changes a draft in Gmail."""
    changed = raw(world, draft).replace(b"Three days.", words)
    body = {"message": {"threadId": ref.ticket, "raw": encoded(changed)}}
    world.client._call("drafts.update", lambda users: users.drafts().update(userId="me", id=draft, body=body))


def offered(world: GmailWorld, ref: TicketRef, send_id: str, words: str = "Three days.") -> Permit:
    said = message(ref, purpose=Purpose.OFFER, send_id=send_id, offered=words)
    granted = permit(ref, world.host.prepare(said).fence, send_id=send_id)
    world.host.send(granted, said)
    return granted


def offered_at(world: GmailWorld, ref: TicketRef, send_id: str) -> str:
    said = message(ref, purpose=Purpose.OFFER, send_id=send_id, offered="Three days.")
    return world.host.send(permit(ref, world.host.prepare(said).fence, send_id=send_id), said).comment


def labelled(world: GmailWorld, ref: TicketRef) -> set[str]:
    names = {one["id"]: one["name"] for one in world.client.labels()}
    return {names[label] for one in world.client.thread(ref.ticket)["messages"] for label in one["labelIds"]}


# --- the send-draft ----------------------------------------------------------------------------------------------------
def test_the_customer_gets_a_reply_in_the_thread_with_the_right_headers(world: GmailWorld, gmail: Playground) -> None:
    ref, granted = asked(world, mode="assisted", approved_by="rosa")
    world.host.send(granted, message(ref, mode="assisted", approved_by="rosa"))
    (told,) = gmail.ledger(ref.ticket)
    asked_for = world.client.thread(ref.ticket)["messages"][0]["payload"]["headers"]
    parent = next(one["value"] for one in asked_for if one["name"] == "Message-ID")
    assert (told["to"], told["in_reply_to"], told["auto_submitted"]) == (["casey@customer.example"], parent, None)
    assert told["marker"].startswith(f"{DEPLOYMENT}.01JSEND.")
    assert world.drafts(ref) == []


def test_only_what_nobody_approved_says_that_it_is_automatic(world: GmailWorld, gmail: Playground) -> None:
    ref, granted = asked(world, mode="auto")
    world.host.send(granted, message(ref, mode="auto"))
    assert gmail.ledger(ref.ticket)[0]["auto_submitted"] == "auto-replied"


def test_however_often_it_is_prepared_one_draft_lies_there(world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    fences = {world.host.prepare(message(ref)).fence for _ in range(3)}
    assert len(fences) == len(world.drafts(ref)) == 1


def test_two_workers_who_prepare_at_once_agree_on_one_draft(world: GmailWorld, gmail: Playground) -> None:
    ref = world.new_ticket("When does it come?")
    gmail.play("POST", "faults", {"kind": "slow", "on": "drafts.create", "when": "after", "seconds": 0.2, "times": 2})
    with ThreadPoolExecutor(2) as workers:
        fences = set(workers.map(lambda _: world.host.prepare(message(ref)).fence, range(2)))
    assert len(fences) == len(world.drafts(ref)) == 1


def test_a_worker_that_died_after_preparing_leaves_what_the_next_one_uses(world: GmailWorld, gmail: Playground) -> None:
    ref = world.new_ticket("When does it come?")
    gmail.play("POST", "faults", {"kind": "drop_connection", "on": "drafts.create", "when": "after", "times": 1})
    with pytest.raises(HostError):
        world.host.prepare(message(ref))
    granted = permit(ref, world.host.prepare(message(ref)).fence)
    assert world.drafts(ref) == [parsed(granted.fence).draft]
    world.host.send(granted, message(ref))
    assert (world.reached(ref), world.drafts(ref)) == (["Three days."], [])


def test_other_words_for_the_same_send_replace_the_draft(world: GmailWorld) -> None:
    ref, granted = asked(world)
    again = permit(ref, world.host.prepare(message(ref, "Four days.")).fence)
    assert world.drafts(ref) == [parsed(again.fence).draft]
    with pytest.raises(StaleFence):
        world.host.send(granted, message(ref))
    world.host.send(again, message(ref, "Four days."))
    assert world.reached(ref) == ["Four days."]


def test_what_was_approved_and_what_lies_there_must_be_the_same(world: GmailWorld) -> None:
    ref, granted = asked(world)
    for other in ({"body": "Four days."}, {"cc": ("eve@mail.example",)}, {"mode": "auto"}):
        with pytest.raises(StaleFence):
            world.host.send(granted, replace(message(ref), **other))
    assert world.reached(ref) == []


def test_a_draft_that_a_person_changed_is_not_sent_and_their_words_stay(world: GmailWorld) -> None:
    ref, granted = asked(world)
    edit(world, ref, parsed(granted.fence).draft, b"My own words.")
    with pytest.raises(StaleFence):
        world.host.send(granted, message(ref))
    assert world.host.kill(granted, message(ref)) == (Fate.NEVER_SENT, None)
    (left,) = world.drafts(ref)
    assert b"My own words." in raw(world, left)
    assert marker.signed(raw(world, left)) is None
    assert world.reached(ref) == []


def test_a_draft_that_a_person_sent_by_hand_counts_as_sent_and_is_not_sent_again(world: GmailWorld) -> None:
    ref, granted = asked(world)
    world.client.send_draft(parsed(granted.fence).draft)
    with pytest.raises(StaleFence):
        world.host.send(granted, message(ref))
    assert world.host.kill(granted, message(ref))[0] is Fate.SENT
    ticket = world.host.prepare(message(ref))  # and if it had not been let go at all
    assert ticket.standing(ticket.comments[0].id, DEPLOYMENT).moved_on is not None
    assert (world.reached(ref), world.drafts(ref)) == (["Three days."], [])


def test_a_draft_that_a_person_deleted_is_unclear_and_never_called_sent(world: GmailWorld) -> None:
    ref, granted = asked(world)
    world.client.delete_draft(parsed(granted.fence).draft)
    assert world.host.kill(granted, message(ref)) == (Fate.UNCLEAR, None)


class SaysYes(GmailClient):
    """Gmail, if it ever says yes to deleting a draft that it is about to have sent."""

    def delete_draft(self, draft: str) -> None:
        with suppress(NotThere):
            super().delete_draft(draft)


def test_gmails_yes_to_the_deletion_is_not_believed_against_what_the_thread_shows(
    world: GmailWorld, gmail: Playground
) -> None:
    ref, granted = asked(world)
    client = SaysYes(world.tokens, base_url=gmail.url)
    fence = Fence(client, Drafts(client, DEPLOYMENT), lambda _: None)
    sent = world.host.send(granted, message(ref))
    fate, receipt = fence.kill(granted, message(ref))
    assert (fate, receipt and receipt.comment) == (Fate.SENT, sent.comment)


def test_a_thread_that_cannot_be_read_after_the_deletion_settles_nothing_yet(
    world: GmailWorld, gmail: Playground
) -> None:
    ref, granted = asked(world)
    gmail.play("POST", "faults", {"kind": "unavailable", "on": "threads.get", "times": 1})
    with pytest.raises(HostError):
        world.host.kill(granted, message(ref))
    assert world.host.kill(granted, message(ref)) == (Fate.NEVER_SENT, None)


def test_what_was_refused_leaves_nothing_that_a_person_could_send(world: GmailWorld) -> None:
    ref, _ = asked(world)
    other = world.new_ticket("Another matter")
    world.host.prepare(message(other))
    world.host.discard(message(ref))
    assert (world.drafts(ref), len(world.drafts(other))) == ([], 1)


def test_a_fence_that_names_no_draft_sends_nothing_and_is_dead(world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    granted = permit(ref, world.host.fetch(ref).fence)
    with pytest.raises(StaleFence):
        world.host.send(granted, message(ref))
    assert world.host.kill(granted, message(ref)) == (Fate.NEVER_SENT, None)


@pytest.mark.parametrize("fault", [{"kind": "sending_limit"}, {"kind": "rate_limited"}, {"kind": "unavailable"}])
def test_a_send_that_google_refuses_for_now_is_dead_and_waits(
    world: GmailWorld, gmail: Playground, fault: dict[str, str]
) -> None:
    ref, granted = asked(world)
    gmail.play("POST", "faults", fault | {"on": "drafts.send", "times": 1})
    with pytest.raises(HostError) as refused:
        world.host.send(granted, message(ref))
    assert not refused.value.permanent
    assert world.host.kill(granted, message(ref)) == (Fate.NEVER_SENT, None)


# --- what people are offered -------------------------------------------------------------------------------------------
def test_an_offer_is_a_real_draft_in_the_thread_that_any_person_may_send(world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    offered(world, ref, "01JOFFER")
    (draft,) = world.drafts(ref)
    world.client.send_draft(draft)
    assert world.reached(ref) == ["Three days."]
    comment = world.host.fetch(ref).comments[-1]
    assert (comment.marker, comment.public) == (None, True)


def test_a_quota_that_runs_low_after_the_claim_costs_no_attempt(world: GmailWorld) -> None:
    """Standing back in the middle of one, three times over, would leave the message without its draft."""
    ref = world.new_ticket("When does it come?")
    world.host.fetch(ref)
    said = message(ref, purpose=Purpose.OFFER, send_id="01JOFFER")
    granted = permit(ref, world.host.prepare(said).fence, send_id="01JOFFER")
    world.client.budget.slow_down(60.0)
    world.host.send(granted, said)
    assert len(world.drafts(ref)) == 1
    with pytest.raises(HostError, match="replies go first"):
        world.host.prepare(said)


def test_an_offer_is_made_once_however_often_its_answer_is_lost(world: GmailWorld, gmail: Playground) -> None:
    ref = world.new_ticket("When does it come?")
    gmail.play("POST", "faults", {"kind": "drop_connection", "on": "drafts.create", "when": "after", "times": 1})
    with pytest.raises(HostError):
        offered(world, ref, "01JOFFER")
    said = message(ref, purpose=Purpose.OFFER, send_id="01JOFFER")
    granted = permit(ref, world.host.prepare(said).fence, send_id="01JOFFER")
    assert world.host.kill(granted, said)[0] is Fate.SENT
    world.host.send(granted, said)
    assert len(world.drafts(ref)) == 1


def test_what_is_offered_again_is_found_or_made_anew_and_never_named_dead(world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    offered(world, ref, "01JONE")
    (draft,) = world.drafts(ref)
    assert offered_at(world, ref, "01JTWO") == draft, "nobody touched it: it stays"
    world.client.delete_draft(draft)
    anew = offered_at(world, ref, "01JTHREE")
    assert world.drafts(ref) == [anew]
    assert anew != draft
    edit(world, ref, anew, b"Tuesday.")
    assert offered_at(world, ref, "01JFOUR") == anew, "somebody works on it: theirs is shown"


def test_a_newer_offer_takes_the_place_of_one_that_nobody_touched(world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    offered(world, ref, "01JONE")
    offered(world, ref, "01JTWO", "Four days.")
    (draft,) = world.drafts(ref)
    assert b"Four days." in raw(world, draft)


def test_an_offer_that_somebody_works_on_is_left_alone_and_labelled(world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    offered(world, ref, "01JONE")
    (draft,) = world.drafts(ref)
    edit(world, ref, draft, b"Tuesday.")
    offered(world, ref, "01JTWO", "Four days.")
    assert world.drafts(ref) == [draft]
    assert b"Tuesday." in raw(world, draft)
    assert "Countersign/Edited draft" in labelled(world, ref)


@pytest.mark.parametrize("edited", [False, True])
def test_after_the_answer_the_offer_goes_unless_somebody_wrote_in_it(world: GmailWorld, *, edited: bool) -> None:
    ref = world.new_ticket("When does it come?")
    offered(world, ref, "01JOFFER")
    if edited:
        edit(world, ref, world.drafts(ref)[0], b"Tuesday.")
    granted = permit(ref, world.host.prepare(message(ref)).fence)
    receipt = world.host.send(granted, message(ref))
    assert len(world.drafts(ref)) == int(edited)
    assert ("edited" in (receipt.warning or "")) is edited
    assert ("Countersign/Edited draft" in labelled(world, ref)) is edited


def test_a_hand_over_is_a_label_and_no_mail(world: GmailWorld, gmail: Playground) -> None:
    ref, granted = asked(world, purpose=Purpose.HAND_OVER)
    said = message(ref, purpose=Purpose.HAND_OVER)
    assert world.host.kill(granted, said)[0] is Fate.NEVER_SENT
    world.host.send(granted, said)
    assert world.host.kill(granted, said)[0] is Fate.SENT
    assert (gmail.ledger(ref.ticket), world.drafts(ref)) == ([], [])


# --- the installation --------------------------------------------------------------------------------------------------
def test_the_vacation_responder_is_named_among_what_writes_to_customers(world: GmailWorld, gmail: Playground) -> None:
    gmail.play("PUT", "settings", {"vacation": True})
    assert [sender.kind for sender in world.host.senders()] == ["mailbox", "vacation responder"]


def test_a_grant_for_another_mailbox_is_none(world: GmailWorld, gmail: Playground) -> None:
    other = type(world.host)(
        world.client,
        address="sales@acme.example",
        deployment=DEPLOYMENT,
        team=tuple,
        receive=lambda *_: [],
        poll=None,
        announce=None,
    )
    assert "sales@acme.example" in other.installation().why


def test_revoking_is_believed_only_when_gmail_says_no(world: GmailWorld, gmail: Playground) -> None:
    def made(revoke: object) -> object:
        return type(world.host)(
            world.client,
            address=BOX,
            deployment=DEPLOYMENT,
            team=tuple,
            receive=lambda *_: [],
            poll=None,
            announce=None,
            revoke=revoke,
        )

    for revoke in (None, lambda: None):
        with pytest.raises(HostError):
            made(revoke).revoke()
    made(lambda: world.installed("revoked")).revoke()


# --- quota -------------------------------------------------------------------------------------------------------------
def test_a_handled_mail_costs_at_most_sixty_units_until_its_draft_is_offered(world: GmailWorld) -> None:
    world.host.fetch(world.new_ticket("The labels and addresses are known from here on"))
    before, ref = world.client.budget.total, world.new_ticket("When does it come?")
    world.client.history("9876543000", ("messageAdded",), None)
    world.host.fetch(ref)
    offered(world, ref, "01JOFFER")
    assert world.client.budget.total - before == 56


@pytest.mark.parametrize("change", ["customer_says", "colleague_says"])
def test_an_offer_never_stands_on_an_old_copy_of_the_thread(world: GmailWorld, change: str) -> None:
    ref = world.new_ticket("When does it come?")
    before = world.host.fetch(ref).fence
    getattr(world, change)(ref, "Something new")
    said = message(ref, purpose=Purpose.OFFER, send_id="01JOFFER")
    after = world.host.prepare(said).fence
    assert after not in {before, ""}
    with pytest.raises(StaleFence):
        world.host.send(permit(ref, before, send_id="01JOFFER"), said)


def test_an_answer_is_prepared_and_sent_on_what_gmail_says_now(world: GmailWorld) -> None:
    ref = world.new_ticket("When does it come?")
    world.host.fetch(ref)
    before = world.client.budget.total
    granted = permit(ref, world.host.prepare(message(ref)).fence)
    assert world.client.budget.total - before == 40 + 10 + 5 + 20
    world.host.send(granted, message(ref))
    assert world.client.budget.total - before == 75 + 40 + 20 + 100
