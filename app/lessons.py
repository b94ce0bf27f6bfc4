"""Lessons for leads: what could become a source's fix or a failure pattern, until a person makes it one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from app.ai.redact import redacted, redactions
from app.deps import Deps
from app.governance import lessons as learned
from app.governance.lessons import Failure, Fix
from app.governance.prose import sentences
from app.governance.sources import catalogue
from app.store import lessons, patterns, source_fixes, sources

LOOKED_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What nobody has taken up yet. It changes nothing: accepting one takes a person, and a source's text two."""

    fixes: tuple[Fix, ...] = ()
    failures: tuple[Failure, ...] = ()


def taught(deps: Deps) -> Lessons:
    """Of the last thirty days. Gone once the source says otherwise, its fix is asked for, or its pattern is open."""
    with deps.readers.begin() as tx:
        judged = lessons.judged(tx, deps.keys, deps.clock.now() - LOOKED_BACK)
        said = catalogue(sources.current(tx)).values()
        asked = [fix.words for fix in source_fixes.still_open(tx)]
        stopped = {phrase for pattern in patterns.open_ones(tx) for phrase in pattern.phrases}
    standing = {line for document in said for passage in document for line in sentences(passage.text)}
    fixes = [
        fix for fix in learned.fixes(judged) if fix.was in standing and not any(fix.was in words for words in asked)
    ]
    failures = [one for one in learned.failures(judged) if one.phrases and not stopped & set(one.phrases)]
    return Lessons(tuple(map(_nameless, fixes)), tuple(failures))


def _nameless(fix: Fix) -> Fix:
    """A colleague's words were for one customer; what goes into a source is for all of them."""
    return replace(fix, became=tuple(redacted(words, redactions(words)) for words in fix.became))
