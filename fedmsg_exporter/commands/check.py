"""``fedmsg-exporter check``: config, mapping, groups and logins, with every error in them."""

from collections.abc import Iterable
from pathlib import Path

import click

from ..attribution.mapping import MessageMapping
from ..document import DocumentError, Problem
from ..groups import load_configured, require
from ..service.parts import load_logins, load_mapping
from ..web import guard
from .example_check import failures
from .exit_status import fail
from .options import config_option, load


@click.command()
@config_option
def check(path: Path | None) -> None:
    """Check config, mapping and groups file; report every error with its line number.

    Runs the examples of the config's mapping, else those of the packaged one.
    """
    settings = load(path)
    problems: list[Problem] = []
    for part in (load_mapping, load_configured, load_logins, require, guard.require):
        try:
            part(settings)
        except DocumentError as error:
            problems.extend(error.problems)
    if problems:
        fail(2, str(DocumentError(problems)))
    mapping = load_mapping(settings)
    if failed := list(failures(mapping)):
        fail(2, f"{DocumentError(failed)}\n{_summary(mapping, failed)}")
    click.echo("config, mapping and groups are valid")
    if mapping.examples:
        click.echo(_summary(mapping))


def _summary(mapping: MessageMapping, failed: Iterable[Problem] = ()) -> str:
    """How many examples passed, of how many."""
    total = len(mapping.examples)
    bad = len({(problem.file, problem.key) for problem in failed})
    return f"{total - bad} of {total} examples of the mapping passed"
