"""The documentation as a site: ``make docs``.

The source folder is the root of the repository, so that links between README, docs and
deploy are the same files here and on GitHub. Links to other files of the repository
become links to them on GitHub; one to a file that does not exist is an error.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

project = "fedmsg_exporter"
author = "The fedmsg_exporter developers"
html_title = project

extensions = ["myst_parser", "tools.docs_site"]
root_doc = "README"
# More pages: write them into the tree of contents below.
include_patterns = [
    "*.md",
    "benchmarks/README.md",
    "deploy/rules/README.md",
    "docs/*.md",
    "examples/README.md",
]

# GitHub's anchors for headings of all levels that pages link to.
myst_heading_anchors = 4

#: Which pages are below which caption, in the order of the menu.
site_contents = {
    "Use it": [
        "docs/deployment",
        "docs/scaling",
        "docs/configuration",
        "docs/commands",
        "docs/reports",
        "docs/attribution",
        "docs/forgejo",
        "docs/groups",
        "docs/gaps",
        "docs/history",
        "docs/privacy",
        "docs/security",
        "examples/README",
    ],
    "Ask it": [
        "docs/metrics",
        "docs/questions",
        "docs/dashboards",
        "docs/statistics",
        "docs/report-formats",
        "deploy/rules/README",
        "docs/runbook",
    ],
    "Work on it": [
        "CONTRIBUTING",
        "docs/design",
        "benchmarks/README",
        "SECURITY",
        "CHANGELOG",
    ],
}
site_repository = "https://github.com/fedora-infra/fedmsg_exporter"
# Pygments does not know PromQL's subqueries; promtool parses every query in the tests.
suppress_warnings = ["misc.highlighting_failure"]

html_theme = "furo"
html_theme_options = {
    "source_repository": site_repository,
    "source_branch": "main",
    "source_directory": "",
}
html_copy_source = False
