"""Stores beyond one Prometheus: each gives the exact numbers that the one would give."""

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness import (
    Alertmanager,
    Exporter,
    Prometheus,
    RabbitMQ,
    VictoriaMetrics,
    promtool,
    require,
    wait_until,
)
from harness.programs import NEWER
from harness.prometheus import Sample
from tests.docs import pages
from tools.preview.filled import RULES

from .messages import comment

pytestmark = [pytest.mark.servers, pytest.mark.editions(NEWER)]

MakeExporter = Callable[..., Exporter]
MakePrometheus = Callable[..., Prometheus]

USERS = "fedmsg_user_messages_total"
#: New series are shown at 0 for as long as the slowest of the chain needs to see them.
HOLD = 5
EXACT = "sum by (user) ({0} - ({0} offset {1}s or 0 * {0}))"


def documented(name: str) -> Any:
    """An example of docs/scaling.md: what follows its first line, a comment with its name."""
    (fence,) = [one for one in pages.fences("yaml", f"# {name}") if "scaling" in one.place]
    return yaml.safe_load(fence.text)


@pytest.fixture
def victoria(edition: str, tmp_path: Path) -> Iterator[VictoriaMetrics]:
    """A store that takes each sample once, however many replicas send it."""
    with VictoriaMetrics(tmp_path / "victoria", ["-dedup.minScrapeInterval=1s"]) as server:
        yield server


def writing(to: VictoriaMetrics, name: str, **labels: str) -> dict[str, Any]:
    """The documented config of a replica or an agent, with our store and labels."""
    config = documented(name)
    (remote,) = config["remote_write"]
    remote["url"] = f"{to.url}/api/v1/write"
    remote["queue_config"] = {"batch_send_deadline": "500ms"}
    external = {**config["global"]["external_labels"], **labels}
    return {
        "global": {"scrape_interval": "1s", "external_labels": external},
        "remote_write": [remote],
    }


def federating(one: Prometheus) -> dict[str, Any]:
    """The documented config of a Prometheus that asks another one."""
    (job,) = documented("federation.yml")["scrape_configs"]
    job["static_configs"] = [{"targets": [one.address]}]
    job["scrape_interval"] = "1s"
    return {"scrape_configs": [job]}


def by_user(samples: list[Sample]) -> Counter[str]:
    return Counter({one.labels["user"]: int(one.value) for one in samples if one.value})


def test_each_store_has_the_exact_numbers(
    rabbitmq: RabbitMQ,
    queue: str,
    exporter: MakeExporter,
    prometheus: MakePrometheus,
    victoria: VictoriaMetrics,
) -> None:
    """Two replicas, of which one dies, an agent, and federation: all as a single Prometheus."""
    both = [exporter(rabbitmq.amqp_url, queue, config={"new_series_hold": HOLD}) for _ in "ab"]
    for one in both:
        one.start()
    targets = [one.address for one in both]
    single = prometheus(targets)
    replicas = [
        prometheus(targets, config_extra=writing(victoria, "replica.yml", replica=name))
        for name in "ab"
    ]
    prometheus(targets, agent=True, config_extra=writing(victoria, "agent.yml", cluster="agent"))
    federated = prometheus(config_extra=federating(single))

    def now() -> float:
        return single.query("time()")[0].value

    def stored(cluster: str, window: int, moment: float) -> Counter[str]:
        series = f'{USERS}{{cluster="{cluster}"}}'
        return by_user(victoria.query(EXACT.format(series, window), moment))

    # The first counts of a ledger are there before anybody looks.
    rabbitmq.publish([comment("early")])
    wait_until(lambda: stored("fedora", 0, now()) or True, 30, "a store")
    for query in (single.query, federated.query):
        wait_until(lambda: sum(s.value for s in query(USERS)) == 1, 60, "the first")  # noqa: B023
    for cluster in ("fedora", "agent"):
        counted = f'sum({USERS}{{cluster="{cluster}"}})'
        wait_until(
            lambda: [s.value for s in victoria.query(counted, now())] == [1],  # noqa: B023
            60,
            "the first message in the store",
        )
    begin = now()
    sent = Counter({f"user{n}": n % 4 + 1 for n in range(60)})
    half = list(sent.elements())[::2]
    rabbitmq.publish([comment(user) for user in half])
    wait_until(lambda: by_user(single.query(f"sum by (user) ({USERS})")).total() > 1, 60, "some")
    replicas[0].kill()
    rabbitmq.publish([comment(user) for user in list(sent.elements())[1::2]])
    for query in (single.query, federated.query):
        wait_until(
            lambda: sum(s.value for s in query(USERS)) == sent.total() + 1,  # noqa: B023
            60,
            "all",
        )
    whole = sent.total() + 1

    def all_stored() -> bool:
        sums = victoria.query(f"sum by (cluster) ({USERS})", now())
        return {s.labels["cluster"]: s.value for s in sums} == {"fedora": whole, "agent": whole}

    wait_until(all_stored, 60, "everything in the store")
    moment = now()
    window = int(moment - begin)
    assert by_user(single.query(EXACT.format(USERS, window), moment)) == sent
    assert by_user(federated.query(EXACT.format(USERS, window), moment)) == sent
    assert stored("fedora", window, moment) == sent
    assert stored("agent", window, moment) == sent


def test_replicas_send_one_alert(
    prometheus: MakePrometheus, alertmanager: Callable[[], Alertmanager], tmp_path: Path
) -> None:
    """Alertmanager takes what both replicas send for one alert."""
    rule = {"alert": "FedmsgExporterDown", "expr": "vector(1)"}
    (tmp_path / "down.yml").write_text(yaml.safe_dump({"groups": [{"name": "g", "rules": [rule]}]}))
    server = alertmanager()
    for name in "ab":
        config = documented("replica.yml")
        config["global"]["external_labels"]["replica"] = name
        config["global"]["evaluation_interval"] = "1s"
        del config["remote_write"]
        config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [server.address]}]}]
        one = prometheus(rules=[tmp_path / "down.yml"], config_extra=config)
        wait_until(lambda: sent_alerts(one) > 0, 30, f"an alert of replica {name}")  # noqa: B023
    (alert,) = server.alerts()
    assert alert["labels"] == {"alertname": "FedmsgExporterDown", "cluster": "fedora"}


def sent_alerts(server: Prometheus) -> float:
    """How many alerts a Prometheus has sent."""
    lines = server.get("/metrics").text.splitlines()
    sent = [line for line in lines if line.startswith("prometheus_notifications_sent_total{")]
    return sum(float(line.rpartition(" ")[2]) for line in sent)


@pytest.mark.parametrize(
    ("name", "flags"), [("replica.yml", ()), ("agent.yml", ("--agent",)), ("federation.yml", ())]
)
def test_promtool_accepts(name: str, flags: tuple[str, ...], tmp_path: Path) -> None:
    """Every documented config of a Prometheus is a valid one."""
    path = tmp_path / name
    path.write_text(yaml.safe_dump(documented(name)))
    checked = promtool("check", "config", *flags, str(path))
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_vmalert_accepts_the_rules() -> None:
    """Vmalert finds nothing wrong with the rules."""
    done = vmalert("vmalert", "-dryRun", *(f"-rule={path}" for path in sorted(RULES.glob("*.yml"))))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["silence.yml", "drop.yml"])
def test_vmalert_fires_the_same_alerts(name: str, tmp_path: Path) -> None:
    """What promtool tests of the drop alerts, vmalert does: the same alerts, in the same words."""
    path = RULES / "tests" / name
    tests = yaml.safe_load(path.read_text())
    tests["rule_files"] = [str(RULES / "tests" / one) for one in tests["rule_files"]]
    (tmp_path / name).write_text(yaml.safe_dump(tests))
    files = f"--files={tmp_path / name}"
    done = vmalert("vmalert-tool", "unittest", files, "--disableAlertgroupLabel")
    assert done.returncode == 0, done.stdout + done.stderr


def vmalert(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run vmalert or its tool to its end."""
    return subprocess.run(
        [require(program), *arguments], capture_output=True, text=True, timeout=120, check=False
    )
