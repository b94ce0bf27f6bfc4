"""Comeback: what a customer's next message says about the answer before it: thanks, confusion, a call for a manager."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.governance.courtesy import WORDINGS
from app.governance.likeness import is_like
from app.governance.material import plain, without_courtesy

_CONFUSED = re.compile(
    r"\b(?:(?:did|does|do)(?: not|n't) (?:really )?answer|not what i (?:asked|meant)|(?:that|this) (?:is|was)(?: not|n't) (?:my question|helpful|an answer)"
    r"|(?:do|did)(?: not|n't) understand|still (?:do not|don't) (?:know|understand)|makes no sense|(?:i am|i'm) confused|you misunderstood|read my (?:message|question|e-?mail)|i already (?:said|told|tried|asked))"
    r"|\b(?:beantwortet meine frage nicht|nicht meine frage|keine antwort auf meine frage|verstehe (?:das |ich )?nicht|das hilft mir nicht|falsch verstanden|wie ich (?:schon|bereits) (?:schrieb|sagte|geschrieben))"
    r"|\b(?:ne répond pas à ma question|ce n'est pas ma question|je ne comprends pas|ça ne m'aide pas|vous m'avez mal compris|comme je l'ai déjà dit)"
    r"|\b(?:no responde a mi pregunta|no es lo que pregunt|no entiendo|no me ayuda|me ha entendido mal|como ya (?:dije|escribí))"
    r"|\b(?:não responde (?:à|a) minha pergunta|não foi o que perguntei|não entendi|não percebo|não ajuda|como já (?:disse|escrevi))"
    r"|(?:質問の答えになって(?:い)?ない|聞きたいのはそれでは|わかりません|分かりません|理解できません|的外れ)",
    re.I,
)
_MANAGER = re.compile(
    r"\b(?:manager|supervisor|team ?lead|vorgesetzte\w*|teamleit\w+|geschäftsführ\w+|responsable|supérieur|directeur|encargado|gerente|supervisora?)\b|責任者|上司|店長",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Comeback:
    """How a message is counted. In doubt it is plain: that can only make a figure worse, never better."""

    thanks: bool
    confused: bool
    wants_manager: bool


def comeback(text: str, before: str | None, language: str | None) -> Comeback:
    """`before`: what the same customer last asked; the same again is a question that was not answered."""
    unified = plain(text)
    wording = WORDINGS.get(language or "")
    said = without_courtesy(text, wording, str(language))[0] if wording else [unified]
    again = before is not None and is_like(before, text, language)
    manager = bool(_MANAGER.search(unified))
    return Comeback(
        thanks=bool(unified.strip()) and not said and not manager,
        confused=bool(_CONFUSED.search(unified)) or (bool(said) and again),
        wants_manager=manager,
    )
