"""`hinomi doctor`: what is wrong with an installation, and the command that mends each thing.

A thing is wrong when it is not as in the plan: the very steps that deploy.sh would take. To these come what no step can
mend alone: a secret without a value, messages that nobody can deliver.
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
from deploy.removal import Part
from deploy.site import Site
from deploy.target import DeployTarget
from handlers.declared_settings import declaration
from shared.config import Settings
from shared.errors import HinomiError, TransientError


@dataclass(frozen=True, slots=True)
class Problem:
    """`area` is what was looked at, `mend` the command that puts it right."""

    area: str
    what: str
    fix: str


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
AGENTS = "Google's own accounts"
DEPLOYING = ("image", "release")  # one command of deploy.sh does these in the right order
LOOKERS = ("roles/viewer", "roles/iam.securityReviewer")  # what `hinomi doctor` needs


def examine(site: Site) -> Iterator[tuple[str, list[Problem]]]:
    """Each area with what is wrong there; an area that cannot be looked at is a problem itself."""
    for phase, area in AREAS.items():
        looks = [partial(_of_part, site, phase, part) for part in PHASES[phase]]
        found = [problem for look in looks for problem in _looked(site, area, look)]
        yield area, list(dict.fromkeys(found))  # what cannot be looked at may be said by several parts
        if phase == "base":  # in the order in which a person mends: deploy.sh stops where there is no secret
            yield "secrets", _looked(site, "secrets", partial(_secrets, site))
    yield AGENTS, _looked(site, AGENTS, partial(_agents, site))
    yield NAMES, _looked(site, NAMES, partial(_names, site))
    yield MAIL, _looked(site, MAIL, partial(_mail, site))
    if site.target.bigquery_history:
        yield COPY, _looked(site, COPY, partial(_dataset, site))


def _looked(site: Site, area: str, look: Callable[[], Iterator[Problem]]) -> list[Problem]:
    found = []
    try:
        for problem in look():
            found.append(problem)  # noqa: PERF402 - what was found before the error stays
    except HinomiError as error:
        found.append(Problem(area, str(error), _way_out(site, error)))
    return found


def _way_out(site: Site, error: HinomiError) -> str:
    if isinstance(error, TransientError):
        return shlex.join(("hinomi", "doctor", "--project", site.target.project, "--region", site.target.region))
    return _permission(site.target.project) if isinstance(error, CloudError) else deploy_command(site)


def _permission(project: str) -> str:
    """What somebody who may do it runs for the person who may not look."""
    grant = (
        f'gcloud projects add-iam-policy-binding {shlex.quote(project)} --member="user:$(gcloud config get account)"'
    )
    return " && ".join(f"{grant} --role={role} --condition=None" for role in LOOKERS)


def _of_part(site: Site, phase: str, part: Part) -> Iterator[Problem]:
    by_script = phase in DEPLOYING
    for step in part(site):
        by_script = by_script or step.argv[:2] == ("functions", "deploy")  # what comes behind it must
        fix = deploy_command(site) if by_script or not step.is_complete else step.command
        yield Problem(AREAS[phase], f"{step.what}: {step.problem}", fix)


def _agents(site: Site) -> Iterator[Problem]:
    for step in grants.agents(site):
        yield Problem(AGENTS, f"{step.what}: {step.problem} ({step.purpose})", step.command)


def _names(site: Site) -> Iterator[Problem]:
    """deploy.sh stops at these, and --destroy leaves them."""
    for item in unmanaged.found(site):
        mark = shlex.join(("gcloud", *item.mark)) if item.mark else f"{deploy_command(site)} --adopt"
        yield Problem(NAMES, f"{item.what}: is not marked as Hinomi's", mark)


def _mail(site: Site) -> Iterator[Problem]:
    address = site.target.alert_email
    if not address or address.endswith(".gserviceaccount.com"):
        fix = f'{deploy_command(replace(site, target=replace(site.target, alert_email="")))} --alert-email "$ADDRESS"'
        yield Problem(MAIL, f"nobody reads the mail about Hinomi itself: it goes to {address or 'nobody'}", fix)


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
            yield Problem("secrets", f"secret {name} for {variable}: missing", fix)
        elif not secrets.version(site, name):
            fix = secrets.add_command(variable, name, project)
            yield Problem("secrets", f"secret {name} for {variable}: no enabled version", fix)
    for variable in secrets.unread(site):
        fix = f"{deploy_command(replace(site, target=_without(site.target, variable)))} --no-secret {variable}"
        yield Problem("secrets", f"no plug-in or connection reads {variable}", fix)
    for variable, reasons in site.desired.required_settings.items():
        if variable not in {**site.target.settings, **site.target.secrets}:
            yield Problem(
                "secrets", f"{variable} is not set, needed by {', '.join(reasons)}", _set_command(site, variable)
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


def watched(target: DeployTarget) -> str:
    """The projects whose metrics and jobs are read; log entries come from the whole scope."""
    if target.scope.kind == "projects":
        return target.settings.get("HINOMI_PROJECTS", ", ".join(target.scope.names))
    named = target.settings.get("HINOMI_PROJECTS", target.project)
    most = target.settings.get("HINOMI_PROJECTS_MAX", str(Settings().projects_max))
    return f"{named} and the projects that history sees in {target.scope}, {most} at most (HINOMI_PROJECTS_MAX)"


def summary(site: Site) -> dict[str, str]:
    """What is there, for the head of the report; `unknown` where it cannot be looked at, which is a problem in there."""
    return {
        "project": site.target.project,
        "scope": str(site.target.scope),
        "load_and_history": watched(site.target),
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
