"""Checks the options against the project before anything changes."""

from __future__ import annotations

from deploy import bootstrap, secrets, unmanaged
from deploy.parts import database
from deploy.site import Site
from shared.errors import InputError


def check(site: Site) -> None:
    """Raises InputError for a missing resource, and for unmanaged resources with names of Hinomi's."""
    _region(site)
    _scope(site)
    _secrets(site)
    bootstrap.refuse_missing_dataset(site.target, site.cloud)
    _unmanaged(site)


def _region(site: Site) -> None:
    """Nothing is known while the API is not enabled; the next look comes when it is."""
    path = f"v2/projects/{site.target.project}/locations?pageSize=200"
    known = sorted(item.get("locationId", "") for item in site.cloud.items("cloudfunctions", path, "locations"))
    if known and site.target.region not in known:
        raise InputError(f"--region is '{site.target.region}': there are functions in {', '.join(known)}")


def _scope(site: Site) -> None:
    scope = site.target.scope
    version = {"projects": "v1", "folders": "v3"}.get(scope.kind)  # an organization may be watched without being seen
    for name in scope.names if version else ():
        if site.cloud.get("cloudresourcemanager", f"{version}/{scope.kind}/{name}") is None:
            raise InputError(f"--scope names {scope.kind}/{name}: it is not there, or you may not see it")


def _secrets(site: Site) -> None:
    for variable, name in site.target.secrets.items():
        if database.secret(site, name) is None:
            create = secrets.create_command(variable, name, site.target.project)
            raise InputError(f"there is no secret {name} for {variable}: create it with `{create}`")


def _unmanaged(site: Site) -> None:
    names = [] if site.adopt else [item.what for item in unmanaged.find(site)]
    if names:
        raise InputError(
            f"not made by deploy.sh, but with names of Hinomi: {', '.join(names)}. Use another project, take them away, "
            "or give --adopt: then they are changed as planned, and removed with --destroy"
        )
