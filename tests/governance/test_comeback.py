"""What a customer's next message says about the answer before it."""

from __future__ import annotations

import pytest

from app.governance.comeback import Comeback, comeback

PLAIN, THANKS = Comeback(False, False, False), Comeback(True, False, False)
CONFUSED, MANAGER = Comeback(False, True, False), Comeback(False, False, True)
ASKED = "When will my parcel with the blue lamp arrive in Hamburg?"

SAID = {
    "Thank you very much!": ("en", THANKS),
    "Thanks a lot": ("en", THANKS),
    "Vielen Dank!": ("de", THANKS),
    "Merci beaucoup": ("fr", THANKS),
    "Muchas gracias": ("es", THANKS),
    "Thank you. But what does express delivery cost?": ("en", PLAIN),
    "Thanks for nothing": ("en", PLAIN),
    "And to Norway?": ("en", PLAIN),
    "That does not answer my question.": ("en", CONFUSED),
    "Thanks, but that didn't answer my question": ("en", CONFUSED),
    "Das beantwortet meine Frage nicht.": ("de", CONFUSED),
    "Cela ne répond pas à ma question": ("fr", CONFUSED),
    "Eso no responde a mi pregunta": ("es", CONFUSED),
    "Isso não responde à minha pergunta": ("pt", CONFUSED),
    "質問の答えになっていません": ("ja", PLAIN),  # another ending of the verb: not in our list, and counted as plain
    "質問の答えになってない": ("ja", CONFUSED),
    ASKED: ("en", CONFUSED),  # the same question once more
    "Let me speak to your manager": ("en", MANAGER),
    "Ich möchte Ihren Vorgesetzten sprechen": ("de", MANAGER),
    "Tak!": ("da", PLAIN),  # a language without lists: never taken for thanks
    "": ("en", PLAIN),
}


@pytest.mark.parametrize(("text", "language", "expected"), [(text, *rest) for text, rest in SAID.items()], ids=SAID)
def test_how_a_message_is_counted(text, language, expected):
    assert comeback(text, ASKED, language) == expected


def test_a_first_message_repeats_nothing():
    assert comeback(ASKED, None, "en") == PLAIN
