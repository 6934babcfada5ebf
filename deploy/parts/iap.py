"""Identity-Aware Proxy in front of the dashboard (run/docs/securing/identity-aware-proxy-cloud-run).

Cloud Run accepts only the proxy's account, so the function is closed until the proxy is on; the proxy admits members
with its role on the service.
"""

from __future__ import annotations

from collections.abc import Iterator

from deploy.parts import apis, grants, serving
from deploy.parts.grants import PlannedGrant
from deploy.site import Function, Site
from deploy.step import Step
from shared.texts.deploy import differences, purposes, resources


def steps(site: Site) -> Iterator[Step]:
    """Lets the proxy call the function, turns the proxy on, and admits exactly the members of --dashboard-access."""
    for function in _behind(site):
        where = (site.in_project, f"--region={site.target.region}", "--quiet")
        invoker = PlannedGrant("service", function.name, "roles/run.invoker", _agent(site), purposes.PROXY_CALLS)
        calling = list(grants.missing(site, invoker))
        if calling:  # Google makes the account on the first request for it
            argv = ("beta", "services", "identity", "create", f"--service={site.plan['iap']['api']}", site.in_project)
            yield Step(resources.PROXY_ACCOUNT, differences.MAYBE_MISSING, argv)
        yield from calling
        if not (serving.service(site, function) or {}).get("iapEnabled"):
            turning_on = ("beta", "run", "services", "update", function.name, "--iap", *where)
            yield Step(resources.FUNCTION(name=function.name), differences.NO_PROXY, turning_on)
        for member in site.target.dashboard_access:
            yield from grants.missing(site, _access(site, function.name, member))
        yield from _revoked(site, function.name)


def removal(site: Site) -> Iterator[Step]:
    """Revokes all access: the proxy's policy remains when the service is deleted, and would apply to a new service of the same name."""
    if site.plan["iap"]["api"] in apis.enabled(site):
        for spec in site.plan["functions"].values():
            if spec.get("on_request") and _is_managed(site, spec["name"]):
                yield from _all_revoked(site, spec["name"])


def undeclared(site: Site) -> Iterator[Step]:
    """Revokes all access when the options no longer request the dashboard."""
    if not site.target.dashboard_access:
        yield from removal(site)


def address(site: Site) -> str:
    """The address of the dashboard; empty if it is not deployed."""
    return next((_filled(site, "address", function) for function in _behind(site)), "")


def audience(site: Site, function: Function) -> str:
    """The audience of the tokens that the proxy signs for a function; empty for a function without the proxy."""
    return _filled(site, "audience", function) if function.spec.get("on_request") else ""


def _is_managed(site: Site, name: str) -> bool:
    """Whether a function has Hinomi's label; the access to another service of this name belongs to its owner."""
    place = f"v2/projects/{site.target.project}/locations/{site.target.region}"
    return site.is_managed(site.cloud.get("cloudfunctions", f"{place}/functions/{name}"))


def _filled(site: Site, key: str, function: Function) -> str:
    return site.fill(str(site.plan["iap"][key])).replace("{service}", function.name)


def _behind(site: Site) -> list[Function]:
    return [function for function in site.functions if function.spec.get("on_request")]


def _agent(site: Site) -> str:
    return site.fill(str(site.plan["iap"]["agent"]))


def _access(site: Site, service: str, member: str) -> PlannedGrant:
    return PlannedGrant("iap", service, str(site.plan["iap"]["role"]), member, purposes.OPENS_DASHBOARD)


def _revoked(site: Site, service: str) -> Iterator[Step]:
    """Revokes the access of members that --dashboard-access does not name."""
    for grant in _granted(site, service):
        if grant.member not in site.target.dashboard_access:
            yield from grants.taken_back(site, grant, differences.NOT_ASKED_FOR)


def _all_revoked(site: Site, service: str) -> Iterator[Step]:
    for grant in _granted(site, service):
        yield from grants.taken_back(site, grant, differences.OWNED)


def _granted(site: Site, service: str) -> list[PlannedGrant]:
    """The unconditional grants of the proxy's role on a service; conditional ones were not made by deploy.sh."""
    role = site.plan["iap"]["role"]
    return [
        _access(site, service, member)
        for binding in grants.policy(site, _access(site, service, ""))
        if binding.get("role") == role and not binding.get("condition")
        for member in binding.get("members", [])
    ]
