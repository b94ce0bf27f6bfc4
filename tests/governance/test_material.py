"""What a person's edit changed: dangerous edits are material in six languages, harmless ones are not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.ai.letters import LETTERS, written
from app.governance.courtesy import WORDINGS, words
from app.governance.likeness import is_like
from app.governance.material import LANGUAGES, Edit, Reply, Weight, material_edit
from app.governance.proposal import Sentence
from app.governance.prose import sentences
from app.governance.sources import parse_source, passages
from tests.governance.edits import DANGEROUS, DRAFTS, HARMLESS

SOURCES = Path(__file__).parents[2] / "manifest/sources"


def rows(table):
    return {
        f"{language}: {name}: {old!r} → {new!r}": (language, name, old, new)
        for language, edits in table.items()
        for name, old, new in edits
    }


def weighed(language: str, before: str, after: str) -> Edit:
    return material_edit(Reply(before), Reply(after), language)


@pytest.mark.parametrize(("language", "kind", "old", "new"), rows(DANGEROUS).values(), ids=rows(DANGEROUS))
def test_a_dangerous_edit_is_material_and_says_what_changed(language, kind, old, new):
    draft = DRAFTS[language]
    assert old in draft
    edit = weighed(language, draft, draft.replace(old, new, 1))
    assert edit.weight is Weight.MATERIAL
    assert kind in edit.kinds


@pytest.mark.parametrize(("language", "name", "old", "new"), rows(HARMLESS).values(), ids=rows(HARMLESS))
def test_a_harmless_edit_is_not_material(language, name, old, new):
    draft = DRAFTS[language]
    assert old in draft
    assert weighed(language, draft, draft.replace(old, new, 1)).weight < Weight.MATERIAL


def test_six_languages_have_tables_and_each_has_rows():
    assert set(LANGUAGES) == set(DRAFTS) == set(DANGEROUS) == set(HARMLESS) == set(LETTERS)


# --- replies as we write them, changed by a machine: nothing here was tuned by hand -------------------------------------
def replies(language: str) -> list[str]:
    """One for each approved source in that language, framed as the drafter frames it."""
    read = (parse_source(file.read_text("utf-8"), file.name) for file in sorted(SOURCES.glob("*.md")))
    texts = [passage.text for source in read if source.language == language for passage in passages(source)][:6]
    return [written(language, [[Sentence(line, ()) for line in sentences(text)]], "Acme").text for text in texts]


def body_of(reply: str) -> tuple[int, int]:
    """Where the words of the source stand, between the frame's paragraphs."""
    parts = reply.split("\n\n")
    start = len("\n\n".join(parts[:2])) + 2
    return start, start + len("\n\n".join(parts[2:-2]))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_figure_passes(language):
    for reply in replies(language):
        for digit in re.finditer(r"\d", reply):
            changed = f"{reply[: digit.start()]}{(int(digit[0]) + 3) % 10}{reply[digit.end() :]}"
            assert weighed(language, reply, changed).weight is Weight.MATERIAL, changed


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"ja"}))
def test_no_word_of_the_matter_can_be_dropped_or_doubled_or_replaced(language):
    for reply in replies(language):
        start, end = body_of(reply)
        for word in re.finditer(r"\w+", reply[start:end]):
            if words(WORDINGS[language].filler, language).fullmatch(word[0]):
                continue
            here, there = start + word.start(), start + word.end()
            for instead in ("", f"{word[0]} {word[0]}", "zebra"):
                changed = reply[:here] + instead + reply[there:]
                assert weighed(language, reply, changed).weight is Weight.MATERIAL, (word[0], changed)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_frame_of_our_own_letters_is_courtesy(language):
    for reply in replies(language):
        parts = reply.split("\n\n")
        assert weighed(language, reply, "\n\n".join(parts[2:-2])) == Edit(Weight.LIGHT)
        assert weighed(language, reply, "\n".join(parts)) == Edit(Weight.NONE)


# --- what nobody can decide --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("language", [None, "it", "tlh"])
def test_without_tables_every_edit_beyond_white_space_is_material(language):
    assert weighed(language or "", "Grazie mille.", "Grazie.") == Edit(Weight.MATERIAL, ("language",))
    assert material_edit(Reply("Grazie mille."), Reply("Grazie  mille.\n"), language) == Edit(Weight.NONE)


def test_another_recipient_or_attachment_is_material_with_the_same_words():
    before = Reply("Yes.", frozenset({"casey@customer.example"}))
    assert material_edit(before, Reply("Yes.", frozenset({"someone@else.example"})), "en").kinds == ("recipients",)
    more = Reply("Yes.", before.recipients, frozenset({"contract.pdf"}))
    assert material_edit(before, more, "en").kinds == ("attachments",)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "It is not free. It is safe.", "It is free. It is not safe."),  # the same words, elsewhere
        ("en", "Berlin takes 3 days and Munich 5 days.", "Berlin takes 5 days and Munich 3 days."),
        ("en", "No. Refunds are possible.", "No refunds are possible."),
        ("en", "We can refund you.", "We can't refund you."),
        ("en", "We charge your card.", "We change your card."),
        ("en", "Open the case.", "Open the cause."),
        ("de", "Wir zahlen die Pakete.", "Wir zählen die Pakete."),
        ("de", "Es konnte klappen.", "Es könnte klappen."),
        ("en", "Hello Casey, it is open.", "Hello Anna, it is open."),
        ("en", "Hello Casey,\nIt is open.", "Hello Anna,\nIt is open."),
        ("en", "It is open.", "Hello Never,\nIt is open."),
        ("en", "It is open.\nKind regards,\nAcme", "It is open.\nKind regards,\nRefunds excluded unless damaged"),
        ("en", "It is open.\nKind regards,\nAcme", "It is open.\nKind regards,\nAcme\nIt closes soon."),
        ("ja", "山田様\n無料です。", "鈴木様\n無料です。"),
        ("en", "Write to us at a@b.example.", "Write to us at A@b.example."),
        ("en", "It costs 5 euros.", "It costs 5 euros?"),
        ("en", "We are nowhere.", "We are now here."),
        ("en", "It costs 50 euros.", "It costs 5 0 euros."),
        ("en", "It is open.", f"It is open.\n{'Thank you, ' * 30} it is closed"),
    ],
)
def test_what_looks_almost_the_same_is_material(language, before, after):
    assert weighed(language, before, after).weight is Weight.MATERIAL


# --- whose answer is it ------------------------------------------------------------------------------------------------
OWN = {
    "en": "Hi Casey, I had a look at your account: the parcel is with our driver and will be there tomorrow morning.",
    "de": "Hallo Casey, ich habe nachgesehen: Das Paket liegt beim Fahrer und kommt morgen früh bei Ihnen an.",
    "fr": "Bonjour Casey, j'ai regardé : le colis est chez le livreur et vous l'aurez demain matin.",
    "es": "Hola Casey, he mirado su cuenta: el paquete está con el repartidor y llega mañana por la mañana.",
    "pt": "Olá Casey, verifiquei a sua conta: a encomenda está com o estafeta e chega amanhã de manhã.",
    "ja": "お客様、確認いたしました。荷物は配達員が持っており、明日の朝お届けします。",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_answer_made_from_the_draft_is_told_from_somebodys_own(language):
    draft = DRAFTS[language]
    lines = draft.split("\n\n")
    assert is_like(draft, draft, language)
    assert is_like(draft, lines[2], language)  # only its matter was kept
    assert is_like(draft, f"{OWN[language]}\n\n{draft}", language)  # put below words of their own
    assert not is_like(draft, OWN[language], language)
    assert not is_like(draft, "\n\n".join((lines[0], lines[1], OWN[language], lines[-1])), language)
