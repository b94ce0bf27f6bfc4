"""What the checks find in a draft, sentence by sentence."""

from __future__ import annotations

import pytest

from app.governance import checks
from app.governance.proposal import Draft, Passage, Sentence

STANDARD = Passage(
    "shipping-times#standard",
    "Delivery times: Standard",
    "Standard delivery takes 3 to 5 working days within Europe."
    " Standard delivery costs 4.90 euros and is free for orders of 50 euros or more."
    " Write to help@acme.example or see www.acme.example/delivery.",
    0.9,
    "public",
    "en",
)
SECRET = Passage(
    "goodwill-internal#limits",
    "Internal: goodwill",
    "Agents may grant goodwill of up to 40 euros per customer and year without asking.",
    0.9,
    "internal",
    "en",
)
CUSTOMER = "My order 8812 is late, my name is Zoltan."


def draft(*lines: str, sources: tuple[str, ...] = (STANDARD.id,)) -> Draft:
    return Draft("\n".join(lines), tuple(Sentence(line, sources) for line in lines))


@pytest.mark.parametrize(
    "claim",
    [
        "Standard delivery takes 3 to 5 working days within Europe.",
        "standard delivery takes 3 to 5 working days within europe.",
        "Standard delivery takes 3 to 5 working days within Europe and costs 4.90 euros and is free for orders of 50 euros or more.",
        "Within Europe, standard delivery takes three to five working days.",
        "For orders of 50 euros or more, standard delivery is free.",
        "Your order 8812 takes 3 to 5 working days within Europe with standard delivery.",
    ],
)
def test_what_the_source_says_is_supported(claim):
    assert checks.unsupported(claim, [STANDARD], CUSTOMER) is None


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("Standard delivery takes 2 to 5 working days within Europe.", "2 is in no cited source"),
        ("Standard delivery takes two to five working days within Europe.", "2 is in no cited source"),
        ("Standard delivery takes 50 working days within Europe.", "does not state"),
        ("Standard delivery takes 3 to 5 weeks within Europe.", "does not state"),
        ("Standard delivery costs 49 euros.", "49 is in no cited source"),
        ("Write to help@acme-support.example for delivery.", "help@acme-support.example is in no cited source"),
        ("Standard delivery by Fedex takes 3 to 5 working days.", "fedex is in no cited source"),
        ("Standard delivery does not take 3 to 5 working days within Europe.", "says no where its source says yes"),
        ("Standard delivery is free.", "leaves out a condition"),
        ("We guarantee standard delivery within Europe.", "promises"),
        ("Bananas are yellow and very tasty fruits.", "its source does not say this"),
    ],
)
@pytest.mark.threat("injection")
def test_what_the_source_does_not_say_is_named(claim, why):
    assert why in str(checks.unsupported(claim, [STANDARD], CUSTOMER))


def test_a_citation_of_something_not_retrieved_is_a_finding():
    (found,) = checks.support(draft("Hello.", sources=("other#one",)), [STANDARD], "")
    assert (found.check, found.sentence) == ("support", 0)


def test_templates_and_a_persons_own_words_need_no_source():
    letter = Draft("Hi", (Sentence("Hello,", ("template#greeting",)), Sentence("We will call you.", ())))
    assert checks.support(letter, [], "") == []


@pytest.mark.threat("injection")
def test_a_link_from_nowhere_is_found_and_the_customers_own_is_not():
    found = checks.foreign_links(
        draft("See evil.example.com.", "You wrote from zoltan@mail.example."), "zoltan@mail.example"
    )
    assert [finding.sentence for finding in found] == [0]


def test_internal_words_in_a_reply_are_a_leak():
    leaked = draft("We may grant goodwill of up to 40 euros per customer.", "Delivery takes 3 days.")
    assert [finding.sentence for finding in checks.leaks(leaked, checks.secret([SECRET], [STANDARD]))] == [0]


def test_words_that_public_sources_share_with_internal_ones_are_no_leak():
    public = Passage("a#b", "A", SECRET.text, 0.5, "public", "en")
    assert checks.leaks(draft(SECRET.text), checks.secret([SECRET], [public])) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Your card 4111 1111 1111 1111 is active.", True),
        ("Your order 4111 1111 1111 1112 is on its way.", False),
        ("Please pay to DE89 3704 0044 0532 0130 00.", True),
        ("Please pay to DE89 3704 0044 0532 0130 03.", False),
    ],
)
def test_card_numbers_and_ibans_are_known_by_their_check_digits(line, found):
    assert bool(checks.account_numbers(draft(line))) is found


@pytest.mark.parametrize(
    "line", ["You should have read the page.", "Wait!!", "<b>Hello</b>", "[here](http://x.example)"]
)
def test_rude_words_and_markup_are_found(line):
    assert checks.manners(draft(line))


def test_an_ordinary_reply_has_nothing_against_it():
    assert checks.manners(draft("Thank you! Tap Card > Show PIN.", "Our price is 5 < 6 euros.")) == []


PREVIOUS = Draft(
    "Hello,\n\nStandard delivery takes 3 to 5 working days within Europe.\n\nKind regards,\nAcme",
    (
        Sentence("Hello,", ("template#greeting",)),
        Sentence("Standard delivery takes 3 to 5 working days within Europe.", (STANDARD.id,)),
        Sentence("Kind regards,", ("template#sign-off",)),
        Sentence("Acme", ("template#sign-off",)),
    ),
)


def test_an_untouched_edit_keeps_every_source():
    changed, found = checks.edited(PREVIOUS.text, PREVIOUS, [STANDARD, SECRET], CUSTOMER)
    assert (changed, found) == (PREVIOUS, ())


def test_a_changed_sentence_is_the_persons_own_word():
    text = PREVIOUS.text.replace("3 to 5", "6 to 7")
    changed, found = checks.edited(text, PREVIOUS, [STANDARD], CUSTOMER)
    assert [sentence.sources for sentence in changed.sentences] == [
        ("template#greeting",),
        (),
        ("template#sign-off",),
        ("template#sign-off",),
    ]
    assert found == ()


@pytest.mark.parametrize(
    ("addition", "check"),
    [
        ("See http://evil.example.net/x.", "link"),
        ("Your card is 4111 1111 1111 1111.", "personal-data"),
        ("We may grant goodwill of up to 40 euros per customer and year.", "internal"),
        ("Calm down.", "tone"),
    ],
)
def test_even_a_person_does_not_send_this_unseen(addition, check):
    _, found = checks.edited(f"{PREVIOUS.text}\n{addition}", PREVIOUS, [STANDARD, SECRET], CUSTOMER)
    assert [(finding.check, finding.sentence) for finding in found] == [(check, 4)]


def test_an_empty_edit_is_a_finding():
    assert [finding.check for finding in checks.edited(" \n", PREVIOUS, [STANDARD], "")[1]] == ["empty"]
