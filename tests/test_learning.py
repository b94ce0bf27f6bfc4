"""Learning from labelled history and measuring on more of it: what is kept, what is said, what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from app import evaluating, learning
from app.ai.embed import Embedder
from app.ai.learn import threshold
from app.ai.learned import Learned
from app.ai.mind import Mind
from app.ai.tools import tools
from app.commands import main
from app.governance.proposal import Tier
from app.letters import Unreadable
from tests import builders
from tests.ai.small import DELIVERY, DEMAND, SOURCES, Words, asking, policy

SAID = {
    ("delivery-times", 1): "how long does the {} delivery take",
    ("legal-demand", 3): "I demand damages for the {}",
    ("colours", 2): "which colour has the {}",
}
THINGS = "lamp chair table kettle sofa mirror carpet clock shelf mattress".split()


def quiet(*_: object) -> None:
    """No bar."""


def rows(**changes: object) -> list[dict[str, object]]:
    return [
        {"text": said.format(thing), "subject": "", "category": label, "tier": tier, **changes}
        for (label, tier), said in SAID.items()
        for thing in THINGS
    ]


def written(folder: Path, *found: object) -> Path:
    file = folder / "history.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in found), encoding="utf-8")
    return file


def embedder() -> Embedder:
    return Embedder(english=Words, multilingual=Words)


def lesson(folder: Path, *found: object):
    return learning.learn_from(written(folder, *found), policy(), folder, embedder(), quiet)


def taught_mind(folder: Path, ours=None) -> Mind:
    return Mind(embedder(), ours or policy(), SOURCES, learned=learning.known(folder))


def test_what_was_learnt_is_kept_and_judges(tmp_path):
    said = lesson(tmp_path, *rows())
    learned = learning.known(tmp_path)
    assert learned is not None
    assert (said.fingerprint, said.messages) == (learned.fingerprint, 30)
    assert said.accuracy > 0.9
    (judged,) = learned.judge(["how long does the window delivery take"], embedder())
    assert (judged.label, judged.tier) == ("delivery-times", Tier.LOOKUP)


def test_a_label_that_the_policy_does_not_know_is_recognised_and_said(tmp_path):
    said = lesson(tmp_path, *rows())
    assert [note for note in said.notes if "not in the policy" in note and "colours" in note]


def test_a_strange_label_without_a_tier_is_left_out_and_said(tmp_path):
    said = lesson(tmp_path, *rows(tier=None))
    assert [note for note in said.notes if "without a tier" in note and "colours" in note]
    assert said.categories == 2


def test_one_text_under_two_labels_is_left_out_and_said(tmp_path):
    twice = {"text": "How long does the LAMP delivery take", "category": "colours", "tier": 2}
    said = lesson(tmp_path, *rows(), twice)
    assert [note for note in said.notes if "lines 1, 31" in note]


def test_a_label_with_one_example_is_learnt_and_said(tmp_path):
    said = lesson(tmp_path, *rows(), {"text": "my parrot sings opera", "category": "parrots", "tier": 2})
    assert [note for note in said.notes if "expect little" in note and "parrots" in note]


def test_the_policys_tier_counts_and_a_later_policy_counts_too(tmp_path):
    said = lesson(tmp_path, *[row | {"tier": 2} for row in rows()])
    assert [note for note in said.notes if "policy's tier" in note]
    stricter = builders.policy(builders.category(tier=Tier.JUDGEMENT), DEMAND)
    mind = taught_mind(tmp_path, stricter)
    (judged,) = mind.learned.judge(["how long does the lamp delivery take"], mind.embedder)
    assert judged.tier is Tier.JUDGEMENT


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "no labelled message"),
        ("{", "history.jsonl:1: not JSON"),
        ('{"text": "hello"}', 'wants a "category"'),
        ('{"text": " ", "category": "x"}', "says something"),
        ('{"text": "hello", "category": "x", "tier": 7}', '"tier" is 1, 2 or 3'),
        ('{"text": "hello", "category": "x", "tier": 1}', "two categories or more"),
    ],
)
def test_input_that_cannot_be_used_is_named_and_loses_nothing(tmp_path, lines: str, said: str):
    lesson(tmp_path, *rows())
    before = (tmp_path / learning.FILE).read_bytes()
    file = tmp_path / "history.jsonl"
    file.write_text(lines)
    with pytest.raises(Unreadable, match=said):
        learning.learn_from(file, policy(), tmp_path, embedder(), quiet)
    assert (tmp_path / learning.FILE).read_bytes() == before


def test_a_damaged_file_is_refused_and_not_guessed_around(tmp_path):
    lesson(tmp_path, *rows())
    (tmp_path / learning.FILE).write_bytes((tmp_path / learning.FILE).read_bytes()[:100])
    with pytest.raises(Unreadable, match="run `countersign learn` again"):
        learning.known(tmp_path)


@pytest.mark.parametrize("lost", ["weights", "middle_1", "centres_2"])
def test_a_file_that_lacks_a_part_is_refused_and_not_guessed_around(tmp_path, lost):
    lesson(tmp_path, *rows())
    with np.load(tmp_path / learning.FILE) as kept:
        part = {name: kept[name] for name in kept if name != lost}
    np.savez_compressed(tmp_path / learning.FILE, **part)
    with pytest.raises(Unreadable, match="cannot be read; run `countersign learn` again"):
        learning.known(tmp_path)


def test_what_an_older_version_learnt_is_refused_and_not_read_as_something_else(tmp_path, monkeypatch):
    monkeypatch.setattr("app.ai.learned.FORMAT", 1)
    lesson(tmp_path, *rows())
    monkeypatch.undo()
    with pytest.raises(Unreadable, match="another version; run `countersign learn` again"):
        learning.known(tmp_path)


def test_a_message_about_nothing_that_was_taught_is_less_sure(tmp_path):
    lesson(tmp_path, *rows())
    near, strange = taught_mind(tmp_path).learned.judge(
        ["how long does the window delivery take", "my parrot sings opera"], embedder()
    )
    assert near.confidence > 4 * strange.confidence


def test_what_was_learnt_is_part_of_what_drafts_are_made_with(tmp_path):
    lesson(tmp_path, *rows())
    learned = learning.known(tmp_path)
    assert learned is not None
    untaught = tools(None, None)
    assert tools(None, learned).prompts == {**untaught.prompts, "learned": learned.fingerprint}


def test_the_same_history_gives_the_same_fingerprint_and_another_another(tmp_path):
    first, second = lesson(tmp_path, *rows()), lesson(tmp_path, *rows())
    assert first.fingerprint == second.fingerprint
    assert lesson(tmp_path, *rows()[:25]).fingerprint != first.fingerprint


def test_what_was_saved_judges_as_before(tmp_path):
    lesson(tmp_path, *rows())
    learned = learning.known(tmp_path)
    learned.save(tmp_path / "again.npz")
    again = Learned.load(tmp_path / "again.npz")
    assert again.judge(["which colour"], embedder()) == learned.judge(["which colour"], embedder())


def test_the_threshold_is_the_lowest_that_keeps_the_promise():
    import numpy as np

    assert threshold(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])) == 0.8
    assert threshold(np.array([0.9, 0.8]), np.array([False, False])) > 1


def test_a_mind_that_learnt_classifies_by_it(tmp_path):
    from app.ai.classify import classify

    lesson(tmp_path, *rows())
    found = classify(
        asking("which colour has the window", category=None, tier=None, triggers=None), taught_mind(tmp_path)
    )
    assert (found.category, found.tier) == ("colours", Tier.JUDGEMENT)


def test_evaluation_counts_tiers_and_categories(tmp_path):
    lesson(tmp_path, *rows())
    measured = evaluating.evaluate(learning.history(tmp_path / "history.jsonl"), taught_mind(tmp_path), quiet)
    figures = measured.figures
    assert figures["tier"]["macro_f1"] > 0.9
    assert sum(map(sum, figures["tier"]["confusion"])) == figures["rows"] == 30
    assert figures["sendable"]["share"] <= 1 / 3 + 0.1
    page = tmp_path / "page.html"
    evaluating.write_page(measured, "a <b>.jsonl", page)
    text = page.read_text()
    assert text.count("<svg") == 4
    assert "<script" not in text
    assert "a &lt;b&gt;.jsonl" in text


def test_evaluation_without_learning_uses_the_descriptions(tmp_path):
    file = written(tmp_path, {"text": "How long does delivery take?", "category": DELIVERY.name})
    measured = evaluating.evaluate(learning.history(file), Mind(embedder(), policy(), SOURCES), quiet)
    assert measured.figures["fingerprint"] is None
    assert measured.figures["category"]["accuracy"] == 1.0
    assert "descriptions alone" in evaluating.in_words(measured.figures)


@pytest.mark.parametrize("command", ["learn", "evaluate"])
def test_an_empty_file_ends_with_exit_2_and_one_line(tmp_path, monkeypatch, command: str):
    monkeypatch.setenv("COUNTERSIGN_HOME", str(tmp_path))
    file = tmp_path / "empty.jsonl"
    file.write_text("\n")
    result = CliRunner().invoke(main, [command, str(file)])
    assert result.exit_code == 2
    assert "no labelled message" in result.output
