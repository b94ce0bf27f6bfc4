"""By model: what a language model makes of the passages, kept as far as they carry it; no name leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from app.ai.letters import written
from app.ai.masks import Altered, Masks, names_of
from app.ai.model import Model, ModelFailed
from app.governance.checks import unsupported
from app.governance.placeholders import Facts
from app.governance.proposal import Abstention, Draft, Passage, Proposal, Sentence

SHAPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sentences": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"text": {"type": "string"}, "sources": {"type": "array", "items": {"type": "string"}}},
                "required": ["text", "sources"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["sentences"],
    "additionalProperties": False,
}


def by_model(
    proposal: Proposal, model: Model, team: str, instruction: str = "", facts: Facts | None = None
) -> Draft | Abstention:
    """The model's sentences, as far as the passages carry them. A failure is a reason, never a fallback in disguise."""
    passages = {passage.id: passage for passage in proposal.passages or ()}
    masks = Masks(model.key)
    try:
        answer = model.ask(_prompt(proposal, instruction, masks, facts), SHAPE, model.budget())
        offered = [Sentence(masks.lifted(item["text"].strip()), tuple(item["sources"])) for item in answer["sentences"]]
    except ModelFailed as failure:
        return Abstention("model-failed", f"the language model gave no usable draft: {failure}")
    except Altered as strange:
        words = f"the language model wrote {strange}, which stands for nothing that may be put in its place"
        return Abstention("check-failed", words)
    kept = [sentence for sentence in offered if _carried(sentence, passages, proposal.text or "")]
    if not offered:
        return Abstention("no-source", "the language model found no answer in the approved sources")
    if not kept or 2 * len(kept) < len(offered):
        return Abstention("check-failed", "no approved source supports what the language model wrote")
    language = next((passage.language for passage in passages.values()), "en")
    return written(language, [kept], team, facts.requester if facts else "")


def _carried(sentence: Sentence, passages: dict[str, Passage], customer: str) -> bool:
    """One line, citing only passages it was given, and saying nothing that they do not."""
    known = [passages[source] for source in sentence.sources if source in passages]
    whole = bool(sentence.text) and "\n" not in sentence.text and len(known) == len(sentence.sources) > 0
    return whole and not unsupported(sentence.text, known, customer)


def _prompt(proposal: Proposal, instruction: str, masks: Masks, facts: Facts | None) -> str:
    """Nobody's name, address or number is in it: the message and the wish are masked, the passages of who asks."""
    names = names_of(facts)
    passages = "\n\n".join(_shown(proposal, masks, names, facts))
    template = files("app.ai").joinpath("prompts", "draft.md").read_text(encoding="utf-8")
    wish = f"\n<wish>\n{masks.over(instruction, names)}\n</wish>\n" if instruction else ""
    message = masks.over((proposal.text or "")[:6000], names)
    return template.format(wish=wish, language=proposal.language or "en", passages=passages, message=message)


def _shown(proposal: Proposal, masks: Masks, names: tuple[str, ...], facts: Facts | None) -> Iterator[str]:
    """A source's own telephone number is no secret; the customer's own facts and their subject may be anything."""
    for passage in proposal.passages or ():
        repeats = facts is not None and facts.subject and facts.subject in passage.text
        is_theirs = passage.until is not None or repeats
        masked = masks.over(passage.text, names) if is_theirs else masks.over_names(passage.text, names)
        yield f"[{passage.id}] {passage.title}\n{masked}"
