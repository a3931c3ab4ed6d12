"""What ships in deploy/ for containers, read for the tests."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from fedora_messaging import config as bus_config

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
#: What compose replaces in the exporter's command line, by the name of the source.
PROFILE = "${COMPOSE_PROFILES:-simulation}"

Json = dict[str, Any]

COMPOSE: Json = yaml.safe_load((DEPLOY / "compose.yml").read_text("utf-8"))
SERVICES: Json = COMPOSE["services"]
PROMETHEUS: Json = yaml.safe_load((DEPLOY / "prometheus.yml").read_text("utf-8"))


def mounts(service: Json) -> Iterator[tuple[str, str]]:
    """What is mounted in a service of the compose file, and where to."""
    for volume in service["volumes"]:
        source, target, *_ = volume.split(":")
        yield source, target


def load_bus_config(path: Path) -> Json:
    """Load a config as fedora-messaging does."""
    loaded: Json = bus_config.LazyConfig().load_config(str(path))
    return loaded


def dockerfile(name: str) -> list[str]:
    """The list that is the last argument of an instruction of the Dockerfile."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    found: list[str] = json.loads(re.findall(rf"^{name} (\[.*\])$", text, re.MULTILINE)[-1])
    return found
