"""Practice drafts: a good draft with one planted mistake, announced to reviewers and revealed as soon as one judged it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.governance.proposal import Draft, Passage, Sentence

HOST = "practice"  # the name of no host: the tables of proposals and of what may be sent refuse it
NEAR = 4  # times as much at most: nobody believes more
BELIEVED = (2, 1900)  # "2 working day" and another year would give it away
FEWEST, SPREAD = 5, 11  # one after 5 to 15 drafts that people judged
_NUMBER = re.compile(r"(?<![\w.,:/#+-])\d{1,4}(?![\w.,:/-]*\d)")
_HANGS = r"\b(?i:when|where|if|that|which|who|whose|because|until)\b"
_MAIN = rf"^((?:(?!{_HANGS}).)*?)"  # before any clause that hangs on another
_TURNED = (
    (re.compile(_MAIN + r"\b(is|are|do|does|can|will|must) not\b"), r"\1\2"),
    (re.compile(_MAIN + r"\bcannot\b"), r"\1can"),
    (re.compile(_MAIN + r"\bis no\b"), r"\1is a"),
    (re.compile(_MAIN + r"\bcan\b(?! also)"), r"\1cannot"),
    (re.compile(_MAIN + r"\b(is|are|will|must)\b(?! no)"), r"\1\2 not"),
)


@dataclass(frozen=True, slots=True)
class Planted:
    """The spoilt draft, and its one sentence as it was and as it is."""

    draft: Draft
    was: str
    now: str


def due_after(last: str) -> int:
    """So many judged drafts after that one comes the next; nobody can count it off."""
    return FEWEST + sum(last.encode()) % SPREAD


def planted(draft: Draft, passages: Sequence[Passage]) -> Planted | None:
    """Another figure or the opposite, in a sentence that has a source beside it. None: nothing here can be spoilt so."""
    texts = {passage.id: passage.text for passage in passages}
    for number, sentence in enumerate(draft.sentences):
        source = " ".join(texts.get(name, "") for name in sentence.sources)
        spoilt = next(_spoilt(sentence.text, source), None) if source else None
        if spoilt and sentence.text in draft.text:
            sentences = list(draft.sentences)
            sentences[number] = Sentence(spoilt, sentence.sources)
            whole = draft.text.replace(sentence.text, spoilt, 1)
            return Planted(Draft(whole, tuple(sentences)), sentence.text, spoilt)
    return None


def _spoilt(text: str, source: str) -> Iterator[str]:
    """A figure of about the size, if there is one what the source says of something else; or the opposite."""
    if numbers := [one for one in _NUMBER.finditer(text) if BELIEVED[0] <= int(one[0]) < BELIEVED[1]]:
        match = numbers[-1]  # of "3 to 5" the 5
        right = int(match[0])
        near = [other for other in map(int, _NUMBER.findall(source)) if right < other <= NEAR * right]
        wrong = str(min(near, default=right + max(1, right // 2)))
        yield text[: match.start()] + wrong + text[match.end() :]
    for pattern, opposite in _TURNED:
        if pattern.search(text):
            yield pattern.sub(opposite, text, count=1)


def is_mended(text: str, now: str) -> bool:
    """Is the planted sentence gone from what a person made of it? Nothing is no text."""
    return bool(text.strip()) and " ".join(now.split()) not in " ".join(text.split())
