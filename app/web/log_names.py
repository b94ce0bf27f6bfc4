"""Names of ours that the log's facts use, as people say them."""

from __future__ import annotations

ENDED = {"SENT": "it arrived", "HUMAN": "it is a person's turn", "READY": "it is tried again"}
ACTIONS = {
    "SEND": "goes by itself", "OFFER_DRAFT": "a draft is offered", "STAND_DOWN": "left to people",
    "HAND_OVER": "handed to its owner",
}  # fmt: skip
MODES = {"draft": "draft mode", "assisted": "assisted mode", "auto": "auto mode"}
RULES = {
    "above-ceiling": "more than the policy allows", "auto-off": "auto-send is frozen",
    "broken": "something of ours broke three times", "capped": "a cap was reached",
    "corrected": "a person corrected it", "escalation": "an escalation", "evidence-missing": "evidence is missing or stale",
    "failed-checks": "the checks object", "foreign-deployment": "another Countersign deployment wrote there",
    "freeze": "frozen to draft only", "held-out": "kept for a person to compare with",
    "high-stakes": "high stakes: for people only", "host": "the host did not take it",
    "human-sends": "a person sends in draft mode", "known-failure": "a known failure", "language": "not published in its language",
    "machine-mail": "a machine wrote it", "moved-on": "the thread moved on", "no-policy": "no policy is in force",
    "outside-hours": "outside the hours of auto-send", "recipients": "other people would have got it",
    "rollback": "the switch was off", "seeded": "a practice draft", "source-changed": "a source changed",
    "unanswerable": "no approved source answers it", "unapproved": "waits for a person's yes",
    "unclassified": "it could not be judged", "undisclosed": "the disclosure line is missing",
    "undrafted": "no draft was written", "unsure": "not sure what it is about",
    "untrusted-sender": "the sender is not proven",
}  # fmt: skip
OUTCOMES = {
    "accepted": "used as it was offered", "light edit": "used with a light edit", "material edit": "used with another meaning",
    "own answer": "a person wrote their own answer", "rejected": "a person rejected it", "unreviewed": "nobody judged it",
    "DOCUMENTED": "something is documented", "NO-DOCUMENT": "nothing needs to be documented",
}  # fmt: skip
HOW = {"clicked": "with a click", "batch": "in a batch", "by hand": "sent by hand"}
KINDS = {
    "answer": "of one answer", "category": "of a category", "source": "of a source", "web": "on the pages",
    "command-line": "on the command line", "approvals": "of approvals", "decisions": "of decisions",
}  # fmt: skip
LEVELS = {"auto-off": "nothing goes by itself", "draft-only": "a person sends everything"}
ASSIGNED = {
    "given": "it did", "unknown": "it knows no such agent",
    "refused": "it did not allow that", "away": "it did not answer",
}  # fmt: skip
VERDICTS = {
    "equivalent": "it allows the same", "narrower": "it allows less", "wider": "it allows more",
    "incomparable": "it allows more and less",
}  # fmt: skip
TRIGGERS = {**RULES, "person": "a person asked for it"}
# A fact that is so, and one that is not; empty: not worth a word.
IS = {
    "killed": ("a sender was killed in the middle", ""), "late": ("nobody had acted in time", ""),
    "passed": ("it passed", "it did not pass"),
    "texts": ("with what customers wrote", "without what customers wrote"),
}  # fmt: skip
