"""Mishaps: what went wrong for the customer, or is to be undone. An answer must speak of that, not of its neighbourhood.

"Why was my transfer declined?" lies near every passage about transfers; only one that speaks of declined payments answers it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from app.ai.embed import model_of
from app.ai.mind import Mind
from app.ai.nearness import ENGLISH, nearness, titled
from app.ai.retrieve import READ, asked
from app.governance.proposal import Passage
from app.governance.prose import folded, sentences

_THINGS = r"(?:card|payment|transfer|top-?up|withdrawal|transaction|order|account|money|refund|karte|zahlung|uberweisung|bestellung|konto|geld|carte|paiement|virement|commande|compte|argent|tarjeta|pago|transferencia|pedido|cuenta|dinero|cartao|pagamento|encomenda|conta|dinheiro)"
# Kind, how a customer tells of it, how a passage speaks of it (None: in the same words). Folded words in six languages.
_KINDS: tuple[tuple[str, str, str | None], ...] = (
    (
        "refused",
        (r"\b(?:declin\w*|reject\w*|denied|refus\w*|fail\w*|unsuccessful\w*|unable to (?:pay|withdraw|transfer|send|top)|(?:\w+n't|not|never|unable to)(?: \S+){0,4} (?:go(?:ing|ne)? through|went through)|(?:\w+n't|not|never) (?:\w+ )?(?:work\w*|let (?:me|us)|give me|allow\w*|possible|permitted|able to (?:withdraw|transfer|pay|send|get|top))|(?:went|gone|going) wrong|somethings?(?:'s| is)? wrong|error(?: message| code)?s?|red flag\w*|(?:issues?|problems?|trouble) with (?:a |my |the )?(?:payment|transfer|top-?up|withdrawal)s?|help (?:\S+ ){0,4}go through|(?:couldn't|could not|can't|cannot|won't|wouldn't|didn't|did not|not able to)(?: i| we| the \w+| it)? (?:(?:get|give me|give us) (?:any |my |me )*(?:cash|money)|withdraw|transfer|send|pay|buy|access)|blocked from"
        r"|abgelehnt|verweigert|fehlgeschlagen|fehlermeldung|nicht durchgefuhrt|geht nicht durch|refusee?s?|rejetee?s?|echoue\w*|erreur|rechazad[oa]s?|fallid[oa]s?|fallo|error|denegad[oa]s?|recusad[oa]s?|rejeitad[oa]s?|falhou|erro)\b|拒否|拒絶|失敗|エラー"),
        r"\b(?:declin\w*|reject\w*|denied|refus\w*|fail\w*|unsuccessful\w*|not (?:go(?:ing|ne)? through|work(?:ing)?|accepted|possible)|error\w*|abgelehnt\w*|verweiger\w*|fehl\w*|refus\w*|rejet\w*|echou\w*|erreur|rechaz\w*|fall\w*|denega\w*|recusad\w*|rejeit\w*|falh\w*|erro)\b|拒否|拒絶|失敗|エラー",
    ),
    (
        "missing",
        (r"\b(?:missing|disappear\w*|vanish\w*|gone missing|(?:\w+n't|not|never|nothing|no longer)(?: \w+){0,2} (?:arriv\w*|show\w*(?: up)?|receiv\w*|come|came|appear\w*|update\w*|credited|there|coming|see (?:it|them))|(?:did|have|has)(?:n't| not) (?:get|got|gotten|received)|where (?:is|are|'s) (?:my|the) (?:money|refund|cash|funds|card|parcel|order|package|delivery)|still waiting"
        r"|nicht (?:angekommen|erhalten|eingegangen|gutgeschrieben)|wo (?:ist|bleibt) mein\w*|verschwunden|fehlt|pas (?:encore )?(?:arrive\w*|recue?s?)|jamais (?:arrive\w*|recue?s?)|disparu\w*|no (?:ha|han|he) (?:llegado|recibido)|desaparec\w*|nao (?:chegou|recebi)|desapareceu)\b|届(?:か|いて(?:い)?ま?せん)|反映され"),
        r"\b(?:pending|missing|nothing has arrived|(?:not|n't|never|nothing)(?: \w+){0,3} (?:arriv\w*|come|received?|show\w*|yet)|if no (?:mail|parcel|card)|deliver\w*|arriv\w*|posted|track\w*|follow|status|lieferung\w*|liefer\w*|ankommen|dauert|verfolg\w*|livr\w*|arriv\w*|suivi|envio\w*|lleg\w*|entreg\w*|rastre\w*|cheg\w*)\b|届|配送|追跡|到着",
    ),
    (
        "double",
        r"\b(?:twice|doubl(?!e?[- ]?check)\w*|duplicat\w*|two of the same|(?:show\w*|charged|billed|debited|paid|taken).{0,20}\b(?:two|multiple|several|many|three) times|same (?:charge|payment|transaction)\w*|repeat\w* (?:charge|payment|transaction)\w*|(?:multiple|more than one) of the same|doppelt|zweimal|deux fois|dos veces|duplicad[oa]s?|duas vezes|em duplicado)\b|二重|2回|二回",
        None,
    ),
    (
        "amount",
        r"\b(?:(?:charged|billed|debited|took|taken|deducted|noticed|showing|appeared|shows?|got)\b.{0,30}\b(?:extra|additional|too much|wrong amount|twice)|(?:extra|additional|unexpected|random|strange|weird|unknown) [\d.,$£€]*\s?(?:charge|fee|debit|payment|transaction|dollar|euro|pound)s?\b.{0,20}\bmy|my\b.{0,30}\b(?:charged|billed|debited).{0,20}\bextra|wrong (?:amount|sum|price)|overcharg\w*|(?:didn't|did not) get all|only (?:gave|got|received)|(?:more|less) than (?:i|it|what)|short ?changed|zu viel (?:abgebucht|berechnet|bezahlt)|falsche[rn]? betrag|trop (?:debite|preleve|facture)|mauvais montant|de mas|importe (?:incorrecto|equivocado)|a mais|valor errado)\b|多く請求|金額が違",
        r"\b(?:extra charge|wrong amount|overcharg\w*|difference|differs?|differ|mark-?up|more than|less than|hold|zu viel|falsche\w* betrag|ecart|diferencia|diferenca)\b|差額|過剰",
    ),
    (
        "lost",
        r"\b(?:i |we |ive |i've |have |was |were |been |my \w+ (?:is|was|were|got) )?(?:lost|stolen|robbed|theft|mugged|pickpocket\w*|verloren|gestohlen|geklaut|perdue?s?|volee?s?|vole|robad[oa]s?|robaron|perdi(?:do)?|roubad[oa]s?|roubaram|furtad[oa]s?)\b|盗ま|紛失|なくし",
        None,
    ),
    (
        "unknown",
        r"\b(?:disput\w*|chargeback\w*|(?:didn't|did not|never) (?:make|made|authori[sz]e\w*|order|buy)|(?:was|is)(?:n't| not) me|(?:don't|do not|didn't|did not) recogni[sz]e|unrecogni[sz]ed|unauthori[sz]ed|unfamiliar|fraud\w*|scam\w*|what (?:is|was|'s) (?:this|that) (?:\S+ )?(?:charge|transaction|payment|direct debit|debit)|what (?:is|was|'s) .{0,30} on my (?:account|statement|card)|(?:nicht|nie) (?:von mir|getatigt)|unbekannte? (?:abbuchung|zahlung)|kenne ich nicht|ne reconnais pas|pas (?:autorise|effectue)\w*|fraude|no reconozco|no (?:he )?(?:hecho|autorizado)|nao reconheco|nao (?:fiz|autorizei))\b|身に覚え|不正利用",
        r"\b(?:disput\w*|chargeback\w*|unauthori[sz]ed|unrecogni[sz]ed|recogni[sz]e|fraud\w*|scam\w*|unbekannt\w*|betrug|fraud\w*|reconn\w*|reconoc\w*|reconhec\w*)\b|不正|身に覚え",
    ),
    (
        "refund",
        r"\b(?:refund\w*|money back|reimburs\w*|erstatt\w*|geld zuruck|ruckerstattung|rembours\w*|reembols\w*|devolucion del dinero|dinheiro de volta)\b|返金|払い戻し",
        None,
    ),
    (
        "undo",
        rf"\b(?:undo|revers\w*|revert\w*|(?<!can't )(?<!cannot )(?<!don't )recall|take back|get back|cancel\w*|stop)\b.{{0,40}}\b(?:transfer|transaction|payment|top-?up|direct debit|order|purchase|it)\b|\b(?:transfer|transaction|payment|order|purchase)\b.{{0,40}}\b(?:cancel\w*|revers\w*|undo)|\b(?:wrong (?:account|person|recipient|address|beneficiary)|by mistake|mistaken?ly|(?:made|my|a) mistake|messed up|didn't mean to|not to go through|(?:stornier\w*|widerruf\w*|ruckgangig)\b.{{0,30}}{_THINGS}|{_THINGS}.{{0,30}}(?:stornier\w*|widerruf\w*|ruckgangig)|(?:annul\w*|cancelar|anular)\b.{{0,30}}{_THINGS})\b|取り消|キャンセル",
        r"\b(?:cancel\w*|revers\w*|undo|recall\w*|take (?:it )?back|correct\w*|change\w*|return\w*|send back|stornier\w*|widerruf\w*|ruckgangig|annul\w*|cancel\w*|anul\w*|cambi\w*|alter\w*)\b|取り消|キャンセル|変更",
    ),
    (
        "goodwill",
        r"\b(?:goodwill|good will|(?:make|grant|allow|as) (?:me |us )?an? exception|bend the rules|kulan\w*|ausnahmsweise|(?:eine|als) ausnahme|geste commercial|(?:une|a titre d') ?exception|exceptionnellement|(?:una|como) excepcion|excepcionalmente|gesto comercial|(?:uma|como) excecao)\b|特例|例外的|特別に",
        None,
    ),
    (
        "closing",
        r"\b(?:clos\w*|delet\w*|terminat\w*|deactivat\w*|remov\w*|cancel\w*|get rid of|leave|shut)\b.{0,25}\b(?:accounts?|profile|membership)\b|\baccount\b.{0,20}\b(?:clos\w*|delet\w*|terminat\w*)|\b(?:konto (?:loschen|kundigen|schliessen)|(?:fermer|supprimer|cloturer) (?:mon|le) compte|(?:cerrar|eliminar|borrar) (?:mi|la) cuenta|(?:fechar|encerrar|eliminar|apagar) (?:a )?(?:minha )?conta)\b|(?:アカウント|口座).{0,6}(?:削除|解約|閉)|退会",
        r"\b(?:clos(?:e|ing|ed|ure)|delet\w*|terminat\w*|deactivat\w*|loschen|kundig\w*|schliess\w*|ferm\w*|supprim\w*|clotur\w*|cerrar|elimin\w*|borrar|fechar|encerr\w*|apagar)\b.{0,30}\b(?:accounts?|konto|compte|cuenta|conta)\b|\b(?:account|konto|compte|cuenta|conta)\b.{0,30}\b(?:clos(?:e|ing|ed|ure)|delet\w*|terminat\w*)|退会|解約|削除",
    ),
)  # fmt: skip
_COMPILED = tuple((kind, re.compile(told), re.compile(spoken or told)) for kind, told, spoken in _KINDS)


CLOSE = {"en": 0.35, "": 0.40}  # how near a sentence must be to the message to speak of its mishap


def happened(text: str) -> dict[str, str]:
    """What this message says went wrong, or wants undone: the kind, and its words."""
    plain = folded(text).replace("’", "'")
    hits = {kind: told.search(plain) for kind, told, _ in _COMPILED}
    return {kind: hit[0].strip() for kind, hit in hits.items() if hit is not None}


def spoken_of(line: str) -> frozenset[str]:
    """What of it this sentence of a source speaks of."""
    plain = folded(line).replace("’", "'")
    return frozenset(kind for kind, _, spoken in _COMPILED if spoken.search(plain))


def unsaid(text: str, passages: Sequence[Passage], mind: Mind, language: str | None) -> str | None:
    """The customer's words for a mishap of which these passages do not speak anywhere, also where only a model hears it."""
    told = happened(text)
    if kind := _sounding(text, mind, language):
        told.setdefault(kind, text)
    return _unheard(told, [titled(passage, line) for passage in passages for line in sentences(passage.text)])


def _sounding(text: str, mind: Mind, language: str | None) -> str:
    """The mishap that a message in English sounds like, though no word of it may say so."""
    if mind.familiar is None or model_of(language) != "en":
        return ""
    return mind.familiar.trouble({model: mind.embedder.vectors([text[:READ]], model) for model in ENGLISH})


def unspoken(text: str, passages: Sequence[Passage], mind: Mind, language: str | None) -> str | None:
    """The customer's words for a mishap of which no near sentence of these passages speaks."""
    told = happened(text)
    if not told or not passages:
        return _unheard(told, ())
    near = nearness(asked(text), passages, mind, language)
    least = CLOSE[model_of(language)]
    close = [
        titled(passages[at], line)
        for at, line, score in zip(near.owners, near.texts, near.lines.max(axis=0), strict=True)
        if score >= least
    ]
    return _unheard(told, close)


def _unheard(told: dict[str, str], lines: Iterable[str]) -> str | None:
    spoken = frozenset[str]().union(*map(spoken_of, lines))
    return next((words for kind, words in told.items() if kind not in spoken), None)
