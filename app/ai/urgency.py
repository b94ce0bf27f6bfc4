"""Urgency: how soon somebody should look, by consequence and deadline, apart from risk and topic."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.governance.proposal import Trigger, Urgency
from app.governance.prose import folded

_AT_ONCE = frozenset({"selfharm", "threat", "safety"})
_SOON = frozenset({"fraud", "takeover", "legal", "regulator", "vulnerable", "press"})
# Folded words, in six languages: harm that grows while nobody looks, then deadlines and repeated contact.
_CRITICAL = re.compile(
    r"\b(?:emergency|life[- ]threatening|in danger|everything is down|all (?:our )?(?:systems|stores|users|customers) (?:are )?(?:down|offline|affected)"
    r"|complete(?:ly)? outage|total outage|production (?:is )?down|notfall|lebensgefahr|urgence vitale|emergencia)\b"
    # many people cannot work, or harm grows by the minute
    r"|\b(?:(?:whole|entire|all our|all of our|our) (?:warehouse|shops?|stores?|office|team|company|staff|clinic|hospital|site)\b.{0,40}\b(?:cannot|can't|unable|down|offline|stopped)"
    r"|(?:down|offline|unavailable|broken) for (?:all|every)|(?:losing|lose) (?:sales|orders|customers|money) (?:every|by the|each)|nobody (?:here )?can work"
    r"|(?:konnen|kann) nicht (?:mehr )?arbeiten|(?:alles|produktion|system) steht|nichts geht mehr|(?:pouvons|peut) plus travailler|tout est bloque|a l'arret complet"
    r"|no podemos trabajar|todo (?:esta )?parado|nao conseguimos trabalhar|tudo parado)\b|緊急事態|業務.{0,3}止ま|全店.{0,8}(?:停止|使えな)"
)
_HIGH = re.compile(
    r"\b(?:urgent(?:ly)?|(?:block|freeze|stop|cancel|delete|call|answer|help)\b.{0,30} right now|asap|as soon as possible|immediately|at once|(?:by|before|until) (?:today|tonight|tomorrow|end of (?:the )?day|noon|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
    r"|deadline|(?:flight|wedding|funeral|moving|birthday|surgery|trip|exam)\b.{0,30}\b(?:today|tomorrow|tonight|in \w+ (?:hours?|days?)|this week|on)|stranded|stuck (?:at|in|abroad)|without (?:power|heating|water|money)"
    r"|(?:second|third|fourth|fifth|2nd|3rd|4th|5th|\d+th) (?:time|mail|email|message|request|attempt)|(?:still|yet) no (?:answer|reply|response)|no(?:body| one) (?:answers|replies|responds|has (?:answered|replied))|(?:outage|is down|locked out)"
    r"|(?:fly|flying|leave|leaving|depart|travel|move|moving) (?:out )?(?:today|tonight|tomorrow|in \w+ hours?)|(?:payroll|rent|salar(?:y|ies)|visa)\b.{0,30}\bdue (?:today|tomorrow|this week)"
    r"|(?:heating|power|water|internet|electricity|phone line) (?:has been|is|went|was) (?:out|off|down|cut|gone)|(?:insulin|oxygen|medication|medicine|formula)\b.{0,40}\b(?:not|n't|run(?:ning)? out|without|late|missing)|without (?:insulin|medication|medicine|oxygen)"
    r"|dringend|sofort|schnellstmoglich|umgehend|bis (?:heute|morgen)|frist|zum (?:zweiten|dritten|vierten) mal|immer noch keine antwort"
    r"|urgente?s?|immediatement|des que possible|au plus vite|avant (?:demain|ce soir)|d'ici demain|troisieme fois|deuxieme fois|toujours pas de reponse"
    r"|urgentemente|cuanto antes|inmediatamente|antes de manana|para manana|tercera vez|segunda vez|sigo sin respuesta"
    r"|o mais rapido possivel|imediatamente|ate amanha|terceira vez|segunda vez|ainda sem resposta)\b"
    r"|至急|緊急|大至急|今日中|明日まで|すぐに|何度も|[二三]回目"
)
_LOW = re.compile(
    r"\b(?:no (?:rush|hurry)|not urgent|whenever (?:you|it)|just (?:curious|wondering)|when you have time|feature request|suggestion|keine eile|nicht dringend|pas urgent|pas presse|sin prisa|no es urgente|sem pressa)\b|急ぎません|お手すき"
)


def urgency_of(full_text: str, triggers: Iterable[Trigger]) -> Urgency:
    """The highest that triggers or words ask for."""
    names = {trigger.trigger for trigger in triggers}
    text = folded(full_text[:20_000])
    if names & _AT_ONCE or _CRITICAL.search(text):
        return Urgency.CRITICAL
    if names & _SOON or _HIGH.search(text):
        return Urgency.HIGH
    return Urgency.LOW if _LOW.search(text) else Urgency.NORMAL
