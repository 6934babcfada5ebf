"""The functions (second generation), and their connection to the database."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from deploy import record, secrets
from deploy.parts import database, iap, project_numbers, serving
from deploy.record import Record
from deploy.site import Function, Site, calling_functions
from deploy.step import Step, later
from deploy.target import DeployTarget
from handlers.scripts.cloud_run import LOCATION
from shared.texts import EMPTY, Text, joined
from shared.texts.deploy import differences, placeholders, resources

RUNTIME = "python313"
# The build compiles every module, and then gives all files another time: bytecode that is found by the time of its source
# would be compiled again by every instance that starts. With this variable Python writes bytecode that is found by content.
BUILD_ENVIRONMENT = {"SOURCE_DATE_EPOCH": "315532801"}
DIGEST_LABEL = "hinomi-digest"


def steps(site: Site) -> Iterator[Step]:
    """Deploys each function whose source or settings changed, and then attaches its database connection.

    A deployment makes a revision without the connector's socket, and gcloud can attach the socket only to Cloud Run. No
    other command runs between the two, so that a function is without its database for only seconds.
    """
    for function in site.functions:
        options = _options(site, function)
        digest = hashlib.sha256("\0".join((site.digest, *options)).encode()).hexdigest()[:32]
        problem = _problem(site, function, digest)
        if problem:
            labels = f"--update-labels={'='.join(site.label)},{DIGEST_LABEL}={digest}"
            argv = ("functions", "deploy", function.name, site.in_project, *options, labels, "--quiet")
            yield Step(_name(function), problem, argv, creates=problem is differences.MISSING)
        connection = database.connection_name(site)
        if problem or connection not in serving.attached(site, function):
            where = (site.in_project, f"--region={site.target.region}")
            argv = (
                "run",
                "services",
                "update",
                function.name,
                *where,
                f"--set-cloudsql-instances={connection}",
                "--quiet",
            )
            # A function that is deployed now has no connection yet.
            yield Step(_name(function), differences.DATABASE_NEXT if problem else differences.NO_DATABASE, argv)
        yield from serving.steps(site, function)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the functions with Hinomi's label."""
    for target, spec in site.plan["functions"].items():
        yield from _deletion(site, Function(target, spec["name"], spec["account"], spec), differences.OWNED)


def undeclared(site: Site) -> Iterator[Step]:
    """Deletes the functions with Hinomi's label that the options no longer ask for."""
    for target, spec in site.plan["functions"].items():
        if spec.get("on_request") and site.function(target) is None:
            yield from _deletion(site, Function(target, spec["name"], spec["account"], spec), differences.NOT_ASKED_FOR)


def find(site: Site, function: Function) -> dict[str, Any] | None:
    """A function as the API returns it."""
    return site.cloud.get("cloudfunctions", f"v2/{_location(site)}/functions/{function.name}")


def url_of(site: Site, target: str) -> str:
    """The run.app URL of a function, which also accepts calls if only those from inside Google's network are allowed."""
    function = site.function(target)
    current = find(site, function) if function else None
    return str((current or {}).get("serviceConfig", {}).get("uri") or later(placeholders.URL(target=target)))


def environment(site: Site, function: Function) -> dict[str, str]:
    """The settings of a function. The user's own settings override others, except for the databases and accounts."""
    scope = site.target.scope
    projects = scope.names if scope.kind == "projects" else (site.target.project,)
    made = {
        "HINOMI_PROJECTS": ",".join(projects),
        "HINOMI_SCOPE": "" if scope.kind == "projects" else str(scope),
        LOCATION.variable: site.script_location
        if site.scripts and function.target == site.plan["scripts"]["function"]
        else "",
        "HINOMI_DASHBOARD_URL": iap.address(site),
        **site.target.settings,
        "HINOMI_DASHBOARD_AUDIENCE": iap.audience(site, function),
        "HINOMI_PROJECT": site.target.project,
        project_numbers.SETTING: project_numbers.setting(site),
        "HINOMI_SERVICE_ACCOUNTS": ",".join(_calling_accounts(site)),
        record.VARIABLE: record.as_text(Record(site.target, site.earlier)),
        "HINOMI_FUNCTION_NAMES": ",".join(item["name"] for item in site.plan["functions"].values()),
        "HINOMI_PUSH_ACCOUNTS": ",".join(_push_accounts(site, function)),
        "HINOMI_SHARED_REPORTS_UNTIL": _shared_reports(site, function),
    }
    for name in function.spec["databases"]:
        made[f"HINOMI_{name.upper()}_DB_URL"] = database.url(site, name, function.account)
    made["HINOMI_BIGQUERY_HISTORY"] = site.target.bigquery_history  # the loop guard of metrics_analysis compares it too
    if function.spec["databases"].get("schema") == "own":
        owner = site.plan["database"]["schema_owner"]
        made["HINOMI_SCHEMA_DB_URL"] += f"&options=-c%20role%3D{owner}"
    return {name: value for name, value in sorted(made.items()) if value}


def recorded(site: Site) -> DeployTarget | None:
    """The options of the last deployment; None if nothing is deployed."""
    records = record.find(site)
    return records[0].target if records else None


def list_of(flag: str, values: dict[str, str]) -> str:
    """A gcloud option with several values, joined by a separator that occurs in none of them."""
    mark = next(mark for mark in ("@@", "##", "%%", "~~") if not any(mark in value for value in values.values()))
    return f"--{flag}=^{mark}^" + mark.join(f"{name}={value}" for name, value in values.items())


def _calling_accounts(site: Site) -> list[str]:
    """The accounts whose calls are Hinomi's own, for the loop guard."""
    return [site.email(item.account) for item in site.functions if item.target in calling_functions()]


def _push_accounts(site: Site, function: Function) -> Iterator[str]:
    """The account that may call each path of a function."""
    for spec in site.subscriptions.values():
        if spec.get("function") == function.target:
            yield f"{spec['path']}={site.email(spec['account'])}"


def _shared_reports(site: Site, function: Function) -> str:
    """The last day of the path that all reporters share, for the function that has this path."""
    spec, last = site.plan["reports"]["subscription"], site.shared_reports_until
    return last.isoformat() if last and spec["function"] == function.target else ""


def _options(site: Site, function: Function) -> tuple[str, ...]:
    spec = function.spec
    build = f"projects/{site.target.project}/serviceAccounts/{site.email('hinomi-build')}"
    options = [
        "--gen2",
        f"--region={site.target.region}",
        f"--runtime={RUNTIME}",
        f"--source={site.source / 'function'}",
        f"--entry-point={function.target}",
        *("--trigger-http", "--no-allow-unauthenticated", f"--ingress-settings={spec.get('ingress', 'internal-only')}"),
        f"--service-account={site.email(function.account)}",
        f"--build-service-account={build}",
        *(f"--cpu={spec['cpu']}", f"--memory={spec['memory']}", f"--concurrency={spec['concurrency']}"),
        *(f"--min-instances={spec['min_instances']}", f"--max-instances={spec['max_instances']}"),
        f"--timeout={spec['timeout_seconds']}s",
        list_of("set-build-env-vars", BUILD_ENVIRONMENT),
        list_of("set-env-vars", environment(site, function)),
    ]
    return (*options, secrets.option(secrets.mounted(site, function)))


def _deletion(site: Site, function: Function, difference: Text) -> Iterator[Step]:
    if site.is_managed(find(site, function)):
        where = (site.in_project, f"--region={site.target.region}", "--gen2", "--quiet")
        yield Step(_name(function), difference, ("functions", "delete", function.name, *where))


def _name(function: Function) -> Text:
    return resources.FUNCTION(name=function.name)


def _problem(site: Site, function: Function, digest: str) -> Text:
    """The reason why a function must be deployed, empty if it need not. The label shows the settings of deploy.sh, not manual edits."""
    current = find(site, function)
    if current is None:
        return differences.MISSING
    if current.get("state") != "ACTIVE":
        return differences.STATE(state=str(current.get("state")))
    if current.get("labels", {}).get(DIGEST_LABEL) != digest:
        return differences.OTHER_SOURCE
    if not site.is_managed(current):
        return differences.NO_LABEL
    problem_of_service = serving.problem_of_service(site, function)
    if problem_of_service:
        return problem_of_service
    planned, mounted = environment(site, function), secrets.mounted(site, function)
    edited = serving.edited(site, function, current.get("serviceConfig", {}), planned, mounted)
    return differences.EDITED(names=joined(edited)) if edited else EMPTY


def _location(site: Site) -> str:
    return f"projects/{site.target.project}/locations/{site.target.region}"
