"""Release engineering: when things were last composed, pushed and uploaded."""

from collections.abc import Sequence

from grafana_foundation_sdk.builders import table
from grafana_foundation_sdk.models.dashboard import Dashboard

from .frame import RELENG, Panels, framed
from .panels import Query, Words, graph, number, rows
from .queries import HOUR, IN_RELENG, pick, total

_FINISHED = "fedmsg_compose_finish_timestamp_seconds"
_STARTED = "fedmsg_compose_start_timestamp_seconds"
_PUSHED = "fedmsg_updates_push_timestamp_seconds"
_COMPOSED = "fedmsg_updates_compose_timestamp_seconds"
_UPLOADED = "fedmsg_image_upload_timestamp_seconds"
_WHOLE = 'step="compose"'
_GOOD = 'status=~"done|finished|finished_incomplete"'
_DAY = 86_400
_DAILY = [(None, "green"), (1.5 * _DAY, "orange"), (3 * _DAY, "red")]


def board() -> Dashboard:
    """The board."""
    return framed(
        RELENG,
        "Fedora bus: release engineering",
        "When composes, pushes of updates and images last came out, and how long ago that was.",
        since="7d",
        content={"Age": _ages(), "Latest": _latest(), "Activity": _work()},
    )


def _ages() -> Panels:
    return [
        number(
            Words(
                "Since the last Rawhide compose",
                "Time since a compose of Rawhide last finished, complete or not.",
                "s",
            ),
            _age(pick(_FINISHED, _WHOLE, _GOOD, 'branch="rawhide"')),
            steps=_DAILY,
        ).span(6),
        number(
            Words(
                "Since the last compose of a branch",
                "Time since a compose of any branch but Rawhide last finished, complete or not. "
                "Between releases there are none.",
                "s",
            ),
            _age(pick(_FINISHED, _WHOLE, _GOOD, 'branch!="rawhide"')),
        ).span(6),
        number(
            Words(
                "Since updates were last composed",
                "Time since Bodhi last completed the compose of a repository of updates.",
                "s",
            ),
            _age(pick(_COMPOSED, 'state=~"complete|synced"')),
            steps=_DAILY,
        ).span(6),
        number(
            Words(
                "Since an image was last uploaded",
                "Time since an image was last published, to any destination.",
                "s",
            ),
            _age(pick(_UPLOADED, 'state=~"published|completed|success"')),
            steps=_DAILY,
        ).span(6),
    ]


def _latest() -> Panels:
    return [
        _table(
            "Composes finished",
            "When a compose last finished, by branch, architecture and outcome.",
            pick(_FINISHED, _WHOLE),
            ["branch", "arch", "status"],
        ),
        _table(
            "Composes started",
            "When a compose last started, by branch and architecture.",
            pick(_STARTED, _WHOLE),
            ["branch", "arch"],
        ),
        _table(
            "Repositories of updates",
            "When Bodhi last composed a repository of updates, by how far it got.",
            pick(_COMPOSED),
            ["repo", "state"],
        ),
        _table(
            "Updates pushed",
            "When updates were last pushed to a release's stable or testing repository.",
            pick(_PUSHED),
            ["release", "repo"],
        ),
        _table(
            "Images",
            "When an image was last uploaded, by release, architecture and destination.",
            pick(_UPLOADED),
            ["image", "release", "arch", "destination", "state"],
        ).span(24),
    ]


def _work() -> Panels:
    return [
        graph(
            Words(
                "Messages an hour",
                "Messages in the preceding hour from the apps that make releases.",
            ),
            Query(total(pick(HOUR, IN_RELENG), "category"), "{{category}}"),
        ).span(24)
    ]


def _age(series: str) -> str:
    return f"time() - max({series})"


def _table(title: str, description: str, series: str, labels: Sequence[str]) -> table.Panel:
    words = Words(title, description, "dateTimeFromNow")
    latest = f"topk(200, 1000 * max by ({', '.join(labels)}) ({series}))"
    return rows(words, labels, {"When": latest}).height(7)
