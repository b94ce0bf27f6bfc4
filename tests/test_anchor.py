"""The log's anchor: signed as it grows, kept outside, walked each night; an altered log stops everything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app import anchor, troubles
from app.export import verify
from app.export.write import write
from app.governance import chain, merkle
from app.governance.decision import Switch
from app.store import audit, checkpoints, heartbeats
from app.store.tables import audit as table
from tests.house import House, scope
from tests.mailbox import Smtp, serving


@pytest.fixture
def kept(house: House, tmp_path: Path) -> House:
    """A house whose checkpoints go to a folder outside."""
    folder = tmp_path / "keeper"
    folder.mkdir()
    house.deps = replace(house.deps, settings=replace(house.deps.settings, keeper=folder))
    return house


def notes(house: House) -> list[str]:
    assert house.deps.settings.keeper is not None
    return sorted(path.name for path in house.deps.settings.keeper.iterdir())


def append(house: House, count: int = 1) -> None:
    with house.deps.engine.begin() as tx:
        for number in range(count):
            audit.append(tx, house.clock.now(), "rosa", "tried", "thing", {"number": number})


def trouble(house: House, name: str) -> str | None:
    with house.deps.engine.begin() as tx:
        return next((beat.trouble for beat in heartbeats.everybody(tx) if beat.name == name), "never seen")


def state(house: House) -> Switch:
    return scope(house, "*").state


def alter(house: House, seq: int, **values: Any) -> None:
    with house.deps.engine.begin() as tx:
        assert tx.execute(table.update().where(table.c.seq == seq).values(**values)).rowcount == 1


# --- signed ------------------------------------------------------------------------------------------------------------
def test_a_checkpoint_is_due_after_an_hour_or_a_thousand_entries(kept: House) -> None:
    anchor.anchor(kept.deps)
    assert len(notes(kept)) == 1
    anchor.anchor(kept.deps)
    append(kept)
    anchor.anchor(kept.deps)
    assert len(notes(kept)) == 1
    kept.clock.tick(3600)
    anchor.anchor(kept.deps)
    assert len(notes(kept)) == 2
    append(kept, 1000)
    anchor.anchor(kept.deps)
    assert len(notes(kept)) == 3


def test_every_entry_is_proved_to_be_in_the_checkpoint_over_it(house: House) -> None:
    append(house, 2 * checkpoints.BLOCK + 40)
    with house.deps.engine.begin() as tx:
        first = checkpoints.sign(tx, house.deps.keys, "test", house.clock.now())
    append(house, checkpoints.BLOCK)
    with house.deps.engine.begin() as tx:
        last = checkpoints.sign(tx, house.deps.keys, "test", house.clock.now())
        leaves = tx.execute(sa.select(table.c.leaf).order_by(table.c.seq)).scalars().all()
        assert (first.root, last.root) == (merkle.root_of(leaves[: first.size]), merkle.root_of(leaves))
        for seq in (1, 2, 1024, 1025, 2049, first.size, first.size + 1, last.size):
            found = checkpoints.proof(tx, seq)
            assert found is not None
            signed, path = found
            assert signed.size == (first if seq <= first.size else last).size
            assert merkle.included(leaves[seq - 1], seq - 1, signed.size, path, signed.root)


def test_an_entry_after_the_last_checkpoint_has_no_proof_yet(house: House) -> None:
    with house.deps.engine.begin() as tx:
        signed = checkpoints.sign(tx, house.deps.keys, "test", house.clock.now())
    append(house)
    with house.deps.engine.begin() as tx:
        assert checkpoints.proof(tx, signed.size + 1) is None


# --- an altered past is not signed over ----------------------------------------------------------------------------------
def test_an_entry_altered_before_it_was_signed_stops_everything(kept: House) -> None:
    alter(kept, 2, stored=b"{}")
    anchor.anchor(kept.deps)
    assert state(kept) is Switch.OFF
    assert "entry 2 was altered" in str(trouble(kept, anchor.SELF))


def test_a_chain_hashed_anew_over_another_past_is_not_signed(kept: House) -> None:
    append(kept, 4)
    anchor.anchor(kept.deps)
    with kept.deps.engine.begin() as tx:
        rows = tx.execute(sa.select(table).order_by(table.c.seq)).all()
        head = chain.GENESIS
        for row in rows:
            stored = row.stored.replace(b'"number":2', b'"number":9')
            leaf = chain.leaf(stored)
            head = chain.link(head, leaf)
            tx.execute(table.update().where(table.c.seq == row.seq).values(stored=stored, leaf=leaf, chain=head))
        tx.execute(sa.text("UPDATE audit_tail SET chain = :head").bindparams(head=head))
    append(kept)
    kept.clock.tick(3600)
    anchor.anchor(kept.deps)
    assert state(kept) is Switch.OFF
    assert "not those that were signed" in str(trouble(kept, anchor.SELF))


def test_the_nightly_walk_finds_what_was_signed_and_altered_afterwards(kept: House) -> None:
    anchor.anchor(kept.deps)
    anchor.verify_nightly(kept.deps)
    alter(kept, 1, actor="somebody")
    anchor.verify_nightly(kept.deps)
    assert state(kept) is Switch.LIVE  # once a night
    kept.clock.moment += timedelta(hours=25)
    anchor.verify_nightly(kept.deps)
    assert state(kept) is Switch.OFF
    assert "entry 1" in str(trouble(kept, anchor.SELF))


# --- the keeper --------------------------------------------------------------------------------------------------------
@pytest.mark.threat("log-edited")
def test_an_old_copy_of_the_database_is_recognised_by_the_keeper(kept: House) -> None:
    anchor.anchor(kept.deps)
    keeper = kept.deps.settings.keeper
    assert keeper is not None
    newest = keeper / notes(kept)[-1]
    newest.rename(keeper / "test-0000000999.note")
    anchor.anchor(kept.deps)
    assert state(kept) is Switch.OFF
    assert "this database is older" in str(trouble(kept, anchor.SELF))


def test_a_keeper_that_holds_another_root_is_believed_over_us(kept: House) -> None:
    keeper = kept.deps.settings.keeper
    assert keeper is not None
    with kept.deps.engine.begin() as tx:
        size = checkpoints.sign(tx, kept.deps.keys, "test", kept.clock.now()).size
    (keeper / f"test-{size:010}.note").write_text("another past")
    anchor.anchor(kept.deps)
    assert state(kept) is Switch.OFF


def test_a_keeper_out_of_reach_is_said_and_tried_again(kept: House) -> None:
    keeper = kept.deps.settings.keeper
    assert keeper is not None
    keeper.rmdir()
    anchor.anchor(kept.deps)
    assert "cannot be reached" in str(trouble(kept, anchor.KEEPER))
    assert state(kept) is Switch.LIVE
    keeper.mkdir()
    anchor.anchor(kept.deps)
    assert trouble(kept, anchor.KEEPER) is None
    assert len(notes(kept)) == 1


# --- the keeper's mailbox ------------------------------------------------------------------------------------------------
def test_checkpoints_are_mailed_to_the_policys_log_keeper_and_check_an_export(house: House, tmp_path: Path) -> None:
    with serving(Smtp) as mailbox:
        chosen = {"smtp_url": f"smtp://{mailbox.address}", "keeper_mail": True}
        house.deps = replace(house.deps, settings=replace(house.deps.settings, **chosen))
        mailbox.refuses = "451 not now"
        anchor.anchor(house.deps)
        assert "cannot be reached" in str(trouble(house, anchor.KEEPER))
        assert any("Keeper has not answered since" in words for words in troubles.told(house.deps))
        append(house, 1000)
        mailbox.refuses = ""
        anchor.anchor(house.deps)
        assert trouble(house, anchor.KEEPER) is None
        anchor.anchor(house.deps)
        (mail,) = mailbox.arrived
    assert (mail["To"], mail.get_content().count("\u2014 countersign/test")) == ("audit@acme.example", 2)
    saved = tmp_path / "saved.eml"
    saved.write_bytes(mail.as_bytes())
    write(house.deps, tmp_path / "log", house.ana.member.id)
    assert verify.main([str(tmp_path / "log"), "--checkpoint", str(saved)]) == 0
    saved.write_text(mail.get_content())
    assert verify.main([str(tmp_path / "log"), "--checkpoint", str(saved)]) == 0
    other = mail.get_content().replace(f"{house.clock.now():%Y-%m-%dT%H}", "2026-01-01T00")
    saved.write_text(other)
    assert verify.main([str(tmp_path / "log"), "--checkpoint", str(saved)]) == 1
