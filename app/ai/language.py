"""The language of a text: by script, by small words, by py3langid, or None when unsure."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Any

_NOISE = re.compile(r"\S+@\S+|https?://\S+|www\.\S+|[#\d_/\\|<>=*+-]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7af]")),
)
_SMALL = {
    "en": "the and is are was to of for my i you it that this have has not how what when where do does did can with from your would"
    " please an be will been by i'm i've don't can't why on there they who am or if but me get got just still about thank thanks hello hi",
    "de": "der die das und ist nicht ich sie wir ein eine einen mein meine meinen wie wann wo kann können auf für mit von bitte habe hat"
    " wird noch dass auch bei zu den dem es im am ihr ihre hallo danke guten warum oder wenn aber um sind gibt was seit",
    "fr": "le la les et est pas je vous nous un une mon ma mes comment quand où peux pouvez sur pour avec de des du bonjour merci ne que"
    " qui dans j'ai c'est n'ai n'est quels quelle quel puis-je au aux votre vos ce cette il elle été suis d'un d'une l'ai",
    "es": "el la los las y es no yo usted un una mi mis cómo cuándo dónde puedo pueden para con de del hola gracias que qué en por se me"
    " he ha está cuánto cuánta tarda lo le su si pero muy ya son cuál quiero necesito al hay",
    "pt": "o a os as e é não eu você um uma meu minha como quando onde posso podem para com de do da olá obrigado obrigada que em por se"
    " me está quanto ao no na já mas muito são qual quero preciso foi tem meus minhas vocês dos das num numa",
    "it": "il lo la gli e è non io un una mio mia come quando dove posso per con di del della ciao grazie che in si mi ho ha sono quanto",
    "nl": "de het een en is niet ik u wij mijn hoe wanneer waar kan voor met van hallo bedankt dat op te heb heeft zijn wat er bij naar",
}  # fmt: skip
# Words of a support desk that only one of the six languages has: short messages have little else.
_DESK = {
    "en": "want need wanna pls plz new order orders card cards account delivery shipping refund invoice bill password passcode track cancel change problem issue help free some getting"
    " using any more does where's it's which return reset payment purchase support customer number stolen lost broken open today water damage covered accepted allowed address warranty arrive arrived waiting",
    "de": "paket bestellung karte konto rechnung passwort vergessen lieferung versand erstattung gestohlen garantie kaputt stornieren kündigen öffnungszeiten zahlung bezahlen überweisung kündigung brauche möchte kostet bleibt wurde",
    "fr": "colis commande carte compte facture livraison remboursement oublié volé garantie retour annuler horaires paiement svp où combien quelle mot passe besoin voudrais coûte arrivée",
    "es": "pedido tarjeta cuenta factura contraseña envío reembolso robada garantía devolución cancelar horario aceptan hola paquete robado cuánto llega cuesta quisiera",
    "pt": "encomenda cartão conta fatura senha entrega reembolso roubado garantia devolução horário aceitam pacote obrigado chegou custa gostaria pagamento",
    "it": "pacco ordine carta conto fattura spedizione rimborso dov'è", "nl": "pakket bestelling rekening factuur levering retour",
}  # fmt: skip
_VOTES = {language: frozenset((words + " " + _DESK[language]).split()) for language, words in _SMALL.items()}
READ = 4000  # characters are enough
SURE = 0.80
SHORTEST_HAN = 8  # a few Han characters alone may be Japanese as well
SHORT = 4  # words; shorter texts need a surer guess
SURE_WHEN_SHORT = 0.95


def language_of(text: str) -> str | None:
    """ISO 639-1 code, or None: too short or too mixed to say."""
    return language_at_a_glance(text) or _by_model(_words(text))


def language_at_a_glance(text: str) -> str | None:
    """The same by script and small words alone, which costs nothing; None more often."""
    words = _words(text)
    plain, letters = " ".join(words), sum(map(len, words))
    if re.search(r"[¿¡]", text[:READ]):
        return "es"
    for code, script in _SCRIPTS:
        if letters and len(script.findall(plain)) * 4 > letters:
            return code
    return _by_small_words(words)


def _words(text: str) -> list[str]:
    return [word.lower().replace("’", "'") for word in _WORD.findall(_NOISE.sub(" ", text[:READ]))]


def _by_small_words(words: list[str]) -> str | None:
    """A clear majority of the little words that a language cannot do without."""
    votes = Counter(language for word in words for language, small in _VOTES.items() if word in small)
    ranked = [*votes.most_common(2), ("", 0), ("", 0)]
    (first, most), (_, second) = ranked[0], ranked[1]
    clear = most >= 2 and most >= 1.5 * second and most * 8 >= len(words)
    alone = most == 1 and second == 0 and 1 < len(words) <= SHORT + 1
    return first if clear or alone else None


def _by_model(words: list[str]) -> str | None:
    if not words:
        return None
    language, probability = _identifier().classify(" ".join(words))
    if language == "zh" and sum(map(len, words)) <= SHORTEST_HAN:
        return None
    return str(language) if probability >= (SURE_WHEN_SHORT if len(words) < SHORT else SURE) else None


@cache
def _identifier() -> Any:
    """py3langid's model; its first load takes half a second, so only where the small words do not tell."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
