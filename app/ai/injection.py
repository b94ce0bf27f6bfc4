"""Marks of text that talks to the assistant instead of to us. Finding none proves nothing."""

from __future__ import annotations

import re

from app.governance.proposal import Injection

_OLD = r"(?:previous|prior|above|earlier|preceding|former|foregoing|original|existing|your|system|safety|initial|these|those|all|any)"
_ORDERS = r"(?:instructions?|prompts?|rules?|guidelines?|directives?|commands?|orders?|policy|policies|context|constraints|programming|training)"
_AI = r"(?:AI|A\.I\.|LLM|language model|(?:chat)?bot|assistant|GPT|chatgpt|claude|copilot|gemini|agent model|automated (?:system|agent))"
# One row a kind: what it is called, and the words that give it away, in the languages we read.
_MARKS: tuple[tuple[str, str], ...] = (
    ("override", rf"\b(?:ignore|disregard|forget|override|bypass|skip|neglect)\b(?:\W++\w++){{0,4}}?\W+{_OLD}(?:\W++\w++){{0,3}}?\W+{_ORDERS}\b"),
    ("override", rf"\b(?:ignore|disregard|forget)\W+(?:everything|all|anything)\b(?:\W++\w++){{0,3}}?\W+(?:above|before|previous(?:ly)?|earlier|said|told|{_ORDERS})\b"),
    ("override", r"\b(?:new|updated|real|actual|following|revised)\W+(?:system\W+)?(?:instructions?|task|orders|objective)(?:\W++from\W++(?:the\W++)?\w++)?\W*(?::|\bfor\W+(?:you|the)\b|\bare\b)"),
    ("override", r"\b(?:vergiss|vergessen|ignorier\w*|missachte\w*)\b(?:\W++\w++){0,5}?\W+(?:anweisung\w*|instruktion\w*|befehl\w*|regeln|vorgaben|aufgaben|alles)\b"),
    ("override", r"\b(?:ignore[zrs]?|oublie[zrs]?)\b(?:\W++\w++){0,5}?\W+(?:instructions?|consignes?|règles|directives)\b"),
    ("override", r"\b(?:ignor[ae]\w*|olvid[ae]\w*)\b(?:\W++\w++){0,5}?\W+(?:instrucci\w+|órdenes|reglas|indicaciones)\b"),
    ("override", r"\b(?:ignor[ea]\w*|esque[çc]\w+)\b(?:\W++\w++){0,5}?\W+(?:instruç\w+|ordens|regras|orientações)\b"),
    ("override", r"(?:指示|命令|ルール|プロンプト|ポリシー).{0,12}(?:無視|忘れ)"),
    ("role", r"<\|\s*(?:im_start|im_end|system|user|assistant|endoftext)\b|\[/?(?:INST|SYS|SYSTEM)\]|<</?SYS>>|</?(?:system|assistant|instructions?|information|important|admin)>"),
    ("role", r"^[ \t#>*]*(?:system|assistant|developer|admin(?:istrator)?)(?:[ _-]?(?:prompt|message|note|override|instruction))?\s*(?:\]|\))?\s*[:：]\s*\S"),
    ("role", r"\b(?:you\W+are|act\W+as|pretend\W+(?:to\W+be|you\W+are)|du\W+bist|tu\W+es|eres|você\W+é)\W+(?:now|jetzt|maintenant|ahora|agora)\W+(?:an?|in|ein\w*|une?|un|uma?|DAN|the|free|acting|operating)\b|\bI\W+want\W+you\W+to\W+act\W+as\b|\byou\W+are\W+(?:now\W+)?(?:\w*GPT|DAN|jailbroken|unrestricted)\b|\bact\W+as\W+(?:if\W+you|an?\W+(?:unrestricted|AI))\b"),
    ("role", r"\b(?:enable|activate|switch\W+(?:in)?to|now\W+in|you\W+are\W+in)\W+(?:\w++\W++){0,2}?(?:developer|debug|god|admin|maintenance|jailbreak|unrestricted|DAN)\W+mode\b"),
    ("addressed", rf"\b(?:note|message|instructions?|attention|dear|hey|hello|hi|important)\b\W+(?:\w++\W++){{0,4}}?(?:to|for)?\W*(?:the|any|all)?\W*(?:support\W+|reading\W+|email\W+)?{_AI}\b(?=[^?]{{0,200}}(?::|,|\bmust\b|\bshould\b|\bplease\b|!))"),
    ("addressed", r"\b(?:if\W+you\W+are|as)\W+an?\W+(?:AI|LLM|(?:large\W+)?language\W+model|automated\W+(?:system|assistant))\b"),
    ("addressed", r"\b(?:when|before|while)\W+(?:you\W+)?(?:summari[sz]\w+|answering|replying|drafting|processing|responding)\b(?:\W++\w++){0,5}?\W+(?:this|the)\W+(?:ticket|e?-?mail|message|request)\b(?=.{0,80}\b(?:include|add|append|always|must|also|do not|don't|first|state|say)\b)"),
    ("steering", r"\b(?:respond|reply|answer|return|output|print|write)\W+(?:only|exactly|just|nothing\W+but)\W+(?:with|the|in|this)\b|\b(?:start|begin|end|finish)\W+your\W+(?:reply|response|answer|message|output)\W+with\b"),
    ("steering", r"\b(?:set|change|mark|classif\w+|label|treat)\b(?:\W++\w++){0,4}?\W+(?:as|to)\W+(?:tier\W*[123]\b|low[- ]risk|resolved\W+automatically|auto[- ]?(?:send|approved?)|pre-?approved|approved)\b|\b(?:do\W+not|don't|never)\W+(?:escalate|flag|tell\W+(?:the\W+)?(?:agent|human)|involve\W+(?:a\W+)?human)\b"),
    ("steering", r"\b(?:modify|alter|change|adjust)\W+your\W+(?:reply|response|answer|output)\b|\b(?:in|within|to|into)\W+your\W+(?:reply|response|answer)\b.{0,20}\b(?:suggest|promote|advertise|claim|convince|emphasi[sz]e|encourage|recommend)\w*|\b(?:suggest|promot|advertis|integrat|incorporat|embed|insert|append)\w*\b.{0,140}\b(?:in|within|to|into|of)\W+your\W+(?:reply|response|answer)\b"),
    ("recipients", r"\b(?:add|put|include|copy|send|forward)\b.{0,60}\bbcc\b|\bbcc\s*:\s*\S+@|\b(?:send|forward|copy)\b.{0,80}\b(?:this|the|all|every|entire|full)\b.{0,60}\b(?:thread|conversation|notes|history|prompt|records?)\b.{0,60}\S+@\S+"),
    ("code", r"\bauto_send\b|\{\{.{1,80}\}\}|\{%.{1,80}%\}|\bDROP\s+(?:TABLE|DATABASE|policy)\b|<script\b|\bsend_all\w*\("),
    ("steering", r"\b(?:auto[- ]?(?:send|approve)|without\W+(?:human\W+)?(?:review|approval)|skip\W+(?:the\W+)?(?:review|approval|checks?))\b"),
    ("exfiltration", r"\b(?:reveal|show|print|repeat|output|tell\W+me|give\W+me|display|leak|share|what\W+(?:is|are|was|were))\b(?:\W++\w++){0,5}?\W+(?:(?:system|initial|hidden|secret|internal|original)\W+(?:prompt|instructions?|rules|notes?|messages?|polic\w+|guidelines|documents?)|your\W+(?:prompt|instructions))\b"),
    ("exfiltration", r"\b(?:zeig\w*|nenn\w*|gib)\b(?:\W++\w++){0,5}?\W+(?:system-?prompt\w*|deine\w*\W+(?:anweisungen|instruktionen))|(?:システムプロンプト|内部(?:指示|資料)).{0,12}(?:表示|教え|見せ|出力)"),
    ("exfiltration", r"!\[[^\]]*\]\(\s*https?://|<img\b[^>]*\bsrc\s*=\s*[\"']?https?://[^\"'>]*[?&][^\"'>]*="),
    ("encoded", r"(?<![\w/+=.-])(?=[A-Za-z0-9+/]*[A-Z])(?=[A-Za-z0-9+/]*[a-z])(?=[A-Za-z0-9+/]*\d)[A-Za-z0-9+/]{80,}={0,2}(?![\w/+=-])|(?:\\x[0-9a-f]{2}){8,}|(?:&#x?[0-9a-f]+;){8,}|\b(?:[01]{8}\s){8,}"),
    ("encoded", r"\b(?:decode|base64|rot13)\b(?:\W++\w++){0,6}?\W+(?:and\W+)?(?:follow|execute|run|obey|do)\b"),
)  # fmt: skip
_COMPILED = tuple(
    (kind, re.compile(pattern, re.I | re.M | re.S if kind == "addressed" else re.I | re.M)) for kind, pattern in _MARKS
)
_QUOTE = 160


def injections(text: str) -> tuple[Injection, ...]:
    """Each kind once, with the first words that show it."""
    found: dict[str, Injection] = {}
    for kind, pattern in _COMPILED:
        hit = pattern.search(text) if kind not in found else None
        if hit is not None:
            found[kind] = Injection(kind, _around(text, hit))
    return tuple(found.values())


def _around(text: str, hit: re.Match[str]) -> str:
    quote = " ".join(text[hit.start() : hit.start() + max(_QUOTE, 0)].split())
    return quote if len(quote) < _QUOTE else quote + "…"
