"""The example for OpenShift: names, labels, ports and volumes that must agree."""

import hashlib
import os
import re
import subprocess
from pathlib import Path, PurePosixPath
from typing import Any

import kubernetes_validate
import pytest
import yaml
from click.testing import CliRunner

from fedmsg_exporter import config
from fedmsg_exporter.commands import main
from tests.deployed import DEPLOY, PROMETHEUS, ROOT, dockerfile, load_bus_config

Json = dict[str, Any]


def openshift(kind: str) -> Json:
    """The only object of a kind."""
    text = (DEPLOY / "openshift" / "fedmsg-exporter.yml").read_text("utf-8")
    (found,) = [one for one in yaml.safe_load_all(text) if one["kind"] == kind]
    return dict(found)


def pod() -> Json:
    spec: Json = openshift("Deployment")["spec"]["template"]["spec"]
    return spec


def container() -> Json:
    (found,) = pod()["containers"]
    return dict(found)


def mounted() -> dict[str, Json]:
    """The volume that is at each path of the container."""
    volumes = {one["name"]: one for one in pod()["volumes"]}
    assert len(volumes) == len(container()["volumeMounts"])
    return {one["mountPath"]: volumes[one["name"]] for one in container()["volumeMounts"]}


def script(name: str, grafana: str = "") -> str:
    """What a script prints."""
    done = subprocess.run(
        ["sh", DEPLOY / "openshift" / name],
        env={"PATH": os.environ["PATH"], "GRAFANA": grafana},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    return done.stdout


class TestOpenShift:
    def test_objects_fit_their_schemas(self) -> None:
        """Kubernetes 1.31, of OpenShift 4.18, knows every key; the operator's object is its own."""
        objects = list(yaml.safe_load_all(script("objects.sh")))
        known = [one for one in objects if "monitoring.coreos.com" not in one["apiVersion"]]
        assert len(known) == len(objects) - 1
        for one in known:
            kubernetes_validate.validate(one, "1.31", strict=True)

    def test_a_changed_config_makes_a_new_pod(self) -> None:
        """The annotation of the pod is a checksum of the config, and of nothing else."""
        text = (DEPLOY / "openshift" / "fedmsg-exporter.yml").read_text("utf-8")
        digest = hashlib.sha256(text[: text.index("---\n") + 4].encode()).hexdigest()
        (deployment,) = [
            one for one in yaml.safe_load_all(script("objects.sh")) if one["kind"] == "Deployment"
        ]
        annotations = deployment["spec"]["template"]["metadata"]["annotations"]
        assert annotations == {"checksum/config": digest[:16]}

    def test_only_prometheus_reaches_the_names(self) -> None:
        """It logs in with the password of the secret, through the policy."""
        (endpoint,) = openshift("PodMonitor")["spec"]["podMetricsEndpoints"]
        secret = mounted()["/etc/fedmsg-exporter-web"]["secret"]["secretName"]
        assert {one["name"] for one in endpoint["basicAuth"].values()} == {secret}
        policy = openshift("NetworkPolicy")["spec"]
        assert policy["podSelector"] == openshift("Deployment")["spec"]["selector"]
        (rule,) = policy["ingress"]
        assert rule["ports"] == [{"port": endpoint["port"]}]
        page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
        for key in ("web.yml", "username", "password"):
            assert re.search(rf"generic {secret} .*(\\\n.*)*{key}", page)

    def test_one_exporter_per_ledger(self) -> None:
        """The old pod ends before the new one starts; the volume is where the image writes."""
        spec = openshift("Deployment")["spec"]
        assert (spec["replicas"], spec["strategy"]) == (1, {"type": "Recreate"})
        claim = openshift("PersistentVolumeClaim")["metadata"]["name"]
        (folder,) = dockerfile("VOLUME")
        assert mounted()[folder]["persistentVolumeClaim"] == {"claimName": claim}
        assert any(word.startswith(f"{folder}/") for word in dockerfile("CMD"))

    def test_labels_select_the_pod(self) -> None:
        """Deployment, service and pod monitor mean the pod of the template."""
        deployment = openshift("Deployment")["spec"]
        labels = deployment["template"]["metadata"]["labels"]
        assert deployment["selector"]["matchLabels"] == labels
        assert openshift("Service")["spec"]["selector"] == labels
        assert openshift("PodMonitor")["spec"]["selector"]["matchLabels"] == labels

    def test_ports_agree(self) -> None:
        """All mean the port of the image by its name."""
        (port,) = container()["ports"]
        assert f"0.0.0.0:{port['containerPort']}" in dockerfile("CMD")
        (service,) = openshift("Service")["spec"]["ports"]
        (endpoint,) = openshift("PodMonitor")["spec"]["podMetricsEndpoints"]
        assert service["port"] == port["containerPort"]
        probes = [container()[f"{one}Probe"]["httpGet"] for one in ("startup", "liveness")]
        probes.append(container()["readinessProbe"]["httpGet"])
        named = [service["targetPort"], endpoint["port"], *(one["port"] for one in probes)]
        assert set(named) == {port["name"]}
        assert [one["path"] for one in probes] == ["/-/healthy", "/-/healthy", "/-/ready"]
        assert endpoint["path"] == "/metrics"

    def test_config_passes_the_check(self, tmp_path: Path) -> None:
        """`fedmsg-exporter check` has no complaints about the config, which writes where it may."""
        files = self.files()
        path = tmp_path / "config.yml"
        web = tmp_path / "web.yml"
        web.write_text("basic_auth_users: {}\n")
        mount = "/etc/fedmsg-exporter-web"
        assert mount in mounted()
        path.write_text(files["FEDMSG_EXPORTER_CONFIG"].replace(mount, str(tmp_path)))
        result = CliRunner().invoke(main, ["check", "--config", str(path)])
        assert result.exit_code == 0, result.output
        ledger = config.load(path).state
        assert ledger
        assert str(ledger.parent) in mounted()

    def test_bus_config_is_accepted(self, tmp_path: Path) -> None:
        """The queue is made elsewhere; certificates come from the secret on the page."""
        path = tmp_path / "fedora-messaging.toml"
        path.write_text(self.files()["FEDORA_MESSAGING_CONF"])
        loaded = load_bus_config(path)
        assert loaded["passive_declares"] is True
        assert [one["durable"] for one in loaded["queues"].values()] == [True]
        page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
        for name in ("ca_cert", "keyfile", "certfile"):
            file = PurePosixPath(loaded["tls"][name])
            secret = mounted()[str(file.parent)]["secret"]["secretName"]
            assert f"oc create secret generic {secret} " in page
            assert f"--from-file={file.name}" in page

    @staticmethod
    def files() -> dict[str, str]:
        """The text of the file that each variable names."""
        data = openshift("ConfigMap")
        found = {}
        for variable in container()["env"]:
            path = PurePosixPath(variable["value"])
            volume = mounted()[str(path.parent)]
            assert volume["configMap"]["name"] == data["metadata"]["name"]
            found[variable["name"]] = data["data"][path.name]
        return found

    def test_series_outlive_a_rollout(self) -> None:
        """Job and instance are fixed, the job as in the rules, and pods leave no label."""
        monitor = openshift("PodMonitor")
        assert monitor["metadata"]["labels"]["monitoring-key"] == "cpe"
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        fixed = {one.get("targetLabel"): one.get("replacement") for one in endpoint["relabelings"]}
        assert fixed["job"] == PROMETHEUS["scrape_configs"][0]["job_name"]
        assert fixed["instance"]
        (dropped,) = [one for one in endpoint["relabelings"] if one.get("action") == "labeldrop"]
        assert re.fullmatch(dropped["regex"], "pod")


@pytest.mark.parametrize("grafana", ["", "https://grafana.example.com"])
def test_rules_for_the_operator_are_the_rules(grafana: str) -> None:
    """The script prints each file of rules as an object, except for links to the dashboards."""
    made = list(yaml.safe_load_all(script("rules.sh", grafana)))
    assert {one["kind"] for one in made} == {"PrometheusRule"}
    for path in sorted((DEPLOY / "rules").glob("*.yml")):
        (rule,) = [one for one in made if one["metadata"]["name"] == f"fedmsg-{path.stem}"]
        text = path.read_text("utf-8")
        if grafana:
            text = text.replace("http://localhost:3000", grafana)
        assert rule["spec"] == yaml.safe_load(text)
    assert len({one["metadata"]["name"] for one in made}) == len(made)
