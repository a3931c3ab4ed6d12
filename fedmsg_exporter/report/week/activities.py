"""What people do, in words: the activities of the weekly post. Pure."""

from collections.abc import Mapping, Sequence

from ...wildcard import matches

#: An activity, and the topics, without prefix, that count for it.
ACTIVITIES = (
    ("Builds in Koji", ("buildsys.build.state.change",)),
    ("Builds in Copr", ("copr.build.end",)),
    ("Updates for testing", ("bodhi.update.request.testing",)),
    ("Updates for stable", ("bodhi.update.request.stable",)),
    ("Comments on updates", ("bodhi.update.comment",)),
    ("Pushes", ("git.receive", "*.git.receive", "forgejo.push", "infragit.receive")),
    (
        "Pull requests opened",
        ("pagure.pull-request.new", "forgejo.pull_request", "github.pull_request"),
    ),
    ("Issues and comments", ("pagure.issue.#", "forgejo.issues", "forgejo.issue_comment")),
    ("Bugs filed and changed", ("bugzilla.bug.#",)),
    ("Wiki edits", ("wiki.article.edit",)),
    ("Posts on Discourse", ("discourse.post.post_created",)),
    ("Mails to lists", ("mailman.receive",)),
    ("Meetings", ("meetbot.meeting.start",)),
    ("Badges awarded", ("badges.badge.award",)),
    ("Blog posts on the planet", ("planet.post.new",)),
    ("New accounts", ("fas.user.create",)),
)


def matching(by_topic: Mapping[tuple[str, str], int], patterns: Sequence[str]) -> int:
    """The messages whose topic matches any of some patterns, out of those by category and topic."""
    return sum(
        number
        for (_, topic), number in by_topic.items()
        if any(matches(pattern, topic) for pattern in patterns)
    )
