"""The service accounts: one for each function and each infrastructure job, none with a key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.site import Site
from deploy.step import Step
from shared.texts.deploy import differences, purposes, resources


def steps(site: Site) -> Iterator[Step]:
    """Creates missing accounts and enables disabled ones."""
    current = _existing(site)
    for name, why in site.accounts.items():
        if site.email(name) not in current:
            about = (f"--display-name=Hinomi: {name}", f"--description={why} ({site.plan['mark']})")
            argv = ("iam", "service-accounts", "create", name, site.in_project, *about)
            yield Step(resources.ACCOUNT(name=name), differences.MISSING, argv, purposes.purpose(why))
        elif current[site.email(name)].get("disabled"):
            enabling = ("iam", "service-accounts", "enable", site.email(name), site.in_project)
            yield Step(resources.ACCOUNT(name=name), differences.DISABLED, enabling, purposes.purpose(why))


def removal(site: Site) -> Iterator[Step]:
    """Deletes accounts of the plan that are marked as managed."""
    current = _existing(site)
    for name in site.plan["accounts"]:
        email = site.email(name)
        if site.is_marked(current.get(email)):
            argv = ("iam", "service-accounts", "delete", email, site.in_project, "--quiet")
            yield Step(resources.ACCOUNT(name=name), differences.OWNED, argv)


def _existing(site: Site) -> dict[str, dict[str, Any]]:
    path = f"v1/projects/{site.target.project}/serviceAccounts?pageSize=100"
    return {item["email"]: item for item in site.cloud.items("iam", path, "accounts")}
