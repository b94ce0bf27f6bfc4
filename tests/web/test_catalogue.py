"""The catalogues hold every text of the interface, and pages speak their reader's language."""

from __future__ import annotations

import re

import pytest

from app import freezing
from app.governance.decision import Freeze
from app.store import staff
from app.store.freezes import Scope
from app.web import catalogue
from app.web.catalogue import FOLDER, Catalogue, entries
from tests import texts
from tests.fakes import ANA, ROSA
from tests.web.stage import signed_token

LANGUAGES = sorted(path.stem for path in FOLDER.glob("*.po"))
MARKS = re.compile(r"%\(\w+\)s|%%|\{\d\}|</?\w+[^>]*>|`[^`]+`|&\w+;")


@pytest.fixture(scope="module")
def found() -> set[texts.Found]:
    return texts.texts()


def catalogue_of(language: str) -> list[catalogue.Entry]:
    return entries((FOLDER / f"{language}.po").read_text("utf-8"))[1:]


def marks(text: str) -> list[str]:
    return sorted(MARKS.findall(text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_has_every_text_and_no_other(language, found):
    """After `make texts` somebody translates; nothing is guessed, nothing is kept that nobody says."""
    text = (FOLDER / f"{language}.po").read_text("utf-8")
    assert {(one.context, one.id, one.plural) for one in catalogue_of(language)} == found
    assert [one.id for one in catalogue_of(language) if not all(one.said)] == []
    assert "#, fuzzy" not in text
    assert "#~" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_names_and_tags_of_its_text(language):
    wrong = [one.id for one in catalogue_of(language) if any(marks(one.id) != marks(said) for said in one.said)]
    assert wrong == []


def test_the_reading_of_a_file_is_what_the_tools_wrote():
    one = entries('msgid ""\nmsgstr "head"\n\n#, x\nmsgctxt "said"\nmsgid ""\n"two "\n"lines"\nmsgstr "z\\"ei\\n"')[1]
    assert (one.context, one.id, one.said) == ("said", "two lines", ('z"ei\n',))
    with pytest.raises(ValueError, match="no line"):
        entries('msgid "a"\nnonsense')


def german(**said: str) -> Catalogue:
    return Catalogue("de", {(catalogue.SAID, english): (text,) for english, text in said.items()})


def test_what_a_rule_said_is_found_by_its_words_and_names_stay():
    texts = german(**{
        "checks: {0}": "Prüfungen: {0}",
        "{0} in a reply: remove it": "{0} in einer Antwort: entfernen",
        "an IBAN": "eine IBAN",
    })  # fmt: skip
    assert texts.told("checks: an IBAN in a reply: remove it") == "Prüfungen: eine IBAN in einer Antwort: entfernen"
    assert texts.told("checks: {1} of nobody") == "Prüfungen: {1} of nobody"
    assert texts.told("said by nobody") == "said by nobody"
    assert texts.told("An IBAN.") == "Eine IBAN."


def test_what_a_rule_quotes_stays_in_its_words():
    texts = german(**{"its source does not state “{0}”": "seine Quelle sagt nicht „{0}“", "it is {0}": "es ist {0}", "{0}: “{1}” is rude": "{0}: „{1}“ ist grob"})  # fmt: skip
    assert texts.told("its source does not state “it is free”") == "seine Quelle sagt nicht „it is free“"
    assert texts.told("“it is free”: “it is” is rude") == "“it is free”: „it is“ ist grob"


def test_why_somebody_froze_stays_in_their_words(stage, browser):
    for scope, why in ((Scope(category="delivery-times"), "it is wrong on Sundays"), (Scope(), "")):
        freezing.freeze(stage.deps, scope, Freeze.AUTO_OFF, why, stage.member(ANA).id)
    html = browser(ANA).get("/settings", headers={"Accept-Language": "de"}).text
    assert ": it is wrong on Sundays." in html
    assert ": noch wurde kein Grund genannt." in html


def test_a_number_takes_its_form():
    assert catalogue.read("de").number("%(num)s reply", "%(num)s replies", 1) == "%(num)s Antwort"
    assert Catalogue("en").number("%(num)s reply", "%(num)s replies", 0) == "%(num)s replies"


def test_a_template_hands_no_foreign_text_to_what_escapes_nothing():
    for path in (texts.ROOT / "app" / "web" / "templates").rglob("*.html"):
        assert re.findall(r"\b(?:_|gettext|ngettext)\((?![\"'])", path.read_text("utf-8")) == [], path.name


def test_a_template_says_nothing_that_is_in_no_catalogue():
    """Beside names and the words of the switch, which are the same in every language."""
    same, found = {"Countersign", "OFF", "CONFIRMED", "CSV"}, {}
    for path in (texts.ROOT / "app" / "web" / "templates").rglob("*.html"):
        html = re.sub(r"<(script|textarea)\b.*?</\1>", "", path.read_text("utf-8"), flags=re.S)
        html = re.sub(r"\{% block (?:kind|body_data) %\}.*?\{% endblock %\}", "", html)
        left = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "\0", html, flags=re.S)
        left = re.sub(r"<[^<>]*>", "\0", left)
        found[path.name] = set(re.findall(r"[^\W\d_]{3,}", left)) - same
    assert {name: words for name, words in found.items() if words} == {}


def test_pages_follow_the_browser_until_their_reader_chooses(stage, browser):
    stage.proposed()
    rosa = browser(ROSA)
    page = rosa.get("/", headers={"Accept-Language": "fr, de;q=0.8, en;q=0.5"}).text
    assert '<html lang="de">' in page
    assert "Freigeben &amp; senden" in page
    assert "Alles läuft" not in page
    chosen = {"language": "en", "form_token": rosa.token}
    assert rosa.client.post("/me/language", data=chosen, headers={"Origin": "http://localhost"}).status_code == 303
    assert '<html lang="en">' in rosa.get("/", headers={"Accept-Language": "de"}).text


def test_the_same_part_in_another_language_is_another_part(stage, browser):
    """Whoever has the German queue is not told that nothing changed when they want the English one."""
    stage.proposed()
    ana = browser(ANA)
    german = ana.get("/parts/queue", headers={"Accept-Language": "de"})
    assert "Jede Kategorie" in german.text
    known = {"If-None-Match": german.headers["ETag"]}
    assert ana.get("/parts/queue", headers={"Accept-Language": "de", **known}).status_code == 304
    assert ana.get("/parts/queue", headers={"Accept-Language": "en", **known}).status_code == 200


def test_a_problem_is_told_in_the_readers_language(browser):
    answer = browser(ROSA).post("/api/v1/rollback", {"scope": "*"}, **{"Accept-Language": "de"})
    assert answer.json["detail"] == "Dazu braucht es die Rolle Prüfer; Ihre ist Agent."


def test_the_document_beside_a_ticket_speaks_the_language_that_was_chosen(stage, web):
    with stage.deps.engine.begin() as tx:
        staff.choose_language(tx, stage.member(ROSA).id, "de")
    page = web.test_client().post("/zendesk/sidebar", data={"token": signed_token(stage, ROSA)}).text
    assert '<html lang="de">' in page
    assert "Wird gesendet in" in page  # what its scripts say comes along
