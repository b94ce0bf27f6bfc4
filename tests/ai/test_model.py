"""A language model's answer is used only if it fits, and every failure ends in a withheld draft with its reason."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.ai.by_model import SHAPE
from app.ai.check import check
from app.ai.draft import draft
from app.ai.model import Budget, Model, ModelFailed
from app.ai.retrieve import retrieve
from tests.ai.provider import Provider, fails, running, says
from tests.ai.small import TODAY, asking, mind

# litellm's own and its libraries' ways of importing, which we cannot change.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]
STANDARD = {"text": "Standard delivery takes 3 to 5 working days.", "sources": ["shipping-times#standard"]}
INVENTED = {"text": "We also refund 20 euros to you.", "sources": ["shipping-times#standard"]}


@pytest.fixture(autouse=True)
def _no_cost_map_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # litellm would fetch it while it is imported


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running() as made:
        yield made


def model(provider: Provider, **changes: object) -> Model:
    fields: dict[str, object] = {"timeout": 10.0, "options": {"api_base": provider.address, "api_key": "none"}}
    return Model("openai/test", **(fields | changes))  # type: ignore[arg-type]


def drafted(provider: Provider, text: str = "How long does standard delivery take?", **changes: object):
    ours = mind(model=model(provider, **changes))
    return draft(retrieve(asking(text), ours, TODAY), ours)


def test_a_supported_sentence_becomes_the_draft(provider):
    provider.reply = says({"sentences": [STANDARD]})
    found = drafted(provider)
    assert found.abstained is None
    assert [sentence.text for sentence in found.draft.sentences][2:-3] == [STANDARD["text"]]
    assert check(found, mind()).findings == ()


def test_the_model_is_shown_passages_message_and_shape(provider):
    provider.reply = says({"sentences": [STANDARD]})
    drafted(provider)
    assert "[shipping-times#standard]" in provider.prompt
    assert "How long does standard delivery take?" in provider.prompt
    assert provider.asked[-1]["response_format"]["json_schema"]["schema"] == SHAPE


def test_an_unsupported_sentence_is_cut(provider):
    provider.reply = says({"sentences": [STANDARD, INVENTED]})
    assert "20 euros" not in drafted(provider).draft.text


@pytest.mark.parametrize(
    "sentences",
    [
        [INVENTED],
        [INVENTED, INVENTED, STANDARD],
        [STANDARD | {"sources": []}],
        [STANDARD | {"sources": ["limits#limits"]}],
        [STANDARD | {"sources": ["shipping-times#standard", "made-up#one"]}],
        [STANDARD | {"text": "See https://evil.example/ for standard delivery."}],
        [STANDARD | {"text": "Standard delivery takes 3 to 5 working days.\n\nP.S. 40 euros"}],
    ],
)
def test_a_draft_that_its_sources_do_not_carry_is_withheld(provider, sentences):
    provider.reply = says({"sentences": sentences})
    found = drafted(provider)
    assert (found.draft, found.abstained.why) == (None, "check-failed")


def test_a_model_that_finds_no_answer_says_so(provider):
    provider.reply = says({"sentences": []})
    assert drafted(provider).abstained.why == "no-source"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (says("Sure! Delivery takes 3 days."), "no JSON"),
        (says({"sentences": "none"}), "answer.sentences is no array"),
        (says({"answer": []}), "wrong keys"),
        (says({"sentences": [{"text": 3, "sources": []}]}), "is no string"),
        (says({"sentences": [STANDARD | {"send": "now"}]}), "wrong keys"),
        (says("[]"), "answer is no object"),
        (says(""), "empty"),
        (says('{"sentences": [', finish="length"), "cut off"),
        (says("", refusal="I cannot help with that"), "refused"),
        (fails(500), "InternalServerError"),
        (fails(401), "AuthenticationError"),
        (fails(429), "RateLimitError"),
        (lambda _: (200, {"nonsense": True}), ""),
    ],
)
def test_whatever_goes_wrong_withholds_the_draft_and_says_why(provider, reply, reason):
    provider.reply = reply
    found = drafted(provider)
    assert (found.draft, found.abstained.why) == (None, "model-failed")
    assert reason in found.abstained.text


def test_a_model_that_is_too_slow_is_not_waited_for(provider):
    provider.reply = provider.hang
    found = drafted(provider, timeout=0.3)
    assert found.abstained.why == "model-failed"
    assert "no answer in time" in found.abstained.text


def test_a_model_that_is_gone_is_a_reason(provider):
    found = drafted(provider, options={"api_base": "http://127.0.0.1:9/v1", "api_key": "none"})
    assert found.abstained.why == "model-failed"


def test_a_model_that_nobody_knows_is_a_reason(provider):
    ours = mind(model=Model("nobody-knows-this"))
    assert draft(retrieve(asking(), ours, TODAY), ours).abstained.why == "model-failed"


def test_the_fallback_answers_where_the_first_fails(provider):
    good = says({"sentences": [STANDARD]})
    provider.reply = lambda request: good(request) if request["model"] == "second" else fails(500)(request)
    assert drafted(provider, fallbacks=("openai/second",)).draft is not None
    assert [request["model"] for request in provider.asked] == ["test", "second"]


@pytest.mark.threat("cost")
def test_a_budget_of_calls_ends_the_tries(provider):
    provider.reply = fails(500)
    found = drafted(provider, fallbacks=("openai/second", "openai/third"), budget=lambda: Budget(calls=1))
    assert len(provider.asked) == 1
    assert "budget" in found.abstained.text


@pytest.mark.threat("cost")
def test_a_budget_of_seconds_that_is_spent_asks_nobody(provider):
    found = drafted(provider, budget=lambda: Budget(seconds=0))
    assert (found.draft, provider.asked) == (None, [])
    assert "the budget for this message is spent: seconds" in found.abstained.text


def test_where_every_model_fails_each_is_named_with_its_reason(provider):
    refused, malformed = fails(401), says("Sure!")
    provider.reply = lambda request: malformed(request) if request["model"] == "second" else refused(request)
    found = drafted(provider, fallbacks=("openai/second",))
    assert (found.draft, found.abstained.why) == (None, "model-failed")
    assert "openai/test: AuthenticationError; openai/second: malformed: no JSON" in found.abstained.text


def test_a_server_that_hangs_up_in_the_middle_is_a_reason(provider):
    provider.reply = lambda _: (200, Provider.CUT)
    assert drafted(provider).abstained.why == "model-failed"


@pytest.mark.threat("cost")
def test_tokens_are_counted_against_the_budget(provider):
    provider.reply = says({"sentences": []})
    budget = Budget(tokens=150)
    model(provider).ask("once", SHAPE, budget)
    model(provider).ask("twice", SHAPE, budget)
    assert budget.tokens == -50
    with pytest.raises(ModelFailed, match="tokens"):
        model(provider).ask("a third time", SHAPE, budget)
    assert len(provider.asked) == 2


def test_cards_and_passwords_never_leave_the_machine(provider):
    provider.reply = says({"sentences": []})
    drafted(provider, "How long does delivery take? My card is 4111 1111 1111 1111 and my password is hunter2!")
    assert "4111" not in provider.prompt
    assert "hunter2" not in provider.prompt
    assert "[card_number]" in provider.prompt


def test_who_the_customer_is_and_where_they_live_never_leaves_the_machine(provider):
    provider.reply = says({"sentences": []})
    drafted(
        provider, "How long does standard delivery take? My name is Maria Muster. I live at 12 Baker Street, London."
    )
    assert "Maria" not in provider.prompt
    assert "Baker Street" not in provider.prompt
    assert "[person-" in provider.prompt
    assert "How long does standard delivery take?" in provider.prompt


def test_braces_in_a_message_are_only_text(provider):
    provider.reply = says({"sentences": []})
    drafted(provider, "How long does standard delivery take? {language} {0} {passages}?")
    assert "{language} {0} {passages}?" in provider.prompt
