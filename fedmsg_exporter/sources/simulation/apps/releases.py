"""Where releases are made: composes, Fedora CoreOS, CentOS Stream, images, metadata.

Machines do all of it, started by cron: no message here has a user.
"""

from ..scene import Scene
from ..tempo import FLAT, FOLLOWING, NIGHTLY
from .app import CENTOS, Act, App, Body, Topic

_KOJI = "https://kojipkgs.fedoraproject.org"
_ARCHES = ("x86_64", "aarch64")
_STREAMS = ("testing-devel", "next-devel", "rawhide", "testing", "next", "stable")
_PHASES = ("init", "pkgset", "gather", "createrepo", "buildinstall", "image_build")
_REGISTRIES = ("quay.io/fedora", "registry.fedoraproject.org")
_REGIONS = {"eu-central-1": "ami-0a1b2c3d4e5f60718", "us-east-1": "ami-08172635445362718"}


def _compose_id(scene: Scene) -> str:
    release = scene.pick(("Rawhide", f"{scene.fedora}"))
    return f"Fedora-{release}-{scene.date().replace('-', '')}.n.0"


def _composed(scene: Scene) -> Act:
    compose = _compose_id(scene)
    body = {
        "arch": "",
        "branch": "rawhide",
        "compose_id": compose,
        "location": f"{_KOJI}/compose/{compose}",
        "log": scene.pick(("start", "done")),
        "short": "Fedora",
    }
    return Act(body)


def _compose_changed(scene: Scene) -> Act:
    compose = _compose_id(scene)
    body = {
        "compose_date": scene.date().replace("-", ""),
        "compose_id": compose,
        "compose_label": None,
        "compose_type": "nightly",
        "location": f"{_KOJI}/compose/{compose}/compose",
        "release_short": "Fedora",
        "status": scene.pick(("STARTED", "FINISHED", "FINISHED_INCOMPLETE", "DOOMED")),
    }
    return Act(body)


def _phase(scene: Scene) -> Act:
    return Act({"compose_id": _compose_id(scene), "phase_name": scene.pick(_PHASES)})


def _coreos_build(scene: Scene) -> Body:
    number = f"{scene.fedora}.{scene.date().replace('-', '')}.{scene.number(0, 3)}.0"
    stream = scene.pick(_STREAMS)
    return {
        "basearch": scene.pick(_ARCHES),
        "build_dir": f"https://builds.example/prod/streams/{stream}/builds/{number}",
        "build_id": number,
        "stream": stream,
    }


def _coreos_state(scene: Scene) -> Act:
    over = {"result": "SUCCESS", "state": "FINISHED"}
    return Act({**_coreos_build(scene), **(over if scene.chance(0.5) else {"state": "STARTED"})})


def _coreos_sign(scene: Scene) -> Act:
    request = {"checksum": f"sha256:{scene.sha()}", "request_id": scene.uuid()}
    return Act({**_coreos_build(scene), **request})


def _coreos_signed(scene: Scene) -> Act:
    answer = {"request_id": scene.uuid(), "status": "SUCCESS"}
    return Act({**_coreos_build(scene), **answer})


def _coreos_import(scene: Scene) -> Act:
    request = {"ostree_ref": "fedora/x86_64/coreos/testing", "target_repo": "compose"}
    return Act({**_coreos_build(scene), **request, "checksum": f"sha256:{scene.sha()}"})


def _coreos_imported(scene: Scene) -> Act:
    return Act({**_coreos_import(scene).body, "ostree_checksum": scene.sha(), "status": "SUCCESS"})


def _coreos_released(scene: Scene) -> Act:
    build = _coreos_build(scene)
    body = {"basearches": list(_ARCHES), "build_id": build["build_id"], "stream": build["stream"]}
    return Act(body)


def _xml_signed(_: Scene) -> Act:
    return Act({"body": '<?xml version="1.0" encoding="UTF-8"?>'})


def _centos_composed(scene: Scene) -> Act:
    """Report a compose of CentOS Stream."""
    compose = f"CentOS-Stream-10-{scene.date().replace('-', '')}.0"
    return Act({"compose_id": compose, "status": scene.pick(("STARTED", "FINISHED"))})


def _aws(scene: Scene) -> Act:
    body = {
        "architecture": scene.pick(_ARCHES),
        "compose_id": _compose_id(scene),
        "image_name": f"Fedora-Cloud-Base-AmazonEC2.{scene.date()}",
        "regions": _REGIONS,
        "release": scene.fedora,
        "subvariant": "Cloud_Base",
    }
    return Act(body)


def _container(scene: Scene) -> Act:
    repository = scene.pick(("fedora", "fedora-minimal", "fedora-toolbox"))
    tag = str(scene.fedora)
    body = {
        "architectures": list(_ARCHES),
        "compose_id": _compose_id(scene),
        "registries": list(_REGISTRIES),
        "release": scene.fedora,
        "repository": repository,
        "tags": [tag],
    }
    images = [f"{registry}/{repository}:{tag}" for registry in _REGISTRIES]
    return Act(body, containers=images)


def _metadata(scene: Scene) -> Act:
    name = scene.pick(("rawhide", f"f{scene.fedora}", f"f{scene.fedora}-updates"))
    packages = sorted({scene.package() for _ in range(6)})
    body = {"name": name, "packages": packages, "url": f"https://dl.example/{name}/"}
    return Act(body)


def _crawled(scene: Scene) -> Act:
    """Switch a mirror off that was found to be outdated."""
    number = scene.number(1, 4000)
    host = {
        "asn": 64_496,
        "bandwidth": 10_000,
        "country": scene.pick(("DE", "US", "JP", "BR")),
        "id": number,
        "name": f"mirror{number}.example.org",
    }
    site = {"admins": [], "id": number, "name": "A mirror", "org_url": None}
    body = {
        "crawled_at": scene.stamp,
        "host": host,
        "logs_url": "https://mirrors.example/logs",
        "reason": "Host has been crawled successfully, but is outdated",
        "site": site,
    }
    return Act(body)


_COMPOSE = (
    Topic("rawhide.start", 1, _composed),
    Topic("rawhide.complete", 1, _composed),
    Topic("rawhide.rsync.start", 1, _composed),
    Topic("rawhide.rsync.complete", 1, _composed),
    Topic("branched.complete", 1, _composed),
)
_PUNGI = (
    Topic("compose.status.change", 2, _compose_changed),
    Topic("compose.phase.start", 6, _phase),
    Topic("compose.phase.stop", 6, _phase),
)
_COREOS = (
    Topic("build.state.change", 4, _coreos_state),
    Topic("build.request.ostree-sign", 2, _coreos_sign),
    Topic("build.request.ostree-sign.finished", 2, _coreos_signed),
    Topic("build.request.artifacts-sign", 1, _coreos_sign),
    Topic("build.request.artifacts-sign.finished", 1, _coreos_signed),
    Topic("build.request.ostree-import", 1, _coreos_import),
    Topic("build.request.ostree-import.finished", 1, _coreos_imported),
    Topic("stream.release", 0.5, _coreos_released),
)
_U = "fedora_image_uploader.published.v1"
_UPLOADS = (
    Topic("published.v1.aws", 3, _aws, f"{_U}.aws"),
    Topic("published.v1.container", 2, _container, f"{_U}.container"),
)
_MDAPI = (Topic("repo.update", 1, _metadata, "mdapi.repo.update"),)
_CRAWLER = "mirrormanager.crawler.host.disabled.v1"
_MIRRORS = (Topic("crawler.host.disabled.v1", 1, _crawled, _CRAWLER),)

APPS = (
    App("compose", 1, NIGHTLY, _COMPOSE),
    App("pungi", 3, NIGHTLY, _PUNGI),
    App("coreos", 4, FOLLOWING, _COREOS),
    App("robosignatory", 0.5, FOLLOWING, (Topic("xml-sign", 1, _xml_signed),)),
    App("stream", 0.3, NIGHTLY, (Topic("compose.status.change", 1, _centos_composed),), CENTOS),
    App("fedora_image_uploader", 0.8, NIGHTLY, _UPLOADS, package="fedora_image_uploader_messages"),
    App("mdapi", 1.5, FLAT, _MDAPI, package="mdapi_messages"),
    App("mirrormanager", 0.3, FLAT, _MIRRORS, package="mirrormanager_messages"),
)
