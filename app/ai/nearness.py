"""Nearness: how near passages and their sentences are to what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.ai.embed import model_of
from app.ai.familiar import Familiar, shared
from app.ai.mind import Mind, whole
from app.ai.weights import Vectors
from app.governance.proposal import Passage
from app.governance.prose import sentences

Shares = tuple[float, float, float]
# How much a passage as a whole counts, its nearest sentence under its title, and its title alone. English is read by both
# models, which err apart; measured against either alone, and against shared words, which added nothing.
ENGLISH = {"en": (0.3, 0.2, 0.15), "": (0.2, 0.15, 0.0)}
OTHERS = {"": (0.6, 0.4, 0.0)}
CARRIED = (0.4, 0.4, 0.2)  # for the order, under either model
# How much better a passage may fit the questions of others before that tells against it; how little it can tell for it; how many.
DOUBT, EASED, OTHER_KINDS = 0.16, 0.05, 3
# What fits many kinds of question is not for that the answer to this one: how many, and how much of it is taken off in the order.
MANY, TAKEN = 10, 0.3
# How near a question is to any sources on average; and how many passages tell nothing of what is everyday for a company.
USUAL, FEW = {"en": 0.09, "": 0.13}, 10


@dataclass(frozen=True, slots=True)
class Nearness:
    """Rows: what was asked; columns: passages, or all their sentences in order."""

    passages: Vectors
    led: Vectors  # the same for the questions as others ask them: for the order, not for what is near enough
    lines: Vectors
    owners: tuple[int, ...]  # of each sentence: the index of its passage
    texts: tuple[str, ...]


def nearness(queries: Sequence[str], passages: Sequence[Passage], mind: Mind, language: str | None) -> Nearness:
    """By the models that read this language."""
    lines = [(at, line) for at, passage in enumerate(passages) for line in sentences(passage.text)]
    english = model_of(language) == "en"
    weights = ENGLISH if english else OTHERS
    asked = {model: mind.embedder.vectors(queries, model) for model in weights}
    led = mind.familiar.led(asked) if mind.familiar is not None else asked
    near = np.zeros((2 * len(queries), len(passages)), dtype=np.float32)
    near_lines = np.zeros((len(queries), len(lines)), dtype=np.float32)
    read = [(at, titled(passages[at], line) if english else line) for at, line in lines]
    for model, shares in weights.items():
        by_passage, by_line = _near(np.vstack([asked[model], led[model]]), model, shares, passages, read, mind)
        near += by_passage
        near_lines += by_line[: len(queries)] / len(weights)
    own, led_there = np.split(near, 2)
    if not english and mind.familiar is not None:
        led_there = _carried(mind.familiar.read_in_english(asked[""]), passages, lines, mind)
    return Nearness(own, led_there, near_lines, tuple(at for at, _ in lines), tuple(line for _, line in lines))


def _near(
    asked: Vectors,
    model: str,
    shares: Shares,
    passages: Sequence[Passage],
    lines: Sequence[tuple[int, str]],
    mind: Mind,
) -> tuple[Vectors, Vectors]:
    """How near under one model: each passage by its shares, and each line."""
    of_whole, of_line, of_title = shares
    ours = [*(whole(passage) for passage in passages), *(line for _, line in lines)]
    known = mind.embedder.vectors([*ours, *(passage.title for passage in passages)], model, lasting=True)
    by_whole, by_line, by_title = np.split(asked @ known.T, [len(passages), len(ours)], axis=1)
    owners = np.array([at for at, _ in lines])
    nearest = np.stack([by_line[:, owners == at].max(axis=1) for at in range(len(passages))], axis=1)
    return of_whole * by_whole + of_line * nearest + of_title * by_title, by_line


def _carried(
    asked: dict[str, Vectors], passages: Sequence[Passage], lines: Sequence[tuple[int, str]], mind: Mind
) -> Vectors:
    """For a question in another language: English passages are read by both models, all others by the one that can."""
    read = [(at, titled(passages[at], line)) for at, line in lines]
    near, _ = _near(asked[""], "", CARRIED, passages, read, mind)
    if english := [at for at, passage in enumerate(passages) if passage.language == "en"]:
        place = {at: column for column, at in enumerate(english)}
        theirs = [(place[at], line) for at, line in read if at in place]
        better, _ = _near(asked["en"], "en", CARRIED, [passages[at] for at in english], theirs, mind)
        near[:, english] = (near[:, english] + better) / 2
    return near


def everyday(queries: Sequence[str], mind: Mind, language: str | None) -> Vectors:
    """How much nearer than usual each query is to all our sources together: what is near to everything is about nothing."""
    weights = ENGLISH if model_of(language) == "en" else OTHERS
    more = np.zeros(len(queries), dtype=np.float32)
    for model, shares in weights.items():
        read, vectors = mind.wholes(model)
        trust = max(0, len(read) - FEW) / max(1, len(read))
        near = mind.embedder.vectors(queries, model) @ vectors.mean(axis=0)
        more += sum(shares) * trust * (near - USUAL[model_of(language)])
    return more


def ordering(near: Nearness, passages: Sequence[Passage], mind: Mind) -> Vectors:
    """By what the passages are put in order: less for an English one that fits all that desks are asked."""
    english = [at for at, passage in enumerate(passages) if passage.language == "en"]
    if mind.familiar is None or not english:
        return near.led
    many = np.sort(_fits([passages[at] for at in english], mind.familiar, mind), axis=0)[-MANY:].mean(axis=0)
    order = near.led.copy()
    order[:, english] -= TAKEN * (many - many.mean())
    return order


def _fits(passages: Sequence[Passage], familiar: Familiar, mind: Mind) -> Vectors:
    """Rows: what desks are usually asked, kind by kind; columns: how well each passage fits that. A mind reads each once."""
    if unread := {whole(passage): passage for passage in passages if whole(passage) not in mind.fits}:
        ours = list(unread.values())
        lines = [(at, titled(passage, line)) for at, passage in enumerate(ours) for line in sentences(passage.text)]
        kinds = {model: familiar.by_model[model].questions for model in ENGLISH}
        found = sum(_near(kinds[model], model, shares, ours, lines, mind)[0] for model, shares in ENGLISH.items())
        mind.fits |= dict(zip(unread, np.asarray(found).T, strict=True))
    return np.stack([mind.fits[whole(passage)] for passage in passages], axis=1)


def doubt(query: str, near: Nearness, passages: Sequence[Passage], mind: Mind, language: str | None) -> float:
    """How much better the nearest passage fits what others usually ask than what is asked here: it answers that, not this."""
    if mind.familiar is None or model_of(language) != "en":
        return 0.0
    fits = _fits([passages[int(near.led.max(axis=0).argmax())]], mind.familiar, mind)[:, 0]
    alike = mind.familiar.alike({model: mind.embedder.vectors([query], model) for model in ENGLISH})
    more = np.sort(fits)[-OTHER_KINDS:].mean() - float(shared(alike)[0] @ fits)
    return max(-EASED, float(more) - DOUBT)


def nearer_elsewhere(query: str, passages: Sequence[Passage], mind: Mind, language: str | None) -> float:
    """By how much some public passage in the same language, but not among these, is nearer than all of them."""
    ours, spoken = {passage.id for passage in passages}, passages[0].language
    near = dict[str, float]()
    for model, shares in (ENGLISH if model_of(language) == "en" else OTHERS).items():
        read, vectors = mind.wholes(model)
        found = mind.embedder.vectors([query], model) @ vectors.T
        for passage, score in zip(read, found[0], strict=False):
            if passage.language == spoken:
                near[passage.id] = near.get(passage.id, 0.0) + sum(shares) * float(score)
    inside = [score for name, score in near.items() if name in ours]
    outside = [score for name, score in near.items() if name not in ours]
    return max(outside) - max(inside) if inside and outside else 0.0


def titled(passage: Passage, line: str) -> str:
    """A sentence in the light of its title: "It costs 5 euros" is about nothing by itself."""
    return f"{passage.title}. {line}"
