"""The Cloud Run service of a function, and manual edits since the deployment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from deploy.site import Function, Site
from deploy.step import Step
from shared.texts import EMPTY, Text, listed
from shared.texts.deploy import differences, resources

UNSPECIFIED = "INGRESS_TRAFFIC_UNSPECIFIED"  # no revision is active
INGRESS = {
    "internal-only": ("ALLOW_INTERNAL_ONLY", "INGRESS_TRAFFIC_INTERNAL_ONLY"),
    "all": ("ALLOW_ALL", "INGRESS_TRAFFIC_ALL"),
}
OURS = "HINOMI_"


def service(site: Site, function: Function) -> dict[str, Any] | None:
    """The service of a function, as the API returns it."""
    parent = f"projects/{site.target.project}/locations/{site.target.region}"
    return site.cloud.get("run", f"v2/{parent}/services/{function.name}")


def attached(site: Site, function: Function) -> list[str]:
    """The Cloud SQL instances that the function can reach through the connector."""
    volumes = (service(site, function) or {}).get("template", {}).get("volumes", [])
    return [name for volume in volumes for name in volume.get("cloudSqlInstance", {}).get("instances", [])]


def steps(site: Site, function: Function) -> Iterator[Step]:
    """Corrects settings that a deployment does not reset: traffic, scaling, URL and authentication of callers."""
    current = service(site, function) or {}
    where = (function.name, site.in_project, f"--region={site.target.region}")
    update = ("run", "services", "update", *where)
    what = resources.FUNCTION(name=function.name)
    if current.get("invokerIamDisabled"):
        yield Step(what, differences.UNCHECKED_CALLERS, (*update, "--invoker-iam-check", "--quiet"))
    if current.get("defaultUriDisabled"):
        yield Step(what, differences.NO_URL, ("beta", *update, "--default-url", "--quiet"))
    if "manualInstanceCount" in current.get("scaling", {}) or current.get("scaling", {}).get("scalingMode") == "MANUAL":
        number = current["scaling"].get("manualInstanceCount", 0)
        yield Step(what, differences.FIXED_INSTANCES(count=str(number)), ("beta", *update, "--scaling=auto", "--quiet"))
    revisions = [
        str(item["revision"]).rpartition("/")[2]
        for item in current.get("traffic", [])
        if item.get("revision") and item.get("percent")
    ]
    if revisions:
        latest = ("run", "services", "update-traffic", *where, "--to-latest", "--quiet")
        yield Step(what, differences.HELD_TRAFFIC(revisions=listed(revisions)), latest)


def problem_of_service(site: Site, function: Function) -> Text:
    """Why another deployment is needed although the last one succeeded; empty if none is needed."""
    current = service(site, function)
    if current is None:
        return differences.NO_SERVICE
    made, ready = current.get("latestCreatedRevision", ""), current.get("latestReadyRevision", "")
    if made != ready and not current.get("reconciling"):
        return differences.REVISION_FAILS(revision=made.rpartition("/")[2])
    return EMPTY


def edited(
    site: Site,
    function: Function,
    config: Mapping[str, Any],
    environment: Mapping[str, str],
    secrets: Mapping[str, tuple[str, str]],
) -> list[Text]:
    """The settings of a function that differ from the deployment. `config` is the function's view of its service.

    `secrets` are the planned mounts: name and version by variable.
    """
    template = (service(site, function) or {}).get("template", {})
    env = [item for container in template.get("containers", [])[:1] for item in container.get("env", [])]
    variables = {item["name"]: item.get("value", "") for item in env if "valueSource" not in item}
    names = {*_differing(environment, config.get("environmentVariables", {})), *_differing(environment, variables)}
    items = config.get("secretEnvironmentVariables", [])
    mounted = {item.get("key"): (item.get("secret"), item.get("version")) for item in items}
    changed = {name for name in {*secrets, *mounted} if secrets.get(name) != mounted.get(name)}
    facts = [name for name, has, allowed in _facts(site, function, config) if has not in allowed]
    return [
        *map(Text.verbatim, sorted(names)),
        *(resources.SECRET(name=name) for name in sorted(changed)),
        *map(differences.setting, facts),
    ]


def _facts(site: Site, function: Function, config: Mapping[str, Any]) -> list[tuple[str, Any, tuple[Any, ...]]]:
    """Each setting with its actual value and the allowed ones. Unknown values are not compared."""
    current, spec, email = service(site, function) or {}, function.spec, site.email(function.account)
    ingress, ingress_of_run = INGRESS[spec.get("ingress", "internal-only")]
    return [
        ("who may call", config.get("ingressSettings"), (None, ingress)),
        ("who may call Cloud Run", current.get("ingress"), (None, "", ingress_of_run, UNSPECIFIED)),
        ("account", config.get("serviceAccountEmail"), (None, email)),
        ("account in Cloud Run", current.get("template", {}).get("serviceAccount"), (None, "", email)),
        ("timeout", config.get("timeoutSeconds"), (None, spec["timeout_seconds"])),
        ("concurrency", config.get("maxInstanceRequestConcurrency"), (None, spec["concurrency"])),
        ("instances", config.get("maxInstanceCount"), (None, spec["max_instances"])),
    ]


def _differing(planned: Mapping[str, str], current: Mapping[str, str]) -> set[str]:
    """Hinomi's variables that differ; variables that Google adds are ignored."""
    own = {name for name in current if name.startswith(OURS)}
    return {name for name in {*planned, *own} if planned.get(name) != current.get(name)}
