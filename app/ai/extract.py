"""Extract: the sentences of the passages that answer, word for word, in the order of their source."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from app.ai.answers import given, wanted
from app.ai.embed import model_of
from app.ai.mind import Mind
from app.ai.nearness import doubt, nearness
from app.ai.retrieve import MOST_SENTENCES, READ, leasts
from app.ai.weights import Vectors
from app.governance.proposal import Passage, Sentence
from app.governance.prose import content_words, sentences, stems

MOST = 5  # sentences between greeting and sign-off
SHORT = 3  # a passage of so few sentences is one thought and stays whole
# What adds to the cosine: shared words, the section's title named, the right kind of answer, standing first in its source.
OF_WORDS, OF_TITLE, OF_KIND, OF_FIRST = 0.15, 0.08, 0.12, 0.04
_BOUNDED = frozenset({"duration", "price", "clock"})  # a question for one of these is not answered by anything else
OWN, VAGUELY = 0.75, 0.4  # how much a question counts by itself, beside the message around it
TIED, GOOD = 0.05, 0.5  # two passages so close for one question both answer it, where both are good
# Words of asking, not of the matter.
_IDLE = content_words(
    "get got work works working again help assist fix go going about want know need make take tell use like thing things way"
    " happen long much many up day days week weeks month months what's that's brauche möchte geht hilfe lange dauert kostet viel besoin aide temps coûte combien"
    " necesito ayuda cuánto tarda cuesta tiempo preciso ajuda quanto tempo custa demora"
)
_POINTS = re.compile(r"\b(?:it|this|that|them|those|so|das|es|dies\w*|ça|cela|eso|esto|lo|isso|isto)\b|それ|これ", re.I)
_QUESTION = re.compile(
    r"[?？]\s*[\"'”)]*$|^\W*(?:and |also |und |et |y |e )?(?:how|what|when|where|which|who|why|can|could|do|does|did|is|are|will|would|may|tell me|please (?:tell|explain|let me know)|(?:also,? )?i(?: would|'d)? (?:need|want|like)"
    r"|wie|was|wann|wo|welche\w*|wer|warum|kann|können|gibt|ist|haben sie|ich (?:brauche|möchte|benötige)|comment|quand|où|quel\w*|combien|pourquoi|est-ce|puis-je|peut-on|avez-vous|il me faut|je (?:voudrais|souhaite)|cómo|cuándo|cuánt\w*|dónde|qué|cuál\w*|puedo|aceptan|hay|necesito|quiero|quisiera"
    r"|como|quando|onde|quanto\w*|qual|quais|posso|aceitam|há|preciso|quero|gostaria)\b|(?:ですか|ますか|でしょうか|教えてください|知りたい)",
    re.I,
)  # fmt: skip
# Where one sentence asks twice: "how long does it take and what does it cost".
_TWO = re.compile(
    r",\s+(?:and|und|et|y|e)\s+(?=\w)|\s+(?:and|und|et|y|e)\s+(?=(?:also\s+|auch\s+)?(?:how|what|when|where|which|who|can|do|does|is|are|will|wie|was|wann|wo|welche|kann|gibt|comment|quand|où|quel|combien|puis-je|peut-on|cómo|cuándo|cuánto|dónde|qué|puedo|tiene|hay|como|quando|onde|quanto|posso)\b)",
    re.I,
)  # fmt: skip
# A sentence that leans on the one before it.
_LEANS = re.compile(
    r"^(?:then|after that|this|these|that|it|they|the app then|we then|you can then|your membership then|once|otherwise|also|please also|you can also|we also"
    r"|danach|dann|dies\w*|sonst|außerdem|sie können auch|wir senden ihnen dann|ensuite|après cela|cel[ae]|vous pouvez aussi|después|luego|est[eoa]\b|también|puede también|depois|em seguida|est[ea]\b|também"
    r"|その後|また|これ|次に)|\bthen\b|\bdann\b|\balors\b|\bensuite\b|\bluego\b",
    re.I,
)  # fmt: skip


def questions(text: str) -> list[str]:
    """What the customer asks, one by one; the whole text where nothing looks like a question."""
    asking = (part for part in sentences(text) if len(part) > 6 and _QUESTION.search(part))
    found = [clause.strip() for sentence in asking for clause in _TWO.split(sentence) if clause.strip()]
    return found[:MOST_SENTENCES] or [text[:READ]]


def answering(
    text: str, passages: Sequence[Passage], mind: Mind, language: str | None, wish: str = ""
) -> tuple[list[list[Sentence]], list[str]]:
    """(a paragraph for each passage that answers, the questions that none answers).

    `wish`: what a person wants spoken of; where no passage does, it is left out and no question stays open for it.
    """
    asks = questions(text)
    if wish and _is_covered_alone(wish, passages, mind, language):
        asks = [*asks, wish]
    found = nearness([text[:READ], *asks], passages, mind, language)
    near, between = (
        found.passages,
        (found.passages + found.led) / 2,
    )  # how others ask it says less of what is special here
    # A question of few words of its own ("can you help with this?") is read in the light of the whole message.
    shares = np.array([VAGUELY if is_vague(ask) else OWN for ask in asks])[:, None]
    read, order = (shares * of[1:] + (1 - shares) * of[0] for of in (near, between))
    least = leasts([text[:READ], *asks], mind, language, sure=True)
    doubted = doubt(text[:READ], found, passages, mind, language)
    least += doubted if len(asks) == 1 else max(0.0, doubted)  # of several questions none is eased by the others
    ask_least = shares[:, 0] * least[1:] + (1 - shares[:, 0]) * least[0]
    firsts = {
        group[0].id for group in mind.passages.values() if group
    }  # what a source says first is its general answer
    general = np.array([OF_FIRST * (passage.id in firsts) for passage in passages])
    fits = np.stack([_fit(ask, text, row, passages) + general for ask, row in zip(asks, order, strict=True)])
    left = [
        ask
        for ask, row, enough in zip(asks, read, ask_least, strict=True)
        if not _covered(ask, row, passages, enough) and (len(asks) == 1 or not is_vague(ask))
    ]
    chosen = [at for at in _chosen(fits) if (near[:, at] >= least).any()]
    return _paragraphs([passages[at] for at in chosen], asks, mind, language), left


def _is_covered_alone(wish: str, passages: Sequence[Passage], mind: Mind, language: str | None) -> bool:
    found = nearness([wish], passages, mind, language)
    (least,) = leasts([wish], mind, language, sure=False) + doubt(wish, found, passages, mind, language)
    return _covered(wish, found.passages[0], passages, least)


def _covered(ask: str, near: Vectors, passages: Sequence[Passage], least: float) -> bool:
    """Some passage is near the question, and gives the kind of answer that it waits for."""
    close = [passage for passage, score in zip(passages, near, strict=True) if score >= least]
    kinds = wanted(ask) & _BOUNDED
    return bool(close) and (not kinds or any(kinds & given(passage.text) for passage in close))


def is_vague(ask: str) -> bool:
    """No word of the matter, or a single one beside a "that" which points elsewhere."""
    matter = content_words(ask) - _IDLE
    return not matter or (len(matter) == 1 and _POINTS.search(ask) is not None)


def _fit(ask: str, text: str, near: Vectors, passages: Sequence[Passage]) -> Vectors:
    """How well each passage answers one question."""
    kinds = wanted(ask)
    clear = text if is_vague(ask) else ask
    words = _shared(stems(clear), [_words(passage) for passage in passages])
    titled = [_named(stems(_section(passage)), stems(clear)) for passage in passages]
    right = [len(kinds & given(passage.text)) / len(kinds) if kinds else 0.0 for passage in passages]
    extra = OF_WORDS * np.array(words) + OF_TITLE * np.array(titled) + OF_KIND * np.array(right)
    return np.asarray(near + extra)


def _section(passage: Passage) -> str:
    """What it is called; the title of its whole source says nothing of it beside the others there."""
    return passage.title.rpartition(": ")[2]


def _words(passage: Passage) -> frozenset[str]:
    return stems(f"{_section(passage)} {passage.text}")


def _named(title: frozenset[str], asked: frozenset[str]) -> float:
    return len(title & asked) / max(1, len(title))


def _shared(asked: frozenset[str], said: Sequence[frozenset[str]]) -> list[float]:
    """The share of the words asked that each passage says, where few say them: in a source on cards, "card" tells nothing."""
    rarity = {word: 1 / count for word in asked if (count := sum(word in words for words in said))}
    total = sum(rarity.values()) + sum(word not in rarity for word in asked)
    return [sum(rarity[word] for word in rarity.keys() & words) / max(1.0, total) for words in said]


def _chosen(fits: Vectors) -> list[int]:
    """For each question its best passage, then what fits as well; one more than there are questions, at most three."""
    best = [int(row.argmax()) for row in fits]
    tied = [int(at) for row in fits for at in np.argsort(-row)[1:2] if row[at] >= max(row.max() - TIED, GOOD)]
    return list(dict.fromkeys([*best, *tied]))[: min(3, len(fits) + 1)]


def _paragraphs(
    passages: Sequence[Passage], asks: Sequence[str], mind: Mind, language: str | None
) -> list[list[Sentence]]:
    room, found = MOST, []
    for passage in passages:
        lines = _lines_of(passage, asks, mind, language)[:room]
        room -= len(lines)
        if lines:
            found.append([Sentence(line, (passage.id,)) for line in lines])
    return found


def _lines_of(passage: Passage, asks: Sequence[str], mind: Mind, language: str | None) -> Sequence[str]:
    """All of a short passage; of a longer one the best three in a row, not beginning with one that leans back."""
    lines = sentences(passage.text)
    if len(lines) <= SHORT:
        return lines
    model = model_of(language)
    near = (mind.embedder.vectors(asks, model) @ mind.embedder.vectors(lines, model, lasting=True).T).max(axis=0)
    starts = [at for at in range(len(lines) - SHORT + 1) if at == 0 or not _LEANS.search(lines[at])]
    start = max(starts, key=lambda at: float(near[at : at + SHORT].sum()))
    return lines[start : start + SHORT]
