"""Vectors: computed once, stored only where they may be, right in a forked child, and never with unknown weights."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from app.ai import weights
from app.ai.embed import Embedder
from app.ai.weights import WeightsError, checked
from tests.ai.small import Words


class Shelf:
    """A vector store in a dict."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get(self, model: str, digests: Sequence[str]) -> dict[str, bytes]:
        return {digest: self.kept[model, digest] for digest in digests if (model, digest) in self.kept}

    def put(self, model: str, vectors: dict[str, bytes]) -> None:
        self.kept |= {(model, digest): raw for digest, raw in vectors.items()}


def test_each_text_is_computed_once():
    words = Words()
    embedder = Embedder(english=lambda: words)
    first = embedder.vectors(["one thing", "two things", "one thing"], "en")
    again = embedder.vectors(["two things"], "en")
    assert words.read == ["one thing", "two things"]
    assert np.array_equal(first[0], first[2])
    assert np.array_equal(first[1], again[0])


def test_lasting_vectors_are_stored_and_a_customers_never_are():
    shelf, words = Shelf(), Words()
    Embedder(shelf, english=lambda: words).vectors(["our own source"], "en", lasting=True)
    Embedder(shelf, english=lambda: words).vectors(["a customer's words"], "en")
    assert len(shelf.kept) == 1
    other = Words()
    Embedder(shelf, english=lambda: other).vectors(["our own source"], "en", lasting=True)
    assert other.read == []


def test_each_language_has_its_model():
    english, others = Words("english"), Words("others")
    embedder = Embedder(english=lambda: english, multilingual=lambda: others)
    embedder.vectors(["hello"], "en")
    embedder.vectors(["hallo"], "de")
    embedder.vectors(["?"], None)
    assert (english.read, others.read) == (["hello"], ["hallo", "?"])


def test_no_texts_give_no_rows():
    assert len(Embedder(english=Words).vectors([], "en")) == 0


def test_weights_that_are_not_the_known_ones_are_refused(tmp_path: Path):
    (tmp_path / "model.onnx").write_bytes(b"something else")
    with pytest.raises(WeightsError, match="not the known one"):
        checked(tmp_path / "model.onnx")


def test_missing_weights_are_named(tmp_path: Path):
    with pytest.raises(WeightsError, match=r"weights\.npz cannot be read"):
        checked(tmp_path / "weights.npz")


def test_every_weight_file_has_its_hash():
    names = {"model.onnx", "weights.npz", "sp.model", "vocab.txt", "alarms.npz", "familiar.npz"}
    assert set(weights.SHA256) == names


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder()


def test_the_english_model_knows_a_paraphrase(embedder: Embedder):
    rows = embedder.vectors(["When will my parcel arrive?", "How long does shipping take?", "I like cats"], "en")
    near = rows @ rows.T
    assert near[0, 1] > 0.5 > near[0, 2]


def test_the_other_model_knows_a_translation(embedder: Embedder):
    rows = embedder.vectors(["How long does shipping take?", "配送は何日かかりますか", "I like cats"], "ja")
    near = rows @ rows.T
    assert near[0, 1] > 0.5 > near[0, 2]


def test_a_batch_gives_what_single_texts_give(embedder: Embedder):
    texts = ["Hello", "How long does shipping take to Austria?", "a " * 300]
    fresh = Embedder(english=lambda: embedder.english)
    singles = np.stack([fresh.english.encode([text])[0] for text in texts])
    assert np.abs(embedder.vectors(texts, "en") - singles).max() < 0.08  # int8 rounds by the batch


def _in_child(embedder: Embedder, answers: object) -> None:
    answers.put(embedder.vectors(["new in the child"], "en")[0, :3].tolist())  # type: ignore[attr-defined]


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # forking beside threads is what RQ does
def test_a_forked_child_can_embed(embedder: Embedder):
    embedder.vectors(["warm"], "en")
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    child = context.Process(target=_in_child, args=(embedder, answers))
    child.start()
    assert len(answers.get(timeout=30)) == 3
    child.join(30)


def test_a_long_text_costs_the_short_ones_beside_it_nothing():
    lengths = [12, 900, 14, 11, 13]
    assert weights._alike(lengths) == [[3, 0, 4, 2], [1]]
    assert max(len(batch) for batch in weights._alike([10] * 100)) == weights.BATCH
