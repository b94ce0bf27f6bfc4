"""What six languages say without saying anything, and the words that bind; `material` reads these tables.

Courtesy is a whole sentence that promises nothing: greeting, thanks, good wishes, sign-off. `@` stands for a name.
Filler may come and go inside a sentence. Everything else counts, so a gap in these tables errs on the cautious side.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Wording:
    """One language. The patterns of the last six tell people what changed; they do not decide whether it matters."""

    greeting: tuple[str, ...]
    courtesy: tuple[str, ...]
    sign_off: tuple[str, ...]
    filler: tuple[str, ...]
    spellings: tuple[tuple[str, str], ...]  # regular expressions and what they are another spelling of
    negation: str
    commitment: str
    condition: str
    tense: str
    unit: str
    date: str


_MESSAGE = "(?:message|e-?mail|question|enquiry|inquiry|patience|understanding|interest|time|reply|note|kind words)"
_ASK_EN = (
    "(?:(?:please )?(?:just |simply )?(?:reply to this (?:message|e-?mail)|let (?:us|me) know|(?:feel free|do not hesitate) to"
    " (?:contact us|reach out(?: to us)?|ask|reply|get in touch|write(?: to us)?)|(?:contact|write to) us)(?: again| any ?time)?)"
)
_MORE_EN = (
    "if (?:anything is (?:still )?unclear|you have (?:any )?(?:other |more |further |additional )?questions?(?: or concerns)?"
    "|there is anything else(?: (?:we|i) can (?:do|help)(?: for you| with)?)?|you need (?:anything else|(?:any )?(?:more |further )?help))"
)

WORDINGS: dict[str, Wording] = {
    "en": Wording(
        greeting=("(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|greetings)(?: again| there| all| everyone)?(?: (?:valued )?customer| sir or madam)?@",),
        courtesy=(
            f"(?:many |a big )?(?:thanks|thank you)(?: very much| so much| a lot| again| kindly)*(?: for (?:your {_MESSAGE}(?: and (?:your )?{_MESSAGE})?|contacting us|reaching out(?: to us)?|getting in touch(?: with us)?|writing(?: to us| in)?|asking|letting us know))?(?: today)?",
            "(?:i|we) (?:do )?hope (?:this|that) (?:helps|answers your questions?|clears (?:this|things) up)(?: you)?", "(?:i|we) hope you are (?:well|doing well)", "hope this helps",
            "(?:i wish you |we wish you |enjoy |have )(?:a |the )?(?:very )?(?:nice|great|good|lovely|wonderful|pleasant)? ?(?:rest of (?:your|the) )?(?:day|evening|week|weekend)(?: ahead)?",
            f"{_MORE_EN},? {_ASK_EN}", f"{_ASK_EN} {_MORE_EN}", "(?:i am|we are) (?:always )?(?:here|happy|glad) to help(?: you)?", "happy to help", "you are welcome",
            "(?:(?:i am|we are) )?(?:very )?sorry (?:for (?:the|any) (?:inconvenience|trouble)(?: caused)?|to hear (?:that|this))", "(?:i|we) apologi[sz]e for (?:the|any) (?:inconvenience|trouble)(?: caused)?",
        ),
        sign_off=("(?:(?:with )?(?:kind|kindest|best|warm|warmest|many)? ?(?:regards|wishes)|all the best|best|cheers|(?:yours )?(?:sincerely|faithfully|truly)(?: yours)?|take care|many thanks)@",),
        filler=("please", "kindly", "simply", "of course", "gladly", "feel free to", "(?:please )?note that"),
        spellings=(("can't|cannot", "can not"), ("won't", "will not"), ("shan't", "shall not"), ("(?<=[a-z])n't", " not"), ("(?<=[a-z])'re", " are"), ("(?<=[a-z])'ll", " will"), ("(?<=[a-z])'ve", " have"), ("i'm", "i am"), ("(?<=\\bit|at|re|he)'s", " is"), ("e-mail", "email"), ("colour", "color"), ("\\bcancell(?=ed|ing)", "cancel"), ("an", "a")),
        negation="not|no|never|none|nothing|nobody|neither|nor|without|unable|hardly|in(?:eligible|valid|correct)|im?possible|un(?:available|paid|limited)",
        commitment="will|shall|would|can|could|may|might|must|should|need|have to|has to|promis\\w+|guarant\\w+|refund\\w*|reimburs\\w+|compensat\\w+|credit\\w*|waiv\\w+|replac\\w+|commit\\w*|ensur\\w+|free|discount\\w*|voucher\\w*|eligible|entitled",
        condition="if|unless|only|except|until|before|after|when|while|provided|once|as long as|from|up to|at (?:least|most)|(?:more|less) than|or more|within|by",
        tense="ha[sd]|have|was|were|been|did|already|going to|yet",
        unit="(?:(?:business|working|calendar) )?(?:minutes?|hours?|days?|weeks?|months?|years?)|kg|km|cm",
        date="(?:jan|febr)uary|march|april|may|june|july|august|(?:sept|nov|dec)ember|october|(?:mon|tues|wednes|thurs|fri|satur|sun)day|to(?:day|morrow|night)|yesterday",
    ),
    "de": Wording(
        greeting=("(?:hallo|guten (?:tag|morgen|abend)|(?:sehr geehrte|liebe|werte)[rs]?|moin|servus|grüß gott|hi)(?: (?:damen und herren|kund(?:e|in)|zusammen|nochmals?))?@",),
        courtesy=(
            "(?:vielen |herzlichen |besten )?dank(?: (?:für|im voraus für) (?:ihre|deine) (?:nachricht|anfrage|e-?mail|frage|geduld|verständnis|interesse|rückmeldung|zeit)(?: und (?:ihre |deine |ihr )?(?:geduld|verständnis|interesse))?| für ihr (?:verständnis|interesse)| im voraus)?",
            "(?:wir|ich) danken? ihnen(?: (?:sehr|herzlich))?(?: für ihre (?:nachricht|anfrage|geduld|e-?mail))?", "(?:wir|ich) hoffen?,? (?:das|dies) hilft(?: ihnen)?(?: weiter)?", "(?:wir|ich) wünschen? ihnen (?:einen|ein|noch einen) (?:schönen|guten|angenehmen|schönes) (?:tag|abend|woche|wochenende)", "(?:einen )?schönen (?:tag|abend)(?: noch)?",
            "(?:wenn|falls) (?:noch etwas offen ist|sie (?:noch )?(?:weitere |andere )?fragen haben|etwas unklar ist),? (?:antworten sie (?:bitte )?(?:einfach )?auf diese (?:nachricht|e-?mail)|(?:melden|wenden) sie sich (?:bitte )?(?:gern |gerne |einfach |jederzeit )*(?:bei|an) uns|schreiben sie uns (?:gern |gerne |einfach )*|sind wir gern(?:e)? für sie da)", "(?:bei (?:weiteren )?fragen )?(?:sind wir|stehen wir) (?:ihnen )?(?:gern |gerne |jederzeit )*(?:für sie da|zur verfügung)",
            "(?:wir )?(?:bitten|entschuldigen) (?:sie )?(?:bitte )?(?:die|um entschuldigung für die) (?:unannehmlichkeiten|umstände)(?: zu entschuldigen)?",
        ),
        sign_off=("(?:(?:mit )?(?:freundliche[nm]?|beste[nm]?|viele[n]?|liebe[n]?|herzliche[n]?|schöne[n]?) (?:grüße[n]?|grüssen?|gruß)|(?:mfg|lg|vg)|alles gute)@",),
        filler=("bitte", "gern(?:e)?", "selbstverständlich", "natürlich", "beachten sie(?: bitte)?,? dass"),
        spellings=(("e-mail", "email"),),
        negation="nicht\\w*|kein\\w*|nie(?:mals|mand)?|nichts|ohne|weder|noch|un(?:möglich|gültig|berechtigt)",
        commitment="wird|werden|werde|wirst|würde\\w*|kann|können|könnte\\w*|muss|müssen|müsste\\w*|soll\\w*|darf|dürfen|versprech\\w*|garant\\w*|erstatt\\w*|rückerstatt\\w*|gutschr\\w*|ersetz\\w*|kostenlos\\w*|gratis|rabatt\\w*|gutschein\\w*|berechtigt|anspruch",
        condition="wenn|falls|nur|außer|ausser|bis|bevor|vor|nach|nachdem|sobald|sofern|solange|ab|innerhalb|mindestens|höchstens|mehr als|weniger als",
        tense="ha(?:t|ben|tten?)|war(?:en)?|wurden?|bereits|schon|worden|gewesen",
        unit="(?:werk|arbeits|kalender)?tage?n?|minuten?|stunden?|wochen?|monate?n?|jahre?n?",
        date="januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|(?:mon|diens|donners|frei|sams|sonn)tags?|mittwochs?|heute|morgen|gestern",
    ),
    "fr": Wording(
        greeting=("(?:bonjour|bonsoir|salut|(?:cher|chère)(?:s)?|madame|monsieur)(?: (?:client(?:e)?s?|madame|monsieur|à tous))*(?:, monsieur)?@",),
        courtesy=(
            "(?:un grand |encore )?merci(?: beaucoup| encore| bien)*(?: (?:de|pour) (?:votre (?:message|demande|question|patience|compréhension|intérêt|courriel|e-?mail|retour)(?: et (?:de )?votre (?:patience|compréhension))?|nous avoir (?:contactés?|écrit)))?", "(?:nous vous|je vous) remerci(?:ons|e)(?: (?:de|pour) votre (?:message|demande|patience|compréhension))?",
            "(?:en )?(?:j'espère|nous espérons|espérant) que (?:cela|ceci) vous (?:aide|aidera|sera utile)", "(?:nous vous souhaitons |je vous souhaite |passez )?(?:une )?(?:bonne|excellente|belle) (?:journée|soirée|semaine|fin de journée)", "bon week-end",
            "(?:s'il (?:vous )?reste (?:une|des) questions?|si vous avez (?:d'autres|des|une autre) questions?),? (?:répondez (?:simplement |tout simplement )?à ce (?:message|courriel)|n'hésitez pas(?: à nous (?:contacter|écrire))?|nous sommes à votre (?:écoute|disposition))", "n'hésitez pas à nous (?:contacter|écrire)(?: si vous avez (?:d'autres|des) questions)?", "(?:nous restons|je reste) à votre (?:entière )?disposition",
            "(?:nous sommes |je suis )?(?:désolée?s?) pour (?:le désagrément|la gêne|ces désagréments)(?: occasionnée?)?", "(?:nous vous prions de nous|veuillez nous) excuser pour (?:la gêne|le désagrément)(?: occasionnée?)?",
        ),
        sign_off=("(?:(?:bien |très )?cordialement(?: vôtre)?|(?:bien |meilleures |sincères )?(?:salutations|amitiés)(?: distinguées)?|bien à vous|sincèrement|à bientôt)@",),
        filler=("s'il (?:vous|te) pla[iî]t", "svp", "simplement", "tout simplement", "bien sûr", "bien entendu"),
        spellings=(("e-mail", "email"), ("œ", "oe")),
        negation="ne|n'|pas|jamais|aucune?|rien|sans|ni|plus|personne|im(?:possible|payée?)|in(?:éligible|valide)",
        commitment="pouvez|pouvons|peut|peuvent|pourr\\w+|dev(?:ez|ons|r\\w+)|doit|doivent|faut|allons|va|ser(?:a|ez|ont)|promet\\w*|garanti\\w*|rembours\\w*|rempla\\w*|offr\\w*|gratuit\\w*|bon d'achat|réduction|droit|éligible|\\w{3,}(?:erons|erez|era|eront)",
        condition="si|sauf|seulement|uniquement|que|jusqu'\\w*|avant|après|dès|à partir|lorsque|quand|tant que|sous|dans|moins|plus de",
        tense="a|ont|avez|avons|avait|était|été|déjà",
        unit="jours?(?: (?:ouvrables|ouvrés|calendaires))?|minutes?|heures?|semaines?|mois|ans?|années?",
        date="janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|aujourd'hui|demain|hier",
    ),
    "es": Wording(
        greeting=("(?:hola|buen(?:os|as)? (?:días?|tardes|noches)|buenas|(?:estimad|querid)[oa](?:s|/a)?|saludos)(?: (?:clientes?|de nuevo|a todos|señor|señora))*@",),
        courtesy=(
            "(?:muchas |mil )?gracias(?: (?:de nuevo|otra vez|de antemano))?(?: por (?:su|tu|escribirnos|contactar(?:nos)?|ponerse en contacto)(?: (?:mensaje|consulta|pregunta|paciencia|comprensión|interés|tiempo|correo|con nosotros))?(?: y (?:su )?(?:paciencia|comprensión))?)?", "le agradecemos su (?:mensaje|paciencia|comprensión|consulta)",
            "espero que (?:esto )?(?:le|te) (?:ayude|sirva)", "esperamos que (?:esto )?le (?:ayude|sirva)", "(?:que )?(?:tenga|tengas|pase|le deseamos)(?: usted)? (?:un )?(?:buen|excelente|feliz) (?:día|fin de semana|tarde)", "buen día",
            "si (?:le queda|tiene|tienes) (?:alguna|más|otra|cualquier)(?: otra)? (?:duda|preguntas?|consulta),? (?:responda (?:simplemente )?a este (?:mensaje|correo)|no dude en (?:contactarnos|escribirnos|preguntar)|(?:escríbanos|contáctenos)|estamos (?:aquí )?para ayudarle|quedamos a su disposición)", "(?:quedamos|quedo|estamos) a su (?:entera )?disposición", "estamos para ayudarle",
            "(?:disculpe|lamentamos|sentimos|perdone) (?:las|los|la) (?:molestias|inconvenientes|molestia)(?: (?:ocasionadas|causadas|causados))?",
        ),
        sign_off=("(?:(?:un |reciba un )?(?:cordial |afectuoso )?saludos?(?: cordiales| cordial)?|atentamente|cordialmente|un abrazo|hasta pronto)@",),
        filler=("por favor", "simplemente", "por supuesto", "con (?:mucho )?gusto"),
        spellings=(("e-mail", "email"),),
        negation="no|nunca|jamás|ningun[oa]?|ningún|nada|nadie|sin|tampoco|ni|im(?:posible|pagad[oa])|in(?:válid[oa]|elegible)",
        commitment="puede\\w*|podemos|podr\\w+|debe\\w*|deber\\w+|tiene que|va(?:mos)? a|promet\\w*|garanti\\w*|reembols\\w*|devol\\w*|compens\\w*|reempla\\w*|gratis|gratuit\\w*|descuento\\w*|vale|derecho|elegible|\\w{3,}(?:remos|rá|rán|ré)",
        condition="si|salvo|excepto|solo|sólo|solamente|hasta|antes|después|cuando|siempre que|mientras|a partir|desde|dentro|menos|más de|en cuanto|a menos que",
        tense="ha(?:n|mos)?|hemos|había\\w*|fue(?:ron)?|estaba\\w*|sido|ya",
        unit="días?(?: (?:laborables|hábiles|naturales))?|minutos?|horas?|semanas?|mes(?:es)?|años?",
        date="enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|lunes|martes|miércoles|jueves|viernes|sábado|domingo|hoy|mañana|ayer",
    ),
    "pt": Wording(
        greeting=("(?:ol[áa]|oi|bom dia|boa (?:tarde|noite)|(?:car|estimad|prezad|querid)[oa](?:s|\\(a\\))?|exm[oa]s?\\.?)(?: (?:clientes?|de novo|a todos|senhora?|sr\\.?a?))*@",),
        courtesy=(
            "(?:muito |mais uma vez )?obrigad[oa](?: (?:desde já|mais uma vez|novamente))?(?: (?:pel[oa]|por) (?:su?a|seu|nos|ter|entrar|contactar|escrever|contatar)(?: (?:mensagem|pergunta|paciência|compreensão|interesse|tempo|contacto|contato|contactar|em contacto|em contato|nos|contactado))?(?: e (?:pela )?(?:sua )?(?:paciência|compreensão))?)?", "agradecemos a sua (?:mensagem|paciência|compreensão)",
            "esper(?:o|amos) (?:que isto (?:o |a )?ajude|ter ajudado)", "(?:tenha |desejamos-lhe |continuação de )?(?:um |uma )?(?:bom|boa|ótimo|excelente) (?:dia|semana|tarde|noite|fim de semana)",
            "se (?:ainda )?(?:tiver|houver|restar) (?:alguma|mais|outra|qualquer)(?: outra)? (?:dúvidas?|perguntas?|questão|questões),? (?:basta responder a esta mensagem|responda (?:simplesmente )?a esta mensagem|não hesite em (?:contactar-nos|nos contatar|escrever-nos|perguntar)|estamos (?:aqui )?para ajudar|estamos à (?:sua )?disposição)", "(?:estamos|ficamos|fico) à (?:sua )?(?:inteira )?disposição",
            "(?:pedimos desculpa|lamentamos|desculpe|pedimos desculpas) (?:pel[oa]s?|os|o) (?:incómodos?|transtornos?|inconvenientes?|incômodos?)(?: causados?)?",
        ),
        sign_off=("(?:(?:com (?:os )?(?:melhores |nossos )?)?(?:cumprimentos|saudações)(?: cordiais)?|atenciosamente|cordialmente|um abraço|até breve|melhores cumprimentos)@",),
        filler=("por favor", "simplesmente", "se faz favor", "com (?:todo o )?gosto"),
        spellings=(("e-mail", "email"),),
        negation="não|nunca|jamais|nenhuma?|nada|ninguém|sem|nem|tampouco|im(?:possível|pag[oa])|in(?:válid[oa]|elegível)",
        commitment="pode\\w*|podemos|poder\\w+|deve\\w*|dever\\w+|tem de|vamos|vai|promet\\w*|garanti\\w*|garantim\\w*|reembols\\w*|devol\\w*|compens\\w*|substitu\\w*|gratuit\\w*|grátis|desconto\\w*|vale|direito|elegível|\\w{3,}(?:remos|rá|rão|rei)",
        condition="se|salvo|exceto|só|somente|apenas|até|antes|depois|após|quando|desde que|enquanto|a partir|dentro|menos|mais de|a menos que",
        tense="foi|foram|tinha\\w*|era|sido|já|tem|têm",
        unit="dias?(?: (?:úteis|corridos))?|minutos?|horas?|semanas?|m[êe]s(?:es)?|anos?",
        date="janeiro|fevereiro|março|abril|maio|junho|julho|agosto|setembro|outubro|novembro|dezembro|segunda|terça|quarta|quinta|sexta|sábado|domingo|hoje|amanhã|ontem",
    ),
    "ja": Wording(
        greeting=("(?:お客様|([^\\s、。\\d]{1,12})様|こんにちは|こんばんは|おはようございます|はじめまして)(?:各位)?",),
        courtesy=(
            "(?:この度は、?)?(?:お問い合わせ|お問合せ|ご連絡|ご質問|メール|メッセージ|ご返信)(?:を?いただき|を?頂き|くださり|下さり|ありがとうございます)、?(?:誠に|大変|本当に)?(?:ありがとうございます|有難うございます)?", "(?:いつも)?(?:誠に|大変|本当に)?(?:ありがとうございます|有難うございます|お世話になっております|お世話になります)",
            "(?:ご不明な点|ご質問|その他ご不明点|何か)(?:など)?(?:が|は)?(?:ございましたら|ありましたら|あれば)、?(?:この(?:メッセージ|メール)に)?(?:お気軽に|いつでも)?(?:ご返信|ご連絡|お問い合わせ|お知らせ)(?:ください|下さい|くださいませ|いただければ幸いです)", "お役に立てれば幸いです", "ご迷惑をおかけし(?:て|まして)?、?(?:誠に|大変)?(?:申し訳ございません|申し訳ありません)", "(?:何卒、?)?ご理解(?:の程|のほど)?、?(?:よろしく)?お願い(?:いたします|致します|申し上げます)",
        ),
        sign_off=("(?:(?:何卒|今後とも|引き続き|どうぞ)、?)*(?:よろしく|宜しく)お願い(?:いたします|致します|申し上げます|します)|敬具|以上|かしこ",),
        filler=("どうぞ", "誠に", "大変", "恐れ入りますが、?", "お手数ですが、?", "お手数をおかけしますが、?", "恐縮ですが、?"),
        spellings=(("くださいませ|下さいませ|下さい", "ください"), ("致します|いたします", "します"), ("でございます", "です"), ("出来", "でき"), ("頂", "いただ"), ("[、,]", "")),
        negation="ません|ない|なく|なかった|ず(?=に|、|。|$)|不[可要]|無効|非対応|未",
        commitment="返金|返品|交換|補償|保証|約束|お送り|発送|無料|割引|対象|必要|でき(?=ま|る)|られ|べき|なければ|ください|します(?=。|$)",
        condition="場合|のみ|だけ|限り|限って|以上|以下|以内|まで|から|より|たら|なら|ければ|前|後|除",
        tense="ました|でした|ている|ています|済み|すでに|予定",
        unit="(?:営業)?日(?:間)?|時間|分(?:間)?|週(?:間)?|か月|ヶ月|カ月|年(?:間)?",
        date="[月火水木金土日]曜日?|今日|本日|明日|昨日|翌日|\\d{1,2}月",
    ),
}  # fmt: skip

MONEY = r"[€$£¥￥]|eur|euros?|usd|dollars?|dólar\w*|gbp|pounds?|chf|franken|francs?|reais|yen|円|ユーロ|ドル|cents?|centimos|centavos"


@cache
def words(alternatives: str | tuple[str, ...], language: str) -> re.Pattern[str]:
    """Any of these as whole words; Japanese has no blanks to tell where one ends."""
    joined = alternatives if isinstance(alternatives, str) else "|".join(alternatives)
    return re.compile(f"(?:{joined})" if language == "ja" else rf"(?<![\w'])(?:{joined})(?![\w])", re.I)
