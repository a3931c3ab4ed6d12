"""Topics are taken apart by datanommer's rule, and never become a hostile label."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedmsg_exporter.attribution.topic import DOMAINS, UNCLASSIFIED, Place, place
from fedmsg_exporter.event import INVALID, OTHER


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (
            "org.fedoraproject.prod.bodhi.update.comment",
            ("org.fedoraproject", "prod", "bodhi", "bodhi.update.comment"),
        ),
        ("io.pagure.stg.pagure.issue.new", ("io.pagure", "stg", "pagure", "pagure.issue.new")),
        ("org.centos.prod.ci.pipeline.complete", ("org.centos", "prod", "ci", None)),
        ("org.centos.stage.ci.pipeline.complete", ("org.centos", "stage", "ci", None)),
        ("org.centos.ci.koji-build.test.queued", ("org.centos", "", "ci", None)),
        ("org.release-monitoring.prod.anitya.project.add", (None, "prod", "anitya", None)),
        ("bodhi.update.comment", (OTHER, "", "bodhi", "bodhi.update.comment")),
        ("com.example.prod.shop.sold", (OTHER, "prod", "shop", "shop.sold")),
        ("/topic/VirtualTopic.eng.koji.build", (OTHER, "", "koji", None)),
        ("org.fedoraproject.prod", ("org.fedoraproject", "prod", UNCLASSIFIED, UNCLASSIFIED)),
        ("", (OTHER, "", UNCLASSIFIED, UNCLASSIFIED)),
        ("org.fedoraproject.prod.a b.c", ("org.fedoraproject", "prod", INVALID, INVALID)),
        ("org.fedoraproject.prod.shop.ann@example.com", (None, "prod", "shop", INVALID)),
    ],
)
def test_takes_a_topic_apart(topic: str, expected: tuple[str | None, ...]) -> None:
    """Domain, environment, category and the rest (None: not the point of this line)."""
    found = place(topic)
    assert [part for part, wanted in zip(found, expected, strict=True) if wanted is not None] == [
        wanted for wanted in expected if wanted is not None
    ]


def test_knows_the_domains_that_a_user_adds() -> None:
    """A custom domain is kept as a label once it is configured."""
    assert place("com.example.prod.shop.sold", (*DOMAINS, "com.example")).domain == "com.example"


@given(st.text(max_size=400) | st.lists(st.text(max_size=5), max_size=300).map(".".join))
def test_any_topic_gives_sane_labels(topic: str) -> None:
    """Whatever the routing key, labels are short, printable, and hold no mail address."""
    found = place(topic)
    assert found.domain in (*DOMAINS, OTHER)
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", found.category)
    assert re.fullmatch(r"[!-?A-~]{1,255}", found.short_topic)
    assert isinstance(found, Place)
