"""deploy/alertmanager.yml in a real Alertmanager: who is notified, and what is suppressed."""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
import yaml

from harness import Alertmanager, require, wait_until
from tests.deployed import DEPLOY
from tools.preview.filled import rules

pytestmark = [pytest.mark.servers, pytest.mark.editions]

CONFIG = DEPLOY / "alertmanager.yml"
TEXT = CONFIG.read_text("utf-8")
Labels = dict[str, str]

DROP = {"alertname": "FedmsgActivityDrop", "category": "bodhi", "window": "11h"}
SILENT = {"alertname": "FedmsgCategorySilent", "category": "koji", "window": "1h"}
BUS = {"alertname": "FedmsgBusActivityDrop", "window": "1h"}
GROUP = {"alertname": "FedmsgGroupActivityDrop", "group": "packager", "window": "1d"}
COMMUNITY = {"alertname": "FedmsgCommunityActivityDrop", "window": "1w"}
ACTIVITY = (DROP, SILENT, BUS, GROUP, COMMUNITY)
STALE = {"alertname": "FedmsgGroupsStale", "instance": "i"}
GAP = {"alertname": "FedmsgGapUnfilled", "instance": "i"}
FULL = {"alertname": "FedmsgSeriesLimitReached", "family": "f"}
RELOAD = {"alertname": "FedmsgReloadFailed", "instance": "i"}
EXPIRES = {"alertname": "FedmsgCertificateExpires", "instance": "i", "certificate": "web"}
LIMIT = {"alertname": "FedmsgDeliveryLimitNear", "instance": "i"}
BEHIND = {"alertname": "FedmsgCatchingUp"}
LEDGER = {"alertname": "FedmsgLedgerFailing", "instance": "i"}
DISCONNECTED = {"alertname": "FedmsgBusDisconnected", "instance": "i"}
DOWN = {"alertname": "FedmsgExporterDown", "instance": "i"}
# The alert for a job without targets has no instance.
ABSENT = {"alertname": "FedmsgExporterDown"}
ALL = (*ACTIVITY, STALE, GAP, FULL, RELOAD, EXPIRES, LIMIT, BEHIND, LEDGER, DISCONNECTED, DOWN)

#: A failure, and what is suppressed while it lasts.
QUIET: dict[str, tuple[Labels, Iterable[Labels]]] = {
    "down": (DOWN, (*ACTIVITY, STALE, GAP, BEHIND, LEDGER, DISCONNECTED)),
    "absent": (ABSENT, (*ACTIVITY, BEHIND)),
    "disconnected": (DISCONNECTED, (*ACTIVITY, BEHIND)),
    "ledger": (LEDGER, (*ACTIVITY, BEHIND, DISCONNECTED)),
    "behind": (BEHIND, ACTIVITY),
    "another instance": ({**DOWN, "instance": "j"}, (*ACTIVITY, BEHIND)),
    "series": (FULL, ()),
    "gap": (GAP, ()),
    "groups": (STALE, ()),
    "reload": (RELOAD, ()),
    "certificate": (EXPIRES, ()),
    "delivery limit": (LIMIT, ()),
}


def amtool(*arguments: str) -> str:
    """The output of amtool, which must succeed."""
    done = subprocess.run(
        [Path(require("alertmanager")).with_name("amtool"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def uncommented() -> str:
    """The config with all that it only suggests: lines that begin with # and no space."""
    return re.sub(r"^( *)#(?=\w|  )", r"\1", TEXT, flags=re.MULTILINE)


def names(labels: Iterable[Labels]) -> set[str]:
    return {one["alertname"] for one in labels}


def test_amtool_accepts() -> None:
    """Alertmanager's own tool finds nothing wrong with the config."""
    amtool("check-config", str(CONFIG))


def test_amtool_accepts_what_is_suggested(tmp_path: Path) -> None:
    """Uncommented, the receivers are what their comments say."""
    path = tmp_path / "alertmanager.yml"
    path.write_text(uncommented())
    amtool("check-config", str(path))
    receivers = {one["name"]: one for one in yaml.safe_load(path.read_text())["receivers"]}
    assert "email_configs" in receivers["operators"]
    assert "webhook_configs" in receivers["activity"]
    assert "email_configs" in receivers["info"]


def test_notifies_nobody_as_shipped() -> None:
    """The shipped file works unchanged: no receiver has an address."""
    assert all(set(one) == {"name"} for one in yaml.safe_load(TEXT)["receivers"])


@pytest.mark.parametrize(
    "rule", [rule for rule in rules() if "alert" in rule], ids=lambda rule: str(rule["alert"])
)
def test_receiver(rule: dict[str, dict[str, str]]) -> None:
    """Info goes to one receiver, activity to another, the rest to the operators."""
    labels = {"alertname": str(rule["alert"]), **rule["labels"]}
    if labels["severity"] == "info":
        wanted = "info"
    else:
        wanted = "activity" if labels["alertname"] in names(ACTIVITY) else "operators"
    words = [f"{name}={value}" for name, value in labels.items()]
    assert amtool("config", "routes", "test", f"--config.file={CONFIG}", *words).strip() == wanted


def test_names_are_those_of_alerts() -> None:
    """The config only names existing alerts; the table here has all of them."""
    known = {rule["alert"] for rule in rules() if "alert" in rule}
    assert set(re.findall(r"\bFedmsg\w+", TEXT)) <= known
    assert names(ALL) == known


def test_only_activity_is_muted_on_holidays() -> None:
    """Holidays mute activity and information, but no problem of the exporter."""
    route = yaml.safe_load(TEXT)["route"]
    assert "mute_time_intervals" not in route
    assert [one["receiver"] for one in route["routes"] if one.get("mute_time_intervals")] == [
        "info",
        "activity",
    ]


def pairs() -> Iterator[tuple[str, Labels, Labels]]:
    """Each problem with each other alert, in a separate job so that no third one interferes."""
    for name, (problem, _) in QUIET.items():
        for target in ALL:
            if problem["alertname"] != target["alertname"]:
                job = f"{name}, {target['alertname']}"
                yield name, {**problem, "job": job}, {**target, "job": job}


@pytest.fixture
def posted(alertmanager: Callable[..., Alertmanager]) -> Alertmanager:
    """An Alertmanager with all pairs, and all alerts in a job without a problem."""
    server = alertmanager(yaml.safe_load(TEXT))
    sent = [{**labels, "job": "well"} for labels in ACTIVITY]
    sent += [labels for _, *pair in pairs() for labels in pair]
    server.post("/api/v2/alerts", json=[{"labels": one} for one in sent]).raise_for_status()
    wait_until(lambda: len(server.alerts()) == len(sent), 30, "all alerts", server.process)
    return server


def suppressed(server: Alertmanager) -> set[tuple[str, str]]:
    """Job and name of each alert that is inhibited."""
    return {
        (alert["labels"]["job"], alert["labels"]["alertname"])
        for alert in server.alerts()
        if alert["status"]["state"] == "suppressed" and alert["status"]["inhibitedBy"]
    }


def test_problems_keep_activity_quiet(posted: Alertmanager) -> None:
    """A problem of the exporter silences activity in its own job, and in no other."""
    silent = {
        (target["job"], target["alertname"])
        for name, _, target in pairs()
        if target["alertname"] in names(QUIET[name][1])
    }
    targets = {("well", name) for name in names(ACTIVITY)}
    targets |= {(target["job"], target["alertname"]) for _, _, target in pairs()}
    wait_until(
        lambda: suppressed(posted) & targets == silent, 30, "the problems' effect", posted.process
    )
