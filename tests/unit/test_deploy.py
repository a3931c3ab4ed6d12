"""The compose file and Prometheus's config: names, ports and paths that must agree."""

import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from fedmsg_exporter import config
from fedmsg_exporter.commands import main
from fedmsg_exporter.document import Document
from fedmsg_exporter.families import FAMILIES
from tests.deployed import (
    COMPOSE,
    DEPLOY,
    PROFILE,
    PROMETHEUS,
    ROOT,
    SERVICES,
    dockerfile,
    load_bus_config,
    mounts,
)

#: The ports at which the programs listen unless set otherwise.
PORTS = {"prometheus": 9090, "alertmanager": 9093, "grafana": 3000, "exporter": 10450}
Json = dict[str, Any]


def targets(folder: Path) -> dict[str, list[str]]:
    """The targets of each file that prometheus.yml reads there."""
    files = {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in folder.glob("*.yml")}
    return {name: groups[0]["targets"] for name, groups in files.items()}


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> Json:
    found: Json = SERVICES[request.param]
    return found


class TestEachService:
    def test_mounts_what_there_is(self, service: Json) -> None:
        """What is mounted is a file or folder of the repository, read-only, or a volume."""
        for source, _ in mounts(service):
            if source.startswith("."):
                assert (DEPLOY / source).exists(), source
            else:
                assert source in COMPOSE["volumes"]
        assert all(one.endswith(":ro,z") for one in service["volumes"] if one.startswith("."))

    def test_keeps_what_it_has(self, service: Json) -> None:
        """Each has its own volume."""
        (name,) = [source for source, _ in mounts(service) if not source.startswith(".")]
        users = [one for one in SERVICES.values() if name in dict(mounts(one))]
        assert users == [service]

    def test_is_reached_from_this_machine_only(self, service: Json) -> None:
        """Every port is bound to the loopback address, by its own number."""
        for port in service["ports"]:
            address, outside, inside = port.split(":")
            assert (address, outside) == ("127.0.0.1", inside)

    def test_is_watched(self, service: Json) -> None:
        """Each has a health check, and restarts."""
        kind, *command = service["healthcheck"]["test"]
        assert kind == "CMD"
        assert command
        assert service["restart"] == "unless-stopped"

    def test_has_a_fixed_version(self, service: Json) -> None:
        """Each image is built here, or names its registry and version."""
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / "Dockerfile").exists()
        else:
            assert re.fullmatch(r"docker\.io/[a-z/]+:v?\d+\.[\w.-]+", service["image"])


class TestCompose:
    def test_every_volume_is_used(self) -> None:
        """Every declared volume is used."""
        used = {source for one in SERVICES.values() for source, _ in mounts(one)}
        assert set(COMPOSE["volumes"]) <= used

    @pytest.mark.parametrize("name", PORTS)
    def test_ports_are_the_programs_own(self, name: str) -> None:
        """Programs are checked at the ports at which they listen by default."""
        assert SERVICES[name]["ports"] == [f"127.0.0.1:{PORTS[name]}:{PORTS[name]}"]
        assert f"http://127.0.0.1:{PORTS[name]}/" in " ".join(SERVICES[name]["healthcheck"]["test"])

    @pytest.mark.parametrize("source", ["simulation", "bus"])
    def test_the_exporter_takes_its_command(self, source: str) -> None:
        """The command line is one of `run`, for either source, the ledger on the volume."""
        words = [word.replace(PROFILE, source) for word in SERVICES["exporter"]["command"]]
        assert words[0] == "run"
        # Without its parent click would keep a wrong name of the program for `--help`.
        parent = main.make_context("fedmsg-exporter", ["run"])
        run = main.every()["run"].make_context("run", words[1:], parent=parent)
        assert (run.params["source"], run.params["listen"]) == (source, ("0.0.0.0:10450",))
        ledger = PurePosixPath(str(run.params["state"]))
        assert str(ledger.parent) == dict(mounts(SERVICES["exporter"]))["ledger"]
        assert ledger.name == f"{source}.sqlite"

    def test_the_profile_is_the_source(self) -> None:
        """The only profile starts the broker, and is the name of a source."""
        assert [one["profiles"] for one in SERVICES.values() if "profiles" in one] == [["bus"]]

    def test_paths_are_those_of_the_image(self) -> None:
        """The volume and the interpreter are where the Dockerfile puts them."""
        exporter = SERVICES["exporter"]
        assert dict(mounts(exporter))["ledger"] in dockerfile("VOLUME")
        folder = PurePosixPath(dockerfile("ENTRYPOINT")[0]).parent
        assert exporter["healthcheck"]["test"][1] == str(folder / "python")

    def test_the_bus_is_the_broker(self) -> None:
        """The exporter speaks to the RabbitMQ next to it, over a durable queue that is bound."""
        exporter, rabbitmq = SERVICES["exporter"], SERVICES["rabbitmq"]
        path = exporter["environment"]["FEDORA_MESSAGING_CONF"]
        (source,) = [source for source, target in mounts(exporter) if target == path]
        loaded = load_bus_config(DEPLOY / source)
        url, account = urlsplit(loaded["amqp_url"]), rabbitmq["environment"]
        assert SERVICES[url.hostname or ""] is rabbitmq
        assert url.username == account["RABBITMQ_DEFAULT_USER"]
        assert url.password == account["RABBITMQ_DEFAULT_PASS"]
        ((queue, settings),) = loaded["queues"].items()
        assert (settings["durable"], settings["auto_delete"]) == (True, False)
        assert [one["queue"] for one in loaded["bindings"]] == [queue]

    def test_grafana_finds_its_files(self) -> None:
        """Dashboards are where provisioning and the home page look; Prometheus is the service."""
        grafana = SERVICES["grafana"]
        where = {target: DEPLOY / source for source, target in mounts(grafana)}
        provisioning = where["/etc/grafana/provisioning"]
        boards = yaml.safe_load((provisioning / "dashboards/fedmsg.yaml").read_text("utf-8"))
        folder = boards["providers"][0]["options"]["path"]
        home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        assert (where[folder] / PurePosixPath(home).relative_to(folder)).is_file()
        sources = yaml.safe_load((provisioning / "datasources/prometheus.yaml").read_text("utf-8"))
        assert sources["datasources"][0]["url"] == "http://prometheus:9090"


GRAFANA_OF_DEMO = yaml.safe_load((DEPLOY / "compose/demo.yml").read_text("utf-8"))["services"][
    "grafana"
]


class TestDemo:
    """Grafana on the Prometheus of `make demo`."""

    def test_it_is_the_grafana_of_the_compose_file(self) -> None:
        """The image is the same, and so is every setting but its address and first board."""
        demo, usual = GRAFANA_OF_DEMO, SERVICES["grafana"]
        assert demo["image"] == usual["image"]
        own = {"GF_SERVER_HTTP_ADDR", "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"}
        settings = [{*one["environment"].items()} for one in (demo, usual)]
        assert {name for name, _ in settings[0] ^ settings[1]} == own

    def test_it_mounts_what_there_is(self) -> None:
        """Its files exist, and its data source is the demo's Prometheus."""
        folder = DEPLOY / "compose"
        assert all((folder / source).exists() for source, _ in mounts(GRAFANA_OF_DEMO))
        paths = ("compose/datasource.yaml", "grafana/provisioning/datasources/prometheus.yaml")
        demo, usual = (yaml.safe_load((DEPLOY / path).read_text("utf-8")) for path in paths)
        usual["datasources"][0]["url"] = "http://127.0.0.1:9090"
        assert demo == usual


class TestPrometheus:
    def test_targets_of_this_machine(self) -> None:
        """Without compose they are at the addresses that they have by default."""
        (address,) = config.build(Document("config.yml", {}, {})).listen
        assert targets(DEPLOY / "targets") == {
            "exporter": [str(address)],
            "alertmanager": [f"127.0.0.1:{PORTS['alertmanager']}"],
        }

    def test_targets_of_compose(self) -> None:
        """In compose they are services, at their own ports."""
        assert targets(DEPLOY / "compose" / "targets") == {
            name: [f"{name}:{PORTS[name]}"] for name in ("exporter", "alertmanager")
        }

    def test_reads_what_there_is(self) -> None:
        """The files that it names exist, here and where compose mounts them."""
        (scrape,), (alerting,) = (
            PROMETHEUS["scrape_configs"],
            PROMETHEUS["alerting"]["alertmanagers"],
        )
        names = [*scrape["file_sd_configs"][0]["files"], *alerting["file_sd_configs"][0]["files"]]
        names += PROMETHEUS["rule_files"]
        mounted = {target for _, target in mounts(SERVICES["prometheus"])}
        for name in names:
            assert list(DEPLOY.glob(name)), name
            assert f"/etc/prometheus/{PurePosixPath(name).parent}" in mounted

    def test_the_job_is_that_of_the_rules(self) -> None:
        """Rules and README use the name of the job."""
        job = PROMETHEUS["scrape_configs"][0]["job_name"]
        assert f'up{{job="{job}"}}' in (DEPLOY / "rules" / "exporter.yml").read_text("utf-8")
        assert f"job_name: {job}\n" in (ROOT / "README.md").read_text("utf-8")

    def test_the_sample_limit_is_above_the_exporters_own(self) -> None:
        """No exporter whose families are all full at their default limits is refused."""
        scrape = PROMETHEUS["scrape_configs"][0]
        limits = config.load(None).limits
        full = sum(limits[one.limit.removeprefix("limits.")] for one in FAMILIES if one.limit)
        assert full < scrape["sample_limit"]

    def test_history_is_kept_for_the_alerts(self) -> None:
        """The data that the rules look back at is still stored."""
        text = "".join(path.read_text("utf-8") for path in (DEPLOY / "rules").glob("*.yml"))
        longest = max(int(weeks) for weeks in re.findall(r"offset (\d+)w", text))
        (flag,) = [one for one in SERVICES["prometheus"]["command"] if "retention" in one]
        years = re.fullmatch(r"--storage\.tsdb\.retention\.time=(\d+)y", flag)
        assert years
        assert int(years[1]) * 365 > (longest + 1) * 7


def test_commands_are_those_of_the_page() -> None:
    """The page on deployment has the commands that the files themselves name."""
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    for path in ("compose.yml", "openshift/fedmsg-exporter.yml"):
        text = (DEPLOY / path).read_text("utf-8")
        commands = re.findall(r"^#     (.+)$", text, re.MULTILINE)
        assert commands
        assert all(f"    {command}\n" in page for command in commands)
