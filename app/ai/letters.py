"""How a reply opens and closes in each language; everything between comes from approved sources."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.governance.proposal import Draft, Sentence


@dataclass(frozen=True, slots=True)
class Letter:
    """The frame of a reply. The sign-off is followed by the team's name."""

    greeting: str
    opening: str
    closing: str
    sign_off: str


LETTERS = {
    "en": Letter("Hello,", "Thank you for your message.", "If anything is still unclear, just reply to this message.", "Kind regards,"),
    "de": Letter("Guten Tag,", "vielen Dank für Ihre Nachricht.", "Wenn noch etwas offen ist, antworten Sie einfach auf diese Nachricht.", "Freundliche Grüße"),
    "fr": Letter("Bonjour,", "Merci pour votre message.", "S'il reste une question, répondez simplement à ce message.", "Bien cordialement,"),
    "es": Letter("Hola:", "Gracias por su mensaje.", "Si le queda alguna duda, responda a este mensaje.", "Un cordial saludo,"),
    "pt": Letter("Olá,", "Obrigado pela sua mensagem.", "Se ainda tiver alguma dúvida, basta responder a esta mensagem.", "Com os melhores cumprimentos,"),
    "ja": Letter("お客様", "お問い合わせいただき、ありがとうございます。", "ご不明な点がございましたら、このメッセージにご返信ください。", "よろしくお願いいたします。"),
}  # fmt: skip


_NAME = re.compile(r"[^\W\d_]{2,}(?:[ '’-][^\W\d_]+\.?){0,3}")
_LONGEST = 40


def written(language: str | None, paragraphs: Sequence[Sequence[Sentence]], team: str, name: str = "") -> Draft:
    """The whole reply. Its text is exactly its sentences, in order, with the white space of a letter.

    `name`: who is greeted, where it is a name and nothing more.
    """
    letter = LETTERS.get(language or "en", LETTERS["en"])
    frame_top = [
        [_template("greeting", _greeting(letter.greeting, " ".join(name.split()), language))],
        [_template("opening", letter.opening)],
    ]
    frame_end = [[_template("closing", letter.closing)], [_template("sign-off", letter.sign_off)]]
    blocks = [*frame_top, *paragraphs, *frame_end]
    joint = "" if language == "ja" else " "
    texts = [joint.join(sentence.text for sentence in block) for block in blocks]
    body = "\n\n".join((*texts[:-1], f"{texts[-1]}\n{team}"))
    flat = [sentence for block in blocks for sentence in block]
    return Draft(body, (*flat, _template("sign-off", team)))


def _greeting(plain: str, name: str, language: str | None) -> str:
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        return plain
    return f"{name} 様" if language == "ja" else f"{plain[:-1]} {name}{plain[-1]}"


def _template(name: str, text: str) -> Sentence:
    return Sentence(text, (f"template#{name}",))
