"""An installation damaged by people or accidents: `hinomi doctor` detects it, and its command or deploy.sh fixes it."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from typing import Any

import pytest

from deploy.doctor import Problem, examine
from tests.support.damage import Damage, State, lose, put, twice
from tests.support.deployment import REGION, Deployment, Undisturbed, differing
from tests.support.gcloud_services import AGENTS, NUMBER, PROJECT
from tests.support.injected_failures import FailureMode, InjectedFailure, reads

pytestmark = pytest.mark.slow

HOME = f"projects/{PROJECT}"
PLACE = f"{HOME}/locations/{REGION}"
FUNCTION = f"cloudfunctions/{PLACE}/functions/metrics-analysis"
OTHER_FUNCTION = f"cloudfunctions/{PLACE}/functions/history-analysis"
SERVICE = f"run/{PLACE}/services/metrics-analysis"
OTHER_SERVICE = f"run/{PLACE}/services/history-analysis"
TOPIC = f"pubsub/{HOME}/topics/hinomi-evidence"
DEAD_TOPIC = f"pubsub/{HOME}/topics/hinomi-dead-letter"
SUBSCRIPTION = f"pubsub/{HOME}/subscriptions/hinomi-evidence"
DEAD_LETTER = f"pubsub/{HOME}/subscriptions/hinomi-dead-letter"
INSTANCE = f"sql/{HOME}/instances/hinomi"
SINK = f"logging/{HOME}/sinks/hinomi-evidence-1"
POLICY = f"monitoring/{HOME}/alertPolicies/1001"
CHANNEL = f"monitoring/{HOME}/notificationChannels/1001"
ROLE = f"iam/{HOME}/roles/hinomi_metrics_analysis"
ACCOUNT = f"iam/{HOME}/serviceAccounts/hinomi-push-evidence@{PROJECT}.iam.gserviceaccount.com"
PASSWORD = f"secretmanager/{HOME}/secrets/hinomi-release-password"
WEBHOOK = f"secretmanager/{HOME}/secrets/teams"
HISTORY = f"cloudscheduler/{PLACE}/jobs/hinomi-history"
SWEEP = f"cloudscheduler/{PLACE}/jobs/hinomi-sweep"
JOB = f"run/{PLACE}/jobs/hinomi-release"
PROJECT_POLICY = f"cloudresourcemanager/{HOME}:policy"
EDITOR = {"role": "roles/editor", "members": [f"serviceAccount:hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"]}
EVERYTHING = [{"name": "all", "filter": "severity>=DEFAULT"}]
EVERYBODY = {"role": "roles/run.invoker", "members": ["allUsers"]}
LATEST = {"latestRevision": True, "percent": 91}
DENIED = (403, {"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED"}})
OPEN = {"authorizedNetworks": [{"value": "0.0.0.0/0"}], "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"}

LABELLED = tuple(
    f"{api}/{HOME}/{rest}"
    for api, rest in (
        ("cloudfunctions", ""),
        ("pubsub", "topics/hinomi"),
        ("pubsub", "subscriptions/hinomi"),
        ("secretmanager", "secrets/hinomi-release-password"),
        ("artifactregistry", f"locations/{REGION}/repositories/hinomi"),
    )
)
PUBLISHER = {"role": "roles/pubsub.publisher", "members": [f"serviceAccount:airflow@{PROJECT}.iam.gserviceaccount.com"]}


def notifying(state: State) -> list[Any]:
    """The notification channels of type Pub/Sub."""
    return [item for key, item in state.items() if "/notificationChannels/" in key and item["type"] == "pubsub"]


# Fixed by the single gcloud command that the doctor names.
DAMAGES: dict[str, tuple[Damage, str]] = {
    "API off": (lose(f"serviceusage/{HOME}/services/cloudasset.googleapis.com"), "not enabled: cloudasset"),
    "account off": (put(ACCOUNT, disabled=True), "service account hinomi-push-evidence: is disabled"),
    "account lost": (lose(f"{ACCOUNT}", f"{ACCOUNT}:policy"), "service account hinomi-push-evidence: missing"),
    "role narrowed": (lambda s: s[ROLE]["includedPermissions"].pop(), "lacks storage"),
    "role widened": (lambda s: s[ROLE]["includedPermissions"].append("storage.objects.get"), "unneeded permissions"),
    "role off": (put(ROLE, stage="DISABLED"), "is disabled"),
    "role deleted": (put(ROLE, deleted=True), "deleted"),
    "an editor": (lambda s: s[PROJECT_POLICY]["bindings"].append(EDITOR), "accounts of Hinomi have no basic roles"),
    "agent of Cloud Scheduler": (
        lambda s: s[PROJECT_POLICY]["bindings"].remove(AGENTS["cloudscheduler.googleapis.com"]),
        "Cloud Scheduler signs its calls as hinomi-push",
    ),
    "grant of a role": (lose(PROJECT_POLICY), "to serviceAccount:hinomi-history@"),
    "token creator": (lose(f"{ACCOUNT}:policy"), f"to serviceAccount:service-{NUMBER}@gcp-sa-pubsub"),
    "writer": (lose(f"{TOPIC}:policy"), "to serviceAccount:service-projects-example-project@gcp-sa-logging"),
    "dead letter publisher": (lose(f"{DEAD_TOPIC}:policy"), "roles/pubsub.publisher on topic hinomi-dead-letter"),
    "dead letter subscriber": (lose(f"{SUBSCRIPTION}:policy"), "roles/pubsub.subscriber on subscription"),
    "invoker": (lose(f"{SERVICE}:policy"), "roles/run.invoker on service metrics-analysis to serviceAccount"),
    "everybody calls": (lambda s: s[f"{SERVICE}:policy"]["bindings"].append(EVERYBODY), "everybody has it"),
    "callers unchecked": (put(SERVICE, unchecked="true"), "its callers are not checked"),
    "no URL": (put(SERVICE, hidden="true"), "its URL is disabled"),
    "no instance": (put(SERVICE, scaling="manual"), "always has 0 instances, whatever the load"),
    "old revision": (
        put(SERVICE, traffic=[{"revisionName": "metrics-analysis-0", "percent": 100}]),
        "calls go to metrics-analysis-0, whatever is deployed",
    ),
    "split": (
        put(
            SERVICE,
            traffic=[{"revisionName": "metrics-analysis-0", "percent": 9}, {"latestRevision": True, "percent": 91}],
        ),
        "calls go to metrics-analysis-0",
    ),
    "no way to the database": (put(SERVICE, annotations={}), "cannot reach the database"),
    "topic with a schema": (
        put(TOPIC, schemaSettings={"schema": "s"}),
        "rejects messages that do not match its schema",
    ),
    "topic changes messages": (put(TOPIC, messageTransforms=[{"javascriptUdf": {}}]), "topic hinomi-evidence: changes"),
    "topic deleted": (put(SUBSCRIPTION, topic="_deleted-topic_"), "its topic was deleted"),
    "detached": (put(SUBSCRIPTION, state="RESOURCE_ERROR", detached=True), "is detached"),
    "filtered": (put(SUBSCRIPTION, filter="attributes:x"), "its filter excludes messages"),
    "subscription lost": (lose(SUBSCRIPTION, f"{SUBSCRIPTION}:policy"), "subscription hinomi-evidence: missing"),
    "other endpoint": (put(SUBSCRIPTION, pushConfig__pushEndpoint="https://old.run.app"), "endpoint is https://old"),
    "no endpoint": (put(SUBSCRIPTION, pushConfig={}), "endpoint is None"),
    "other audience": (put(SUBSCRIPTION, pushConfig__oidcToken__audience="https://old.run.app"), "audience is https"),
    "other account": (
        put(SUBSCRIPTION, pushConfig__oidcToken__serviceAccountEmail="x@example.com"),
        "account is x@example.com",
    ),
    "no token": (put(SUBSCRIPTION, pushConfig__oidcToken=None), "account is None"),
    "bare messages": (
        put(SUBSCRIPTION, pushConfig__noWrapper={"writeMetadata": True}),
        "sends messages without wrapper",
    ),
    "changed messages": (put(SUBSCRIPTION, messageTransforms=[{"javascriptUdf": {}}]), "changes messages"),
    "acknowledgement deadline": (put(SUBSCRIPTION, ackDeadlineSeconds=10), "acknowledgement deadline is 10"),
    "retention": (put(SUBSCRIPTION, messageRetentionDuration="600s"), "retention is 600s"),
    "backoff": (put(SUBSCRIPTION, retryPolicy=None), "longest wait is None"),
    "dead letters off": (put(SUBSCRIPTION, deadLetterPolicy=None), "dead letter topic is None"),
    "few attempts": (put(SUBSCRIPTION, deadLetterPolicy__maxDeliveryAttempts=5), "attempts is 5"),
    "expires": (put(SUBSCRIPTION, expirationPolicy={"ttl": "86400s"}), "expiry is 86400s"),
    "dead letters pushed away": (
        put(DEAD_LETTER, pushConfig={"pushEndpoint": "https://x.example.com"}),
        "its messages are pushed to https://x.example.com",
    ),
    "sink lost": (lose(SINK), "sink hinomi-evidence-1 in projects/example-project: missing"),
    "sink off": (put(SINK, disabled=True), "is disabled"),
    "sink filter": (put(SINK, filter="severity>=ERROR"), "its filter differs from the enabled rules"),
    "reporter on the evidence topic": (
        lambda s: s[f"{TOPIC}:policy"]["bindings"].append(PUBLISHER),
        "hinomi-evidence to serviceAccount:airflow@example-project.iam.gserviceaccount.com: not a publisher of this topic",
    ),
    "other push account": (
        put(
            SUBSCRIPTION,
            pushConfig__oidcToken__serviceAccountEmail=f"hinomi-push-ticks@{PROJECT}.iam.gserviceaccount.com",
        ),
        "account is hinomi-push-ticks@",
    ),
    "other path": (
        lambda s: s[SUBSCRIPTION]["pushConfig"].update(pushEndpoint=s[FUNCTION]["serviceConfig"]["uri"] + "/ticks"),
        "endpoint is https://",
    ),
    "ticks among the evidence": (
        put(SWEEP, pubsubTarget__topicName=f"{HOME}/topics/hinomi-evidence"),
        "topic is projects/example-project/topics/hinomi-evidence instead of",
    ),
    "notifications among the evidence": (
        lambda s: [one["labels"].update(topic=f"{HOME}/topics/hinomi-evidence") for one in notifying(s)],
        "publishes to hinomi-evidence, which does not accept notifications",
    ),
    "sink leaves all out": (put(SINK, exclusions=EVERYTHING), "its exclusions leave out entries: all"),
    "sink too many": (twice(SINK), "sink hinomi-evidence-9 in projects/example-project"),
    "alert twice": (twice(POLICY), "alert 'Hinomi: messages in the dead letter topic': exists twice"),
    "channel twice": (twice(CHANNEL), "e-mail channel: exists twice"),
    "other times": (put(SWEEP, schedule="0 * * * *"), "schedule is 0 * * * * instead of"),
    "schedule paused": (put(SWEEP, state="PAUSED"), "schedule hinomi-sweep: is paused"),
    "schedule given up": (put(SWEEP, state="DISABLED"), "was disabled by Cloud Scheduler"),
    "schedule half changed": (put(HISTORY, state="UPDATE_FAILED"), "state is UPDATE_FAILED"),
    "schedule lost": (lose(SWEEP), "schedule hinomi-sweep: missing"),
    "other message": (put(SWEEP, pubsubTarget__data="e30="), "message is {}"),
    "other topic": (put(SWEEP, pubsubTarget__topicName="projects/x/topics/y"), "topic is projects/x/topics/y"),
    "other URL": (put(HISTORY, httpTarget__uri="https://old.run.app/"), "URL is https://old.run.app"),
    "other audience of a call": (put(HISTORY, httpTarget__oidcToken__audience="https://old.run.app"), "audience is"),
    "call without a token": (put(HISTORY, httpTarget__oidcToken=None), "account is None"),
    "deadline": (put(HISTORY, attemptDeadline="15s"), "deadline of a call is 15s"),
    "alert off": (put(POLICY, enabled=False), "is disabled"),
    "alert lost": (lose(POLICY), "missing"),
    "condition edited": (
        lambda s: s[POLICY]["conditions"][0]["conditionThreshold"].update(thresholdValue=1000),
        "is not as planned",
    ),
    "alert tells nobody": (put(POLICY, notificationChannels=[]), "is not as planned"),
    "channel off": (put(CHANNEL, enabled=False), "e-mail channel to maintainer@example.com: is disabled"),
    "other address": (put(CHANNEL, labels__email_address="gone@example.com"), "goes to gone@example.com"),
    "database stopped": (put(INSTANCE, settings__activationPolicy="NEVER"), "is stopped"),
    "database open": (put(INSTANCE, settings__ipConfiguration=OPEN), "is open to 0.0.0.0/0"),
    "no enforcement": (
        put(INSTANCE, settings__connectorEnforcement="NOT_REQUIRED"),
        "accepts connections that do not use the connector",
    ),
    "no IAM": (put(INSTANCE, settings__databaseFlags=[]), "IAM authentication is off"),
    "no backups": (
        put(INSTANCE, settings__backupConfiguration={"kind": "sql#backupConfiguration"}),
        "has no backups; cannot be restored",
    ),
    "unprotected": (put(INSTANCE, settings__deletionProtectionEnabled=False), "is not protected against deletion"),
    "full disk": (put(INSTANCE, settings__storageAutoResize=False), "automatic storage increase is off"),
    "no address": (put(INSTANCE, settings__ipConfiguration__ipv4Enabled=False), "has no address for the connector"),
    "label of the topic": (put(TOPIC, labels={}), "topic hinomi-evidence: not marked as managed"),
    "mark of a role": (put(ROLE, description=""), "not marked as managed by Hinomi"),
}
# Fixed by deploy.sh, because a function or the databases need other resources first.
DEPLOYED: dict[str, tuple[Damage, str]] = {
    "variable edited": (
        put(FUNCTION, serviceConfig__environmentVariables__HINOMI_ERROR_DB_URL="x"),
        "edited by hand: HINOMI_ERROR_DB_URL",
    ),
    "variable edited in Cloud Run": (put(SERVICE, env__HINOMI_LANGUAGE="ja"), "edited by hand: HINOMI_LANGUAGE"),
    "secret mounted": (
        put(FUNCTION, serviceConfig__secretEnvironmentVariables=[{"key": "K", "secret": "s", "version": "1"}]),
        "edited by hand: secret K",
    ),
    "open ingress": (put(FUNCTION, serviceConfig__ingressSettings="ALLOW_ALL"), "edited by hand: who may call"),
    "open ingress of Cloud Run": (put(SERVICE, ingress="INGRESS_TRAFFIC_ALL"), "who may call Cloud Run"),
    "other account": (put(SERVICE, serviceAccount="x@example.com"), "account in Cloud Run"),
    "more at once": (put(FUNCTION, serviceConfig__maxInstanceRequestConcurrency=80), "edited by hand: concurrency"),
    "failed": (put(FUNCTION, state="FAILED"), "state FAILED"),
    "other source": (put(FUNCTION, **{"labels__hinomi-digest": "0"}), "source or settings differ"),
    "does not start": (put(SERVICE, failing="revisions/metrics-analysis-2"), "metrics-analysis-2 does not start"),
    "service gone": (lose(OTHER_SERVICE, f"{OTHER_SERVICE}:policy"), "its Cloud Run service is missing"),
    "function gone": (lose(OTHER_FUNCTION, OTHER_SERVICE, f"{OTHER_SERVICE}:policy"), "history-analysis: missing"),
    "tables old": (put(JOB, **{"labels__hinomi-released": "0"}), "tables, rights and handler rules: not those"),
    "job gone": (lose(JOB), "job hinomi-release: missing"),
    "database lost": (lose(f"{INSTANCE}/databases/hinomi_schema"), "database hinomi_schema: missing"),
    "user lost": (lose(f"{INSTANCE}/users/hinomi-metrics@{PROJECT}.iam"), "database user hinomi-metrics"),
    "release user lost": (lose(f"{INSTANCE}/users/hinomi-release"), "database user hinomi-release: missing"),
    "password lost": (lose(f"{PASSWORD}/versions/latest"), "secret hinomi-release-password: no value"),
    "password off": (put(f"{PASSWORD}/versions/latest", state="DISABLED"), "hinomi-release-password: no value"),
    "label of a function": (put(FUNCTION, **{"labels__managed-by": None}), "function metrics-analysis: not marked"),
}


# Damages whose command deploy.sh does not run in the tests of many damages below, or runs with the changes of others. The
# doctor names the command of the step of deploy.sh itself. With EXHAUSTIVE=1 gcloud fixes every damage alone.
KINDS = (
    *("agent of Cloud Scheduler", "writer", "everybody calls", "topic deleted", "no token"),
    *(
        "role widened",
        "backoff",
        "sink lost",
        "sink off",
        "schedule paused",
        "alert off",
        "no backups",
        "no enforcement",
    ),
)
FIXED = list(DAMAGES) if "EXHAUSTIVE" in os.environ else KINDS
# Not together with others of the same resource; or deploy.sh requires --adopt first (test_deploy_changes.py).
ALONE = (
    *("label of the topic", "mark of a role", "label of a function"),
    *("no endpoint", "no token", "detached", "topic deleted", "filtered", "no address", "no IAM"),
    *("few attempts", "agent of Cloud Scheduler", "grant of a role", "writer", "everybody calls", "function gone"),
)


def problems(made: Deployment) -> list[Problem]:
    found = [problem for _, some in examine(made.site()) for problem in some]
    return [problem for problem in found if "is not set, needed by" not in problem.what]


@pytest.mark.parametrize("name", DAMAGES)
def test_the_doctor_detects_the_damage(name: str, installed: Deployment) -> None:
    damage, said = DAMAGES[name]
    damage(installed.server.services.state)
    found = problems(installed)
    assert [problem.what for problem in found if said in problem.what], found


@pytest.mark.parametrize("name", FIXED)
def test_the_doctors_command_fixes_the_damage(name: str, installed: Deployment, undisturbed: Undisturbed) -> None:
    DAMAGES[name][0](installed.server.services.state)
    for _ in range(2):  # a new resource needs its grants, which are not known before
        for problem in problems(installed):
            if problem.fix.startswith("gcloud "):
                installed.run_fix(problem.fix)
    assert problems(installed) == []
    assert differing(installed.state, undisturbed.end) == {}


@pytest.mark.parametrize("name", DEPLOYED)
def test_the_doctor_detects_what_deploy_fixes(name: str, installed: Deployment) -> None:
    damage, said = DEPLOYED[name]
    damage(installed.server.services.state)
    found = problems(installed)
    assert [problem.fix for problem in found if said in problem.what], found


def test_deploy_fixes_all_of_them_together_and_adopts_unmarked_resources_on_request(
    installed: Deployment, undisturbed: Undisturbed
) -> None:
    for name, (damage, _said) in {**DAMAGES, **DEPLOYED}.items():
        if not name.endswith(("lost", "gone")) and name not in ALONE:
            damage(installed.server.services.state)
    unmark(installed.server.services.state)
    refused = installed.run()
    assert refused.returncode != 0
    assert "function metrics-analysis, " in refused.stderr
    assert installed.commands() == []
    result = installed.run("--adopt")
    assert result.returncode == 0, result.stdout[-1500:] + result.stderr
    assert problems(installed) == []
    assert differing(installed.state, undisturbed.end) == {}


def unmark(state: State) -> None:
    """Takes the mark of Hinomi from every resource that has one."""
    for key in [key for key in state if key.startswith(LABELLED)]:
        state[key].get("labels", {}).pop("managed-by", None)
    for key in [key for key in state if "/roles/" in key or "/serviceAccounts/" in key or "/jobs/hinomi-s" in key]:
        if not key.endswith(":policy"):
            state[key]["description"] = "of the shop"
    state[INSTANCE]["settings"].pop("userLabels", None)
    state[JOB]["labels"].pop("managed-by", None)
    state[SINK]["destination"] = "storage.googleapis.com/b"


def test_deploy_creates_deleted_resources_again(installed: Deployment, undisturbed: Undisturbed) -> None:
    for name, (damage, _said) in {**DAMAGES, **DEPLOYED}.items():
        if name.endswith(("lost", "gone")) and name not in ALONE:
            damage(installed.server.services.state)
    result = installed.run()
    assert result.returncode == 0, result.stdout[-1500:] + result.stderr
    assert problems(installed) == []
    assert differing(installed.state, undisturbed.end) == {}


def test_the_doctors_commands_restore_a_deleted_webhook(installed: Deployment) -> None:
    state = installed.server.services.state
    state[WEBHOOK] = {"name": "teams"}
    state[f"{WEBHOOK}/versions/latest"] = {"name": f"{WEBHOOK}/versions/1", "state": "ENABLED", "data": "eA=="}
    assert installed.run("--secret", "HINOMI_TEAMS_WEBHOOK_URL=teams").returncode == 0
    for key in [key for key in state if key.startswith(WEBHOOK)]:
        del state[key]
    environ = {**installed.environ, "HINOMI_TEAMS_WEBHOOK_URL": "https://example.com/hook"}
    ran = []
    for _ in range(4):  # the next steps fill a resource and grant access to it
        for problem in [item for area in installed.doctor()["areas"] for item in area["problems"]][:1]:
            fix = problem["fix"] + (" --yes" if problem["fix"].startswith("./deploy.sh") else "")
            done = subprocess.run(["bash", "-c", fix], cwd=installed.folder / "tree", env=environ, check=False)
            ran.append((fix.split()[0], done.returncode))
    assert installed.doctor()["ok"] is True
    assert ran == [("printf", 0), ("gcloud", 0)]  # the first version is mounted already


def test_a_subscription_with_problems_is_reported(installed: Deployment) -> None:
    installed.server.services.state[SUBSCRIPTION]["state"] = "RESOURCE_ERROR"
    assert [problem.what for problem in problems(installed)] == [
        "subscription hinomi-evidence: state is RESOURCE_ERROR instead of ACTIVE"
    ]


@pytest.mark.parametrize(("status", "said"), [(403, "roles/iam.securityReviewer"), (500, "hinomi doctor")])
def test_a_failed_check_is_a_problem_with_a_fix(installed: Deployment, status: int, said: str) -> None:
    response = (status, {"error": {"code": status, "message": "denied"}})
    installed.server.injected = InjectedFailure(FailureMode.ERROR, 0, reads, response=response)
    found = problems(installed)
    installed.server.injected = None
    assert [problem.area.en for problem in found] == ["APIs"]
    assert said in found[0].fix
    if status != 500:
        subprocess.run(["bash", "-c", found[0].fix], env=installed.environ, check=True, capture_output=True)


def test_a_failed_check_hides_no_other_problem(installed: Deployment) -> None:
    del installed.server.services.state[f"{INSTANCE}/databases/hinomi_schema"]
    guarded = InjectedFailure(
        FailureMode.ERROR, counts=lambda call: call.path.endswith(f"{PROJECT}:getIamPolicy"), response=DENIED
    )
    installed.server.injected = guarded
    found = [problem.what for problem in problems(installed)]
    installed.server.injected = None
    assert any("cloudresourcemanager rejected POST" in what for what in found)
    assert "database hinomi_schema: missing" in found


@pytest.mark.parametrize("address", ["", "robot@example-project.iam.gserviceaccount.com"])
def test_a_mail_address_that_receives_no_alerts_is_a_problem(installed: Deployment, address: str) -> None:
    site = installed.site()
    found = list(examine(replace(site, target=replace(site.target, alert_email=address))))
    fixes = [item.fix for _, some in found for item in some if "alerts about Hinomi itself" in item.what]
    assert fixes == [f'./deploy.sh --project {PROJECT} --region {REGION} --alert-email "$ADDRESS"']
