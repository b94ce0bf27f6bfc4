"""What every host tells of the replies that are ours, or could be: the ground of the reconciliation."""

from __future__ import annotations

from app.host import Marker, Purpose
from tests.hosts.worlds import DEPLOYMENT, message, permit


def sent(world, host=None, **more):
    ref = more.pop("ref", None) or world.new_ticket("When does it come?")
    host = host or world.host
    host.send(permit(ref, host.prepare(message(ref, **more)).fence), message(ref, **more))
    return ref


def test_an_answer_of_ours_leaves_its_mark(world):
    ref = sent(world)
    (trace,) = world.host.traces(ref)
    assert (trace.marker, trace.by_hand) == (Marker(DEPLOYMENT, "01JSEND"), False)
    assert trace.comment == world.host.fetch(ref).comments[-1].id


def test_in_a_colleagues_name_too(world):
    ref = sent(world, author=world.agent().id)
    assert [trace.marker for trace in world.host.traces(ref)] == [Marker(DEPLOYMENT, "01JSEND")]


def test_a_note_is_no_reply_and_a_colleagues_words_are_not_ours(world):
    ref = sent(world, purpose=Purpose.OFFER)
    world.colleague_says(ref, "Tomorrow.")
    assert world.host.traces(ref) == ()


def test_another_deployments_answer_is_told_as_such(world):
    ref = sent(world, host=world.twin("staging"))
    assert [trace.marker for trace in world.host.traces(ref)] == [Marker("staging", "01JSEND")]


def test_where_the_mark_was_dropped_our_own_user_gives_it_away(world):
    world.fault("drop-metadata")
    ref = sent(world)
    assert [(trace.marker, trace.by_hand) for trace in world.host.traces(ref)] == [(None, False)]
