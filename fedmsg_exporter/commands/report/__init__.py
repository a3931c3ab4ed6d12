"""``fedmsg-exporter report``: statistics of people, from ledger and history.

``options`` has what all reports share, ``ranges`` reads the range, ``who`` says whose
report it is; ``source`` opens the activity, ``reading`` reads it from files or
datagrepper instead; ``output`` writes the report.
"""

from typing import TYPE_CHECKING

import click

from ...report.event import Participants
from ...report.event import event as of_event
from ...report.model import Report
from ...report.near import require_topics
from ...report.refusal import ReportError
from ...report.request import Request
from ...report.team import team
from ...report.user import user as of_user
from ...report.week import week as of_week
from ...service.reports.names import Names, require_seen
from ...statistics.spans import STEP
from ..exit_status import fail
from ..options import load
from .options import Asked, reports
from .source import Source, answered
from .who import in_group, listed

if TYPE_CHECKING:
    from ...service.reports.person_log import PersonLog


_WHOSE = "an event needs participants: give exactly one of NAMEs, --group and --active-in"


@click.group()
def report() -> None:
    """Report what people do: one person, a team, or the community.

    Reports read the ledger, even while an exporter uses it, and history. Ranges
    are whole weeks, months or days in UTC.
    """


@report.command()
@reports("names")
@click.option(
    "--log",
    "with_log",
    is_flag=True,
    help="Add a line for each message, in words if its message class is installed; needs --files "
    "or --datagrepper.",
)
@click.argument("name")
def user(asked: Asked, name: str, *, with_log: bool) -> None:
    """Report on one person: categories, weeks, topics, calendar."""
    request = asked.request()
    log = _log(asked, request, name) if with_log else None

    def make(source: Source) -> Report:
        shown = Names(source.config).shown(name)
        require_seen(source.known, name, shown)
        return of_user(source.known, request, shown, log.lines if log else None)

    answered(asked, request, make, log)


@report.command("list")
@reports("names")
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
def list_(asked: Asked, names: tuple[str, ...]) -> None:
    """Report on several people as a team, in total and by member.

    NAME is a person, @FILE a file with a name to a line, - standard input.
    """
    request, wanted = asked.request(), listed(names)

    def make(source: Source) -> Report:
        who, whose = wanted.shown(source.config)
        return team(source.known, request, "list", who, whose)

    answered(asked, request, make)


@report.command()
@reports("names")
@click.argument("name")
def group(asked: Asked, name: str) -> None:
    """Report on a group as a team, silent members included."""
    request = asked.request()

    def make(source: Source) -> Report:
        who, whose = in_group(source.config, name)
        return team(source.known, request, "group", who, whose)

    answered(asked, request, make)


@report.command()
@reports()
def community(asked: Asked) -> None:
    """Report on everyone: how many are active, regular, new, core."""
    # Only this report needs it, and it is the largest.
    from ...report.community import community as of_everyone  # noqa: PLC0415

    request = asked.request()
    answered(asked, request, lambda source: of_everyone(source.known, request))


@report.command()
@reports("by", "each")
@click.option("--group", "group_", metavar="NAME", help="Participants: the members of this group.")
@click.option(
    "--active-in",
    multiple=True,
    metavar="PATTERN",
    help="Participants: everyone active in matching topics during the event; repeatable.",
)
@click.option(
    "--around",
    type=click.IntRange(1, 366),
    default=STEP,
    show_default=True,
    metavar="DAYS",
    help="Days before and after the event to compare.",
)
@click.argument("names", nargs=-1, metavar="[NAME...]")
def event(
    asked: Asked,
    group_: str | None,
    active_in: tuple[str, ...],
    around: int,
    names: tuple[str, ...],
) -> None:
    """Report what participants did before, during and after an event.

    The event lasts from --from to --to. Its participants are NAMEs as for `list`, a
    group, or everyone who was active in some topics.
    """
    if not asked.typed.since:
        fail(2, "--from: an event needs a first day, and --to its last")
    if bool(names) + bool(group_) + bool(active_in) != 1:
        fail(2, _WHOSE)
    request = asked.request()
    wanted = listed(names) if names else None

    def make(source: Source) -> Report:
        if active_in:
            require_topics(source.known, "--active-in", active_in)
            whose_event = Participants(", ".join(active_in), topics=active_in)
        elif wanted:
            who, whose = wanted.shown(source.config)
            whose_event = Participants(whose.name, who, whose)
        else:
            who, whose = in_group(source.config, str(group_))
            whose_event = Participants(whose.name, who, whose)
        return of_event(source.known, request, whose_event, around)

    answered(asked, request, make)


@report.command()
@reports("by", "each")
def week(asked: Asked) -> None:
    """Report on a week as a post, ready to paste.

    The week is the last complete one, or that from --from to --to. People are named
    only with --names.
    """
    request = asked.request("1w")
    answered(asked, request, lambda source: of_week(source.known, request))


def _log(asked: Asked, request: Request, name: str) -> "PersonLog":
    """What collects the log, or an end with status 2 where there can be none."""
    from ...service.reports.person_log import PersonLog  # noqa: PLC0415  it imports fedora-messaging

    if not (asked.files or asked.datagrepper):
        fail(
            2,
            "--log: the ledger has no text of messages; name files that do with --files",
        )
    config = load(asked.path, {"state": asked.state})
    if config.expose != "all":
        fail(2, f"--log: texts have names, which `users.expose: {config.expose}` does not show")
    try:
        return PersonLog(Names(config).shown(name), request)
    except ReportError as error:
        fail(2, str(error))
