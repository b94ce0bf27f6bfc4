"""What labelled history teaches, and how good the judgement is on more of it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from app import config
from app.commands.terms import JSON, readable, show

FILE = click.argument("file", type=click.Path(path_type=Path))
POLICY = click.option("--policy", "policy_file", type=click.Path(path_type=Path), help="Another policy document.")


@click.command()
@FILE
@POLICY
@JSON
def learn(file: Path, policy_file: Path | None, *, as_json: bool) -> None:
    """Learn categories from history: one {"text", "subject", "category", "tier"} a line."""
    from app import judging, learning
    from app.ai.embed import Embedder

    with readable():
        policy = judging.policy(policy_file)
        lesson = learning.learn_from(file, policy, config.home(), Embedder(remembered=200_000), _bar())
    show(learning.as_json(lesson), as_json=as_json, words=learning.in_words)


@click.command()
@FILE
@POLICY
@click.option("--report", type=click.Path(path_type=Path), help="Where the page with the plots goes.")
@JSON
def evaluate(file: Path, policy_file: Path | None, report: Path | None, *, as_json: bool) -> None:
    """Measure the judgement on labelled messages: tables here, plots on a page."""
    from app import evaluating, judging, learning
    from app.ai.embed import Embedder

    with readable():
        policy = judging.policy(policy_file)
        mind = judging.mind(policy, config.home(), Embedder(remembered=200_000))
        measured = evaluating.evaluate(learning.history(file), mind, _bar())
        page = report or config.home() / "evaluation.html"
        evaluating.write_page(measured, file.name, page)
    show({**measured.figures, "report": str(page)}, as_json=as_json, words=evaluating.in_words)


class _bar:  # noqa: N801 - reads as a word
    """A line that renews itself where a person watches, and silence elsewhere."""

    def __init__(self) -> None:
        self.seen = ""

    def __call__(self, what: str, done: int, of: int) -> None:
        """One more step."""
        if not sys.stderr.isatty():
            return
        filled = 30 * done // max(1, of)
        line = f"{what:<9} [{'#' * filled}{'.' * (30 - filled)}] {done}/{of}"
        if line != self.seen:
            self.seen = line
            click.echo(f"\r{line}" + ("\n" if done >= of else ""), nl=False, err=True)
