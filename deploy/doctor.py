"""`hinomi doctor`: what is wrong with an installation, and the command that mends each thing.

A thing is wrong when it is not as in the plan: the very steps that deploy.sh would take. To these come what no step can
mend alone: a secret without a value, messages that nobody can deliver.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from deploy import foreign
from deploy.cloud import CloudError
from deploy.parts import database, pubsub, release
from deploy.phases import steps
from deploy.site import Site
from deploy.target import Target
from shared.config import Settings
from shared.errors import HinomiError, TransientError


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
NAMES, MAIL, COPY = "names that others use", "who hears of trouble", "dataset of the copy"
DEPLOYING = ("image", "release")  # one command of deploy.sh does these in the right order
LOOKERS = ("roles/viewer", "roles/iam.securityReviewer")  # what `hinomi doctor` needs


def examine(site: Site) -> Iterator[tuple[str, list[Problem]]]:
    """Each area with what is wrong there; an area that cannot be looked at is a problem itself."""
    for phase, area in AREAS.items():
        yield area, _looked(site, area, partial(_of_phase, site, phase, area))
    yield NAMES, _looked(site, NAMES, partial(_names, site))
    yield "secrets", _looked(site, "secrets", partial(_secrets, site))
    yield MAIL, _looked(site, MAIL, partial(_mail, site))
    if site.target.bigquery_history:
        yield COPY, _looked(site, COPY, partial(_dataset, site))


def _looked(site: Site, area: str, look: Callable[[], Iterator[Problem]]) -> list[Problem]:
    try:
        return list(look())
    except TransientError as error:
        where = ("--project", site.target.project, "--region", site.target.region)
        return [Problem(area, str(error), shlex.join(("hinomi", "doctor", *where)))]
    except CloudError as error:
        return [Problem(area, str(error), _permission(site.target.project))]
    except HinomiError as error:
        return [Problem(area, str(error), deploy_command(site))]


def _permission(project: str) -> str:
    """What somebody who may do it runs for the person who may not look."""
    grant = (
        f'gcloud projects add-iam-policy-binding {shlex.quote(project)} --member="user:$(gcloud config get account)"'
    )
    return " && ".join(f"{grant} --role={role} --condition=None" for role in LOOKERS)


def _of_phase(site: Site, phase: str, area: str) -> Iterator[Problem]:
    found = steps(site, phase)
    deploys = phase in DEPLOYING or any(step.argv[:2] == ("functions", "deploy") for step in found)
    for step in found:
        by_script = deploys or not step.is_complete
        yield Problem(area, f"{step.what}: {step.problem}", deploy_command(site) if by_script else step.command)


def _names(site: Site) -> Iterator[Problem]:
    """deploy.sh stops at these, and --destroy leaves them."""
    for item in foreign.found(site):
        mark = shlex.join(("gcloud", *item.mark)) if item.mark else f"{deploy_command(site)} --adopt"
        yield Problem(NAMES, f"{item.what}: is not marked as Hinomi's", mark)


def _mail(site: Site) -> Iterator[Problem]:
    address = site.target.alert_email
    if not address or address.endswith(".gserviceaccount.com"):
        mend = f'{deploy_command(replace(site, target=replace(site.target, alert_email="")))} --alert-email "$ADDRESS"'
        yield Problem(MAIL, f"nobody reads the mail about Hinomi itself: it goes to {address or 'nobody'}", mend)


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
