"""JSON, as ``report.schema.json`` next to this module describes it. Pure, but for the schema."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from ...statistics.calendar import iso
from ...statistics.coverage import Span
from ..model import Basis, Report, Row, Section
from .values import json_escaped, rounded

#: Rises when a reader of the JSON must change.
VERSION = 1


def render(report: Report) -> str:
    """A report as JSON, indented; it ends with a line feed."""
    return json_escaped(json.dumps(document(report), ensure_ascii=False, indent=1)) + "\n"


def schema() -> Any:
    """The JSON Schema of the document."""
    return json.loads(files(__package__).joinpath("report.schema.json").read_text("utf-8"))


def document(report: Report) -> dict[str, Any]:
    """A report as what JSON can hold. Texts are unchanged, values rounded as everywhere."""
    basis = report.basis
    return {
        "version": VERSION,
        "generator": {"name": "fedmsg_exporter", "version": basis.version},
        "kind": report.kind,
        "title": report.title,
        "made": _moment(basis.now),
        "range": {"first_day": iso(basis.start), "last_day": iso(basis.end - 1)},
        "coverage": _coverage(report),
        "credit": basis.credit,
        "expose": basis.expose,
        "left_out": basis.left_out._asdict(),
        "members": basis.members and basis.members._asdict(),
        "only": {"categories": list(basis.categories), "topics": list(basis.topics)},
        "sources": list(basis.sources),
        "sections": [_section(section) for section in report.sections],
    }


def _coverage(report: Report) -> dict[str, Any]:
    basis: Basis = report.basis
    return {
        "known": [_span(one) for one in basis.coverage],
        "gaps": [_span(one) for one in basis.gaps],
        "unknown": [
            {**_keys(row), "section": section.key, "metric": column.metric}
            for section in report.sections
            for row in section.rows
            for column, value in zip(section.columns, row.values, strict=True)
            if value is None
        ],
    }


def _section(section: Section) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title,
        "subject": section.subject,
        "layout": section.layout.value,
        "chart": section.chart and section.chart.value,
        "columns": [
            {"metric": one.metric, "title": one.title, "unit": one.unit.value}
            for one in section.columns
        ],
        "rows": [_row(section, row) for row in section.rows],
        "notes": list(section.notes),
        "empty": section.empty,
    }


def _row(section: Section, row: Row) -> dict[str, Any]:
    return {
        **_keys(row),
        "marks": [mark.value for mark in row.marks],
        "values": {
            column.metric: rounded(value, column.unit)
            for column, value in zip(section.columns, row.values, strict=True)
        },
    }


def _keys(row: Row) -> dict[str, str]:
    return {"period": row.period, "subject": row.subject, "category": row.category}


def _span(one: Span) -> dict[str, str]:
    return {"from": _moment(one.start), "until": _moment(one.end)}


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
