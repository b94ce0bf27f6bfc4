"""What kind of answer a question waits for: a span of time, a price, a place, a yes or no."""

from __future__ import annotations

import re

from app.governance.prose import folded

# Kind, how a question asks for it, how a sentence gives it. Folded words in six languages.
_KINDS: tuple[tuple[str, str, str], ...] = (
    (
        "duration",
        r"\b(?:time ?(?:frame|scale|span)|how (?:long|soon|fast|quick\w*|many (?:days|weeks|hours|years|months))|when (?:will|can|does|do|is|are|should)|wie (?:lange|schnell|viele (?:tage|jahre|wochen))|wann (?:kommt|kommen|wird|erhalte|bekomme)|combien de (?:temps|jours)|quels? (?:sont |est )?(?:vos |les? |votre )?delais?|quand (?:est-ce|vais|recevr\w*|arriv\w*)|quelle est la duree|cuanto (?:tarda|tiempo|demora)|cuantos (?:dias|anos)|cuando (?:llega|recib\w*)|quanto tempo|quantos (?:dias|anos)|qual (?:e )?o prazo|quando (?:chega|receb\w*))\b|何日|何年|どのくらい|どれくらい|いつ(?:届|まで|頃|ご|来|着)|期間|期限",
        r"\d[\d ,.-]*(?:to \d+ |bis \d+ |a \d+ |à \d+ )?(?:working |business |calendar )?(?:minutes?|hours?|days?|weeks?|months?|years?|werktag\w*|tag\w*|stunde\w*|minute\w*|woche\w*|monat\w*|jahr\w*|jours?|heures?|semaines?|mois|ans?|annees?|dias?|horas?|minutos?|semanas?|meses|mes|anos?)\b|\d+\s*(?:～|から|-|〜)?\d*\s*(?:営業日|日|時間|分|週間|か月|ヶ月|年)",
    ),
    (
        "price",
        r"\b(?:how much|what (?:does|do|is|are).{0,40}(?:cost|price|fee|charge)|cost|price|fees?|charge for|expensive|cheap\w*|pay for (?:it|shipping|the|a)|who pays|was kostet|wie viel kostet|wie teuer|kosten|gebuhr\w*|combien (?:coute|ca coute|ca)|coute\w*|(?:prix|tarif|frais)|cuanto (?:cuesta|vale|cobran)|precio|coste|quanto custa|preco|taxa)\b|いくら|料金|送料|手数料|費用|値段",
        r"\d[\d.,]*\s*(?:euros?|eur|€|pounds?|dollars?|francs?|yen|%|ユーロ|円)|[€$£]\s?\d|\b(?:free(?: of charge)?|no fee|kostenlos|kostenfrei|gratuit\w*|gratis|gratuit[oa]s?|sem custos)\b|無料",
    ),
    (
        "place",
        r"\b(?:where|wo (?:ist|finde|kann|sehe)|ou (?:est|puis|se|trouver)|donde|onde)\b|どこ|場所",
        r"\b(?:under|in the \w+ app|at the|you find|you see|on the|unter|in der [\w-]+app|sie finden|sous|dans l'application|vous trouv\w*|en la app|encontrara\w*|en la aplicacion|na app|encontra\w*|na aplicacao)\b|アプリ|にあります|所在地",
    ),
    (
        "steps",
        r"\b(?:how (?:do|can|does|would|should) (?:i|we|one|that|it|this)|how to|way to|(?:i )?forgot|(?:can|could|would) you (?:please )?(?:cancel|change|close|delete|update|stop|send|swap)|please (?:cancel|change|close|delete|update|swap)|(?:want|wants|need|needs|have got|trying|try|like|help|assistance|problems?|how|know how) (?:me )?(?:to |with |in )?(?:cancel|chang|clos|delet|updat|return|add|remov|edit|modify|correct)\w*|^\W*(?:cancel|change|close|delete|update|return|add|remove|edit|modify|swap)(?:ing)?\b|wie (?:kann|konnen|muss|geht|funktioniert|bezahle|andere|setze|schicke)|comment|como|de que (?:modo|manera))\b|方法|どうすれば|どのように|やり方|手順",
        r"\b(?:open|tap|go to|choose|enter|press|unplug|switch (?:on|off)|upload|you can (?:\w+ )?(?:change|cancel|close|order|create|enter|download|top up|switch|return)|offnen sie|gehen sie|tippen sie|wahlen sie|geben sie|ouvrez|appuyez|allez|choisissez|abra|vaya|pulse|toque|elija|aceda|escolha)\b|開き|タップ|入力して|選び",
    ),
    (
        "clock",
        r"\b(?:opening (?:hours|times)|(?:are|is|be|stay|you|it|shops?|stores?|office|branch\w*|showroom|when|hours|until|still) (?:\w+ )?(?:open(?! an?\b| my\b| the\b)|close[ds]?(?! an?\b| my\b| the\b))|what time(?!\s?(?:frame|scale|line|span))|until when|offnungszeiten|geoffnet|horaires|ouvert\w*|horarios?|abierta?o?|abren|cierran|aberto|abrem|horario)\b|営業時間|何時",
        r"\b\d{1,2}[:h.]\d{2}\b|\d{1,2}時|\b\d{1,2} (?:uhr|heures)\b",
    ),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(asks), re.compile(gives)) for kind, asks, gives in _KINDS)


def wanted(question: str) -> frozenset[str]:
    """The kinds of answer that this question waits for."""
    text = folded(question)
    return frozenset(kind for kind, asks, _ in _COMPILED if asks.search(text))


def given(sentence: str) -> frozenset[str]:
    """The kinds of answer that this sentence holds."""
    text = folded(sentence)
    return frozenset(kind for kind, _, gives in _COMPILED if gives.search(text))
