"""A stranger checks an export: nothing is needed but Python, nothing that was altered passes, and each send is replayed."""

from __future__ import annotations

import hashlib
import io
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from app import reconcile
from app.export import verify
from app.export.places import Archive, NotEmpty, Span
from app.export.write import write
from app.governance import chain, merkle
from app.governance.canonical import canonical
from app.governance.checkpoint import Checkpoint, signed
from app.store import checkpoints, replies
from app.store.engine import connect
from tests.conftest import FrozenClock
from tests.house import House
from tests.test_reconcile import planted

Files = dict[str, bytes]


def files_of(folder: Path) -> Files:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def check(files: Files, **more: Any) -> dict[str, Any]:
    return verify.check(verify.Export(files, lambda name: io.BytesIO(files[name])), **more)


def refused(files: Files, **more: Any) -> bool:
    try:
        check(files, **more)
    except (verify.Broken, verify.NoExport, ValueError):
        return True
    return False


# --- as it was written -------------------------------------------------------------------------------------------------
def test_python_alone_checks_it(exported: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-I", "-S", "verify.py", "--json"], cwd=exported, capture_output=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    report = json.loads(run.stdout)
    assert report["outcomes"] == {"SENT": 2}
    assert report["signatures"] is False  # -S: no library was there
    assert [stop["confirmed"] is not None for stop in report["stops"]] == [True]


def test_the_words_say_what_was_checked_and_what_was_not(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(exported)]) == 0
    words = capsys.readouterr().out
    assert "replies sent: 2\n  2026-03: 2 assisted, 0 auto" in words
    assert "by Ana Alvarez, CONFIRMED" in words
    assert "signatures: checked" in words
    assert "not independently anchored" in words


def test_the_story_of_a_reply_shows_what_the_customer_was_told(
    exported: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = map(json.loads, (exported / "log.jsonl").read_bytes().splitlines())
    about = next(entry["object"] for entry in log if entry["action"] == "answer.outcome")
    assert verify.main([str(exported), "--about", about]) == 0
    story = capsys.readouterr().out
    assert "proposal.approved" in story
    assert '"body":' in story


def test_without_texts_no_words_of_a_customer_leave(day: House, tmp_path: Path) -> None:
    write(day.deps, tmp_path / "log", "ana")
    files = files_of(tmp_path / "log")
    assert "texts.jsonl" not in files
    assert not [name for name, content in files.items() if b"Saturdays" in content or b"parcel" in content]
    assert check(files)["texts"] == 0


def test_an_archive_with_the_words_of_some_days_verifies_like_a_folder(day: House, tmp_path: Path) -> None:
    found = {}
    for first in ("2026-03-02", "2026-03-03"):
        with (tmp_path / "log.zip").open("wb") as file, Archive(file, first) as archive:
            write(day.deps, archive, day.ana.member.id, texts=True, span=Span.of(first, "", texts=True))
        with ZipFile(tmp_path / "log.zip") as zipped:
            zipped.extractall(tmp_path)
        found[first] = check(files_of(tmp_path / first))["texts"]
    assert found == {"2026-03-02": 2, "2026-03-03": 0}


def test_nothing_is_mixed_with_what_is_there(day: House, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(NotEmpty):
        write(day.deps, tmp_path, "ana")


# --- altered -----------------------------------------------------------------------------------------------------------
def flip(files: Files, chance: random.Random) -> None:
    name = chance.choice([name for name in files if files[name]])
    at = chance.randrange(len(files[name]))
    files[name] = files[name][:at] + bytes([files[name][at] ^ 1 << chance.randrange(8)]) + files[name][at + 1 :]


def _lines(change: Callable[[list[bytes], random.Random], None]) -> Callable[[Files, random.Random], None]:
    def mutate(files: Files, chance: random.Random) -> None:
        name = chance.choice(["log.jsonl", "chain.txt", "texts.jsonl", "consistency.jsonl"])
        lines = files[name].splitlines(keepends=True)
        change(lines, chance)
        files[name] = b"".join(lines)

    return mutate


def delete(lines: list[bytes], chance: random.Random) -> None:
    del lines[chance.randrange(len(lines))]


def insert(lines: list[bytes], chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))


def reorder(lines: list[bytes], chance: random.Random) -> None:
    first, second = chance.sample(range(len(lines)), 2)
    lines[first], lines[second] = lines[second], lines[first]


def truncate(lines: list[bytes], chance: random.Random) -> None:
    del lines[chance.randrange(len(lines)) :]


def drop_a_file(files: Files, chance: random.Random) -> None:
    del files[chance.choice(sorted(files))]


def swap_a_policy(files: Files, chance: random.Random) -> None:
    name = chance.choice([name for name in files if name.startswith("policies/")])
    files[name] = files[name].replace(b'mode = "assisted"', b'mode = "auto"')


def rewrite(files: Files, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """What an administrator can do: the log with another past, every hash in the chain made to fit."""
    entries = [json.loads(line) for line in files["log.jsonl"].splitlines()]
    change(entries)
    lines, links, head = [], [], chain.GENESIS
    for seq, entry in enumerate(entries, start=1):
        lines.append(canonical({**entry, "seq": seq}))
        head = chain.link(head, chain.leaf(lines[-1]))
        links.append(head.hex().encode())
    files["log.jsonl"] = b"".join(line + b"\n" for line in lines)
    files["chain.txt"] = b"".join(link + b"\n" for link in links)


def back_date(files: Files, chance: random.Random) -> None:
    def change(entries: list[dict[str, Any]]) -> None:
        entry = chance.choice(entries)
        entry["ts"] = entry["ts"].replace("2026-03", "2026-02")

    rewrite(files, change)


MUTATIONS: dict[str, Callable[[Files, random.Random], None]] = {
    "flip a bit": flip, "delete a line": _lines(delete), "insert a line": _lines(insert), "reorder": _lines(reorder),
    "truncate": _lines(truncate), "drop a file": drop_a_file, "back-date and hash anew": back_date,
    "swap a policy text": swap_a_policy,
}  # fmt: skip


def altered(original: Files, seed: int) -> tuple[str, Files]:
    chance = random.Random(seed)
    name = chance.choice(list(MUTATIONS))
    files = dict(original)
    MUTATIONS[name](files, chance)
    return name, files


def undetected(original: Files, tries: range) -> list[tuple[int, str]]:
    found = [(seed, *altered(original, seed)) for seed in tries]
    return [(seed, name) for seed, name, files in found if files != original and not refused(files)]


@pytest.mark.threat("log-edited")
def test_a_thousand_alterations_are_all_found(exported: Path) -> None:
    assert undetected(files_of(exported), range(1_000)) == []


@pytest.mark.slow
@pytest.mark.threat("log-edited")
def test_ten_thousand_alterations_are_all_found(exported: Path) -> None:
    assert undetected(files_of(exported), range(10_000)) == []


@pytest.mark.threat("log-edited")
def test_the_entry_that_was_altered_is_named(exported: Path) -> None:
    files = files_of(exported)
    lines = files["log.jsonl"].splitlines(keepends=True)
    lines[6] = lines[6].replace(b'"actor":"', b'"actor":"x')
    files["log.jsonl"] = b"".join(lines)
    with pytest.raises(verify.Broken) as broken:
        check(files)
    assert broken.value.seq == 7


def test_a_restored_old_copy_is_caught_by_a_checkpoint_that_somebody_kept(
    day: House, exported: Path, tmp_path: Path
) -> None:
    write(day.deps, tmp_path / "later", "ana")
    later = files_of(tmp_path / "later")
    newest = max(name for name in later if name.startswith("checkpoints/"))
    assert refused(files_of(exported), outside=[("the keeper's", later[newest])])
    assert not refused(later, outside=[("the keeper's", later[newest])])


def test_another_deployments_key_is_another_deployments_log(exported: Path) -> None:
    other = Checkpoint("countersign/other", 5, bytes(32), FrozenClock().now())
    note = signed(other, bytes(32), lambda _text: bytes(64)).encode()
    with pytest.raises(verify.Broken, match="another deployment's log: countersign/other"):
        check(files_of(exported), outside=[("theirs", note)])
    assert refused(files_of(exported), key=bytes(32))
    assert not refused(files_of(exported), key=bytes.fromhex(files_of(exported)["key.hex"].decode()))


def test_a_signature_by_another_key_does_not_hold(exported: Path) -> None:
    files = files_of(exported)
    name = max(name for name in files if name.startswith("checkpoints/"))
    at = files[name].rindex(b" ") + 12
    files[name] = files[name][:at] + (b"B" if files[name][at : at + 1] == b"A" else b"A") + files[name][at + 1 :]
    assert refused(files)


# --- what the hosts said, and who took the log away ----------------------------------------------------------------------
@pytest.mark.threat("unlogged-reply")
def test_a_reply_that_nobody_can_explain_is_in_the_export(
    sqlite_database: str, clock: FrozenClock, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = House(connect(sqlite_database), clock, tmp_path / "home")
    house.host.started = clock.now()
    planted(house, house.ref(house.propose()), None)
    clock.tick(3600)
    reconcile.reconcile(house.deps, "zendesk")
    write(house.deps, tmp_path / "log", house.ana.member.id)
    assert verify.main([str(tmp_path / "log")]) == 0
    said = capsys.readouterr().out
    assert "compared with the hosts' own 1 times, UNEXPLAINED in all: 1" in said
    assert "0 of ours on tickets that had changed, 0 typed by people in our account" in said
    assert "UNEXPLAINED reply" in said
    assert "no row of ours; nobody has explained it" in said
    assert "exported by Ana Alvarez at 2026-03-02T" in said
    with house.deps.engine.begin() as tx:
        (hole,) = replies.still_unexplained(tx)
        replies.explain(tx, hole.id, house.ana.member.id, clock.now())
    write(house.deps, tmp_path / "again", house.ana.member.id)
    assert verify.main([str(tmp_path / "again")]) == 0
    said = capsys.readouterr().out
    assert "explained by Ana Alvarez" in said
    assert said.count("exported by Ana Alvarez") == 2
    house.deps.readers.dispose()
    house.deps.engine.dispose()


def test_a_stop_is_told_from_the_click_to_the_second_person(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(exported)]) == 0
    said = capsys.readouterr().out
    assert "on their way at that moment and sent: 0; handed to people: 1; sent after CONFIRMED: 0" in said
    assert "asked for by Ana Alvarez, agreed to by Ben Admin" in said


def test_who_allowed_a_category_what_is_told(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(exported), "--category", "delivery-times"]) == 0
    said = capsys.readouterr().out
    assert "tier 1, assisted, at most auto\n  written by ana, approved by ben" in said
    assert "sent in 2026-03: 2 assisted, 0 auto" in said


def test_each_reply_is_told_with_its_words(exported: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify.main([str(exported), "--sent"]) == 0
    said = capsys.readouterr().out
    assert said.count("assisted, approved by Rosa Romano") == 2
    assert said.count("    Standard delivery takes 3 to 5 days.") == 2


def test_the_one_pager_comes_along(exported: Path) -> None:
    assert "not independently anchored" in (exported / "one-pager.html").read_text(encoding="utf-8")


# --- replayed: an administrator with every key still cannot make these look allowed --------------------------------------
def forged(day: House, exported: Path, change: Callable[[list[dict[str, Any]]], None]) -> Files:
    """Another past, hashed and even signed anew by the deployment itself."""
    files = files_of(exported)
    rewrite(files, change)
    lines = files["log.jsonl"].splitlines()
    for name in [name for name in files if name.startswith("checkpoints/")]:
        del files[name]
    root = merkle.root_of(chain.leaf(line) for line in lines)
    keys = day.deps.keys
    note = signed(
        Checkpoint("countersign/test", len(lines), root, day.clock.now()),
        checkpoints.public_key(keys),
        checkpoints.signing_key(keys).sign,
    )
    files["checkpoints/last.note"], files["consistency.jsonl"] = note.encode(), b""
    return files


def without(*actions: str) -> Callable[[list[dict[str, Any]]], None]:
    def change(entries: list[dict[str, Any]]) -> None:
        entries[:] = [entry for entry in entries if entry["action"] not in actions]

    return change


def with_header(action: str, **values: Any) -> Callable[[list[dict[str, Any]]], None]:
    def change(entries: list[dict[str, Any]]) -> None:
        entry = next(entry for entry in entries if entry["action"] == action)
        entry["header"].update(values)

    return change


def early_confirmed(entries: list[dict[str, Any]]) -> None:
    """The stop and its confirmation stand before a reply's outcome."""
    stops = [entry for entry in entries if entry["action"] in {"switch.off", "switch.confirmed"}]
    for entry in stops:
        entries.remove(entry)
    at = next(place for place, entry in enumerate(entries) if entry["action"] == "answer.outcome")
    entries[at:at] = stops


def sent_while_off(entries: list[dict[str, Any]]) -> None:
    live = next(entry for entry in entries if entry["action"] == "switch.live")
    entries.remove(live)
    entries.append(live)


def twice(entries: list[dict[str, Any]]) -> None:
    pair = [entry for entry in entries if entry["action"] in {"answer.intent", "answer.outcome"}][:2]
    at = entries.index(pair[1]) + 1
    entries[at:at] = pair


def one_person_restores(entries: list[dict[str, Any]]) -> None:
    live = next(entry for entry in entries if entry["action"] == "switch.live")
    live["actor"] = live["header"]["asked_by"]


def taken_back(entries: list[dict[str, Any]]) -> None:
    at = next(place for place, entry in enumerate(entries) if entry["action"] == "answer.intent")
    entries.insert(at, {**entries[at], "action": "approval.undone", "header": {}})


FORGERIES: dict[str, tuple[Callable[[list[dict[str, Any]]], None], str]] = {
    "no approval": (without("proposal.approved"), "nobody had approved"),
    "an approval by another": (with_header("answer.intent", approved_by="somebody"), "nobody had approved"),
    "an approval taken back": (taken_back, "taken back"),
    "no policy": (without("policy.published"), "was not in force"),
    "another policy version": (with_header("answer.intent", policy_version=9), "was not in force"),
    "a policy that one person widened": (with_header("policy.published", approved_by=None), "no second person"),
    "another policy text": (with_header("policy.published", sha256="00"), "is not the one that was published"),
    "another generation of the switch": (with_header("answer.intent", generations=[7, 7]), "another generation"),
    "a tier-3 message": (with_header("proposal.decided", tier=3), "tier 3"),
    "CONFIRMED over a reply in flight": (early_confirmed, "CONFIRMED while"),
    "a reply while the switch was OFF": (sent_while_off, "while the switch was CONFIRMED"),
    "a second reply": (twice, "a second reply"),
    "a restore by one person": (one_person_restores, "the same person"),
    "an outcome without its intent": (without("answer.intent"), "without its intent"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_past_that_was_not_allowed_is_not_believed_even_when_it_is_signed(
    name: str, day: House, exported: Path
) -> None:
    change, why = FORGERIES[name]
    with pytest.raises(verify.Broken) as broken:
        check(forged(day, exported, change))
    assert why in broken.value.why


def test_a_forgery_that_changes_nothing_is_believed(day: House, exported: Path) -> None:
    assert not refused(forged(day, exported, lambda _entries: None))


def test_every_text_is_the_one_that_its_entry_committed_to(exported: Path) -> None:
    for line in files_of(exported)["texts.jsonl"].splitlines():
        text = json.loads(line)
        entry = json.loads(files_of(exported)["log.jsonl"].splitlines()[text["seq"] - 1])
        assert entry["commit"] == hashlib.sha256(bytes.fromhex(text["salt"]) + text["text"].encode()).hexdigest()
