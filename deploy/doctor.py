"""`hinomi doctor`: what is wrong with an installation, and the command that mends each thing.

A thing is wrong when it is not as in the plan: the very steps that deploy.sh would take. To these come what no step can
mend alone: a secret without a value, messages that nobody can deliver.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from deploy.parts import database, pubsub, release
from deploy.phases import steps
from deploy.site import Site
from deploy.step import Step
from deploy.target import Target
from shared.config import Settings
from shared.errors import HinomiError


@dataclass(frozen=True, slots=True)
class Problem:
    """`area` is what was looked at, `mend` the command that puts it right."""

    area: str
    what: str
    mend: str


# What a person asks about, and the parts of the plan that answer.
AREAS = {
    "apis": "APIs",
    "base": "accounts, roles, topics, sinks, database",
    "inside": "grants, sink writers, databases and their users",
    "image": "release image",
    "release": "database migrations",
    "code": "functions and their way to the database",
    "flow": "subscription, schedules, alerts",
    "last": "dead letter",
    "leftover": "traces of earlier deployments",
}
COPY = "dataset of the copy"
DEPLOYING = ("image", "release", "code")  # one command of deploy.sh does these in the right order


def examine(site: Site) -> Iterator[tuple[str, list[Problem]]]:
    """Each area with what is wrong there; an area that cannot be looked at is a problem itself."""
    for phase, area in AREAS.items():
        yield area, _looked(site, area, partial(_of_phase, site, phase, area))
    yield "secrets", _looked(site, "secrets", partial(_secrets, site))
    if site.target.bigquery_history:
        yield COPY, _looked(site, COPY, partial(_dataset, site))


def _looked(site: Site, area: str, look: Callable[[], Iterator[Problem]]) -> list[Problem]:
    try:
        return list(look())
    except HinomiError as error:
        return [Problem(area, str(error), f"gcloud projects get-iam-policy {site.target.project}")]


def _of_phase(site: Site, phase: str, area: str) -> Iterator[Problem]:
    for step in steps(site, phase):
        yield Problem(area, f"{step.what}: {step.problem}", _mend(site, phase, step))


def _mend(site: Site, phase: str, step: Step) -> str:
    if phase in DEPLOYING or not step.is_complete:
        return deploy_command(site)
    return step.command


def deploy_command(site: Site) -> str:
    """deploy.sh with the options of this installation."""
    target = site.target
    words = ["./deploy.sh", "--project", target.project, "--region", target.region]
    for option, value, usual in (
        ("--scope", str(target.scope), f"projects/{target.project}"),
        ("--teams-webhook-secret", target.teams_secret, ""),
        ("--database-instance", target.database_instance, ""),
        ("--alert-email", target.alert_email, ""),
        ("--bigquery-history", target.bigquery_history, ""),
    ):
        words += [option, value] if value != usual else []
    return shlex.join(words)


def _secrets(site: Site) -> Iterator[Problem]:
    name = site.target.teams_secret
    where = shlex.quote(f"--project={site.target.project}")
    if name and database.secret(site, name) is None:
        yield Problem(
            "secrets", f"secret {name}: missing", f"gcloud secrets create {name} {where} --replication-policy=automatic"
        )
    elif name and not database.has_value(site, name):
        mend = f'printf %s "$WEBHOOK_URL" | gcloud secrets versions add {name} {where} --data-file=-'
        yield Problem("secrets", f"secret {name}: no value that can be used", mend)
    if not name:
        mend = f"{deploy_command(site)} --teams-webhook-secret hinomi-teams-webhook"
        yield Problem("secrets", "no Teams channel: handler rules with the action teams will fail", mend)


def _dataset(site: Site) -> Iterator[Problem]:
    project, _, dataset = site.target.bigquery_history.rpartition(".")
    if site.cloud.get("bigquery", f"bigquery/v2/projects/{project}/datasets/{dataset}") is None:
        yield Problem(COPY, f"dataset {project}.{dataset}: missing", f"bq mk --location=EU {project}:{dataset}")


def watched(target: Target) -> str:
    """The projects whose metrics and jobs are read; log entries come from the whole scope."""
    if target.scope.kind == "projects":
        return target.settings.get("HINOMI_PROJECTS", ", ".join(target.scope.names))
    named = target.settings.get("HINOMI_PROJECTS", target.project)
    most = target.settings.get("HINOMI_PROJECTS_MAX", str(Settings().projects_max))
    return f"{named} and the projects that history sees in {target.scope}, {most} at most (HINOMI_PROJECTS_MAX)"


def summary(site: Site) -> dict[str, str]:
    """What is there, for the head of the report."""
    subscription = pubsub.subscription(site, "hinomi-evidence") or {}
    return {
        "project": site.target.project,
        "scope": str(site.target.scope),
        "load_and_history": watched(site.target),
        "endpoint": str(subscription.get("pushConfig", {}).get("pushEndpoint", "none")),
        "released": "yes" if release.was_run(site) else "no",
    }
