"""The RPM: the spec against what it packages, and a build if rpmbuild is available."""

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml

from tests.docs.contract import ROOT
from tests.docs.test_packaging import build
from tools import changelog, manpages

SPEC = ROOT / "deploy" / "rpm" / "fedmsg-exporter.spec"
PACKIT = ROOT / ".packit.yaml"
UNITS = "usr/lib/systemd/system"
STATE = "/var/lib/fedmsg-exporter"


def field(name: str) -> str:
    """Return what the spec has for a field of its preamble."""
    found = re.search(rf"^{name}: +(.+)$", SPEC.read_text("utf-8"), re.MULTILINE)
    assert found, name
    return found[1]


def test_spec_has_the_newest_version() -> None:
    """The spec builds the newest release of the changelog; before the first one, 0.1.0."""
    named = [one.version for one in changelog.releases(changelog.CHANGELOG.read_text("utf-8"))]
    assert field("Version") == (named[1] if len(named) > 1 else "0.1.0")


def test_spec_installs_what_there_is() -> None:
    """Every file of the repository that the spec names exists."""
    named = re.findall(r"(?<=\s)(?:deploy|docs)/[\w./*-]+\w|\b[A-Z]+\.md", SPEC.read_text("utf-8"))
    assert len(named) >= 8
    for pattern in named:
        assert list(ROOT.glob(pattern)), pattern


def test_spec_packages_every_unit() -> None:
    """Each unit is installed, listed, and what can be enabled is enabled by the presets."""
    spec = SPEC.read_text("utf-8")
    units = {path.name: path.read_text("utf-8") for path in (ROOT / "deploy/systemd").iterdir()}
    assert len(units) >= 3
    for name, text in units.items():
        assert f"deploy/systemd/{name}" in spec, name
        assert f"\n%{{_unitdir}}/{name}\n" in spec, name
        if "[Install]" in text:
            for macro in ("post", "preun"):
                assert re.search(rf"%systemd_{macro} .*\b{re.escape(name)}", spec), name


def test_units_are_changed_as_the_spec_says() -> None:
    """Every line that the spec replaces is in the unit that it replaces it in."""
    blocks = re.findall(
        r"^sed -i \\\n(.*?)^    (deploy/systemd/\S+)$", SPEC.read_text("utf-8"), re.M | re.S
    )
    assert len(blocks) == 2
    for block, path in blocks:
        for pattern in re.findall(r"-e 's\|(.*?)\|", block):
            assert re.search(pattern, (ROOT / path).read_text("utf-8"), re.MULTILINE), pattern


def test_packit_builds_this_spec() -> None:
    """Packit's file names the spec, its package and the tags that make a release."""
    settings = yaml.safe_load(PACKIT.read_text("utf-8"))
    assert ROOT / settings["specfile_path"] == SPEC
    assert settings["downstream_package_name"] == field("Name")
    assert settings["upstream_project_url"] == field("URL")
    assert settings["upstream_tag_template"].format(version="1.2.3") == "v1.2.3"
    assert "/v%{version}/" in field("Source")
    jobs = [job["job"] for job in settings["jobs"]]
    assert {"copr_build", "propose_downstream", "koji_build", "bodhi_update"} == set(jobs)


def rpmbuild(folder: Path) -> Path:
    """Build the RPM from an sdist in place of GitHub's archive, which has the same files."""
    version = field("Version")
    build("--sdist", ROOT, folder, {"SETUPTOOLS_SCM_PRETEND_VERSION": version})
    result = subprocess.run(
        [
            *("rpmbuild", "-bb", "--nodeps", "--without", "tests", SPEC),
            *("--define", f"_topdir {folder / 'top'}", "--define", f"_sourcedir {folder}"),
            *("--define", f"python3 {sys.executable}"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-3000:]
    (path,) = folder.glob("top/RPMS/noarch/*.rpm")
    return path


def settings_of(unit: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in unit.read_text().splitlines() if "=" in line)


def unpacked(package: Path, folder: Path) -> Path:
    folder.mkdir()
    archive = folder.parent / "rpm.tgz"
    with package.open("rb") as source, archive.open("wb") as file:
        subprocess.run(["rpm2archive", "-"], stdin=source, stdout=file, check=True, timeout=60)
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder


@pytest.mark.skipif(not shutil.which("rpmbuild"), reason="rpmbuild is not installed")
def test_rpm_has_program_unit_account_and_man_pages(tmp_path: Path) -> None:
    """The RPM is built, and its parts fit together: program, unit, account, ledger, pages."""
    package = rpmbuild(tmp_path)
    listed = subprocess.run(
        ["rpm", "-qp", "--qf", "[%{FILENAMES} %{FILEUSERNAME} %{FILEMODES:octal}\n]", package],
        capture_output=True,
        text=True,
        check=True,
    )
    files = {line.split()[0]: line.split()[1:] for line in listed.stdout.splitlines()}
    assert files[STATE] == ["fedmsg-exporter", "40700"]
    for page in manpages.pages():
        assert any(name.startswith(f"/usr/share/man/man1/{page}") for name in files), page
    root = unpacked(package, tmp_path / "root")
    unit = settings_of(root / UNITS / "fedmsg-exporter.service")
    assert unit["ExecStart"].startswith("/usr/bin/fedmsg-exporter run ")
    assert "/usr/bin/fedmsg-exporter" in files
    assert (unit["User"], unit.get("DynamicUser")) == ("fedmsg-exporter", None)
    assert unit["StateDirectory"] == Path(STATE).name
    account = (root / "usr/lib/sysusers.d/fedmsg-exporter.conf").read_text().splitlines()[-1]
    assert account.split()[:2] == ["u", unit["User"]]
    program = (root / "usr/bin/fedmsg-exporter").read_text()
    assert program.startswith("#!/usr/bin/python3\n")

    post = settings_of(root / UNITS / "fedmsg-exporter-week.service")
    assert post["ExecStart"].startswith("/usr/bin/fedmsg-exporter report week ")
    assert f"--state {STATE}/ledger.sqlite " in post["ExecStart"]
    assert (post["User"], post["CapabilityBoundingSet"]) == ("fedmsg-exporter", "")
    assert (root / UNITS / "fedmsg-exporter-week.timer").exists()


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="systemd is not installed")
def test_account_is_made(tmp_path: Path) -> None:
    """systemd-sysusers makes the account, whose home is the folder of the ledger."""
    (tmp_path / "etc").mkdir()
    account = ROOT / "deploy" / "rpm" / "fedmsg-exporter.sysusers.conf"
    subprocess.run(["systemd-sysusers", f"--root={tmp_path}", account], check=True, timeout=60)
    (line,) = (tmp_path / "etc" / "passwd").read_text().splitlines()
    name, *_, home, _shell = line.split(":")
    assert (name, home) == ("fedmsg-exporter", STATE)
