"""A webhook is verified on its raw bytes, stored before the answer, and rung; nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from app.store.tables import audit, inbox
from app.web import MAX_BODY


def rows(stage) -> list:
    with stage.deps.readers.begin() as tx:
        return list(tx.execute(sa.select(inbox).order_by(inbox.c.id)))


def entries(stage) -> int:
    with stage.deps.readers.begin() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one()


@pytest.fixture
def deliver(stage, web):
    def post(headers, body):
        return web.test_client().post("/webhooks/zendesk", data=body, headers=headers)

    return post


def test_a_delivery_is_stored_answered_and_rung(stage, deliver):
    ref = stage.host.new_ticket("hello")
    answer = deliver(*stage.host.delivery(ref))
    assert (answer.status_code, answer.data) == (202, b"")
    assert [row.ticket for row in rows(stage)] == [ref.ticket]
    assert stage.rung == [("handle", (rows(stage)[0].id,))]


@pytest.mark.threat("webhook-forged")
def test_hundreds_of_replays_are_one_row(stage, deliver):
    headers, body = stage.host.delivery(stage.host.new_ticket("hello"))
    assert {deliver(headers, body).status_code for _ in range(300)} == {202}
    assert len(rows(stage)) == 1


def test_a_flipped_byte_is_refused_and_leaves_nothing_but_a_count(stage, web, deliver):
    headers, body = stage.host.delivery(stage.host.new_ticket("hello"))
    before = entries(stage)
    for position in range(len(body)):
        flipped = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        answer = deliver(headers, flipped)
        assert (answer.status_code, answer.data) == (401, b"")
    assert (rows(stage), stage.rung, entries(stage)) == ([], [], before)
    metrics = web.test_client().get("/metrics").text
    assert f'countersign_webhooks_total{{host="zendesk",outcome="rejected"}} {float(len(body))}' in metrics


def test_the_signature_comes_before_the_reading(stage, deliver):
    assert deliver({"X-Signature": "wrong"}, b"{not json").status_code == 401
    assert deliver({}, b"").status_code == 401


def test_an_unreadable_body_under_a_good_signature_is_kept_for_people(stage, deliver):
    body = b'{"half": '
    assert deliver({"X-Signature": stage.signature(body)}, body).status_code == 202
    assert [row.state for row in rows(stage)] == ["unusable"]
    assert stage.rung == [("handle", ())]


def test_a_body_above_one_mebibyte_is_refused_unread(stage, web, deliver):
    body = b"x" * (MAX_BODY + 1)
    assert deliver({"X-Signature": stage.signature(body)}, body).status_code == 413
    assert rows(stage) == []
    assert 'outcome="too-large"} 1.0' in web.test_client().get("/metrics").text


def test_a_host_that_we_do_not_know_is_not_found(web):
    assert web.test_client().post("/webhooks/gmail", data=b"{}").status_code == 404


def test_a_database_that_is_gone_asks_the_host_to_come_again(stage, web, deliver):
    headers, body = stage.host.delivery(stage.host.new_ticket("hello"))
    with stage.deps.engine.begin() as tx:
        tx.execute(sa.text("ALTER TABLE inbox RENAME TO elsewhere"))
    answer = deliver(headers, body)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.mimetype == "application/problem+json"
    assert stage.rung == []
    figures = web.test_client().get("/metrics").text
    assert 'outcome="unavailable"} 1.0' in figures
    assert "countersign_database_answers 0.0" in figures


def test_a_full_disk_asks_the_host_to_come_again(stage, deliver):
    with stage.deps.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    big = stage.host.new_ticket("hello")

    @sa.event.listens_for(stage.deps.engine, "begin")
    def no_more_pages(connection):
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    statuses = set()
    for number in range(400):
        headers, body = stage.host.delivery(big, event=str(number), comment="c" * 500)
        answer = deliver(headers, body)
        statuses.add(answer.status_code)
        if answer.status_code == 503:
            assert answer.headers["Retry-After"] == "30"
            break
    assert statuses == {202, 503}
