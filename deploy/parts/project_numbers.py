"""The numbers of the monitored projects, which identify the service agents of these projects."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.cloud import CloudError
from deploy.site import Site

SETTING = "HINOMI_PROJECT_NUMBERS"


@dataclass(frozen=True, slots=True)
class ProjectNumbers:
    """The numbers of the named projects, and the projects whose number cannot be read.

    In a folder or an organization, snapshots find the other projects and their numbers.
    """

    numbers: tuple[str, ...]
    unreadable: tuple[str, ...]


def find(site: Site) -> ProjectNumbers:
    """The numbers of Hinomi's project and of the projects in the options and settings."""
    scope = site.target.scope
    in_settings = [name.strip() for name in site.target.settings.get("HINOMI_PROJECTS", "").split(",")]
    names = [site.target.project, *(scope.names if scope.kind == "projects" else ()), *filter(None, in_settings)]
    by_name = {name: _number(site, name) for name in dict.fromkeys(names)}
    return ProjectNumbers(
        tuple(number for number in by_name.values() if number),
        tuple(name for name, number in by_name.items() if not number),
    )


def setting(site: Site) -> str:
    """The value of HINOMI_PROJECT_NUMBERS: these numbers and those in the settings.

    Empty if one number cannot be read, because the agents of that project would look like agents of other owners.
    """
    named = find(site)
    if named.unreadable and site.target.scope.kind == "projects":
        return site.target.settings.get(SETTING, "")
    own = [number.strip() for number in site.target.settings.get(SETTING, "").split(",")]
    return ",".join(dict.fromkeys([*named.numbers, *filter(None, own)]))


def _number(site: Site, project: str) -> str:
    try:
        read = site.cloud.get("cloudresourcemanager", f"v1/projects/{project}")
    except CloudError:
        return ""
    return str((read or {}).get("projectNumber", ""))
