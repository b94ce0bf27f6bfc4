"""Edits that people make to a reply, in six languages: what they change, and whether that changes what it says.

The drafts follow GOVERNANCE §7.6. Each row is one change: (name, find, put in its place).
"""

from __future__ import annotations

DRAFTS = {
    "en": "Hello,\n\nThank you for your message.\n\nYour order AC-48213 is eligible for a refund of $49.00. You do not need to send back the item. The money arrives within 5 business days if you paid by card. We will write to you on 3 March at casey@customer.example. See https://acme.example/refunds for details.\n\nKind regards,\nAcme support",
    "de": "Guten Tag,\n\nvielen Dank für Ihre Nachricht.\n\nIhre Bestellung AC-48213 kann gegen 49,00 € erstattet werden. Sie müssen den Artikel nicht zurücksenden. Das Geld kommt innerhalb von 5 Werktagen, wenn Sie mit Karte gezahlt haben. Wir schreiben Ihnen am 3. März an casey@customer.example. Mehr dazu unter https://acme.example/refunds.\n\nFreundliche Grüße\nAcme Support",
    "fr": "Bonjour,\n\nMerci pour votre message.\n\nVotre commande AC-48213 peut être remboursée à hauteur de 49,00 €. Vous ne devez pas renvoyer l'article. L'argent arrive sous 5 jours ouvrables si vous avez payé par carte. Nous vous écrirons le 3 mars à casey@customer.example. Voir https://acme.example/refunds pour plus de détails.\n\nBien cordialement,\nAcme support",
    "es": "Hola:\n\nGracias por su mensaje.\n\nSu pedido AC-48213 tiene derecho a un reembolso de 49,00 €. Usted no tiene que devolver el artículo. El dinero llega en 5 días laborables si pagó con tarjeta. Le escribiremos el 3 de marzo a casey@customer.example. Vea https://acme.example/refunds para más detalles.\n\nUn cordial saludo,\nAcme",
    "pt": "Olá,\n\nObrigado pela sua mensagem.\n\nO seu pedido AC-48213 tem direito a um reembolso de 49,00 €. Não tem de devolver o artigo. O dinheiro chega em 5 dias úteis se pagou com cartão. Escreveremos no dia 3 de março para casey@customer.example. Veja https://acme.example/refunds para mais detalhes.\n\nCom os melhores cumprimentos,\nAcme",
    "ja": "お客様\n\nお問い合わせいただき、ありがとうございます。\n\nご注文AC-48213は4,900円の返金の対象です。商品を返送していただく必要はありません。カードでお支払いの場合、5営業日以内に入金されます。3月3日にcasey@customer.exampleへご連絡します。詳しくはhttps://acme.example/refundsをご覧ください。\n\nよろしくお願いいたします。\nAcme",
}  # fmt: skip

DANGEROUS: dict[str, list[tuple[str, str, str]]] = {
    "en": [
        ("negation", "is eligible", "is not eligible"), ("negation", "do not need", "do need"), ("negation", "is eligible", "isn't eligible"),
        ("money", "$49.00", "$490.00"), ("money", "$49.00", "€49.00"), ("duration", "5 business days", "15 business days"), ("duration", "5 business days", "5 days"), ("duration", "5 business days", "5 weeks"),
        ("id", "AC-48213", "AC-48231"), ("date", "3 March", "3 May"), ("date", "3 March", "13 March"), ("link", "acme.example/refunds", "acme.example/returns"), ("link", "casey@customer.example", "kasey@customer.example"),
        ("condition", " if you paid by card", ""), ("condition", "if you paid", "only if you paid"), ("condition", "if you paid", "unless you paid"), ("commitment", "We will write", "We may write"), ("tense", "We will write", "We have written"),
        ("commitment", "arrives within", "will certainly arrive within"), ("sentence", "The money arrives", "We guarantee this. The money arrives"), ("sentence", " You do not need to send back the item.", ""), ("negation", "is eligible", "is ineligible"),
        ("wording", "by card", "by bank transfer"), ("order", "refund of $49.00. You do not need to send back the item.", "refund. You do not need to send back the item of $49.00."), ("question", "back the item.", "back the item?"),
    ],
    "de": [
        ("negation", "kann gegen", "kann nicht gegen"), ("negation", "nicht zurücksenden", "zurücksenden"), ("negation", "den Artikel nicht", "keinen Artikel"), ("money", "49,00 €", "490,00 €"), ("money", "49,00 €", "49,00 CHF"), ("duration", "5 Werktagen", "15 Werktagen"), ("duration", "5 Werktagen", "5 Wochen"),
        ("id", "AC-48213", "AC-48231"), ("date", "3. März", "3. Mai"), ("date", "3. März", "13. März"), ("link", "acme.example/refunds", "acme.example/returns"), ("condition", ", wenn Sie mit Karte gezahlt haben", ""), ("condition", "wenn Sie", "nur wenn Sie"), ("condition", "innerhalb von", "nach"),
        ("commitment", "kann gegen", "wird gegen"), ("commitment", "müssen den", "können den"), ("tense", "Wir schreiben Ihnen", "Wir haben Ihnen geschrieben"), ("sentence", "Das Geld", "Das garantieren wir. Das Geld"), ("sentence", " Sie müssen den Artikel nicht zurücksenden.", ""), ("wording", "mit Karte", "per Überweisung"), ("commitment", "kann gegen", "könnte gegen"),
    ],
    "fr": [
        ("negation", "peut être", "ne peut pas être"), ("negation", "Vous ne devez pas", "Vous devez"), ("money", "49,00 €", "490,00 €"), ("money", "49,00 €", "49,00 $"), ("duration", "5 jours ouvrables", "15 jours ouvrables"), ("duration", "5 jours ouvrables", "5 semaines"), ("id", "AC-48213", "AC-48231"), ("date", "3 mars", "3 mai"),
        ("date", "3 mars", "13 mars"), ("link", "acme.example/refunds", "acme.example/returns"), ("condition", " si vous avez payé par carte", ""), ("condition", "si vous", "seulement si vous"), ("commitment", "peut être", "sera"), ("commitment", "arrive sous", "arrivera sous"), ("tense", "Nous vous écrirons", "Nous vous avons écrit"),
        ("sentence", "L'argent", "Nous le garantissons. L'argent"), ("sentence", " Vous ne devez pas renvoyer l'article.", ""), ("wording", "par carte", "par virement"), ("condition", "si vous avez", "sauf si vous avez"), ("commitment", "peut être remboursée", "pourrait être remboursée"),
    ],
    "es": [
        ("negation", "tiene derecho", "no tiene derecho"), ("negation", "no tiene que", "tiene que"), ("money", "49,00 €", "490,00 €"), ("money", "49,00 €", "49,00 $"), ("duration", "5 días laborables", "15 días laborables"), ("duration", "5 días laborables", "5 semanas"), ("id", "AC-48213", "AC-48231"), ("date", "3 de marzo", "3 de mayo"),
        ("date", "3 de marzo", "13 de marzo"), ("link", "acme.example/refunds", "acme.example/returns"), ("condition", " si pagó con tarjeta", ""), ("condition", "si pagó", "solo si pagó"), ("commitment", "El dinero llega", "El dinero llegará"), ("tense", "Le escribiremos", "Le hemos escrito"), ("sentence", "El dinero", "Lo garantizamos. El dinero"),
        ("sentence", " Usted no tiene que devolver el artículo.", ""), ("wording", "con tarjeta", "por transferencia"), ("condition", "si pagó", "salvo si pagó"), ("commitment", "tiene derecho", "puede tener derecho"), ("wording", "pagó", "pago"),
    ],
    "pt": [
        ("negation", "tem direito", "não tem direito"), ("negation", "Não tem de", "Tem de"), ("money", "49,00 €", "490,00 €"), ("money", "49,00 €", "49,00 $"), ("duration", "5 dias úteis", "15 dias úteis"), ("duration", "5 dias úteis", "5 semanas"), ("id", "AC-48213", "AC-48231"), ("date", "3 de março", "3 de maio"),
        ("date", "3 de março", "13 de março"), ("link", "acme.example/refunds", "acme.example/returns"), ("condition", " se pagou com cartão", ""), ("condition", "se pagou", "apenas se pagou"), ("commitment", "O dinheiro chega", "O dinheiro chegará"), ("commitment", "Escreveremos", "Escrevemos"), ("sentence", "O dinheiro", "Garantimos isto. O dinheiro"),
        ("sentence", " Não tem de devolver o artigo.", ""), ("wording", "com cartão", "por transferência"), ("condition", "se pagou", "exceto se pagou"), ("commitment", "tem direito", "pode ter direito"), ("condition", "em 5 dias úteis", "até 5 dias úteis"),
    ],
    "ja": [
        ("negation", "返金の対象です", "返金の対象ではありません"), ("negation", "必要はありません", "必要があります"), ("money", "4,900円", "49,000円"), ("money", "4,900円", "4,900ドル"), ("duration", "5営業日", "15営業日"), ("duration", "5営業日", "5週間"), ("id", "AC-48213", "AC-48231"), ("date", "3月3日", "5月3日"), ("date", "3月3日", "3月13日"),
        ("link", "acme.example/refunds", "acme.example/returns"), ("condition", "カードでお支払いの場合、", ""), ("condition", "お支払いの場合", "お支払いの場合のみ"), ("condition", "以内に", "以降に"), ("tense", "ご連絡します", "ご連絡しました"), ("sentence", "カードで", "保証いたします。カードで"), ("sentence", "商品を返送していただく必要はありません。", ""),
        ("wording", "カード", "銀行振込"), ("wording", "返金の対象です", "返金の対象になる可能性があります"), ("wording", "商品", "書類"), ("commitment", "入金されます", "入金が保証されます"),
    ],
}  # fmt: skip

HARMLESS: dict[str, list[tuple[str, str, str]]] = {
    "en": [
        ("another greeting", "Hello,", "Good morning,"), ("a name in the greeting", "Hello,", "Hi Casey,"), ("a title too", "Hello,", "Dear Ms Customer,"), ("no thanks", "Thank you for your message.\n\n", ""), ("other thanks", "Thank you for your message.", "Thanks a lot for reaching out to us!"), ("another sign-off", "Kind regards,\nAcme support", "All the best,\nRosa Romano\nAcme support"),
        ("white space", "\n\n", "\n"), ("more white space", ". ", ".  "), ("a slip mended", "business", "busines"), ("letters swapped", "eligible", "eligilbe"), ("a lost vowel", "business", "businss"), ("please", "See https", "Please see https"), ("a contraction", "do not need", "don't need"), ("a contraction of the future", "We will write", "We'll write"),
        ("greeting and thanks in another order", "Hello,\n\nThank you for your message.", "Thank you for your message.\n\nHello,"), ("good wishes", "Kind regards,", "Have a great day!\n\nKind regards,"), ("an offer of help", "Kind regards,", "If you have any other questions, please don't hesitate to contact us.\n\nKind regards,"), ("an apology", "Your order", "Sorry for the inconvenience. Your order"),
        ("a curly apostrophe", "do not need", "don’t need"), ("an exclamation mark", "for details.", "for details!"), ("a spelled number", "5 business days", "five business days"),
    ],
    "de": [
        ("another greeting", "Guten Tag,", "Hallo,"), ("a name in the greeting", "Guten Tag,", "Sehr geehrte Frau Kunde,"), ("no thanks", "vielen Dank für Ihre Nachricht.\n\n", ""), ("another sign-off", "Freundliche Grüße\nAcme Support", "Viele Grüße\nRosa Romano"), ("white space", "\n\n", "\n"), ("a slip", "Bestellung", "Bestelung"), ("letters swapped", "Artikel", "Aritkel"), ("please", "Wir schreiben", "Bitte beachten Sie, dass Wir schreiben"),
        ("an offer of help", "Freundliche Grüße", "Bei weiteren Fragen stehen wir Ihnen gerne zur Verfügung.\n\nFreundliche Grüße"), ("good wishes", "Freundliche Grüße", "Wir wünschen Ihnen einen schönen Tag!\n\nFreundliche Grüße"), ("greeting after thanks", "Guten Tag,\n\nvielen Dank für Ihre Nachricht.", "Vielen Dank für Ihre Nachricht.\n\nGuten Tag,"), ("an apology", "Ihre Bestellung", "Wir bitten um Entschuldigung für die Unannehmlichkeiten. Ihre Bestellung"), ("gladly", "Wir schreiben Ihnen", "Wir schreiben Ihnen gerne"),
    ],
    "fr": [
        ("another greeting", "Bonjour,", "Bonsoir,"), ("a name in the greeting", "Bonjour,", "Bonjour Madame Client,"), ("no thanks", "Merci pour votre message.\n\n", ""), ("another sign-off", "Bien cordialement,\nAcme support", "Cordialement,\nRosa Romano"), ("white space", "\n\n", "\n"), ("a slip", "commande", "comande"), ("please", "Voir https", "S'il vous plaît voir https"), ("good wishes", "Bien cordialement,", "Bonne journée !\n\nBien cordialement,"),
        ("an offer of help", "Bien cordialement,", "Si vous avez d'autres questions, n'hésitez pas à nous contacter.\n\nBien cordialement,"), ("greeting after thanks", "Bonjour,\n\nMerci pour votre message.", "Merci pour votre message.\n\nBonjour,"), ("an apology", "Votre commande", "Nous sommes désolés pour la gêne occasionnée. Votre commande"), ("a lost accent", "détails", "details"),
    ],
    "es": [
        ("another greeting", "Hola:", "Buenos días:"), ("a name in the greeting", "Hola:", "Estimada Sra. Cliente:"), ("no thanks", "Gracias por su mensaje.\n\n", ""), ("another sign-off", "Un cordial saludo,\nAcme", "Saludos cordiales,\nRosa Romano"), ("white space", "\n\n", "\n"), ("a slip", "reembolso", "reembloso"), ("please", "Vea https", "Por favor, vea https"), ("good wishes", "Un cordial saludo,", "¡Que tenga un buen día!\n\nUn cordial saludo,"),
        ("an offer of help", "Un cordial saludo,", "Si tiene alguna otra pregunta, no dude en contactarnos.\n\nUn cordial saludo,"), ("greeting after thanks", "Hola:\n\nGracias por su mensaje.", "Gracias por su mensaje.\n\nHola:"), ("an apology", "Su pedido", "Lamentamos las molestias ocasionadas. Su pedido"), ("a lost accent", "artículo", "articulo"),
    ],
    "pt": [
        ("another greeting", "Olá,", "Bom dia,"), ("a name in the greeting", "Olá,", "Olá Casey,"), ("no thanks", "Obrigado pela sua mensagem.\n\n", ""), ("another sign-off", "Com os melhores cumprimentos,\nAcme", "Atenciosamente,\nRosa Romano"), ("white space", "\n\n", "\n"), ("a slip", "dinheiro", "dinhiero"), ("please", "Veja https", "Por favor, veja https"), ("good wishes", "Com os melhores", "Tenha um bom dia!\n\nCom os melhores"),
        ("an offer of help", "Com os melhores", "Se tiver mais dúvidas, não hesite em contactar-nos.\n\nCom os melhores"), ("greeting after thanks", "Olá,\n\nObrigado pela sua mensagem.", "Obrigado pela sua mensagem.\n\nOlá,"), ("an apology", "O seu pedido", "Pedimos desculpa pelo incómodo causado. O seu pedido"), ("thanks by a woman", "Obrigado pela", "Obrigada pela"),
    ],
    "ja": [
        ("another greeting", "お客様", "山田様"), ("thanks in other words", "お問い合わせいただき、ありがとうございます。", "ご連絡いただき、誠にありがとうございます。"), ("no thanks", "お問い合わせいただき、ありがとうございます。\n\n", ""), ("another sign-off", "よろしくお願いいたします。\nAcme", "何卒よろしくお願い申し上げます。\nローザ"), ("white space", "\n\n", "\n"), ("please", "詳しくは", "恐れ入りますが、詳しくは"),
        ("politer", "ご覧ください", "ご覧くださいませ"), ("a character form", "ご連絡します", "ご連絡いたします"), ("an apology", "ご注文", "ご迷惑をおかけして申し訳ございません。ご注文"), ("an offer of help", "よろしくお願い", "ご不明な点がございましたら、お気軽にご連絡ください。\n\nよろしくお願い"), ("a comma", "場合、", "場合"), ("greeting after thanks", "お客様\n\nお問い合わせいただき、ありがとうございます。", "お問い合わせいただき、ありがとうございます。\n\nお客様"),
    ],
}  # fmt: skip
