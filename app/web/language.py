"""Which language a page speaks: the reader's own choice, else what their browser asks for, else English."""

from __future__ import annotations

from typing import Any, cast

from flask import Flask, current_app, g, has_request_context, request
from jinja2 import Environment
from werkzeug.datastructures import LanguageAccept

from app.web import catalogue
from app.web.catalogue import Catalogue

ENGLISH = Catalogue("en")
_SAID = {"text", "remedy", "says", "title", "help", "label"}


def teach(app: Flask) -> None:
    """Give the templates `_`, `ngettext` and `told`."""
    app.extensions["texts"] = catalogue.every()
    spoken_by(app.jinja_env)


def spoken_by(templates: Environment) -> None:
    """`_("…")` takes a text of the template; what comes from elsewhere goes through `told`, and is escaped as ever."""
    templates.add_extension("jinja2.ext.i18n")
    templates.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    templates.filters.update(told=told, sentence=sentence)
    templates.globals["catalogue"] = current


def current() -> Catalogue:
    """The catalogue of whoever asks; outside a request English, which is what records and customers get."""
    if not has_request_context():
        return ENGLISH
    if "catalogue" not in g:
        g.catalogue = current_app.extensions["texts"][_language()]
    return cast("Catalogue", g.catalogue)


def names() -> dict[str, str]:
    """Each language by its own name."""
    every: dict[str, Catalogue] = current_app.extensions["texts"]
    return {code: texts.text("English", catalogue.NAME) for code, texts in every.items()}


def speak(chosen: str | None, locale: str) -> None:
    """In a host's own panel no browser asks: there the host says what it speaks with its reader."""
    g.catalogue = current_app.extensions["texts"][_best(chosen, LanguageAccept([(locale, 1)]))]


def _language() -> str:
    caller = g.get("caller")
    return _best(caller.member.language if caller else None, request.accept_languages)


def _best(chosen: str | None, asked: LanguageAccept) -> str:
    known = current_app.extensions["texts"]
    return chosen if chosen and chosen in known else asked.best_match(known) or "en"


def gettext(english: str) -> str:
    return current().text(english)


def ngettext(one: str, many: str, number: int) -> str:
    """In templates a number is also the placeholder `num`."""
    return current().number(one, many, number)


def told(english: str | None) -> str:
    """What a rule or an action says, in the reader's language."""
    return current().told(english or "")


def told_in(found: Any) -> Any:
    """A document for a page's script, with what is said in it told."""
    if isinstance(found, list | tuple):
        return [told_in(one) for one in found]
    if isinstance(found, dict):
        return {
            name: told(one) if name in _SAID and isinstance(one, str) else told_in(one) for name, one in found.items()
        }
    return found


def sentence(english: str | None) -> str:
    """The same, as the beginning of a line."""
    words = told(english)
    return words[:1].upper() + words[1:]
