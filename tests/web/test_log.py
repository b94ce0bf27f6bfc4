"""The log in the browser: found by ticket, person or kind; a receipt tells one message's story with its proof."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from html import unescape
from pathlib import Path

import pytest
import sqlalchemy as sa

from app import deliver, review
from app.export.write import write
from app.governance import merkle
from app.host import TicketRef
from app.store import audit, checkpoints, events, outbox, subjects
from app.store.tables import audit as entries
from app.web import exports
from tests.fakes import ANA, CASEY, ROSA
from tests.web.stage import MEI
from tests.web.test_pages import ATTACKS, visible


def sent(stage, stored) -> None:
    """Approved by Rosa, and out."""
    actor = review.Actor(stage.member(ROSA), "sidebar")
    with stage.deps.engine.begin() as tx:
        seen = review.judged(stage.deps, tx, stored, stage.deps.clock.now())[1].seen
    review.approve(stage.deps, stored.id, seen, actor)
    stage.deps.clock.tick(6)
    with stage.deps.engine.begin() as tx:
        due = outbox.due(tx, stage.deps.clock.now())
    for row_id in due:
        deliver.deliver(stage.deps, row_id)
    with stage.deps.engine.begin() as tx:
        checkpoints.sign(tx, stage.deps.keys, "test", stage.deps.clock.now())


def test_a_ticket_number_finds_what_happened_on_it(stage, browser):
    stored = stage.proposed()
    sent(stage, stored)
    stage.proposed("Another one")
    page = visible(browser(ANA).get(f"/log?about={stored.proposal.ticket}").text)
    assert "Approved" in page
    assert "A reply was let go" in page
    assert page.count("A message came") == 1


def test_the_log_calls_a_ticket_by_its_number_where_it_is_known(stage, browser):
    stored, now = stage.proposed(), stage.deps.clock.now()
    known, other = TicketRef("zendesk", stored.proposal.ticket), TicketRef("zendesk", "999")
    gone = stage.deps.keys.ticket(TicketRef("zendesk", "1000"))
    with stage.deps.engine.begin() as tx:
        audit.append(tx, now, "countersign", "ticket.noted", stage.deps.keys.ticket(known), {"events": []})
        events.add(tx, stage.deps.keys, other, [events.Noted("answered", "7", now, {"send_id": None, "to": None})], now)
        audit.append(tx, now, "countersign", "ticket.noted", gone, {"events": []})
    html = browser(ANA).get("/log").text
    assert f"The ticket was read #{stored.proposal.ticket}" in visible(html)
    assert f"#{stored.proposal.ticket} · receipt" in visible(html)
    assert "A person answered #999" in visible(html)  # no message of it is here
    assert "The ticket was read A ticket whose data are gone" in visible(html)
    assert [ticket for ticket in (*map(stage.deps.keys.ticket, (known, other)), gone) if ticket in html] == []
    assert "The ticket was read" in visible(browser(ANA).get(f"/log?about={stored.proposal.ticket}").text)


def test_a_part_of_a_name_finds_what_that_person_did(stage, browser):
    sent(stage, stage.proposed())
    page = visible(browser(ANA).get("/log?by=rosa").text)
    assert "Rosa Romano Approved" in page
    assert "A reply was let go" not in page


def test_a_search_that_finds_nothing_says_how_to_search(browser):
    assert "Nothing found" in browser(ANA).get("/log?about=999999").text


def test_without_a_keeper_the_page_says_so(browser):
    assert "Not independently anchored" in browser(ANA).get("/log").text


def test_a_receipt_says_what_the_customer_was_told_who_said_yes_and_proves_it(stage, browser):
    stored = stage.proposed()
    sent(stage, stored)
    page = visible(browser(ANA).get(f"/log/{stored.id}").text)
    assert "What the customer was told Hello" in page
    assert "Rosa Romano (agent)" in page
    receipt = json.loads(browser(ANA).get(f"/log/{stored.id}.json").text)
    proof = receipt["proof"]
    size = int(proof["checkpoint"].splitlines()[1])
    path = [bytes.fromhex(node) for node in proof["path"]]
    leaf, root = bytes.fromhex(proof["leaf"]), bytes.fromhex(proof["root"])
    assert merkle.included(leaf, proof["entry"] - 1, size, path, root)
    assert receipt["answer"]["committed"]["body"] == stage.host.reached[0][1]


def test_a_receipt_outlives_the_words_that_it_was_about(stage, browser):
    stored = stage.proposed()
    sent(stage, stored)
    stage.deps.clock.tick(1)
    with stage.deps.engine.begin() as tx:
        now = stage.deps.clock.now()
        assert subjects.expire(tx, stage.deps.keys, now, now) == 1
    page = visible(browser(ANA).get(f"/log/{stored.id}").text)
    assert "have expired" in page
    assert "Rosa Romano (agent)" in page
    assert "What the customer was told" not in page


def test_a_receipt_says_why_nothing_was_sent(stage, browser):
    stored = stage.every_kind()["escalated"]
    page = visible(browser(ANA).get(f"/log/{stored.id}").text)
    assert "Why it was not sent by itself" in page
    assert "What the customer was told" not in page


def test_a_receipt_shows_the_words_of_others_as_words(stage, browser):
    for attack in ATTACKS:
        stored = stage.proposed(attack, subject=attack, draft=f"Hello {attack}")
        assert "<script>alert" not in browser(ANA).get(f"/log/{stored.id}").text


def test_agents_do_not_read_the_log(stage, browser):
    stored = stage.proposed()
    for path in ("/log", f"/log/{stored.id}", f"/log/{stored.id}.json"):
        assert browser(ROSA).get(path).status_code == 403


def test_an_unknown_message_has_no_receipt(browser):
    assert browser(ANA).get("/log/nothing").status_code == 404
    assert browser(ANA).get("/log/nothing.json").status_code == 404


def test_an_admin_has_a_person_forgotten_and_nobody_else_may(stage, browser):
    stored = stage.proposed("My name is Casey and I want my parcel.")
    ana, asked = browser(ANA), {"who": CASEY.email, "basis": "objection"}
    assert 'data-testid="erasure"' in ana.get("/log").text
    assert 'data-testid="erasure"' not in browser(MEI).get("/log").text
    assert browser(MEI).post("/api/v1/erasures", asked).status_code == 403
    assert ana.post("/api/v1/erasures", {**asked, "who": "nobody@acme.example"}).status_code == 404
    assert ana.post("/api/v1/erasures", {**asked, "basis": "a whim"}).status_code == 400
    assert "Forgotten, with 1 of their messages" in ana.post("/api/v1/erasures", asked).json["says"]
    assert "were erased" in ana.get(f"/log/{stored.id}").text


# --- the export --------------------------------------------------------------------------------------------------------
def export(person, **asked: str):
    data = {"form_token": person.token, **asked}
    return person.client.post("/log/export", data=data, headers=person.headers, buffered=True)


def unpacked(answer, folder) -> Path:
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(folder)
    (place,) = folder.iterdir()
    return place


def test_an_admin_gets_the_archive_that_checks_itself(stage, browser, tmp_path):
    stage.every_kind()
    answer = export(browser(ANA))
    assert (answer.status_code, answer.mimetype, answer.headers["Cache-Control"]) == (
        200,
        "application/zip",
        "no-store",
    )
    assert answer.content_length == len(answer.data)
    place = unpacked(answer, tmp_path / "out")
    run = subprocess.run([sys.executable, "verify.py", "--json"], cwd=place, capture_output=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert not (place / "texts.jsonl").exists()
    assert list(stage.deps.settings.home.glob("*.zip")) == []
    write(stage.deps, tmp_path / "by-command", stage.member(ANA).id)
    by_command = {file.relative_to(tmp_path / "by-command") for file in (tmp_path / "by-command").rglob("*.*")}
    by_browser = {file.relative_to(place) for file in place.rglob("*.*")}
    assert {one for one in by_command if one.suffix != ".note"} == {one for one in by_browser if one.suffix != ".note"}


def test_an_export_is_an_entry_with_its_person_and_the_hash_of_each_file(stage, browser, tmp_path):
    place = unpacked(export(browser(ANA), texts="on"), tmp_path / "out")
    page = visible(browser(ANA).get("/log?kind=log.").text)
    assert "Ana Alvarez Log exported" in page
    *_, last = (place / "log.jsonl").read_text(encoding="utf-8").splitlines()
    stated = json.loads(last)["header"]["files"]
    assert stated["texts.jsonl"] == hashlib.sha256((place / "texts.jsonl").read_bytes()).hexdigest()


def test_customers_words_are_those_of_the_days_asked_for(stage, browser, tmp_path):
    days = []
    for _ in range(2):
        sent(stage, stage.proposed())
        days.append(f"{stage.deps.clock.now():%Y-%m-%d}")
        stage.deps.clock.tick(2 * 86_400)
    found = {}
    for first, last in (("", ""), (days[0], days[0]), (days[1], ""), ("2030-01-01", "")):
        place = unpacked(export(browser(ANA), texts="on", first=first, last=last), tmp_path / f"of {first}{last}")
        found[first, last] = len((place / "texts.jsonl").read_text(encoding="utf-8").splitlines())
    assert list(found.values()) == [2, 1, 1, 0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"texts": "on", "first": "yesterday"}, "A day reads like 2026-11-23."),
        ({"texts": "on", "last": "9999-12-31"}, "A day reads like 2026-11-23."),  # no day comes after it
        ({"texts": "on", "first": "2026-03-02", "last": "2026-03-01"}, "The first day is after the last one."),
        ({"first": "2026-03-02"}, "ask for these too"),
    ],
)  # fmt: skip
def test_days_that_make_no_sense_are_said_and_nothing_is_exported(browser, asked, said):
    answer = export(browser(ANA), **asked)
    assert (answer.status_code, said in visible(unescape(answer.text))) == (400, True)
    assert "Nothing found" in visible(browser(ANA).get("/log?kind=log.").text)


def test_only_an_admin_exports_and_only_from_our_own_page(browser):
    assert export(browser(MEI)).status_code == 403
    assert 'data-testid="export"' not in browser(MEI).get("/log").text
    assert browser(ANA).client.post("/log/export", data={}).status_code == 403
    assert browser(ANA).client.post("/log/export", data={}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_a_second_export_at_the_same_time_is_told_to_wait(browser):
    with exports._ONE:
        answer = export(browser(ANA))
    assert (answer.status_code, "Not now Another export is being made" in visible(answer.text)) == (409, True)
    assert export(browser(ANA)).status_code == 200


def test_a_log_that_was_altered_is_not_exported(stage, browser):
    sent(stage, stage.proposed())
    with stage.deps.engine.begin() as tx:
        for name in tx.execute(sa.text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'")).scalars().all():  # fmt: skip
            tx.execute(sa.text(f"DROP TRIGGER {name}"))
        tx.execute(sa.update(entries).where(entries.c.seq == 3).values(leaf=b"x" * 32))
    answer = export(browser(ANA))
    assert answer.status_code == 422
