"""The floor of phrases: what fires, in which words, and what stays quiet."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.governance.escalation import tier_of, triggers_in
from app.governance.phrases import PHRASES
from app.governance.policy import BUILT_IN_TRIGGERS
from app.governance.proposal import Tier, Trigger
from tests.builders import policy

FIRES = [
    ("legal", "You will hear from my solicitor."),
    ("legal", "I am going to sue you over this"),
    ("legal", "Mein Anwalt wird sich bei Ihnen melden"),
    ("legal", "Je vais saisir le tribunal"),
    ("legal", "Voy a poner una demanda"),
    ("legal", "Vou processar a empresa"),
    ("legal", "弁護士を通じて連絡します"),
    ("regulator", "I have complained to the Financial Ombudsman"),
    ("regulator", "Ich war schon bei der Verbraucherzentrale"),
    ("regulator", "J'ai prévenu la DGCCRF"),
    ("regulator", "Ya hablé con la oficina del consumidor"),
    ("regulator", "Vou ao Livro de Reclamações"),
    ("regulator", "消費生活センターに相談します"),
    ("safety", "The charger caught fire on the table"),
    ("safety", "Das Netzteil raucht und ich habe mich verletzt"),
    ("safety", "La batterie a pris feu"),
    ("safety", "El cargador se incendió"),
    ("safety", "O aquecedor pegou fogo"),
    ("safety", "バッテリーから発火しました"),
    ("selfharm", "I want to kill myself"),
    ("selfharm", "Ich will nicht mehr leben"),
    ("selfharm", "J'ai envie de mourir"),
    ("selfharm", "No quiero seguir viviendo"),
    ("selfharm", "Quero acabar com a minha vida"),
    ("selfharm", "もう死にたい"),
    ("threat", "I know where you live"),
    ("threat", "Das werdet ihr bereuen"),
    ("threat", "Je sais où vous habitez"),
    ("threat", "Se van a arrepentir"),
    ("threat", "Vocês vão se arrepender"),
    ("threat", "会社に火をつけてやる"),
    ("fraud", "There is a payment that I did not make"),
    ("fraud", "Diese Abbuchung habe ich nicht genehmigt"),
    ("fraud", "On m'a volé ma carte"),
    ("fraud", "Me robaron la tarjeta"),
    ("fraud", "Não reconheço esta compra"),
    ("fraud", "身に覚えのない請求です"),
    ("takeover", "My account has been hacked"),
    ("takeover", "Mein Konto wurde gehackt"),
    ("takeover", "On a piraté mon compte"),
    ("takeover", "Hackearon mi cuenta"),
    ("takeover", "A minha conta foi invadida"),
    ("takeover", "アカウントを乗っ取られました"),
    ("money", "You charged me twice for the same order"),
    ("money", "Wo bleibt meine Erstattung?"),
    ("money", "Je n'ai toujours pas reçu le remboursement"),
    ("money", "Me han cobrado dos veces"),
    ("money", "Fui cobrado duas vezes"),
    ("money", "二重請求されています"),
    ("press", "I am a journalist with the Daily News"),
    ("press", "Ich gehe damit an die Presse"),
    ("press", "J'en parlerai à la presse"),
    ("press", "Soy periodista"),
    ("press", "Sou jornalista"),
    ("press", "SNSで拡散します"),
    ("executive", "I will write to your CEO"),
    ("discrimination", "Your driver refused my guide dog"),
    ("discrimination", "Das ist rassistisch"),
    ("privacy", "I request all my data under the GDPR"),
    ("privacy", "Ich verlange Auskunft nach Art. 15 DSGVO"),
    ("privacy", "個人情報の開示請求をします"),
    ("vulnerable", "My husband passed away last week"),
    ("asks-for-person", "I want to talk to a real person"),
    ("asks-for-person", "Ich möchte mit einem Menschen sprechen"),
    ("asks-for-person", "Je veux parler à un conseiller"),
    ("asks-for-person", "Quiero hablar con una persona"),
    ("asks-for-person", "Quero falar com um atendente"),
    ("asks-for-person", "担当者と話したいです"),
]
QUIET = [
    "Hi, it's Sue from accounts, could you resend the invoice?",
    "Do you sell legal-size paper?",
    "Does the app run on a Fire TV stick?",
    "Is the French press dishwasher safe?",
    "This deadline is killing me, which delivery is fastest?",
    "My phone battery dies after an hour",
    "How do I charge back up the battery pack?",
    "I want to check your money back guarantee",
    "Could you send the suit in navy instead?",
    "Where do I find your privacy policy?",
    "Does the plan include fraud alerts?",
    "I'd like to see the black one, my attorney friend has it",
    "Me muero por probar el nuevo sabor",
    "死ぬほどおいしかったです",
    "Wo finde ich Ihre Hinweise zum Schutz vor Betrug?",
    "Avez-vous la presse à agrumes en rouge ?",
    "Voy a ir a su oficina a recoger el paquete",
    "How do I end my subscription tonight before it renews?",
]


@pytest.mark.parametrize(("trigger", "text"), FIRES)
def test_the_words_fire_their_trigger(trigger, text):
    assert trigger in {found.trigger for found in triggers_in(text, policy())}


@pytest.mark.parametrize("text", QUIET)
def test_near_misses_stay_quiet(text):
    assert triggers_in(text, policy()) == ()


def test_every_built_in_trigger_has_phrases():
    assert set(PHRASES) == set(BUILT_IN_TRIGGERS)


def test_the_quote_is_the_customers_own_spelling():
    (found,) = triggers_in("Bonjour, MON  AVOCÂT vous écrira.", policy())
    assert found == Trigger("legal", "MON AVOCÂT")


def test_a_trigger_buried_in_a_long_mail_is_found():
    text = "How long is delivery? " * 400 + "By the way, I will sue you. " + "Thanks again. " * 400
    assert [found.quote for found in triggers_in(text, policy())] == ["will sue"]


def test_each_trigger_is_reported_once():
    assert len(triggers_in("my lawyer, my lawyer and my lawyer", policy())) == 1


def test_the_policy_adds_phrases_word_for_word():
    escalations = tuple(
        replace(entry, phrases=("letter (of) claim?", "Mahnbescheid")) if entry.trigger == "legal" else entry
        for entry in policy().escalations
    )
    ours = policy(escalations=escalations)
    assert triggers_in("the letter of claim is here", ours) == (Trigger("legal", "letter of claim"),)
    assert triggers_in("the letters of claiming", ours) == ()
    assert triggers_in("Ein MAHNBESCHEID folgt", ours) == (Trigger("legal", "MAHNBESCHEID"),)


def test_a_trigger_of_the_policys_own_fires():
    own = replace(policy().escalations[0], trigger="vip", phrases=("gold member",))
    ours = policy(escalations=(*policy().escalations, own))
    assert [found.trigger for found in triggers_in("I am a Gold Member", ours)] == ["vip"]


def test_words_about_law_and_safety_make_the_message_tier_3():
    assert tier_of(triggers_in("my lawyer will write", policy())) is Tier.HIGH_STAKES
    assert tier_of(triggers_in("I want to speak to a person", policy())) is Tier.LOOKUP
