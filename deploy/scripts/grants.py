"""The grants of scripts: each account reads the secrets of its script, and the function runs each job."""

from __future__ import annotations

from collections.abc import Iterator

from deploy import secrets
from deploy.parts import accounts, database, roles
from deploy.parts.grants import PlannedGrant, missing, taken_back
from deploy.parts.unexpected_grants import closed
from deploy.scripts import jobs
from deploy.site import Site
from deploy.step import Step
from handlers.scripts.local import SECRET
from shared.setting import declaring
from shared.texts.deploy import differences, purposes


def of_secrets(site: Site) -> Iterator[Step]:
    """Grants each script its secrets, and revokes grants on secrets that it no longer needs."""
    for grant in _planned(site):
        yield from missing(site, grant) if grant.is_needed else taken_back(site, grant, differences.NOT_NEEDED)


def removal(site: Site) -> Iterator[Step]:
    """Revokes the grants on secrets; the secrets stay."""
    for grant in _planned(site):
        yield from taken_back(site, grant, differences.OWNED)


def calls(site: Site) -> Iterator[Step]:
    """Lets the function run each job and read its executions; revokes grants to everybody on the jobs."""
    name = site.plan["scripts"]["function"]
    member = f"serviceAccount:{site.email(site.plan['functions'][name]['account'])}"
    role = f"projects/{site.target.project}/roles/{roles.RUN_SCRIPTS}"
    for each in site.scripts.values():
        why = purposes.STARTS_SCRIPT(function=name)
        yield from missing(site, PlannedGrant("job", each.job, role, member, why))
        if each.job in jobs.existing(site):
            yield from closed(site, "job", each.job)


def _planned(site: Site) -> Iterator[PlannedGrant]:
    """Each secret of scripts with each account of a script, also of a deleted one: `is_needed` if its script reads it."""
    readable = {
        each.account: {site.target.secrets.get(variable): variable for variable in jobs.variables(each)}
        for each in site.scripts.values()
    }
    for name in _secret_names(site):
        for account in dict.fromkeys([*readable, *accounts.of_scripts(site)]):
            variable = readable.get(account, {}).get(name)
            member = f"serviceAccount:{site.email(account)}"
            why = purposes.MOUNTED_AS(variables=variable or "")
            yield PlannedGrant("secret", name, secrets.READER, member, why, is_needed=variable is not None)


def _secret_names(site: Site) -> list[str]:
    """The existing secrets that these options, or those of earlier deployments, name for scripts."""
    given = [pair for target in (site.target, *site.earlier) for pair in target.secrets.items()]
    names = dict.fromkeys(name for variable, name in given if name and declaring((SECRET,), variable))
    return [name for name in names if database.secret(site, name)]
