"""What is new in a reply: quoted history and signature told apart from the customer's own words."""

from __future__ import annotations

import re

# The line above quoted history, in the words of the common mail programs.
_ATTRIBUTION = re.compile(
    r"""^\s*(?:
      (?:-+\s)?On\b.{4,250}\b(?:wrote|writes)\s?:?(?:\s-+)?
    | Am\b.{4,250}\bschrieb\b.{0,120}:?  | .{3,120}\bschrieb\s(?:am|um)\b.{4,120}:
    | Le\b.{4,250}\ba\s?écrit\s?:?
    | El\b.{4,250}\bescribió\s?:?        | .{3,120}\bescribió\s?:
    | Em\b.{4,250}\bescreveu\s?:?        | A\b.{4,250}\bescreveu\s?:
    | Il\b.{4,250}\bha\sscritto\s?:?     | Op\b.{4,250}\b(?:schreef|het\svolgende\sgeschreven)\b.{0,120}:
    | .{0,20}\d{4}.\d{1,2}.\d{1,2}.{0,200}(?:[:：]|\bwrote:)
    | .{2,120}(?:さん|様)?(?:は|が)書きました\s?[:：]
    | .{2,200}<[^<>\s]+@[^<>\s]+>\s?(?:wrote|schrieb|a\sécrit|escribió|escreveu)?\s?[:：]
    )\s*$""",
    re.X | re.I,
)
_DIVIDER = re.compile(
    r"^\s*(?:[-_*=]{2,}\s*(?:original message|forwarded message|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine"
    r"|message transféré|mensaje original|mensaje reenviado|mensagem original|mensagem encaminhada|messaggio originale|元のメッセージ"
    r"|転送メッセージ)\b.*|_{10,}|begin forwarded message:|##-? .*(?:type|reply|please).*above.*)\s*$",
    re.I,
)
_HEADER = re.compile(
    r"^\s*\*?(?:from|von|de|da|van|差出人|sent|gesendet|envoyé|enviado|date|datum|fecha|data|送信日時|to|an|à|para|宛先|subject|betreff"
    r"|objet|asunto|assunto|件名|cc|reply-to)\s?\*?\s?[:：]\*?\s*\S",
    re.I,
)
_SIGNATURE = re.compile(
    r"^\s*(?:--\s?|—|__+|(?:sent|get|envoyé|enviado|gesendet|von|inviato|verstuurd)\b.{0,12}\b(?:from|depuis|de|desde|do|von|meinem|mon|mi|meu|outlook)\b"
    r"[^,;:.!?]{0,12}\b(?:my|mein\w*|mon|mi|meu|iphone|ipad|android|samsung|mobile|outlook|blackberry|yahoo|mail|phone)\b[^,;:!?]{0,60}(?:https?://\S{1,200})?)\s*$",
    re.I,
)
_SIGNATURE_LINES = 16
_RULE = "-_*=ᐧ \t"


def new_part(text: str) -> str:
    """The customer's own new words. Answers written between quoted lines are kept; risk is judged elsewhere, on all."""
    lines = _join_broken_attribution(text.splitlines())
    own = "\n".join(_without_signature(_without_quotes(lines))).strip()
    above, _, last = own.rpartition("\n")
    return (
        (own if last.strip(_RULE) else above.rstrip()) or own or text.strip()
    )  # a bare forward: all there is to answer


def _join_broken_attribution(lines: list[str]) -> list[str]:
    """Mail programs wrap "On … wrote:" over two or three lines; one line is easier to know again."""
    joined: list[str] = []
    skip = 0
    for at, line in enumerate(lines):
        if skip:
            skip -= 1
            continue
        more = _attribution_lines(lines, at)
        joined.append(" ".join(part.strip() for part in lines[at : at + more]) if more > 1 else line)
        skip = max(0, more - 1)
    return joined


def _attribution_lines(lines: list[str], at: int) -> int:
    """How many lines from here make one attribution; 0: none."""
    if not re.match(r"\s*(?:-+\s)?(?:On|Am|Le|El|Em|Il|Op|\d{4})\b", lines[at]) or len(lines[at]) > 200:
        return 0
    return next((n for n in (1, 2, 3) if _ATTRIBUTION.match(" ".join(part.strip() for part in lines[at : at + n]))), 0)


def _without_quotes(lines: list[str]) -> list[str]:
    kept: list[str] = []
    for at, line in enumerate(lines):
        if line.lstrip().startswith((">", "｜")):
            continue
        if _DIVIDER.match(line) or _begins_headers(lines, at):
            break
        if _ATTRIBUTION.match(line):
            if not _answers_below(lines[at + 1 :]):
                break
            continue
        kept.append(line)
    return kept


def _begins_headers(lines: list[str], at: int) -> bool:
    """Outlook's block: From, Sent, To, Subject in a row, nothing else between."""
    return sum(1 for line in lines[at : at + 4] if _HEADER.match(line)) >= 3 and bool(_HEADER.match(lines[at]))


def _answers_below(rest: list[str]) -> bool:
    """The history is marked with `>`, so what is unmarked further down is an answer."""
    return any(line.lstrip().startswith(">") for line in rest[:4])


def _without_signature(lines: list[str]) -> list[str]:
    """Cut at the first line that opens a signature, if no more than a signature follows.

    "Thanks, Maria" stays: whether a closing is part of the reply nobody agrees on, and words must not be lost.
    """
    spoken = [at for at, line in enumerate(lines) if line.strip()]
    for before, at in enumerate(spoken):
        if before and len(spoken) - before - 1 <= _SIGNATURE_LINES and _SIGNATURE.match(lines[at]):
            return lines[:at]
    return lines
