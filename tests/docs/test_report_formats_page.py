"""docs/report-formats.md says what the code does."""

import re

import pytest

from fedmsg_exporter.report.formats import FORMATS, schema, tidy
from fedmsg_exporter.report.model import Mark
from tests.docs.contract import ROOT

PAGE = (ROOT / "docs" / "report-formats.md").read_text("utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    table = PAGE.partition(heading)[2].partition("\n\n| ")[2].partition("\n\n")[0]
    return [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]


def test_formats() -> None:
    """The table has each format with its suffixes."""
    found = {row[0].strip("`"): tuple(re.findall(r"`(\S+)`", row[1])) for row in rows("# Formats")}
    assert found == FORMATS


def test_columns_of_csv() -> None:
    """The header and the table have the columns in their order."""
    assert f"`{','.join(tidy.Tidy._fields)}`" in PAGE
    assert [row[0].strip("`") for row in rows("## CSV")] == list(tidy.Tidy._fields)


def test_keys_of_json() -> None:
    """The table has each key of the document, and no others."""
    found = re.findall(r"`(\w+)`", " ".join(row[0] for row in rows("## JSON")))
    assert sorted(found) == sorted(schema()["required"])
    assert "1; rises" in PAGE
    assert schema()["properties"]["version"] == {"const": 1}


@pytest.mark.parametrize("mark", Mark)
def test_marks(mark: Mark) -> None:
    """Each mark is explained."""
    assert f"`{mark.value}`" in PAGE
