"""What a Zendesk host need not read again: the ticket of a moment ago for its note, and names of groups."""

from __future__ import annotations

from app.host import Purpose
from integrations.zendesk import lately
from tests.hosts.worlds import message


def test_the_note_on_a_ticket_read_a_moment_ago_reads_its_stamp_alone(watched, recorder):
    host, ref = watched
    host.prepare(message(ref))  # until its stamp has aged
    read = host.fetch(ref)
    assert read.at_hand
    recorder.asked.clear()
    note = message(ref, purpose=Purpose.OFFER)
    assert host.prepare(note) == read
    assert recorder.lines == [f"GET /tickets/{ref.ticket}"]
    host.prepare(note)  # once only
    assert f"GET /tickets/{ref.ticket}/comments" in recorder.lines


def test_an_answer_reads_everything_anew(watched, recorder):
    host, ref = watched
    host.prepare(message(ref))
    host.fetch(ref)
    recorder.asked.clear()
    host.prepare(message(ref))
    assert [f"GET /tickets/{ref.ticket}{of}" for of in ("", "/comments", "/audits")] == recorder.lines[:3]


def test_a_note_on_a_ticket_that_changed_since_reads_everything_anew(watched, recorder, sandbox_world):
    host, ref = watched
    host.prepare(message(ref))
    read = host.fetch(ref)
    sandbox_world.customer_says(ref, "One more thing")
    fresh = host.prepare(message(ref, purpose=Purpose.OFFER))
    assert len(fresh.comments) == len(read.comments) + 1
    assert fresh.fence != read.fence


def test_a_ticket_whose_second_is_not_over_is_not_at_hand(watched, sandbox_world):
    host, ref = watched
    for _ in range(5):  # the second may end between the write and the reading
        sandbox_world.customer_says(ref, "And one more")
        if not (read := host.fetch(ref)).at_hand:
            break
    assert not read.at_hand
    later = host.prepare(message(ref, purpose=Purpose.OFFER))
    assert later is not read


def test_what_was_read_too_long_ago_is_read_anew(watched):
    host, ref = watched
    stamp = host.prepare(message(ref)).fence
    host._lately.clock = lambda: 100.0
    host.fetch(ref)
    host._lately.clock = lambda: 100.0 + lately.WITHIN
    assert host._lately.take(ref, stamp) is None


def test_a_group_has_its_name_for_a_minute():
    now, asked = [0.0], list[int]()
    names = lately.Lately(lambda: now[0])

    def read(number: int) -> str:
        asked.append(number)
        return f"Support {len(asked)}"

    assert [names.group(5, read), names.group(5, read)] == ["Support 1"] * 2
    now[0] = lately.KEPT
    assert names.group(5, read) == "Support 2"
