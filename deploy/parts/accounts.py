"""The service accounts: one for each function, each infrastructure job and each script, all without keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from deploy.site import Site
from deploy.step import Step
from shared.own_incidents import JOB_PREFIX
from shared.texts import Text
from shared.texts.deploy import differences, resources


def steps(site: Site) -> Iterator[Step]:
    """Creates missing accounts and enables disabled ones."""
    current = _existing(site)
    for name, why in site.accounts.items():
        if site.email(name) not in current:
            about = (f"--display-name=Hinomi: {name}", f"--description={why.en} ({site.plan['mark']})")
            argv = ("iam", "service-accounts", "create", name, site.in_project, *about)
            yield Step(resources.ACCOUNT(name=name), differences.MISSING, argv, why)
        elif current[site.email(name)].get("disabled"):
            enabling = ("iam", "service-accounts", "enable", site.email(name), site.in_project)
            yield Step(resources.ACCOUNT(name=name), differences.DISABLED, enabling, why)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the accounts of the plan and of scripts that are marked as managed."""
    current = _existing(site)
    for name in [*site.plan["accounts"], *of_scripts(site)]:
        if site.is_marked(current.get(site.email(name))):
            yield _deletion(site, name, differences.OWNED)


def undeclared(site: Site) -> Iterator[Step]:
    """Deletes the accounts of scripts that no longer exist, and of functions that the options no longer request."""
    for name in of_scripts(site):
        if name not in site.accounts:
            yield _deletion(site, name, differences.NO_SCRIPT)
    current = _existing(site)
    for spec in site.plan["functions"].values():
        name = spec["account"]
        if spec.get("on_request") and name not in site.accounts and site.is_marked(current.get(site.email(name))):
            yield _deletion(site, name, differences.NOT_ASKED_FOR)


def of_scripts(site: Site) -> list[str]:
    """The names of the managed accounts of scripts, including deleted scripts."""
    emails = [email for email, account in _existing(site).items() if site.is_marked(account)]
    names = [email.partition("@")[0] for email in emails if email == site.email(email.partition("@")[0])]
    return [name for name in names if name.startswith(JOB_PREFIX)]


def _deletion(site: Site, name: str, difference: Text) -> Step:
    argv = ("iam", "service-accounts", "delete", site.email(name), site.in_project, "--quiet")
    return Step(resources.ACCOUNT(name=name), difference, argv)


def _existing(site: Site) -> dict[str, dict[str, Any]]:
    path = f"v1/projects/{site.target.project}/serviceAccounts?pageSize=100"
    return {item["email"]: item for item in site.cloud.items("iam", path, "accounts")}
