"""No name leaves the machine; what a model makes of its placeholder decides whether there is a draft."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from app.ai.check import check
from app.ai.draft import draft
from app.ai.letters import written
from app.ai.masks import Altered, Masks, names_of
from app.ai.retrieve import retrieve
from app.governance.placeholders import Facts
from tests.ai.small import TODAY, Scripted, asking, mind

KEY = bytes(32)
CASEY = Facts(ticket="35", subject="Parcel", requester="Casey Customer", email="casey@customer.example", team="Acme")
TEXT = "I am Maria Muster, call me on +49 30 901820 about order 48213, or write to casey@customer.example."


def test_what_was_masked_comes_back_where_it_stood() -> None:
    masks = Masks(KEY)
    hidden = masks.over(TEXT, names_of(CASEY))
    assert not [word for word in ("Maria", "901820", "casey@") if word in hidden]
    assert "order 48213" in hidden
    assert masks.lifted(hidden) == TEXT


def test_the_same_value_has_the_same_placeholder_under_one_key_and_another_one_under_another() -> None:
    once, again, elsewhere = (Masks(key).over("Casey wrote", ["Casey"]) for key in (KEY, KEY, bytes([1]) * 32))
    assert once == again != elsewhere


def test_a_name_is_masked_only_where_it_stands_as_a_word() -> None:
    assert Masks(KEY).over_names("Caseys cases: Casey.", ["Casey"]).startswith("Caseys cases: [person-")


@pytest.mark.parametrize("secret", ["4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"])
def test_a_card_or_account_is_told_by_kind_and_never_comes_back(secret: str) -> None:
    masks = Masks(KEY)
    hidden = masks.over(f"It is {secret} of mine.")
    assert secret not in hidden
    with pytest.raises(Altered):
        masks.lifted(hidden)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda mark: mark.upper(),
        lambda mark: mark[:-2] + "]",
        lambda mark: mark[1:-1],
        lambda mark: f"({mark[1:-1]})",
        lambda mark: mark.replace("person", "phone"),
        lambda mark: mark[-9:-1],
        lambda _: "[person-00000000]",
        lambda _: "[person]",
        lambda _: "<email>",
    ],
)
def test_a_placeholder_that_is_not_as_we_gave_it_out_is_refused(spoil) -> None:
    masks = Masks(KEY)
    mark = masks.over_names("Casey", ["Casey"])
    with pytest.raises(Altered):
        masks.lifted(f"Hello {spoil(mark)}, it is on its way.")


def test_prose_about_phones_and_people_is_no_placeholder() -> None:
    said = "Write (email or phone) to a person; the address is on the site (phone 0800 123456)."
    assert Masks(KEY).lifted(said) == said


@pytest.mark.parametrize(
    ("language", "greeting"),
    [("en", "Hello Casey,"), ("de", "Guten Tag Casey,"), ("es", "Hola Casey:"), ("ja", "Casey 様")],
)
def test_a_reply_greets_by_name(language: str, greeting: str) -> None:
    assert written(language, [], "Acme", "Casey").text.startswith(greeting)


@pytest.mark.parametrize(
    "name", ["", "casey@customer.example", "Casey https://evil.example", "x" * 50, "{{a}}", "A\nB: c"]
)
def test_what_is_no_name_is_not_greeted(name: str) -> None:
    assert written("en", [], "Acme", name).text.startswith("Hello,")


# --- with a model ------------------------------------------------------------------------------------------------------
def drafted(text: str) -> tuple[Any, Scripted]:
    said = Scripted(text, "shipping-times#standard")
    ours = mind(model=said)
    found = retrieve(asking("How long does standard delivery take?"), ours, TODAY)
    macro = replace(found.passages[0], text=f"Hi Casey, {found.passages[0].text}")  # as a macro greets, filled
    return draft(replace(found, passages=(macro, *found.passages[1:])), ours, "", CASEY), said


def test_a_model_greets_by_a_name_that_it_was_never_told() -> None:
    mark = Masks(KEY).over_names("Casey", ["Casey"])
    found, said = drafted(f"Hi {mark}, Standard delivery takes 3 to 5 working days.")
    assert mark in said.asked[0]
    assert "Casey" not in said.asked[0]
    assert "Hi Casey, Standard delivery takes 3 to 5 working days." in found.draft.text
    assert found.draft.text.startswith("Hello Casey Customer,")
    assert check(found, mind()).findings == ()


def test_a_made_up_placeholder_withholds_the_draft_and_is_the_reason() -> None:
    found, _ = drafted("Hi [person-0badc0de], Standard delivery takes 3 to 5 working days.")
    assert (found.draft, found.abstained.why) == (None, "check-failed")
    assert "[person-0badc0de]" in found.abstained.text
