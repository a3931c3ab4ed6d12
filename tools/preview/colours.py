"""The colour and the words of a value in a number's panel, by Grafana's rules.

getDisplayProcessor in packages/grafana-data/src/field/displayProcessor.ts: a
mapping takes precedence over the steps, a missing value without one takes the
lowest step.
"""

import re
from collections.abc import Mapping
from math import isnan
from typing import Any

Config = Mapping[str, Any]


def of(config: Config, value: float | None) -> str:
    """The colour's name."""
    mapped = _mapped(config, value).get("color")
    steps = config["thresholds"]["steps"]
    reached = [s["color"] for s in steps if s["value"] is None or _reaches(value, s["value"])]
    return str(mapped or reached[-1])


def words(config: Config, value: float | None) -> str | None:
    """The text in place of the number, None for the number itself."""
    text = _mapped(config, value).get("text")
    return str(config["noValue"]) if value is None and text is None else text


def configured(panel: Mapping[str, Any], name: str) -> Config:
    """The config of one series of a panel, its overrides included."""
    config = dict(panel["fieldConfig"]["defaults"])
    for override in panel["fieldConfig"]["overrides"]:
        if _matches(override["matcher"], name):
            config.update({one["id"]: one["value"] for one in override["properties"]})
    return config


def _matches(matcher: Mapping[str, str], name: str) -> bool:
    if matcher["id"] == "byRegexp":
        return re.search(matcher["options"].strip("/"), name) is not None
    return matcher["options"] == name


def _mapped(config: Config, value: float | None) -> Mapping[str, Any]:
    for mapping in config.get("mappings", ()):
        if mapping["type"] == "special" and (value is None or isnan(value)):
            return dict(mapping["options"]["result"])
        if mapping["type"] == "value" and value is not None:
            found = mapping["options"].get(f"{value:g}")
            if found:
                return dict(found)
    return {}


def _reaches(value: float | None, step: float) -> bool:
    return value is not None and value >= step
