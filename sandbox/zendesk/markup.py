"""HTML as Zendesk stores it: sanitised, rewritten, wrapped; and the plain text it shows beside it."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import nh3

TAGS = set(
    "a abbr b blockquote br center code col colgroup dd del div dl dt em font h1 h2 h3 h4 h5 h6 hr i img ins li ol p pre s "
    "small span strong sub sup table tbody td tfoot th thead tr u ul".split(),
)
ATTRIBUTES = {
    "*": {"style", "class", "dir", "lang", "title"},
    "a": {"href", "target"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align", "valign", "width", "bgcolor"},
    "th": {"colspan", "rowspan", "align"},
    "table": {"width", "border", "cellpadding", "cellspacing", "align", "bgcolor"},
    "font": {"color", "size", "face"},
}
BLOCKS = set("blockquote center dd div dl dt h1 h2 h3 h4 h5 h6 hr li ol p pre table tr ul".split())
WRAP = '<div class="zd-comment" dir="auto">'


def stored(markup: str) -> str:
    """Scripts go, attributes are re-quoted, entities normalised, all of it wrapped: never byte-equal to what came in.

    `style` stays, hidden text with it: that is what a real ticket contains.
    """
    clean = nh3.clean(markup, tags=TAGS, attributes=ATTRIBUTES, link_rel="noopener noreferrer")
    if clean.startswith(WRAP):
        return clean
    return f"{WRAP}{_paragraphs_with_direction(clean).strip()}</div>"


def _paragraphs_with_direction(markup: str) -> str:
    return re.sub(r"<p>", '<p dir="auto">', markup)


def from_text(text: str) -> str:
    """Paragraphs at blank lines, breaks at line ends; links are not made."""
    blocks = re.split(r"\n\s*\n", text.strip().replace("\r\n", "\n"))
    return "".join(
        f"<p>{'<br>'.join(html.escape(line, quote=False) for line in block.splitlines())}</p>" for block in blocks
    )


class _Words(HTMLParser):
    """Text of a document with line ends where blocks end. Hidden text stays, as in Zendesk's `plain_body`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag == "br":
            self.parts.append("\n")
        elif tag in BLOCKS:
            self.parts.append("\n\n" if tag == "p" else "\n")
        elif tag in {"td", "th"}:
            self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n\n" if tag == "p" else "\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data))


def plain(markup: str) -> str:
    parser = _Words()
    parser.feed(markup)
    parser.close()
    text = re.sub(r"[ \t]*\n[ \t]*", "\n", "".join(parser.parts))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
