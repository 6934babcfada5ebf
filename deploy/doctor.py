"""`hinomi doctor`: what is wrong with an installation, and the command that fixes each problem.

A difference from the plan is a problem: the same steps that deploy.sh would run. Further checks find what no step can fix
alone, such as a secret without a value or alerts that go to an address without a reader.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from deploy import secrets, unmanaged
from deploy.cloud import CloudError
from deploy.parts import database, grants, pubsub, release
from deploy.phases import PHASES
from deploy.removal import Part, removal
from deploy.site import Site
from deploy.target import DeployTarget
from handlers.declared_settings import declaration
from shared.config import Settings
from shared.errors import HinomiError, TransientError


@dataclass(frozen=True, slots=True)
class Problem:
    """`area` was checked, `what` is wrong, `fix` is the command that corrects it."""

    area: str
    what: str
    fix: str


# The phases of a deployment in the words of a report.
AREAS = {
    "apis": "APIs",
    "base": "service accounts, roles, Pub/Sub topics, log sinks, database instance",
    "inside": "grants, databases and their users",
    "image": "image of the release job",
    "release": "release job: tables, rights and handler rules",
    "code": "functions",
    "flow": "push subscription, schedules, alerts",
    "last": "grants of the dead letter topic",
    "leftover": "resources of earlier deployments",
}
SECRETS, AGENTS = "secrets and required settings", "Google's service agents"
UNMANAGED, RECIPIENTS, COPY = "unmanaged resources with names of Hinomi's", "alert recipients", "BigQuery dataset"
DEPLOYING = ("image", "release")  # only deploy.sh runs these in the right order
READER_ROLES = ("roles/viewer", "roles/iam.securityReviewer")  # what `hinomi doctor` needs


def is_installed(site: Site) -> bool:
    """Whether anything of Hinomi's is in the project, also after an interrupted deployment.

    A project that cannot be read counts as one with an installation: `examine` says what cannot be read.
    """
    try:
        return bool(removal(replace(site, earlier=(*site.earlier, site.target)), databases=True))
    except HinomiError:
        return True


def examine(site: Site) -> Iterator[tuple[str, list[Problem]]]:
    """Each area with its problems; an area that cannot be read is a problem itself."""
    for phase, area in AREAS.items():
        checks = [partial(_part, site, phase, part) for part in PHASES[phase]]
        found = [problem for check in checks for problem in _checked(site, area, check)]
        yield area, list(dict.fromkeys(found))  # several parts may report the same refusal
        if phase == "base":  # in the order of fixing: deploy.sh stops where a secret is missing
            yield SECRETS, _checked(site, SECRETS, partial(_secrets, site))
    yield AGENTS, _checked(site, AGENTS, partial(_agents, site))
    yield UNMANAGED, _checked(site, UNMANAGED, partial(_unmanaged, site))
    yield RECIPIENTS, _checked(site, RECIPIENTS, partial(_recipients, site))
    if site.target.bigquery_history:
        yield COPY, _checked(site, COPY, partial(_dataset, site))


def _checked(site: Site, area: str, check: Callable[[], Iterator[Problem]]) -> list[Problem]:
    found = []
    try:
        for problem in check():
            found.append(problem)  # noqa: PERF402 - the problems before an error are kept
    except HinomiError as error:
        found.append(Problem(area, str(error), _fix_for(site, error)))
    return found


def _fix_for(site: Site, error: HinomiError) -> str:
    if isinstance(error, TransientError):
        return shlex.join(("hinomi", "doctor", "--project", site.target.project, "--region", site.target.region))
    return _reader_command(site.target.project) if isinstance(error, CloudError) else deploy_command(site)


def _reader_command(project: str) -> str:
    """The commands by which an owner of the project lets the caller read it."""
    grant = (
        f'gcloud projects add-iam-policy-binding {shlex.quote(project)} --member="user:$(gcloud config get account)"'
    )
    return " && ".join(f"{grant} --role={role} --condition=None" for role in READER_ROLES)


def _part(site: Site, phase: str, part: Part) -> Iterator[Problem]:
    by_script = phase in DEPLOYING
    for step in part(site):
        by_script = by_script or step.argv[:2] == ("functions", "deploy")  # the steps behind it need it
        fix = deploy_command(site) if by_script or not step.is_complete else step.command
        yield Problem(AREAS[phase], f"{step.what}: {step.problem}", fix)


def _agents(site: Site) -> Iterator[Problem]:
    for step in grants.agents(site):
        yield Problem(AGENTS, f"{step.what}: {step.problem} ({step.purpose})", step.command)


def _unmanaged(site: Site) -> Iterator[Problem]:
    """deploy.sh stops at these, and --destroy leaves them."""
    for item in unmanaged.find(site):
        fix = shlex.join(("gcloud", *item.mark)) if item.mark else f"{deploy_command(site)} --adopt"
        yield Problem(UNMANAGED, f"{item.what}: not marked as managed by Hinomi", fix)


def _recipients(site: Site) -> Iterator[Problem]:
    address = site.target.alert_email
    if not address or address.endswith(".gserviceaccount.com"):
        fix = f'{deploy_command(replace(site, target=replace(site.target, alert_email="")))} --alert-email "$ADDRESS"'
        text = f"go to the service account {address}" if address else "have no recipient"
        yield Problem(RECIPIENTS, f"alerts about Hinomi itself {text}", fix)


def deploy_command(site: Site) -> str:
    """deploy.sh with the options of this installation."""
    target = site.target
    words = ["./deploy.sh", "--project", target.project, "--region", target.region]
    for option, value, usual in (
        ("--scope", str(target.scope), f"projects/{target.project}"),
        ("--database-instance", target.database_instance, ""),
        ("--alert-email", target.alert_email, ""),
        ("--bigquery-history", target.bigquery_history, ""),
    ):
        words += [option, value] if value != usual else []
    for variable, name in target.secrets.items():
        words += ["--secret", f"{variable}={name}"]
    return shlex.join(words)


def _secrets(site: Site) -> Iterator[Problem]:
    project = site.target.project
    for variable, name in site.target.secrets.items():
        if database.secret(site, name) is None:
            fix = secrets.create_command(variable, name, project)
            yield Problem(SECRETS, f"secret {name} for {variable}: missing", fix)
        elif not secrets.version(site, name):
            fix = secrets.add_command(variable, name, project)
            yield Problem(SECRETS, f"secret {name} for {variable}: no enabled version", fix)
    for variable in secrets.unread(site):
        fix = f"{deploy_command(replace(site, target=_without(site.target, variable)))} --no-secret {variable}"
        yield Problem(SECRETS, f"no plug-in or connection reads {variable}", fix)
    for variable, reasons in site.desired.required_settings.items():
        if variable not in {**site.target.settings, **site.target.secrets}:
            yield Problem(
                SECRETS, f"{variable} is not set, needed by {', '.join(reasons)}", _set_command(site, variable)
            )


def _set_command(site: Site, variable: str) -> str:
    """The commands that set a variable: as a secret, created when it is missing, or in the file of --settings."""
    each = declaration(variable)
    if each is None or not each.is_secret:
        return f"{deploy_command(site)} --settings FILE  # with a line {variable}=…"
    name = secrets.suggested_name(variable)
    deploy = f"{deploy_command(site)} --secret {variable}={name}"
    if database.secret(site, name) is not None:
        return deploy
    return f"{secrets.create_command(variable, name, site.target.project)} && {deploy}"


def _without(target: DeployTarget, variable: str) -> DeployTarget:
    return replace(target, secrets={name: value for name, value in target.secrets.items() if name != variable})


def _dataset(site: Site) -> Iterator[Problem]:
    project, _, dataset = site.target.bigquery_history.rpartition(".")
    if site.cloud.get("bigquery", f"bigquery/v2/projects/{project}/datasets/{dataset}") is None:
        yield Problem(COPY, f"dataset {project}.{dataset}: missing", f"bq mk --location=EU {project}:{dataset}")


def monitored(target: DeployTarget) -> str:
    """The projects whose metrics and jobs are read; log entries come from the whole scope."""
    if target.scope.kind == "projects":
        return target.settings.get("HINOMI_PROJECTS", ", ".join(target.scope.names))
    named = target.settings.get("HINOMI_PROJECTS", target.project)
    most = target.settings.get("HINOMI_PROJECTS_MAX", str(Settings().projects_max))
    return f"{named} and the projects found in {target.scope}, at most {most} (HINOMI_PROJECTS_MAX)"


def summary(site: Site) -> dict[str, str]:
    """The head of the report. A value that cannot be read is `unknown`: `examine` says why."""
    return {
        "project": site.target.project,
        "scope": str(site.target.scope),
        "load_and_history": monitored(site.target),
        "endpoint": _known(lambda: _endpoint(site)),
        "released": _known(lambda: "yes" if release.was_run(site) else "no"),
    }


def _endpoint(site: Site) -> str:
    subscription = pubsub.subscription(site, "hinomi-evidence") or {}
    return str(subscription.get("pushConfig", {}).get("pushEndpoint", "none"))


def _known(look: Callable[[], str]) -> str:
    try:
        return look()
    except HinomiError:
        return "unknown"
