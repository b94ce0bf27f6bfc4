"""What opens a hole in this house is written nowhere, and each rule bites."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests import dangers, floors
from tests.floors import Source

ROOT = Path(__file__).parents[1]
PRODUCT = floors.sources(ROOT, "app", "integrations")
TEMPLATES = sorted([*ROOT.glob("app/**/templates/**/*.html"), *ROOT.glob("integrations/**/*.html")])
RULES = {
    dangers.chosen_recipients: {},
    dangers.made_messages: {
        "app/store/outgoing.py": "the one place",
        "app/store/unwanted.py": "without words: it only names what is to be taken back",
    },
    dangers.written_sql: {
        "app/store/migrations/versions/*.py": "triggers; every name in them is ours",
        "app/store/engine.py": "a PRAGMA and a SET take no parameters; both are constants of ours",
    },
    dangers.shells: {},
    dangers.unpacked_code: {},
    dangers.patient_calls: {},
    dangers.trusting_calls: {},
    dangers.hasty_comparisons: {
        "app/tokens.py": "two tokens of our own, neither from a caller: whether another process renewed it",
        "integrations/zendesk/sign_in.py": "the token that we just were given, beside our own",
        "integrations/zendesk/webhook.py": "Zendesk's public test secret is no secret",
    },
    dangers.talkative_logs: {
        "integrations/zendesk/wire.py": "Zendesk names properties of our own requests, cut and told once"
    },
    dangers.raw_markup: {},
}


def found(rule, source) -> list[str]:
    return [] if any(fnmatch(source.path, path) for path in RULES[rule]) else list(rule(source))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.threat("log-leak")
def test_nothing_opens_a_hole(rule):
    assert [line for source in PRODUCT for line in found(rule, source)] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_exception_still_excepts_something(rule):
    needed = {path for path in RULES[rule] for source in PRODUCT if fnmatch(source.path, path) and list(rule(source))}
    assert needed == set(RULES[rule])


def test_no_template_prints_anything_as_it_stands():
    assert TEMPLATES
    shown = (dangers.unescaped(file.relative_to(ROOT).as_posix(), file.read_text("utf-8")) for file in TEMPLATES)
    assert [line for lines in shown for line in lines] == []


BITES = {
    "a stage names a recipient": (dangers.chosen_recipients, "replace(proposal, cc=found.addresses)"),
    "a stage writes a requester": (dangers.chosen_recipients, "proposal.requester = answer['to']"),
    "a stage makes a message": (dangers.made_messages, "host.Outgoing(ref, body)"),
    "SQL with a hole": (dangers.written_sql, "tx.execute(f'SELECT {name}')"),
    "SQL joined": (dangers.written_sql, "sa.text('SELECT ' + name)"),
    "SQL formatted": (dangers.written_sql, "sa.text('SELECT {}'.format(name))"),
    "SQL by percent": (dangers.written_sql, "sa.text('SELECT %s' % name)"),
    "a shell": (dangers.shells, "subprocess.run(line, shell=True)"),
    "a shell that depends": (dangers.shells, "subprocess.run(line, shell=wanted)"),
    "a shell by os": (dangers.shells, "os.system('ls')"),
    "pickle": (dangers.unpacked_code, "def f():\n    from pickle import loads"),
    "yaml": (dangers.unpacked_code, "import yaml"),
    "numpy's pickle": (dangers.unpacked_code, "np.load(file, allow_pickle=True)"),
    "requests without an end": (dangers.patient_calls, "requests.get(url)"),
    "a session without an end": (dangers.patient_calls, "self._session.request('GET', url)"),
    "urlopen without an end": (dangers.patient_calls, "urllib.request.urlopen(url)"),
    "no look at the certificate": (dangers.trusting_calls, "requests.get(url, timeout=5, verify=False)"),
    "a token of any algorithm": (dangers.trusting_calls, "jwt.decode(token, key, audience='us')"),
    "a token for anybody": (dangers.trusting_calls, "jwt.decode(token, key, algorithms=['RS256'])"),
    "a secret compared": (dangers.hasty_comparisons, "if given == self.form_token: pass"),
    "a signature compared": (dangers.hasty_comparisons, "ok = signature != given"),
    "a log line with a text": (dangers.talkative_logs, "log.info('read', subject=ticket.subject)"),
    "a log line that is put together": (dangers.talkative_logs, "log.warning(f'no {subject}')"),
    "a log line with an argument": (dangers.talkative_logs, "log.warning('no %s', subject)"),
    "markup with a hole": (dangers.raw_markup, "Markup(f'<b>{name}</b>')"),
}
GOOD = {
    "SQL with parameters": (dangers.written_sql, "tx.execute(sa.text('SELECT :a'), {'a': name})"),
    "a program": (dangers.shells, "subprocess.run(['ls'], shell=False)"),
    "requests with an end": (dangers.patient_calls, "requests.get(url, timeout=TIMEOUT)"),
    "a session that is no network's": (dangers.patient_calls, "session.get('form_token')"),
    "markup that is filled": (dangers.raw_markup, "Markup('<b>{}</b>').format(name)"),
    "a secret that is there": (dangers.hasty_comparisons, "if token == '': pass"),
}


@pytest.mark.parametrize(("rule", "text"), BITES.values(), ids=BITES)
def test_the_rule_bites(rule, text):
    assert list(rule(Source.of("app/ai/x.py", text + "\n")))


@pytest.mark.parametrize(("rule", "text"), GOOD.values(), ids=GOOD)
def test_the_rule_lets_good_code_pass(rule, text):
    assert not list(rule(Source.of("app/ai/x.py", text + "\n")))


@pytest.mark.parametrize(
    "text", ["{{ name|safe }}", "{% autoescape false %}", "<script>f()</script>", '<a onclick="f()">']
)
def test_a_template_that_trusts_is_found(text):
    assert dangers.unescaped("x.html", text)
