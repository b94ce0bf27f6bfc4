"""The pieces that Gmail's cards are made of: google.apps.card.v1, the few widgets that we use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from app.panel import Act, Banner, Field, Kind, Tone

Json = dict[str, Any]
LINE = 300  # characters of anything but a draft
MOST_ITEMS = 100
_ALARM = "#b3261e"
_RED = {"red": 0.702, "green": 0.149, "blue": 0.118, "alpha": 1}  # the same, as buttons want it
_ICONS = {Tone.STOP: "block", Tone.WARN: "warning", Tone.CALM: "hourglass_top"}
_CHOOSING = {Kind.ONE: "RADIO_BUTTON", Kind.MENU: "DROPDOWN", Kind.TICK: "CHECK_BOX"}


def card(title: str, subtitle: str, sections: Iterable[Json], footer: Mapping[str, Any] | None = None) -> Json:
    """Sections without a widget are left out: Gmail refuses them."""
    header = {"title": clipped(title)} | ({"subtitle": subtitle} if subtitle else {})
    return {"header": header, "sections": [one for one in sections if one["widgets"]], **(footer or {})}


def section(header: str, widgets: list[Json], shown: int | None = None) -> Json:
    """`shown`: so many stay visible, the others open on a click."""
    folded = shown is not None and len(widgets) > shown
    fold = {"collapsible": True, "uncollapsibleWidgetsCount": shown} if folded else {}
    return ({"header": escape(clipped(header))} if header else {}) | fold | {"widgets": widgets}


def paragraph(html: str) -> Json:
    """Text with the few tags that cards know; everything else was escaped before."""
    return {"textParagraph": {"text": html}}


def words(text: str) -> Json:
    """Somebody's words, as they are."""
    return paragraph(html(clipped(text)))


def quiet(text: str) -> Json:
    """Beside the point, but good to know."""
    return paragraph(f"<i>{html(clipped(text))}</i>")


def alarm(text: str) -> Json:
    """What is wrong with a draft."""
    return paragraph(in_red(html(clipped(text))))


def in_red(marked: str) -> str:
    """HTML in the colour of what is wrong."""
    return f'<font color="{_ALARM}">{marked}</font>'


def line(text: str, *, above: str = "", below: str = "", icon: str = "", **more: Any) -> Json:
    """`text` is HTML; the labels are words."""
    labels = {name: clipped(value) for name, value in (("topLabel", above), ("bottomLabel", below)) if value}
    start = {"startIcon": {"materialIcon": {"name": icon}}} if icon else {}
    return {"decoratedText": {**start, **labels, "text": text, "wrapText": True, **more}}


def banner(one: Banner) -> Json:
    """Above everything else."""
    text = f"<b>{html(clipped(one.title))}</b> {html(clipped(one.text))}".strip()
    return line(text, icon=_ICONS[one.tone])


def field(one: Field) -> Json:
    """Something to fill in."""
    named = {"name": one.name, "label": one.label}
    if one.kind in _CHOOSING:
        chosen = [
            {"text": text, "value": value, "selected": value == one.value} for value, text in one.choices[:MOST_ITEMS]
        ]
        return {"selectionInput": {**named, "type": _CHOOSING[one.kind], "items": chosen}}
    kind = "SINGLE_LINE" if one.kind is Kind.LINE else "MULTIPLE_LINE"
    longest = {"validation": {"characterLimit": one.longest}} if one.longest else {}
    offered = {"initialSuggestions": {"items": [{"text": text} for text in one.suggestions]}} if one.suggestions else {}
    return {"textInput": {**named, "type": kind, "value": one.value, **longest, **offered}}


def buttons(pressable: list[Json]) -> Json:
    """In a row."""
    return {"buttonList": {"buttons": pressable}}


def button(text: str, doing: Mapping[str, Any], *, main: bool = False) -> Json:
    """`doing` is an action; the main button of a card is filled."""
    return {"text": text, "type": "FILLED" if main else "OUTLINED", "onClick": {"action": doing}}


def danger(text: str, doing: Mapping[str, Any]) -> Json:
    """A button that is pressed in need."""
    return {**button(text, doing, main=True), "color": _RED}


def link(text: str, url: str) -> Json:
    """To a page of ours."""
    return {"text": text, "type": "BORDERLESS", "onClick": {"openLink": {"url": url}}}


def action(url: str, act: Act, **parameters: str) -> Json:
    """What Gmail posts when it is pressed."""
    told = [{"key": name, "value": value} for name, value in {"act": act.value, **parameters}.items() if value]
    return {"function": url, "parameters": told, "loadIndicator": "SPINNER"}


def html(text: str) -> str:
    """Words in which nothing is markup."""
    return escape(text, quote=False).replace("\n", "<br>")


def clipped(text: str, longest: int = LINE) -> str:
    """Not longer than that."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
