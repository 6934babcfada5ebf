"""The generated custom roles: exactly the permissions that the enabled parts and the infrastructure declare.

Each function has a role for the monitored scope and one for its own project. A folder cannot have custom roles, so its
organization has them (iam/docs/creating-custom-roles).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.cloud import CloudError
from deploy.parts import accounts
from deploy.site import Function, Site
from deploy.step import Step, later
from shared.texts import Text, joined, listed
from shared.texts.deploy import differences, errors, placeholders, resources

LONGEST_ID = 64
RUN_SCRIPTS = "hinomi_run_scripts"
# iam/docs/creating-custom-roles: not supported in roles of projects.
ABOVE = ("resourcemanager.folders.", "resourcemanager.organizations.")


@dataclass(frozen=True, slots=True)
class CustomRole:
    """A custom role. `parent` is projects/ID or organizations/NUMBER; `account` gets it at `at`, under `condition`.

    A role without permissions is not needed, but may exist from a time when a part declared some. With an empty `at`,
    other parts grant it on single resources.
    """

    id: str
    parent: str
    title: Text
    permissions: tuple[str, ...]
    account: str
    at: str
    condition: str = ""

    @property
    def name(self) -> str:
        """The full name, as in bindings."""
        return f"{self.parent}/roles/{self.id}"


def of(site: Site) -> list[CustomRole]:
    """All custom roles that the installation has, or may have had."""
    roles = []
    home = f"projects/{site.target.project}"
    for function in site.functions:
        needs = tuple(sorted(site.desired.permissions.get(function.target, {})))
        role_id = f"hinomi_{function.target}"
        title = resources.ROLE_ON_SCOPE(function=function.target)
        for at in _scope(site):
            holder = _holder(site, at)
            roles.append(
                CustomRole(_id(site, role_id, holder), holder, title, _fitting(needs, holder), function.account, at)
            )
        plumbing = tuple(sorted({**site.plan["plumbing"], **_follows_scripts(site, function)}))
        title = resources.ROLE_AT_HOME(function=function.target)
        roles.append(CustomRole(f"{role_id}_home", home, title, plumbing, function.account, home))
    roles += _of_undeployed(site)
    release = tuple(sorted(site.plan["release_plumbing"]))
    roles.append(
        CustomRole("hinomi_release", home, resources.ROLE_OF_RELEASE, release, site.plan["release"]["account"], home)
    )
    return [*roles, *_of_copy(site), *_of_scripts(site)]


def steps(site: Site) -> Iterator[Step]:
    """Creates, undeletes and corrects roles."""
    for role in of(site):
        current = _find(site, role)
        where = _where(role)
        if not role.permissions:
            continue
        if current is None:
            about = (f"--title={role.title.en}", f"--description={site.plan['mark']}", "--stage=GA")
            permissions = f"--permissions={','.join(role.permissions)}"
            yield Step(
                resources.ROLE(name=role.name),
                differences.MISSING,
                ("iam", "roles", "create", role.id, where, *about, permissions),
            )
            continue
        if current.get("deleted"):
            yield Step(
                resources.ROLE(name=role.name), differences.DELETED, ("iam", "roles", "undelete", role.id, where)
            )
        if current.get("stage") == "DISABLED":
            argv = ("iam", "roles", "update", role.id, where, "--stage=GA")
            yield Step(resources.ROLE(name=role.name), differences.DISABLED, argv)
        yield from _corrected(role, where, set(current.get("includedPermissions", [])))


def unneeded(site: Site) -> Iterator[Step]:
    """Deletes the roles without any declared permission."""
    for role in of(site):
        if not role.permissions:
            yield from _deletion(site, role, differences.ROLE_NOT_NEEDED)


def removal(site: Site) -> Iterator[Step]:
    """Deletes the roles that are marked as managed."""
    for role in of(site):
        yield from _deletion(site, role, differences.OWNED)


def _deletion(site: Site, role: CustomRole, problem: Text) -> Iterator[Step]:
    current = _find(site, role)
    if site.is_marked(current) and not (current or {}).get("deleted"):
        yield Step(resources.ROLE(name=role.name), problem, ("iam", "roles", "delete", role.id, _where(role)))


def _corrected(role: CustomRole, where: str, has: set[str]) -> Iterator[Step]:
    too_few, too_many = sorted(set(role.permissions) - has), sorted(has - set(role.permissions))
    if too_few or too_many:
        problems = [differences.LACKS(permissions=listed(too_few))] * bool(too_few)
        problems += [differences.TOO_MANY(permissions=listed(too_many))] * bool(too_many)
        permissions = f"--permissions={','.join(role.permissions)}"
        argv = ("iam", "roles", "update", role.id, where, permissions)
        yield Step(resources.ROLE(name=role.name), joined(problems, differences.AND), argv)


def _find(site: Site, role: CustomRole) -> dict[str, Any] | None:
    return site.cloud.get("iam", f"v1/{role.name}") if "(" not in role.parent else None


def _where(role: CustomRole) -> str:
    kind, _, name = role.parent.partition("/")
    return f"--{kind.removesuffix('s')}={name}"


def _of_copy(site: Site) -> list[CustomRole]:
    """One role for the tables, granted on the dataset alone, and one for jobs, granted on the project.

    gcloud cannot add to the access list of a dataset, so a condition on the resource's name limits the grant to the
    dataset (bigquery/docs/conditions).
    """
    function = site.function("history_analysis")
    project, _, dataset = site.target.bigquery_history.rpartition(".")
    if not dataset or function is None:
        return []
    from collectors.history_analysis.bigquery.copy import ON_DATASET, ON_PROJECT  # noqa: PLC0415

    at = f"projects/{project}"
    name = f"{at}/datasets/{dataset}"
    only = f'resource.name == "{name}" || resource.name.startsWith("{name}/")'
    return [
        CustomRole(
            _id(site, "hinomi_history_copy", at), at, resources.ROLE_OF_TABLES, ON_DATASET, function.account, at, only
        ),
        CustomRole(
            _id(site, "hinomi_history_copy_jobs", at), at, resources.ROLE_OF_JOBS, ON_PROJECT, function.account, at
        ),
    ]


def _of_undeployed(site: Site) -> list[CustomRole]:
    """The roles that an earlier deployment created for functions that the options no longer include."""
    home = f"projects/{site.target.project}"
    return [
        CustomRole(f"hinomi_{name}_home", home, resources.ROLE_AT_HOME(function=name), (), spec["account"], home)
        for name, spec in site.plan["functions"].items()
        if spec.get("on_request") and site.function(name) is None
    ]


def _follows_scripts(site: Site, function: Function) -> dict[str, str]:
    """The permissions in Hinomi's own project with which a function reads the output of scripts."""
    return (
        dict(site.plan["scripts"]["reads"])
        if site.scripts and function.target == site.plan["scripts"]["function"]
        else {}
    )


def _of_scripts(site: Site) -> Iterator[CustomRole]:
    """The role that runs the jobs of scripts, and for each script the permissions of its manifest in the monitored scope.

    The account of a deleted script shows that it may have a role.
    """
    home, spec = f"projects/{site.target.project}", site.plan["scripts"]
    runs = tuple(sorted(spec["runs"])) if site.scripts else ()
    account = site.plan["functions"][spec["function"]]["account"]
    yield CustomRole(RUN_SCRIPTS, home, resources.ROLE_OF_RUNNING, runs, account, at="")
    needs: dict[str, tuple[str, ...]] = dict.fromkeys(accounts.of_scripts(site), ())
    needs |= {each.account: each.script.permissions for each in site.scripts.values()}
    for name, permissions in needs.items():
        for at in _scope(site):
            holder = _holder(site, at)
            role_id = _id(site, name.replace("-", "_"), holder)
            title = resources.ROLE_OF_SCRIPT(account=name)
            yield CustomRole(role_id, holder, title, _fitting(permissions, holder), name, at)


def _id(site: Site, name: str, holder: str) -> str:
    """The role id. Outside Hinomi's project it contains that project's name, because installations may share the parent."""
    if holder == f"projects/{site.target.project}":
        return name
    return f"{name}_{re.sub(r'[^a-zA-Z0-9]', '_', site.target.project)}"[:LONGEST_ID]


def _fitting(permissions: Sequence[str], holder: str) -> tuple[str, ...]:
    """The permissions that a role of `holder` may have: a project role has none for folders and organizations."""
    if not holder.startswith("projects/"):
        return tuple(permissions)
    return tuple(item for item in permissions if not item.startswith(ABOVE))


def _scope(site: Site) -> Sequence[str]:
    scope = site.target.scope
    return [f"{scope.kind}/{name}" for name in scope.names]


def _holder(site: Site, at: str) -> str:
    """The project or organization of a role that is granted at `at`."""
    return _organization(site, at) if at.startswith("folders/") else at


def _organization(site: Site, folder: str) -> str:
    at = folder
    for _ in range(20):  # folders nest at most ten deep
        parent = site.cloud.get("cloudresourcemanager", f"v3/{at}")
        if parent is None:
            return f"organizations/{later(placeholders.ORGANIZATION(folder=folder))}"
        at = str(parent["parent"])
        if at.startswith("organizations/"):
            return at
    raise CloudError(errors.NO_ORGANIZATION(folder=folder))
