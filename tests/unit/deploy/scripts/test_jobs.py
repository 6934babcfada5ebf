"""Each script has its own job, account and grants, which follow the scripts folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from deploy import option_checks, removal, secrets, source
from deploy.doctor import examine
from deploy.parts import accounts, functions, roles
from deploy.parts import grants as other_grants
from deploy.plan_summary import by_resource, kind_of
from deploy.scripts import declared, grants, jobs
from deploy.scripts.declared import ScriptImage
from deploy.site import Site, read_plan
from deploy.step import Step
from handlers.actions import run_script
from handlers.scripts import cloud_run
from shared.config import Settings
from shared.errors import InputError
from shared.secret import Secret
from tests.support.gcloud_services import PROJECT
from tests.support.planning import HOME, MARKED, REGION, GivenState, Ground, aim, whats
from tests.support.script_folder import add_script

pytestmark = pytest.mark.server

JOB, ACCOUNT = "hinomi-script-clear-queue", "hinomi-script-clear-queue"
RUN = f"run/{HOME}/locations/{REGION}/jobs"
VARIABLE = "HINOMI_SCRIPT_SECRET_KAFKA_PASSWORD"
IMAGE = ScriptImage("t" * 32, "r" * 32)
MORE = "secrets: [KAFKA_PASSWORD]\npermissions: [dataflow.jobs.cancel, dataflow.jobs.get]"


@pytest.fixture
def actions(tmp_path: Path) -> Path:
    """A folder with one script, which has a secret and permissions."""
    add_script(tmp_path / "actions", "clear_queue", more=MORE)
    return tmp_path / "actions"


def seen(
    ground: Ground,
    actions: Path,
    *,
    image: ScriptImage | None = IMAGE,
    source: Path = Path("source"),
    **options: Any,
) -> Site:
    desired = GivenState(scripts=declared.read(actions))
    return ground.site(aim(secrets={VARIABLE: "kafka"}, **options), desired, script_image=image, source=source)


def deploy(ground: Ground, site: Site) -> list[str]:
    """Applies the planned steps of the jobs to the state; returns the problems that they solve."""
    found = [*jobs.images(site), *jobs.steps(site)]
    for step in found:
        if step.argv[0] == "builds":
            tag = f"{HOME}/locations/{REGION}/repositories/hinomi/packages/scripts/tags/{site.script_image.tag}"  # type: ignore[union-attr]
            ground.state[f"artifactregistry/{tag}"] = {"name": tag}
        else:
            ground.state[f"{RUN}/{step.argv[3]}"] = _job(step.argv)
    return [step.problem for step in found]


def _job(argv: tuple[str, ...]) -> dict[str, Any]:
    """The job as stored after a command, in the form of API version 1."""
    options = dict(word.removeprefix("--").split("=", 1) for word in argv if "=" in word)
    env: list[dict[str, Any]] = [{"name": name, "value": value} for name, value in _pairs(options["set-env-vars"])]
    for name, value in _pairs(options.get("set-secrets", "")):
        secret, _, key = value.partition(":")
        env.append({"name": name, "valueFrom": {"secretKeyRef": {"name": secret, "key": key}}})
    spec = {
        "containers": [{"image": options["image"], "env": env}],
        "serviceAccountName": options["service-account"],
        "maxRetries": int(options["max-retries"]),
        "timeoutSeconds": int(options["task-timeout"].removesuffix("s")),
    }
    labels = dict(_pairs(options.get("labels", "") or options.get("update-labels", "")))
    return {"labels": labels, "spec": {"template": {"spec": spec}}}


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (pair.partition("=") for pair in text.split(",") if pair)]


def add_secret(ground: Ground) -> None:
    secret = f"{HOME}/secrets/kafka"
    ground.state[f"secretmanager/{secret}"] = {"name": secret}
    ground.state[f"secretmanager/{secret}/versions/latest"] = {"name": f"{secret}/versions/1", "state": "ENABLED"}


def add_account(ground: Ground, name: str = ACCOUNT) -> None:
    email = f"{name}@{PROJECT}.iam.gserviceaccount.com"
    ground.state[f"iam/{HOME}/serviceAccounts/{email}"] = {"email": email, **MARKED}


def of_script(steps: Iterable[Step]) -> list[str]:
    return [what for what in whats(list(steps)) if "script" in what]


def test_a_script_has_an_account_a_role_its_secret_and_a_job_that_the_function_may_run(
    ground: Ground, actions: Path
) -> None:
    add_secret(ground)
    site = seen(ground, actions)
    (account,) = [step for step in accounts.steps(site) if ACCOUNT in step.argv]
    assert account.purpose.en == "runs the script clear_queue; may do what its manifest declares"
    created = {step.argv[3]: step.argv[-1] for step in roles.steps(site)}
    assert created["hinomi_script_clear_queue"] == "--permissions=dataflow.jobs.cancel,dataflow.jobs.get"
    runs = "run.executions.list,run.jobs.run,run.jobs.runWithOverrides"
    assert created["hinomi_run_scripts"] == f"--permissions={runs}"
    assert created["hinomi_metrics_analysis_home"].endswith(",logging.logEntries.list")
    assert "logging" not in created["hinomi_history_analysis_home"]
    member = f"serviceAccount:{ACCOUNT}@{PROJECT}.iam.gserviceaccount.com"
    assert of_script(other_grants.steps(site)) == [
        f"grant of {HOME}/roles/hinomi_script_clear_queue on project {PROJECT} to {member}"
    ]
    assert whats(grants.of_secrets(site)) == [f"grant of {secrets.READER} on secret kafka to {member}"]
    (job,) = jobs.steps(site)
    assert job.argv[:4] == ("run", "jobs", "create", JOB)
    assert {
        "--max-retries=0",
        "--task-timeout=65s",
        f"--set-secrets={VARIABLE}=kafka:latest",
        "--set-env-vars=HINOMI_SCRIPT=clear_queue",
        f"--service-account={member.partition(':')[2]}",
        f"--image={REGION}-docker.pkg.dev/{PROJECT}/hinomi/scripts:{IMAGE.tag}",
    } <= set(job.argv)
    (call,) = grants.calls(site)
    assert call.argv[:4] == ("run", "jobs", "add-iam-policy-binding", JOB)
    assert f"--role={HOME}/roles/hinomi_run_scripts" in call.argv
    assert {kind_of(step) for step in (*jobs.images(site), job)} == {"Scripts"}
    assert kind_of(call) == "Grants"
    assert functions.environment(site, site.functions[0])["HINOMI_SCRIPT_LOCATION"] == f"{HOME}/locations/{REGION}"


def test_a_job_is_deployed_again_only_when_something_changed(ground: Ground, actions: Path) -> None:
    add_secret(ground)
    add_script(actions, "other")
    assert deploy(ground, seen(ground, actions)) == ["not built with these scripts", "missing", "missing"]
    assert deploy(ground, seen(ground, actions)) == []
    (actions / "clear_queue" / "run.sh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (actions / "clear_queue" / ".cache").write_text("x", encoding="utf-8")
    changed = replace(IMAGE, tag="u" * 32)
    site = seen(ground, actions, image=changed)
    assert [step.argv[3] for step in jobs.steps(site)] == [JOB]
    assert deploy(ground, site) == [
        "not built with these scripts",
        "its folder, its secrets or its limits changed since the last deployment",
    ]
    assert deploy(ground, seen(ground, actions, image=changed)) == []
    upgraded = ScriptImage("v" * 32, "w" * 32)
    assert set(deploy(ground, seen(ground, actions, image=upgraded))) == {
        "not built with these scripts",
        "runs with the code of another version of Hinomi",
    }
    assert deploy(ground, seen(ground, actions, image=upgraded)) == []
    assert list(jobs.steps(seen(ground, actions, image=None))) == [], "the doctor compares no other version"


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("serviceAccountName", "other", "account"),
        ("maxRetries", 3, "retries"),
        ("timeoutSeconds", 600, "timeout"),
        ("containers", [{"image": "x"}], "HINOMI_SCRIPT"),
    ],
)
def test_a_job_that_was_edited_by_hand_is_corrected(
    ground: Ground, actions: Path, key: str, value: Any, name: str
) -> None:
    deploy(ground, seen(ground, actions))
    ground.state[f"{RUN}/{JOB}"]["spec"]["template"]["spec"][key] = value
    (step,) = jobs.steps(seen(ground, actions))
    assert step.problem == f"edited by hand: {name}"
    deploy(ground, seen(ground, actions))
    assert list(jobs.steps(seen(ground, actions))) == []


def test_an_image_with_a_dockerfile_is_built_from_it(ground: Ground, actions: Path, tmp_path: Path) -> None:
    site = seen(ground, actions, source=tmp_path)
    (step,) = jobs.images(site)
    assert f"--config={tmp_path}/cloudbuild.yaml" in step.argv
    (actions / "Dockerfile").write_text("FROM python:3.13-slim\n", encoding="utf-8")
    source._scripts(tmp_path / "scripts", actions, {})  # noqa: SLF001 - the whole build compiles every rule
    (step,) = jobs.images(site)
    assert f"--config={tmp_path}/docker-build.yaml" in step.argv
    deploy(ground, site)
    (actions / "Dockerfile").write_text("FROM python:3.14-slim\n", encoding="utf-8")
    assert [step.argv[3] for step in jobs.steps(seen(ground, actions, image=None))] == [JOB], "the doctor sees it"


def test_a_script_with_a_dockerfile_has_an_image_of_its_own(ground: Ground, actions: Path, tmp_path: Path) -> None:
    add_script(actions, "reload")
    (actions / "reload" / "Dockerfile").write_text("FROM python:3.13-slim\n", encoding="utf-8")
    site = seen(ground, actions, source=tmp_path)
    shared, own = jobs.images(site)
    assert (shared.resource.en, own.resource.en) == ("image of the scripts", "image of the script reload")
    registry = f"{REGION}-docker.pkg.dev/{PROJECT}/hinomi"
    assert any(each.startswith(f"--substitutions=_IMAGE={registry}/scripts:") for each in shared.argv)
    (built,) = [each for each in own.argv if each.startswith("--substitutions")]
    assert f"_IMAGE={registry}/scripts-reload:{IMAGE.tag}," in built
    assert built.endswith(",_FILE=actions/reload/Dockerfile")
    assert own.argv[2] == str(tmp_path / "scripts")
    images = {step.argv[3]: next(each for each in step.argv if each.startswith("--image")) for step in jobs.steps(site)}
    assert images == {
        JOB: f"--image={registry}/scripts:{IMAGE.tag}",
        "hinomi-script-reload": f"--image={registry}/scripts-reload:{IMAGE.tag}",
    }
    deploy(ground, site)
    (actions / "reload" / "Dockerfile").unlink()
    (back,) = jobs.steps(seen(ground, actions))
    assert (back.argv[3], f"--image={registry}/scripts:{IMAGE.tag}" in back.argv) == ("hinomi-script-reload", True)


def test_a_secret_without_a_value_is_not_mounted_and_a_later_one_is(ground: Ground, actions: Path) -> None:
    (before,) = jobs.steps(seen(ground, actions))
    assert "--clear-secrets" in before.argv
    deploy(ground, seen(ground, actions))
    add_secret(ground)
    (after,) = jobs.steps(seen(ground, actions))
    assert f"--set-secrets={VARIABLE}=kafka:latest" in after.argv


def test_the_resources_of_a_deleted_script_are_removed_and_those_of_others_stay(ground: Ground, actions: Path) -> None:
    add_secret(ground)
    deploy(ground, seen(ground, actions))
    add_account(ground)
    role = f"{HOME}/roles/hinomi_script_clear_queue"
    ground.state[f"iam/{role}"] = {**MARKED, "name": role, "includedPermissions": ["dataflow.jobs.get"]}
    ground.grant(HOME, role, ACCOUNT)
    ground.grant(f"{HOME}/secrets/kafka", secrets.READER, ACCOUNT, api="secretmanager")
    theirs = {"labels": {}, "spec": ground.state[f"{RUN}/{JOB}"]["spec"]}
    ground.state[f"{RUN}/hinomi-script-theirs"] = theirs
    ground.deployed(aim(secrets={VARIABLE: "kafka"}))
    site = ground.site(aim(secrets={VARIABLE: ""}))
    member = f"serviceAccount:{ACCOUNT}@{PROJECT}.iam.gserviceaccount.com"
    expected = [
        f"grant of {role} on project {PROJECT} to {member}",
        f"grant of {secrets.READER} on secret kafka to {member}",
        f"role {role}",
        f"job {JOB}",
        f"service account {ACCOUNT}",
    ]
    parts = (other_grants.steps, grants.of_secrets, roles.unneeded, jobs.undeclared, accounts.undeclared)
    assert of_script(step for part in parts for step in part(site)) == expected
    assert {change.operation for change in by_resource([*jobs.undeclared(site), *accounts.undeclared(site)])} == {
        "remove"
    }
    destroyed = whats(removal.removal(seen(ground, actions), databases=False))
    assert sorted(what for what in destroyed if "script" in what) == sorted(expected)
    assert "HINOMI_SCRIPT_LOCATION" not in functions.environment(site, site.functions[0])
    assert secrets.unread(ground.site(aim(secrets={VARIABLE: "kafka"}))) == [VARIABLE]


def test_a_job_in_a_former_region_is_left_over(ground: Ground, actions: Path) -> None:
    deploy(ground, seen(ground, actions))
    ground.deployed(aim())
    site = seen(ground, actions, region="europe-west1")
    assert [step.what for step in removal.leftovers(site) if "script" in step.what] == [f"job {JOB}"]


def test_a_job_of_somebody_else_is_adopted_only_on_request(ground: Ground, actions: Path) -> None:
    add_secret(ground)
    deploy(ground, seen(ground, actions))
    ground.state[f"{RUN}/{JOB}"]["labels"] = {}
    with pytest.raises(InputError, match=f"job {JOB}"):
        option_checks.check(seen(ground, actions))
    (step,) = jobs.steps(replace(seen(ground, actions), adopt=True))
    assert (step.problem, step.argv[2]) == ("no label", "update")


def test_jobs_in_a_location_of_the_settings_are_those_of_the_user(ground: Ground, actions: Path) -> None:
    elsewhere = {"HINOMI_SCRIPT_LOCATION": "projects/shop/locations/asia-northeast1"}
    site = seen(ground, actions, settings=elsewhere)
    assert (dict(site.scripts), secrets.unread(site)) == ({}, [])
    assert functions.environment(site, site.functions[0])["HINOMI_SCRIPT_LOCATION"].startswith("projects/shop/")


def test_the_doctor_says_in_one_sentence_what_is_wrong_with_a_script(ground: Ground, actions: Path) -> None:
    add_secret(ground)
    deploy(ground, seen(ground, actions))
    del ground.state[f"secretmanager/{HOME}/secrets/kafka/versions/latest"]
    (actions / "clear_queue" / "run.sh").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    found = [each for _, problems in examine(seen(ground, actions, image=None)) for each in problems]
    mine = [(each.what, each.fix) for each in found if re.search("script[-s_]|kafka", each.what)]
    deploy_again = f"./deploy.sh --project {PROJECT} --region {REGION} --secret {VARIABLE}=kafka"
    assert (f"job {JOB}: its folder, its secrets or its limits changed since the last deployment", deploy_again) in mine
    assert f"secret kafka for {VARIABLE}: no enabled version" in [what for what, _ in mine]
    missing = [what.partition(" to ")[0].partition(":")[0] for what, _ in mine if what.endswith("missing")]
    assert missing == [
        f"service account {ACCOUNT}",
        f"role {HOME}/roles/hinomi_run_scripts",
        f"role {HOME}/roles/hinomi_script_clear_queue",
        f"grant of {HOME}/roles/hinomi_script_clear_queue on project {PROJECT}",
        f"grant of {secrets.READER} on secret kafka",
        f"grant of {HOME}/roles/hinomi_run_scripts on job {JOB}",
    ]


def test_everybody_loses_the_right_to_run_a_job(ground: Ground, actions: Path) -> None:
    deploy(ground, seen(ground, actions))
    policy = {"bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}], "version": 1}
    ground.state[f"{RUN}/{JOB}:policy"] = policy
    revoked = [step for step in grants.calls(seen(ground, actions)) if "remove-iam-policy-binding" in step.argv]
    assert [step.argv[3] for step in revoked] == [JOB]


def test_the_plan_grants_what_the_action_declares_for_jobs() -> None:
    spec = read_plan()["scripts"]
    assert sorted([*spec["runs"], *spec["reads"]]) == sorted(cloud_run.PERMISSIONS)
    here = Settings(environment={"HINOMI_SCRIPT_LOCATION": Secret("projects/p/locations/r")})
    assert run_script.home_permissions(here) == cloud_run.PERMISSIONS
    assert run_script.home_permissions(Settings()) == ()


def test_names_are_as_long_as_google_allows_and_differ(tmp_path: Path) -> None:
    for name in ("a", "restart_the_connector_of_orders", "restart_the_connector_of_refunds", "x" * 40):
        add_script(tmp_path, name)
    add_script(tmp_path, "of_a_worker", more="worker: onprem")
    found = declared.read(tmp_path).values()
    assert len(found) == 4, "a worker needs no job"
    names = [each.account for each in found]
    assert len(set(names)) == len(names)
    assert all(6 <= len(name) <= 30 and not name.endswith("-") for name in names)
    assert max(len(each.job) for each in found) <= 63


def test_an_image_is_known_by_its_content_and_the_code_by_what_all_scripts_share(tmp_path: Path) -> None:
    assert declared.image(tmp_path / "scripts") is None
    for name in ("actions/a/run.sh", "rules/actions.json", "handlers/x.py"):
        (tmp_path / "scripts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "scripts" / name).write_text(name, encoding="utf-8")
    before = declared.image(tmp_path / "scripts")
    (tmp_path / "scripts/actions/a/run.sh").write_text("other", encoding="utf-8")
    after = declared.image(tmp_path / "scripts")
    assert before is not None
    assert after is not None
    assert (before.runtime == after.runtime, before.tag == after.tag) == (True, False)
