"""Extract: the sentences of the passages that answer, word for word, in the order of their source."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from app.ai.mind import Mind
from app.ai.retrieve import MOST_SENTENCES, RELEVANT, model_of, scores_of
from app.governance.proposal import Passage, Sentence
from app.governance.prose import sentences

MOST = 5
SHORT = 3  # a passage of so few sentences is one thought and stays whole
_QUESTION = re.compile(
    r"[?？]\s*[\"'”)]*$|^\W*(?:how|what|when|where|which|who|why|can|could|do|does|did|is|are|will|would|may|tell me|please (?:tell|explain|let me know)|i (?:need|want|would like|'d like) to (?:know|ask)"
    r"|wie|was|wann|wo|welche\w*|wer|warum|kann|können|gibt|ist|haben sie|comment|quand|où|quel\w*|combien|pourquoi|est-ce|puis-je|peut-on|avez-vous|cómo|cuándo|cuánt\w*|dónde|qué|cuál\w*|puedo|aceptan|hay"
    r"|como|quando|onde|quanto\w*|qual|quais|posso|aceitam|há)\b|(?:ですか|ますか|でしょうか|教えてください|知りたい)",
    re.I,
)  # fmt: skip
# A sentence that leans on the one before it.
_LEANS = re.compile(
    r"^(?:then|after that|this|these|that|it|they|the app then|we then|you can then|your membership then|once|otherwise|also|please also|you can also|we also"
    r"|danach|dann|dies\w*|sonst|außerdem|sie können auch|wir senden ihnen dann|ensuite|après cela|cel[ae]|vous pouvez aussi|después|luego|est[eoa]\b|también|puede también|depois|em seguida|est[ea]\b|também"
    r"|その後|また|これ|次に)|\bthen\b|\bensuite\b|\bluego\b",
    re.I,
)  # fmt: skip


def questions(text: str) -> list[str]:
    """What the customer asks, sentence by sentence; the whole text where nothing looks like a question."""
    found = [part for part in sentences(text) if len(part) > 6 and _QUESTION.search(part)]  # noqa: PLR2004
    return found[:MOST_SENTENCES] or [text[:1200]]


def answering(text: str, passages: Sequence[Passage], mind: Mind, language: str | None) -> tuple[list[list[Sentence]], list[str]]:
    """(a paragraph for each passage that answers, the questions that none answers)."""
    asks = questions(text)
    near = scores_of([text[:1200], *asks], passages, mind, language)
    together = 0.5 * near[0] + 0.5 * near[1:]  # each question is read in the light of the whole message
    least = RELEVANT[model_of(language)]
    chosen = [int(np.argmax(row)) for row in together if row.max() >= least]
    open_questions = [ask for ask, row in zip(asks, near[1:], strict=True) if row.max() < 0.75 * least and len(asks) > 1]
    paragraphs, room = [], MOST
    for at in dict.fromkeys(chosen):
        paragraph = _sentences_of(passages[at], asks, mind, language)[:room]
        room -= len(paragraph)
        if paragraph:
            paragraphs.append(paragraph)
    return paragraphs, open_questions


def _sentences_of(passage: Passage, asks: Sequence[str], mind: Mind, language: str | None) -> list[Sentence]:
    lines = sentences(passage.text)
    if len(lines) > SHORT:
        lines = tuple(_window(lines, asks, mind, language))
    return [Sentence(line, (passage.id,)) for line in lines]


def _window(lines: Sequence[str], asks: Sequence[str], mind: Mind, language: str | None) -> Sequence[str]:
    """The best three in a row, not beginning with a sentence that leans on the one before."""
    model = model_of(language)
    near = (mind.embedder.vectors(asks, model) @ mind.embedder.vectors(lines, model, lasting=True).T).max(axis=0)
    starts = [at for at in range(len(lines) - SHORT + 1) if at == 0 or not _LEANS.search(lines[at])]
    start = max(starts, key=lambda at: float(near[at : at + SHORT].sum()))
    return lines[start : start + SHORT]
