"""Where builds are tested, by machines most of the time, and judged.

Test results name who built the thing under test (the issuer), who did not run
the test: nobody did. People appear when they waive a failure or test kernels.
"""

from collections.abc import Callable, Mapping
from typing import Final

from ..names import words
from ..scene import Scene
from ..tempo import FOLLOWING, HUMAN, NIGHTLY
from .app import Act, App, Body, Topic

_TESTS: Final = words("installability rpmdeplint rpminspect tier0 dist.abicheck")
_OPENQA: Final = words("base_selinux install_default desktop_login podman upgrade_minimal")
_CONTACT = {
    "docs": "https://docs.example/ci",
    "email": "ci@lists.example",
    "name": "Fedora CI",
    "team": "Fedora CI",
    "url": "https://ci.example",
}


def _build(scene: Scene) -> Body:
    build = scene.build(scene.package())
    return {
        "component": build.package,
        "id": scene.serial(118_000_000, 4),
        "issuer": scene.person().name,
        "nvr": build.nvr,
        "scratch": False,
        "source": f"https://src.fedoraproject.org/rpms/{build.package}#{scene.sha()}",
        "type": "koji-build",
    }


def _update(scene: Scene) -> Body:
    builds = [{"nvr": scene.build(scene.package()).nvr} for _ in range(scene.number(1, 3))]
    alias = f"FEDORA-{scene.date()[:4]}-{scene.sha()[:10]}"
    return {"alias": alias, "builds": builds, "id": alias, "type": "fedora-update"}


def _compose(scene: Scene) -> Body:
    name = f"Fedora-Rawhide-{scene.date().replace('-', '')}.n.0"
    return {"compose_type": "nightly", "id": name, "type": "productmd-compose"}


def _request(scene: Scene) -> Body:
    person, package = scene.person(), scene.package()
    return {
        "commit_hash": scene.sha(),
        "id": f"{scene.number(1, 9000)}@{scene.sha()[:9]}#{scene.number(1, 900)}",
        "issuer": person.name,
        "repository": f"https://src.fedoraproject.org/rpms/{package}",
        "type": "dist-git-pr",
    }


def _tested(scene: Scene, kind: str, state: str) -> Act:
    """Report how a test goes, as the CI message specification has it."""
    log = f"https://artifacts.example/testing-farm/{scene.uuid()}"
    test: Body = {
        "category": "functional",
        "namespace": f"fedora-ci.{kind}",
        "type": scene.pick(_TESTS),
    }
    if state == "complete":
        test["result"] = scene.pick(("passed", "passed", "failed", "info"))
    body = {
        "artifact": _ARTIFACTS[kind](scene),
        "contact": _CONTACT,
        "generated_at": scene.stamp,
        "pipeline": {"id": scene.uuid(), "name": test["type"]},
        "run": {"log": log, "url": log},
        "test": test,
        "version": "1.1.15",
    }
    if state == "error":
        body["error"] = {"reason": "The test system is down"}
    return Act(body)


def _ci_topic(kind: str, state: str, share: float) -> Topic:
    return Topic(f"{kind}.test.{state}", share, lambda scene: _tested(scene, kind, state))


def _result(scene: Scene) -> Act:
    build, test = scene.build(scene.package()), scene.pick(_TESTS)
    number = scene.serial(60_000_000, 10)
    body = {
        "data": {"item": [build.nvr], "type": ["koji_build"]},
        "groups": [scene.uuid()],
        "href": f"https://resultsdb.example/api/v2.0/results/{number}",
        "id": number,
        "note": "",
        "outcome": scene.pick(("PASSED", "PASSED", "PASSED", "FAILED", "RUNNING")),
        "ref_url": "https://artifacts.example/",
        "submit_time": scene.stamp,
        "testcase": {"name": f"fedora-ci.koji-build.{test}", "ref_url": ""},
    }
    return Act(body)


def _decided(scene: Scene) -> Act:
    build, passed = scene.build(scene.package()), scene.chance(0.8)
    body = {
        "applicable_policies": ["fedora_bodhi_update_stable"],
        "decision_context": "bodhi_update_push_stable",
        "policies_satisfied": passed,
        "previous": None,
        "product_version": f"fedora-{scene.fedora}",
        "satisfied_requirements": [],
        "subject_identifier": build.nvr,
        "subject_type": "koji_build",
        "summary": "All required tests passed" if passed else "1 of 1 required test failed",
        "unsatisfied_requirements": [],
    }
    return Act(body)


def _waived(scene: Scene) -> Act:
    """Waive a failed test: the one decision here that is a person's."""
    user = scene.person().name
    body = {
        "comment": "The failure is not related to this update.",
        "id": scene.serial(20_000, 9000),
        "product_version": f"fedora-{scene.fedora}",
        "proxied_by": "bodhi",
        "scenario": None,
        "subject_identifier": scene.build(scene.package()).nvr,
        "subject_type": "koji_build",
        "testcase": f"fedora-ci.koji-build.{scene.pick(_TESTS)}",
        "timestamp": scene.stamp,
        "username": user,
        "waived": True,
    }
    return Act(body, user)


def _openqa(scene: Scene) -> Act:
    body = {
        "ARCH": scene.pick(("x86_64", "aarch64")),
        "BUILD": f"Update-FEDORA-{scene.date()[:4]}-{scene.sha()[:10]}",
        "FLAVOR": "updates-server",
        "MACHINE": "64bit",
        "TEST": scene.pick(_OPENQA),
        "group_id": 2,
        "id": scene.serial(3_500_000, 25),
        "newbuild": None,
        "remaining": scene.number(0, 60),
        "result": scene.pick(("passed", "passed", "softfailed", "failed")),
    }
    return Act(body)


def _openqa_restarted(scene: Scene) -> Act:
    """Run a job again; the body gives neither requester nor reason."""
    act = _openqa(scene)
    number = act.body["id"]
    return Act({**act.body, "id": str(number), "result": {str(number): number + 1}})


def _openqa_comment(scene: Scene) -> Act:
    user = scene.person().name
    job = scene.serial(3_500_000, 25)
    body = {
        "created": scene.stamp,
        "group_id": None,
        "id": scene.serial(90_000, 4000),
        "job_id": job,
        "text": "This is a known bug.",
        "updated": scene.stamp,
        "user": user,
    }
    return Act(body, user)


def _kernel_tested(scene: Scene) -> Act:
    user = scene.person().name
    test = {
        "arch": "x86_64",
        "authenticated": True,
        "failed_tests": "None",
        "fedora_version": scene.fedora,
        "kernel_version": scene.build("kernel").nvr.removeprefix("kernel-"),
        "result": scene.pick(("PASS", "PASS", "FAIL")),
        "testdate": scene.stamp,
        "tester": user,
        "testset": "default",
    }
    return Act({"agent": user, "test": test}, user, [])


def _scan(scene: Scene) -> Act:
    task = scene.serial(40_000, 600)
    log = f"http://openscanhub.example/task/{task}/log/added.js?format=raw"
    return Act({"added.js": log, "status": "success", "task_id": task})


def _log_explained(scene: Scene) -> Act:
    body = {
        "build_system": scene.pick(("koji", "copr")),
        "commit_sha": scene.sha(),
        "log_detective_analysis_id": scene.uuid(),
        "log_detective_analysis_start": scene.ago(60),
        "log_detective_response": {"explanation": {"text": "A test failed."}},
        "status": scene.pick(("complete", "complete", "error")),
        "target_build": str(scene.serial(118_000_000, 4)),
    }
    return Act(body)


_ARTIFACTS: Final[Mapping[str, Callable[[Scene], Body]]] = {
    "koji-build": _build,
    "dist-git-pr": _request,
    "fedora-update": _update,
    "productmd-compose": _compose,
}
_KINDS = (("koji-build", 3.0), ("dist-git-pr", 1.0), ("fedora-update", 2.0))
_STATES = (("queued", 1.0), ("running", 1.0), ("complete", 1.0), ("error", 0.05))
_CI = tuple(
    _ci_topic(kind, state, share * part)
    for kind, share in (*_KINDS, ("productmd-compose", 0.3))
    for state, part in _STATES
)
_JOBS = (
    Topic("job.create", 2, _openqa),
    Topic("job.done", 4, _openqa),
    Topic("job.cancel", 0.2, _openqa),
    Topic("job.restart", 0.2, _openqa_restarted),
)
_KERNEL = (Topic("upload.new", 1, _kernel_tested, "kerneltest.upload.new.v1", "agent"),)
_COMMENT = (Topic("comment.create", 1, _openqa_comment, actor="user"),)

APPS = (
    App("ci", 90, FOLLOWING, _CI),
    App("resultsdb", 70, FOLLOWING, (Topic("result.new", 1, _result),)),
    App("greenwave", 40, FOLLOWING, (Topic("decision.update", 1, _decided),)),
    App("waiverdb", 0.6, HUMAN, (Topic("waiver.new", 1, _waived, actor="username"),)),
    App("openqa", 25, NIGHTLY, _JOBS),
    App("openqa", 0.3, HUMAN, _COMMENT),
    App("kerneltest", 0.4, HUMAN, _KERNEL, package="kerneltest_messages"),
    App("openscanhub", 3, FOLLOWING, (Topic("task.finished", 1, _scan),)),
    App("logdetective", 2, FOLLOWING, (Topic("analysis", 1, _log_explained),)),
)
