"""Check: everything that must hold before a person is offered a draft, and before anything may go by itself."""

from __future__ import annotations

from dataclasses import replace

from app.ai.language import language_of
from app.ai.mind import Mind
from app.ai.redact import redactions
from app.governance import checks
from app.governance.placeholders import literal_placeholders
from app.governance.proposal import Draft, Finding, Proposal, Sentence

_OURS = frozenset({"phone", "email", "address", "person"})  # may stand in a reply where an approved source gives them


def check(proposal: Proposal, mind: Mind) -> Proposal:
    """Adds findings; empty is good. Without a draft there is nothing to find, and None stays."""
    if proposal.draft is None:
        return proposal
    draft, customer = proposal.draft, proposal.text or ""
    sources = "\n".join(passage.text for passage in proposal.passages or ())
    found = [
        *checks.support(draft, proposal.passages or (), customer),
        *checks.foreign_links(draft, f"{sources}\n{customer}"),
        *checks.leaks(draft, mind.secret),
        *_private_sources(proposal),
        *checks.account_numbers(draft),
        *_personal_data(draft, sources),
        *_language(draft, proposal),
        *checks.manners(draft),
        *literal_placeholders(draft),
        *_marks(proposal),
    ]
    return replace(proposal, findings=tuple(found))


def _private_sources(proposal: Proposal) -> list[Finding]:
    return [
        Finding("internal", f"{passage.id} is internal and may carry no reply")
        for passage in proposal.passages or ()
        if passage.audience != "public"
    ]


def _personal_data(draft: Draft, sources: str) -> list[Finding]:
    """Personal data that no approved source gives; what the customer wrote about themselves is not repeated either."""
    return [
        Finding("personal-data", f"{span.kind.replace('_', ' ')} in a reply: “{quote}”", at)
        for at, sentence in enumerate(draft.sentences)
        if not _is_template(sentence)
        for span in redactions(sentence.text)
        if (quote := sentence.text[span.start : span.end]) not in sources or span.kind not in _OURS
    ]


def _is_template(sentence: Sentence) -> bool:
    """Our own greeting and sign-off."""
    return bool(sentence.sources) and all(source.startswith(checks.TEMPLATE) for source in sentence.sources)


def _language(draft: Draft, proposal: Proposal) -> list[Finding]:
    if proposal.language is None:
        return [Finding("language", "the customer's language is not certain")]
    written = language_of(draft.text)
    return (
        []
        if written == proposal.language
        else [
            Finding(
                "language",
                f"the reply is in {written or 'no clear language'}, the customer wrote in {proposal.language}",
            )
        ]
    )


def _marks(proposal: Proposal) -> list[Finding]:
    """The message itself asks for a person's eyes."""
    if proposal.injection is None:
        return [Finding("injection", "the message was not searched for instructions to the assistant")]
    return [
        Finding(
            "injection",
            f"the message {'hides text' if mark.kind == 'hidden' else 'talks to the assistant'}: “{mark.quote}”",
        )
        for mark in proposal.injection
    ]
