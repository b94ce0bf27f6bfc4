"""`make texts`: find every text of the interface and bring the catalogues up to it; `ARGS=fr` begins a language."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from app.web.catalogue import FOLDER, NAME, SAID, SCRIPT

ROOT = Path(__file__).parents[1]
OPTIONS = {"newstyle_gettext": "true", "silent": "false", "trimmed": "true"}
KEYWORDS = ("_", "gettext", "ngettext")
# What these say is said in their own words, and found by them: no rule knows that it is translated.
SPEAKERS = """
app/governance/decision.py
app/governance/checks.py
app/governance/gate.py
app/governance/ramp.py
app/governance/freezing.py
app/governance/naming.py
app/governance/guardrails.py
app/governance/difference.py
app/governance/rehearsal.py
app/governance/reviews.py
app/governance/analysis.py
app/governance/answers.py
app/governance/verdict.py
app/governance/document.py
app/governance/sources.py
app/governance/upkeep.py
app/approving.py
app/board.py
app/bringing.py
app/charts.py
app/correcting.py
app/correction_run.py
app/store/corrections.py
app/web/corrections.py
app/desk.py
app/drills.py
app/due.py
app/export/places.py
app/escalating.py
app/figures.py
app/handled.py
app/first_steps.py
app/freezing.py
app/holding.py
app/known.py
app/metrics.py
app/offering.py
app/people.py
app/policy_view.py
app/policy_words.py
app/practice.py
app/publishing.py
app/presence.py
app/ramping.py
app/review.py
app/runbook.py
app/second_review.py
app/replay.py
app/sourcing.py
app/source_view.py
app/stop_links.py
app/store/backlog.py
app/store/handled.py
app/troubles.py
app/web/access.py
app/web/addon.py
app/web/beside.py
app/web/charts.py
app/web/connections.py
app/web/drills.py
app/web/erasures.py
app/web/escalations.py
app/web/exports.py
app/web/freezes.py
app/web/limits.py
app/web/log_names.py
app/web/log_words.py
app/web/panel_views.py
app/web/pressing.py
app/web/problems.py
app/web/policy.py
app/web/sidebar.py
app/web/sign_in.py
app/web/sources.py
app/web/auth.py
app/web/views.py
app/web/words.py
integrations/gmail/cards.py
""".split()
# What is said in one word, or put together where nobody sees it whole.
WORDS = (
    """
agent reviewer admin draft assisted auto off half most open pending solved everything unknown
offered approved held sending sent rejected superseded escalated human unclear
incomplete other
Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Pending high critical yours equivalent narrower wider incomparable
""".split()
    + [
        f"{before}{one}{end}"
        for one in (
            "good review",
            "practice draft",
            "second review",
            "customer",
            "reviewer",
            "disagreement",
            "open contradiction",
        )
        for before in ("", "{0} ", "{0} more ")
        for end in ("", "s")
    ]
)
# Names of HTTP's and our own that look like words.
UNSAID = {"Allow", "Authorization", "Countersign", "Origin", "Redis"}
_HEADER = re.compile("^(attachment|[a-z]+/[a-z]+);")
_COUNTED = re.compile(
    r"""(?<![.\w])counted\(([^"'()]*(?:\([^()]*\))?[^"'()]*)["']([a-z ]+)["'](?:, ["']([a-z ]+)["'])?\)"""
)
_SCRIPTED = re.compile(r"""\b_\("([^"]+)\"""")
_MARKED = re.compile(r"""\bgettext\("([^"]+)"\)""")
_SENTENCE = re.compile(r"^[^\n\\|^$<]*[^\W\d_]{2,}[,;:]? (?:[^\W\d_]|\{|\d)[^\n\\|^$]*$|^[A-Z][a-z]+(?:-[a-z]+)?$")
Found = tuple[str, str, str]  # context, text, its plural


def texts() -> set[Found]:
    """Every text that a reader may meet."""
    web = ROOT / "app" / "web"
    said = {found for name in SPEAKERS for found in spoken(ast.parse((ROOT / name).read_text("utf-8")))}
    written = {
        found for path in sorted((web / "templates").rglob("*.html")) for found in in_template(path.read_bytes())
    }
    written |= {found for path in _ours() for found in in_code(path.read_text("utf-8"))}
    scripted = {found for path in sorted((web / "static").glob("*.js")) for found in in_script(path.read_text("utf-8"))}
    said |= {(SAID, word, "") for word in WORDS} | {(NAME, "English", "")}
    return written | scripted | {one for one in said if ("", one[1], "") not in written}


def _ours() -> Iterator[Path]:
    yield from sorted((ROOT / "app" / "web").rglob("*.py"))
    yield from sorted((ROOT / "app" / "web" / "templates").rglob("*.html"))


def in_code(text: str) -> Iterator[Found]:
    """What is counted, and texts of the pages' own code."""
    for _, one, many in _COUNTED.findall(text):
        yield "", f"%(num)s {one}", f"%(num)s {many or one + 's'}"
    for one in _MARKED.findall(text):
        yield "", one, ""


def in_template(text: bytes) -> Iterator[Found]:
    for _, _, message, _ in babel_extract(BytesIO(text), KEYWORDS, [], OPTIONS):
        one, *more = [part for part in message if part] if isinstance(message, tuple) else [message]
        yield "", one, more[0] if more else ""


def in_script(text: str) -> Iterator[Found]:
    for english in _SCRIPTED.findall(text):
        yield SCRIPT, english, ""


def spoken(tree: ast.Module) -> Iterator[Found]:
    """Sentences, whole or with places for what differs, and capitalised words."""
    passed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            passed.add(id(node.value))  # a docstring, or the like
        elif isinstance(node, ast.ClassDef) and any(
            isinstance(base, ast.Name) and base.id == "Enum" for base in node.bases
        ):
            passed.update(id(within) for within in ast.walk(node))  # names with their reasons
        if isinstance(node, ast.JoinedStr):
            passed.update(id(piece) for piece in node.values)
            text = _shape(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            text = node.value
        else:
            continue
        if _SENTENCE.match(text) and text not in UNSAID and not _HEADER.match(text):
            yield SAID, text, ""


def _shape(node: ast.JoinedStr) -> str:
    """The text with {0}, {1}, … for what differs."""
    pieces, places = [], 0
    for piece in node.values:
        if isinstance(piece, ast.Constant):
            pieces.append(str(piece.value))
        else:
            pieces.append(f"{{{places}}}")
            places += 1
    return "".join(pieces)


# --- catalogues --------------------------------------------------------------------------------------------------------


def template() -> Catalog:
    """All texts, and nothing said yet."""
    made = Catalog(project="Countersign", charset="utf-8")
    for context, one, many in sorted(texts()):
        # Nothing here is a format that gettext's own tools should judge: `said` has {0}, and a test compares.
        made.add((one, many) if many else one, context=context or None)
    return made


def update(language: str) -> tuple[int, int]:
    """Bring its file up to the texts; how many there are, and how many want translating."""
    path = FOLDER / f"{language}.po"
    if path.exists():
        with path.open("rb") as file:
            kept = read_po(file, locale=language)
    else:
        kept = Catalog(locale=language, charset="utf-8")
    kept.update(template(), no_fuzzy_matching=True, update_header_comment=False)
    kept.obsolete.clear()
    kept.fuzzy = False
    kept.header_comment = "# Countersign's interface. `make texts` keeps it up to date; docs/translating.md says how."
    with BytesIO() as file:
        write_po(file, kept, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
        path.write_text(_steady(file.getvalue().decode()), "utf-8")
    return len(kept), sum(not _is_said(message) for message in kept if message.id)


def _steady(text: str) -> str:
    """No dates and no tool's name in the head: a file that changes only with its texts."""
    head, rest = text.split("\n\n", 1)
    kept = [line for line in head.splitlines() if not re.match(r'"(POT|PO|Last|Report|Project|Generated|Language-Team)', line)]  # fmt: skip
    return "\n".join(kept) + "\n\n" + re.sub(r"^#, python.*\n", "", rest, flags=re.MULTILINE)


def _is_said(message: Message) -> bool:
    said = message.string if isinstance(message.string, list | tuple) else [message.string]
    return all(said)


def main(languages: list[str]) -> int:
    """Those languages, or all that there are; 1 while one wants translating."""
    FOLDER.mkdir(exist_ok=True)
    wanting = 0
    for language in languages or sorted(path.stem for path in FOLDER.glob("*.po")):
        whole, open_ones = update(language)
        wanting += open_ones
        sys.stdout.write(f"{language}: {whole} texts, {open_ones} to translate\n")
    return int(wanting > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
