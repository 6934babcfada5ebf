"""The APIs that are enabled. They stay enabled after removal, because other users of the project may need them."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.site import Site
from deploy.step import Step
from shared.texts import listed
from shared.texts.deploy import differences, resources


def steps(site: Site) -> Iterator[Step]:
    """One command that enables all missing APIs."""
    current = enabled(site)
    behind_iap = [site.plan["iap"]["api"]] if site.target.dashboard_access else []
    missing = [name for name in (*site.plan["apis"], *behind_iap) if name not in current]
    if missing:
        argv = ("services", "enable", *missing, site.in_project)
        yield Step(resources.APIS, differences.NOT_ENABLED(names=listed(missing)), argv, creates=True)


def enabled(site: Site) -> set[str]:
    """The names of the APIs that are enabled."""
    path = f"v1/projects/{site.target.project}/services?filter=state:ENABLED&pageSize=200"
    return {str(item.get("config", {}).get("name")) for item in site.cloud.items("serviceusage", path, "services")}


def removal(_site: Site) -> Iterator[Step]:
    """No steps: the APIs stay enabled."""
    return iter(())
