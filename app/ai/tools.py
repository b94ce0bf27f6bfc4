"""Tools: what drafts are made with, as texts and hashes, so that evidence for them is known to be theirs."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from app.ai.learned import Learned
from app.ai.model import Model
from app.ai.nearness import FEW, USUAL
from app.ai.retrieve import CONTESTED, ELSEWHERE, FAINT, MOST, READ, RELEVANT, SURE
from app.ai.weights import MiniLM, Universal
from app.governance.fingerprint import Tools

# Of the rulebook: they shape a draft too.
_ALSO = ("checks.py", "facts.py", "lookups.py", "phrases.py", "prose.py", "sources.py")


def tools(model: Model | None, learned: Learned | None) -> Tools:
    """The drafter, its prompts and its code, what `learn` made of the team's history, and how passages are found."""
    names = (model.name, *model.fallbacks) if model else ("from the sources' own words",)
    relevant = " ".join(f"{name or 'other'}:{share}" for name, share in sorted(RELEVANT.items()))
    settings = {
        "most": MOST,
        "elsewhere": ELSEWHERE,
        "contested": CONTESTED,
        "relevant": relevant,
        "faint": FAINT,
        "sure": SURE,
        "read": READ,
        "usual": USUAL["en"],
        "few": FEW,
    }
    models = {"english": MiniLM.id, "other": Universal.id}
    taught = {"learned": learned.fingerprint} if learned else {}
    return Tools(
        model=", then ".join(names),
        prompts={"texts": _hash("app.ai.prompts", ".md"), "code": _code(), **taught},
        retrieval={**{name: str(value) for name, value in settings.items()}, **models},
    )


@cache
def _code() -> str:
    """Any change of the drafting code starts a new plan: whether its drafts are the same, nobody has shown."""
    rulebook = files("app.governance")
    also = "".join(rulebook.joinpath(name).read_text(encoding="utf-8") for name in _ALSO)
    return hashlib.sha256(f"{_hash('app.ai', '.py')}{also}".encode()).hexdigest()


@cache
def _hash(package: str, ending: str) -> str:
    found = sorted((file.name, file.read_bytes()) for file in files(package).iterdir() if file.name.endswith(ending))
    digest = hashlib.sha256()
    for name, content in found:
        digest.update(f"{name}\n{len(content)}\n".encode() + content)
    return digest.hexdigest()
