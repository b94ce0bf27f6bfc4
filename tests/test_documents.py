"""What the code offers, the documents name; what the documents point to, is there."""

from __future__ import annotations

import ast
import html
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("integrations/*/README.md")])
DOCS = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)


def settings() -> list[str]:
    """Every name that is read from the environment."""
    trees = [ast.parse((ROOT / name).read_text(encoding="utf-8")) for name in ("app/config.py", "app/accounts.py")]
    nodes = [node for tree in trees for node in ast.walk(tree)]
    texts = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return sorted({text for text in texts if re.fullmatch(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+", text)})


def rules() -> list[str]:
    from app.governance.decision import RULES

    return [rule.__name__.replace("_", "-") for rule, _ in RULES]


def make_targets() -> list[str]:
    return re.findall(r"^([a-z-]+):.*  ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)


def anchor(heading: str) -> str:
    """As the usual code hosts make it: lower case, words joined by hyphens, other signs dropped."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def broken(page: Path, target: str) -> bool:
    if re.match(r"[a-z]+:", target):
        return False
    name, _, part = target.partition("#")
    file = (page.parent / name).resolve() if name else page
    if not file.exists():
        return True
    return bool(part) and part not in {anchor(heading) for heading in HEADING.findall(file.read_text(encoding="utf-8"))}


def test_every_setting_is_documented():
    assert settings()
    assert [name for name in settings() if f"`{name}" not in DOCS] == []


def test_every_rule_is_documented():
    assert [name for name in rules() if f"`{name}`" not in DOCS] == []


def test_every_metric_is_documented():
    from app.governance.metrics import WINDOWS

    assert [name for name in WINDOWS if f"`{name}`" not in DOCS] == []


def test_every_state_of_an_escalation_and_every_notice_is_documented():
    from app.news import TELLS
    from app.store.escalations import ACTING, CLOSED, OWNED, STOPPED
    from app.store.handling import DOCUMENTS

    page = (ROOT / "docs/escalations.md").read_text(encoding="utf-8")
    assert [name for name in (STOPPED, OWNED, ACTING, *CLOSED, *TELLS) if f"`{name}`" not in page] == []
    wordings = ("failure pattern", "source to fix", "change of the policy", "something else")
    assert len(wordings) == len(DOCUMENTS)
    assert [words for words in wordings if words not in page] == []


def threats() -> dict[str, set[str]]:
    """Each row's id and the files that it names."""
    table = (ROOT / "docs/security.md").read_text(encoding="utf-8").partition("## Threats")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w-]+)` \| .+ \| (.*) \|$", table, re.MULTILINE)
    assert len(rows) == len({name for name, _ in rows}) == table.count("\n| ") - 1, "an id for each, each once"
    return {name: set(re.findall(r"`(tests/[\w/]+\.py)`", files)) for name, files in rows}


def tried() -> dict[str, set[str]]:
    """Each id that a test bears, and where."""
    found: dict[str, set[str]] = {}
    for file in ROOT.glob("tests/**/test_*.py"):
        for name in re.findall(
            r'^@pytest\.mark\.threat\("([\w-]+)"\)$', file.read_text(encoding="utf-8"), re.MULTILINE
        ):
            found.setdefault(name, set()).add(str(file.relative_to(ROOT)))
    return found


def test_every_threat_is_tried_by_the_tests_that_it_names():
    named, borne = threats(), tried()
    assert len(named) > 40
    assert set(borne) - set(named) == set(), "a threat that no row tells of"
    assert [name for name in named if not borne.get(name)] == [], "a row that nothing tries"
    assert {name: borne[name] - files for name, files in named.items() if borne[name] - files} == {}
    assert {
        name: gone for name, files in named.items() if (gone := files - borne[name] - {"tests/attack/api.py"})
    } == {}


def test_the_ways_in_are_documented():
    assert [target for target in make_targets() if target != "help" and f"make {target}" not in DOCS] == []


def test_every_command_in_a_document_exists():
    from app.commands import main

    named = set(re.findall(r"(?:^|`)countersign ([a-z][a-z-]*)", DOCS, re.MULTILINE))
    assert len(named) > 20
    assert named - set(main.commands) == set()


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/for-*.md")), ids=lambda page: page.stem)
def test_a_page_for_a_role_names_what_is_on_the_screen_and_one_next_step(page):
    screens = [*ROOT.glob("app/web/**/*.html"), *ROOT.glob("app/web/*.py"), *ROOT.glob("integrations/gmail/*.py")]
    shown = html.unescape("".join(file.read_text(encoding="utf-8") for file in screens))
    told, _, then = page.read_text(encoding="utf-8").partition("**Your next step:**")
    assert [words for words in re.findall(r"\*\*(.+?)\*\*", told + then) if words not in shown] == []
    assert then.strip()


def test_every_picture_is_taken_by_a_browser_test_of_a_page_that_exists():
    """`make pictures` takes them anew."""
    scripts = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("tests/browser/test_*.py"))
    taken = set(re.findall(r'photograph\([\w.]+, "([\w-]+\.png)"\)', scripts))
    pages = dict(re.findall(r'^    "([\w-]+)": "(/[^"?]*)', scripts, re.MULTILINE))
    named = re.findall(r'"([\w-]+)"', re.search(r"^IN_DOCUMENTS = \((.*)\)", scripts, re.MULTILINE)[1])
    routes = "".join(file.read_text(encoding="utf-8") for file in ROOT.glob("app/web/*.py"))
    assert [name for name in named if f'@bp.get("{pages[name]}")' not in routes] == []
    shown = {Path(target).name for target in LINK.findall(DOCS) if target.endswith(".png")}
    kept = {file.name for file in (ROOT / "docs/images").iterdir()}
    assert taken | {f"{name}.png" for name in named} == shown == kept


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    assert [target for target in LINK.findall(page.read_text(encoding="utf-8")) if broken(page, target)] == []


@pytest.mark.parametrize("readme", sorted(ROOT.glob("integrations/*/README.md")), ids=lambda page: page.parent.name)
def test_a_hosts_checklist_says_done_todo_or_why_not(readme):
    rows = [
        line.strip("| ").split(" | ")
        for line in readme.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    states = [row[-1] for row in rows if row[-1] != "state"]
    assert states
    assert [state for state in states if not re.match(r"(done|todo)\b|exempt: \w+ \w+", state)] == []


def test_every_kind_of_waiting_that_is_worth_an_alarm_exists():
    kinds = set(re.findall(r'"([a-z-]+)", "', (ROOT / "app/store/backlog.py").read_text(encoding="utf-8")))
    named = set(re.findall(r'kind="([a-z-]+)"', (ROOT / "docs/operate.md").read_text(encoding="utf-8")))
    assert named
    assert named <= kinds
