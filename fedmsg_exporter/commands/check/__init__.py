"""``fedmsg-exporter check``: config, mapping, groups and logins, with every error in them.

`examples` runs those of a mapping, `topics` finds patterns that match nothing,
`what_was_read` sums up what is there.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from ... import document
from ...attribution.mapping import MessageMapping
from ...config import Config
from ...config.origin import Origin
from ...document import DocumentError, Problem
from ...groups import load_configured, review
from ...groups.fasjson import require
from ...groups.membership import listing
from ...service.parts import load_logins, load_mapping
from ...web import guard
from ..exit_status import fail
from ..options import config_option, load
from .examples import failures
from .topics import idle_patterns
from .what_was_read import what_was_read


@click.command()
@config_option
def check(path: Path | None) -> None:
    """Check config, mapping, groups and logins.

    Reports every error with its line number. Runs the examples in the configured
    mapping, or else those in the packaged one. Prints what was read, and warns about
    settings that have no effect.
    """
    settings = load(path)
    origin = Origin(path)
    if problems := list(_errors(settings)):
        fail(2, str(origin.traced(DocumentError(problems))))
    mapping = load_mapping(settings)
    if failed := list(failures(mapping)):
        fail(2, f"{DocumentError(failed)}\n{_summary(mapping, failed)}")
    click.echo("config, mapping and groups are valid")
    for line in what_was_read(settings, origin, mapping):
        click.echo(line)
    if mapping.examples:
        click.echo(_summary(mapping))
    for warning in _warnings(settings, origin):
        click.echo(warning._replace(message=f"warning: {warning.message}"), err=True)


def _errors(settings: Config) -> Iterator[Problem]:
    for part in (load_mapping, load_configured, load_logins, require, guard.require):
        try:
            part(settings)
        except DocumentError as error:
            yield from error.problems


def _warnings(settings: Config, origin: Origin) -> Iterator[Problem]:
    if settings.mapping:
        yield from idle_patterns(document.read(settings.mapping), settings.domains)
    members = listing(settings.groups_file) if settings.groups_file else None
    yield from review.warnings(settings, origin.document, members)


def _summary(mapping: MessageMapping, failed: Iterable[Problem] = ()) -> str:
    """How many examples passed, and out of how many."""
    total = len(mapping.examples)
    bad = len({(problem.file, problem.key) for problem in failed})
    return f"{total - bad} of {total} examples of the mapping passed"
