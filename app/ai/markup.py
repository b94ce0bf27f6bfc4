"""HTML to the text that a person would have seen, with what was hidden from them told apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

_DROPPED = frozenset(
    {"script", "style", "head", "title", "meta", "link", "template", "noscript", "svg", "object", "iframe"}
)
_BREAKS = frozenset(
    "address article aside blockquote br dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav"
    " ol p pre section table tbody td tfoot th thead tr ul".split()
)
_INVISIBLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|opacity\s*:\s*0?(?:\.0\d*)?\s*(?:;|!|$)|font-size\s*:\s*(?:0(?:\.\d+)?|1)\s*(?:px|pt|em|rem|%)?\s*(?:;|!|$)"
    r"|max-height\s*:\s*0|(?<![-\w])(?:height|width)\s*:\s*0(?:px)?\s*(?:;|!|$)|mso-hide\s*:\s*all|clip\s*:\s*rect\(\s*0"
    r"|text-indent\s*:\s*-\d{3,}|(?:left|top|right|margin-left|margin-top)\s*:\s*-\d{3,}|transform\s*:\s*scale\(\s*0",
    re.I,
)
_COLOUR = re.compile(r"(?<![-\w])color\s*:\s*([^;!]+)", re.I)
_BACKGROUND = re.compile(r"background(?:-color)?\s*:\s*([^;!]+)", re.I)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_NAMES = {"white": "fff", "black": "000", "transparent": "transparent"}
_INVISIBLE_CHARACTERS = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]"
)
_TAG_CHARACTERS = re.compile("[\U000e0020-\U000e007e]+")
_DEEPEST = 200


@dataclass
class _Reading:
    """What has been read so far."""

    hidden_classes: frozenset[str]
    seen: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)


def visible(html: str) -> tuple[str, tuple[str, ...]]:
    """(what a person sees, what was hidden from them). Quoted blocks keep a `>` before each line."""
    tree = LexborHTMLParser(html)
    reading = _Reading(_hidden_classes(tree))
    if tree.root is not None:
        _walk(tree.root, reading, shown=True, background="fff", depth=0)
    return _tidy("".join(reading.seen)), tuple(text for text in map(_tidy, reading.hidden) if _is_prose(text))


def uncloaked(text: str) -> tuple[str, tuple[str, ...]]:
    """Zero-width, bidirectional and tag characters taken out; text spelled in tag characters is reported."""
    spelled = tuple("".join(chr(ord(char) - 0xE0000) for char in run) for run in _TAG_CHARACTERS.findall(text))
    return _INVISIBLE_CHARACTERS.sub("", text), spelled


def _hidden_classes(tree: LexborHTMLParser) -> frozenset[str]:
    """Classes and ids that the mail's own style sheet makes invisible; rules inside @media count as well."""
    sheets = " ".join(node.text() for node in tree.css("style"))[:100_000]
    found = (selector for selector, rules in _RULE.findall(sheets) if _INVISIBLE.search(rules))
    simple = (part.strip() for selectors in found for part in selectors.split(","))
    return frozenset(part[1:] for part in simple if re.fullmatch(r"[.#][\w-]+", part))


def _walk(node: Any, reading: _Reading, *, shown: bool, background: str, depth: int) -> None:
    """Depth first; once hidden, everything inside is hidden."""
    for child in node.iter(include_text=True):
        tag = child.tag
        if tag == "-text":
            (reading.seen if shown else reading.hidden).append(_text(child, node.tag))
        elif tag == "-comment":
            reading.hidden.append(_comment(child))
        elif tag not in _DROPPED and depth < _DEEPEST:
            _element(child, tag, reading, shown=shown, background=background, depth=depth)
        elif tag not in _DROPPED:  # nested beyond reason: everything counts as seen
            reading.seen.append(child.text(separator=" "))


def _text(node: Any, parent: str) -> str:
    text: str = node.text(deep=False)
    return text if parent == "pre" else re.sub(r"\s+", " ", text)


def _element(node: Any, tag: str, reading: _Reading, *, shown: bool, background: str, depth: int) -> None:
    attributes = node.attributes
    style = attributes.get("style") or ""
    beneath = _colour(_BACKGROUND, style, attributes.get("bgcolor")) or background
    still = shown and not _is_hidden(attributes, style, beneath, reading.hidden_classes)
    if shown and not still:
        reading.hidden.append("\n")
    out = reading.seen if still else reading.hidden
    if tag in _BREAKS:
        out.append("\n")
    start = len(out)
    _walk(node, reading, shown=still, background=beneath, depth=depth + 1)
    if tag == "blockquote" and still:
        out[start:] = [_quoted("".join(out[start:]))]
    if tag in _BREAKS and tag != "br":
        out.append("\n")


def _is_hidden(attributes: dict[str, str | None], style: str, background: str, classes: frozenset[str]) -> bool:
    named = {*(attributes.get("class") or "").split(), attributes.get("id") or ""}
    ink = _colour(_COLOUR, style, attributes.get("color"))
    return (
        "hidden" in attributes
        or _INVISIBLE.search(style) is not None
        or bool(named & classes)
        or attributes.get("size") == "0"
        or (ink is not None and ink in {background, "transparent"})
    )


def _colour(pattern: re.Pattern[str], style: str, attribute: str | None) -> str | None:
    """A colour in one spelling: the last three or six hex digits, or its name."""
    found = pattern.findall(style)
    raw = (found[-1] if found else attribute or "").strip().lower()
    numbers = re.fullmatch(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+).*\)", raw)
    if numbers:
        raw = "".join(f"{min(int(part), 255):02x}" for part in numbers.groups())
    raw = raw.lstrip("#")
    short = raw[::2] if re.fullmatch(r"(?:([\da-f])\1){3}", raw) else raw
    return _NAMES.get(short, short) or None


def _comment(node: Any) -> str:
    """The words of a comment; Outlook's conditions are no prose."""
    text = re.sub(r"\A<!--|-->\Z", "", node.html or "")
    return "" if re.match(r"\s*\[(?:if|endif)|\s*<!\[", text) else re.sub(r"<[^>]*>", " ", text) + "\n"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line.strip()}" for line in _tidy(text).splitlines())


def _tidy(text: str) -> str:
    """Spaces as a browser would show them, at most one empty line."""
    lines = [re.sub(r"[ \t\r\f\v\u00a0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _is_prose(text: str) -> bool:
    """Worth showing to a person: letters enough for a word or two."""
    return sum(map(str.isalpha, text)) >= 4
