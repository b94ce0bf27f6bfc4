"""What the add-on answers Gmail with: cards and where they go, a draft to open, words to insert, consent to ask for."""

from __future__ import annotations

from app.panel import Answer, Consent, InsertText, OpenDraft, Show, Way
from integrations.gmail.cards import Reader, card
from integrations.gmail.widgets import Json, html


def rendered(answer: Answer, to: Reader, *, pressed: bool) -> Json:
    """`pressed`: the answer to a button; otherwise to a message, a homepage or a compose window that was opened."""
    match answer:
        case Consent(scopes):
            return {"requesting_google_scopes": {"scopes": list(scopes)}}
        case OpenDraft(draft, thread):
            return _gmail({"openCreatedDraftActionMarkup": {"draftId": draft, "draftThreadId": thread}})
        case InsertText(text):
            contents = [{"content": html(text), "contentType": "MUTABLE_HTML"}]
            return _gmail(
                {"updateDraftActionMarkup": {"updateBody": {"type": "IN_PLACE_INSERT", "insertContents": contents}}}
            )
        case Show(view, way, say):
            action = {"navigations": _navigations(card(view, to), way)} | (
                {"notification": {"text": say}} if say else {}
            )
            return {"renderActions": {"action": action}, "stateChanged": True} if pressed else {"action": action}


def _gmail(markup: Json) -> Json:
    return {"renderActions": {"hostAppAction": {"gmailAction": markup}}}


def _navigations(shown: Json, way: Way) -> list[Json]:
    if way is Way.OPEN:
        return [{"pushCard": shown}]
    put = {"updateCard": shown}
    return [{"pop": True}, put] if way is Way.BACK else [put]
