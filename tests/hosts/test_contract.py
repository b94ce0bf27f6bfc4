"""What the product may expect of every host: one set of tests, the same for all."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.host import Fate, Host, HostError, Marker, Permit, Purpose, StaleFence, Ticket, TicketRef, WebhookRejected
from tests.hosts.worlds import DEPLOYMENT, World, message, permit


def asked(world: World, body: str = "Three days.", **more: Any) -> tuple[TicketRef, Permit]:
    """A customer asks, and an attempt to answer so is let go."""
    ref = world.new_ticket("When does it come?")
    return ref, prepared(world.host, ref, body, **more)


def prepared(host: Host, ref: TicketRef, body: str = "Three days.", *, attempt: int = 1, **more: Any) -> Permit:
    """As the door prepares an attempt and lets it go."""
    said = message(ref, body, **more)
    return permit(ref, host.prepare(said).fence, send_id=said.send_id, attempt=attempt)


def last(ticket: Ticket) -> Any:
    return ticket.comments[-1]


# --- sending -----------------------------------------------------------------------------------------------------------
def test_an_answer_reaches_the_customer_once(world):
    ref, granted = asked(world)
    receipt = world.host.send(granted, message(ref))
    assert world.reached(ref) == ["Three days."]
    assert last(world.host.fetch(ref)).id == receipt.comment
    assert receipt.audit
    assert receipt.warning is None


@pytest.mark.parametrize("purpose", [Purpose.OFFER, Purpose.HAND_OVER])
def test_an_internal_note_never_reaches_the_customer(world, purpose):
    ref, granted = asked(world, purpose=purpose)
    world.host.send(granted, message(ref, purpose=purpose))
    assert world.reached(ref) == []
    assert not any(comment.public for comment in world.host.fetch(ref).comments[1:])


def test_the_same_permit_is_refused_a_second_time(world):
    ref, granted = asked(world)
    world.host.send(granted, message(ref))
    with pytest.raises(StaleFence):
        world.host.send(granted, message(ref))
    assert len(world.reached(ref)) == 1


def test_a_customer_message_between_fence_and_send_stops_the_send(world):
    ref, granted = asked(world)
    world.customer_says(ref, "It has come, thank you!")
    with pytest.raises(StaleFence):
        world.host.send(granted, message(ref))
    assert world.reached(ref) == []


def test_a_colleagues_answer_between_fence_and_send_stops_the_send(world):
    ref, granted = asked(world)
    world.colleague_says(ref, "Tomorrow.")
    with pytest.raises(StaleFence):
        world.host.send(granted, message(ref))
    assert world.reached(ref) == ["Tomorrow."]


def test_the_status_follows_the_answer(world):
    ref, granted = asked(world, status="solved")
    assert world.host.send(granted, message(ref, status="solved")).warning is None
    assert world.host.fetch(ref).status == "solved"


def test_a_refused_status_leaves_the_answer_standing_and_is_told(world):
    ref, granted = asked(world, status="solved")
    world.fault("refuse-status")
    receipt = world.host.send(granted, message(ref, status="solved"))
    assert "solved" in (receipt.warning or "")
    assert world.reached(ref) == ["Three days."]
    assert world.host.fetch(ref).status != "solved"


def test_markup_in_an_answer_stays_text(world):
    said = "<b>5 < 6</b> & more\n<script>x</script>\n\nBye"
    ref, granted = asked(world, said)
    world.host.send(granted, message(ref, said))
    assert world.reached(ref)[0].split() == ["<b>5", "<", "6</b>", "&", "more", "<script>x</script>", "Bye"]


def test_an_answer_may_bear_the_name_of_the_person_who_approved_it(world):
    ref, granted = asked(world, author=world.agent().id)
    world.host.send(granted, message(ref, author=world.agent().id))
    assert last(world.host.fetch(ref)).author == world.agent()


# --- killing -----------------------------------------------------------------------------------------------------------
def test_an_answer_that_arrived_though_the_connection_broke_is_found(world):
    ref, granted = asked(world)
    world.fault("lost-after")
    with pytest.raises(HostError):
        world.host.send(granted, message(ref))
    fate, receipt = world.host.kill(granted, message(ref))
    assert fate is Fate.SENT
    assert receipt is not None
    assert receipt.comment == last(world.host.fetch(ref)).id
    assert world.reached(ref) == ["Three days."]


def test_an_answer_that_was_lost_before_its_status_was_set_is_found_all_the_same(world):
    ref, granted = asked(world, status="pending")
    world.fault("lost-after")
    with pytest.raises(HostError):
        world.host.send(granted, message(ref, status="pending"))
    assert world.host.kill(granted, message(ref, status="pending"))[0] is Fate.SENT
    assert world.reached(ref) == ["Three days."]


def test_a_request_that_never_arrived_is_dead_for_good(world):
    ref, granted = asked(world)
    world.fault("lost-before")
    with pytest.raises(HostError):
        world.host.send(granted, message(ref))
    assert world.host.kill(granted, message(ref)) == (Fate.NEVER_SENT, None)
    with pytest.raises(StaleFence):  # a copy of it, late out of some proxy
        world.host.send(granted, message(ref))
    assert world.reached(ref) == []


def test_the_next_attempt_after_a_dead_one_is_sent_once(world):
    ref, granted = asked(world)
    world.host.kill(granted, message(ref))
    second = prepared(world.host, ref, attempt=2)
    world.host.send(second, message(ref))
    assert world.host.kill(second, message(ref))[0] is Fate.SENT
    assert world.reached(ref) == ["Three days."]


def test_what_a_later_attempt_sent_is_not_credited_to_an_earlier_one(world):
    ref, granted = asked(world)
    world.host.kill(granted, message(ref))
    second = prepared(world.host, ref, attempt=2)
    world.host.send(second, message(ref))
    assert world.host.kill(granted, message(ref))[0] is Fate.NEVER_SENT


def test_killing_again_says_the_same(world):
    ref, granted = asked(world)
    world.host.send(granted, message(ref))
    first = world.host.kill(granted, message(ref))
    assert [world.host.kill(granted, message(ref)) for _ in range(3)] == [first] * 3


def test_several_sweepers_at_once_agree(world):
    ref, granted = asked(world)
    world.fault("lost-after")
    with pytest.raises(HostError):
        world.host.send(granted, message(ref))
    with ThreadPoolExecutor(4) as sweepers:
        results = list(sweepers.map(lambda _: world.host.kill(granted, message(ref))[0], range(4)))
    assert results == [Fate.SENT] * 4


def test_whoever_wins_a_slow_send_or_its_killer_the_story_is_one(world):
    """The killer says NEVER_SENT and the send is refused, or it says SENT and the customer has it: nothing between."""
    ref, granted = asked(world)
    world.fault("slow")
    with ThreadPoolExecutor(1) as sender:
        sending = sender.submit(world.host.send, granted, message(ref))
        fate, _ = world.host.kill(granted, message(ref))
        refused = isinstance(sending.exception(), StaleFence)
    assert fate is (Fate.NEVER_SENT if refused else Fate.SENT)
    assert world.reached(ref) == ([] if refused else ["Three days."])
    assert world.host.kill(granted, message(ref))[0] is fate


def test_without_a_marker_an_arrived_answer_is_unclear_and_never_called_sent(world):
    ref, granted = asked(world)
    world.fault("drop-metadata")
    world.fault("lost-after")
    with pytest.raises(HostError):
        world.host.send(granted, message(ref))
    assert world.host.kill(granted, message(ref))[0] is Fate.UNCLEAR
    assert world.host.kill(granted, message(ref))[0] is Fate.UNCLEAR


def test_without_a_marker_what_was_never_applied_is_still_never_sent(world):
    ref, granted = asked(world)
    world.fault("drop-metadata")
    assert world.host.kill(granted, message(ref)) == (Fate.NEVER_SENT, None)


def test_another_rows_answer_is_not_mistaken_for_this_one(world):
    ref, granted = asked(world)
    world.host.send(granted, message(ref))
    other = prepared(world.host, ref, send_id="01JOTHER")
    assert world.host.kill(other, message(ref, send_id="01JOTHER"))[0] is Fate.NEVER_SENT


def test_another_deployments_answer_is_not_mistaken_for_ours(world):
    ref, granted = asked(world)
    twin = world.twin("staging")
    twin.send(prepared(twin, ref), message(ref))
    assert world.host.kill(granted, message(ref))[0] is Fate.NEVER_SENT


def test_on_a_closed_ticket_an_attempt_is_dead_and_its_story_is_read(world):
    ref, granted = asked(world)
    world.close(ref)
    assert world.host.kill(granted, message(ref)) == (Fate.NEVER_SENT, None)
    with pytest.raises(HostError):
        world.host.send(granted, message(ref))
    assert world.reached(ref) == []


def test_an_answer_on_a_ticket_that_was_closed_since_is_found(world):
    ref, granted = asked(world)
    world.host.send(granted, message(ref))
    world.close(ref)
    assert world.host.kill(granted, message(ref))[0] is Fate.SENT


def test_on_a_deleted_ticket_nobody_can_tell(world):
    ref, granted = asked(world)
    world.delete(ref)
    assert world.host.kill(granted, message(ref)) == (Fate.UNCLEAR, None)
    with pytest.raises(HostError):
        world.host.send(granted, message(ref))


def test_a_host_that_is_down_settles_nothing(world):
    ref, granted = asked(world)
    world.fault("down")
    with pytest.raises(HostError) as refused:
        world.host.kill(granted, message(ref))
    assert not refused.value.permanent


# --- reading -----------------------------------------------------------------------------------------------------------
def test_the_marker_is_read_back(world):
    ref, granted = asked(world)
    world.host.send(granted, message(ref))
    ticket = world.host.fetch(ref)
    assert [comment.marker for comment in ticket.comments] == [None, Marker(DEPLOYMENT, "01JSEND")]
    assert last(ticket).by_hand is False


def test_another_deployments_marker_is_seen(world):
    ref, _ = asked(world)
    twin = world.twin("staging")
    twin.send(prepared(twin, ref), message(ref))
    comment = world.host.fetch(ref).newest_customer_comment()
    assert world.host.fetch(ref).standing(comment.id, DEPLOYMENT).foreign_marker


def test_a_colleagues_own_words_are_by_hand_and_bear_no_marker(world):
    ref, _ = asked(world)
    world.colleague_says(ref, "Tomorrow.")
    comment = last(world.host.fetch(ref))
    assert (comment.author.name, comment.author.is_staff) == ("Rosa Romano", True)
    assert (comment.by_hand, comment.marker, comment.public) == (True, None, True)


def test_a_ticket_tells_who_asks_and_which_queue_it_is_in(world):
    ref = world.new_ticket("When does it come?")
    ticket = world.host.fetch(ref)
    assert ticket.requester.email == "casey@customer.example"
    assert ticket.queue_keys == (world.queue_key,)
    assert ticket.newest_customer_comment().author == ticket.requester
    assert not ticket.requester.is_staff
    assert (ticket.cc, ticket.participants) == ((), ("casey@customer.example",))


def test_every_change_gives_another_fence(world):
    ref = world.new_ticket("When does it come?")
    fences = [world.host.prepare(message(ref)).fence]
    world.customer_says(ref, "Hello?")
    fences.append(world.host.prepare(message(ref)).fence)
    world.host.assign(ref, world.agent().email)
    fences.append(world.host.prepare(message(ref)).fence)
    assert len(set(fences)) == 3


def test_reading_and_preparing_again_give_the_same_fence(world):
    ref = world.new_ticket("When does it come?")
    assert world.host.fetch(ref).fence == world.host.fetch(ref).fence
    assert world.host.prepare(message(ref)).fence == world.host.prepare(message(ref)).fence


def test_what_was_prepared_and_not_let_go_can_be_taken_away_and_prepared_anew(world):
    ref = world.new_ticket("When does it come?")
    world.host.prepare(message(ref))
    world.host.discard(message(ref))
    world.host.discard(message(ref))
    world.host.send(prepared(world.host, ref), message(ref))
    assert world.reached(ref) == ["Three days."]


def test_a_ticket_that_is_not_there_is_a_persons_matter(world):
    with pytest.raises(HostError) as refused:
        world.host.fetch(TicketRef(world.host.name, "987654"))
    assert refused.value.permanent


def test_a_host_that_is_down_is_asked_again_later(world):
    ref = world.new_ticket("When does it come?")
    world.fault("down")
    with pytest.raises(HostError) as refused:
        world.host.fetch(ref)
    assert not refused.value.permanent


# --- people ------------------------------------------------------------------------------------------------------------
def test_a_ticket_is_given_to_an_agent_by_address(world):
    ref = world.new_ticket("When does it come?")
    assert world.host.assign(ref, world.agent().email)
    assert world.host.fetch(ref).assignee == world.agent()


@pytest.mark.parametrize("email", ["casey@customer.example", "nobody@acme.example"])
def test_a_ticket_is_given_to_no_one_who_is_not_an_agent(world, email):
    ref = world.new_ticket("When does it come?")
    assert not world.host.assign(ref, email)
    assert world.host.fetch(ref).assignee is None


def test_staff_are_agents_and_admins_and_nobody_else(world):
    assert {person.role for person in world.host.staff()} == {"agent", "admin"}
    assert "Rosa Romano" in {person.name for person in world.host.staff()}


def test_a_person_is_who_the_host_says(world):
    assert world.host.person(world.agent().id) == world.agent()


# --- announcements -----------------------------------------------------------------------------------------------------
def test_a_signed_delivery_names_its_ticket_or_hints_at_its_host(world):
    ref = world.new_ticket("When does it come?")
    [arrival] = world.host.receive(*world.delivery(ref), world.now())
    assert arrival.ref in {ref, TicketRef(ref.host, "")}


def test_a_redelivery_has_the_same_key_and_another_event_another(world):
    one, two = world.new_ticket("One"), world.new_ticket("Two")
    keys = [world.host.receive(*world.delivery(ref), world.now())[0].delivery_key for ref in (one, one)]
    assert keys[0] == keys[1]
    assert world.host.receive(*world.delivery(None), world.now())[0].delivery_key != keys[0]
    assert two != one


def test_a_delivery_without_a_ticket_is_kept_for_a_person(world):
    headers, body = world.delivery(None)
    [arrival] = world.host.receive(headers, body, world.now())
    assert (arrival.ref, arrival.kind, arrival.raw) == (None, "unusable", body)


def test_a_forged_delivery_is_rejected(world):
    forged = world.forged(*world.delivery(world.new_ticket("When does it come?")))
    with pytest.raises(WebhookRejected):
        world.host.receive(*forged, world.now())


def test_the_poll_finds_what_no_delivery_announced(world):
    before = world.host.poll(None, world.now()).cursor
    ref = world.new_ticket("When does it come?")
    world.customer_says(ref, "Hello?")
    changes = world.host.poll(before, world.now())
    assert ref in {arrival.ref for arrival in changes.arrivals}


def test_polling_twice_adds_no_new_key(world):
    ref = world.new_ticket("When does it come?")
    world.customer_says(ref, "Hello?")
    first = world.host.poll(None, world.now())
    again = world.host.poll(first.cursor, world.now())
    assert {arrival.delivery_key for arrival in again.arrivals} <= {arrival.delivery_key for arrival in first.arrivals}
