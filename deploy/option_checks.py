"""Checks the options against the project before anything changes."""

from __future__ import annotations

from deploy import bootstrap, secrets, unmanaged
from deploy.parts import channel_topics, database
from deploy.site import Site
from shared.errors import InputError
from shared.texts import Text, joined, listed
from shared.texts.deploy import errors


def check(site: Site) -> None:
    """Raises InputError for a missing resource or setting, and for unmanaged resources with Hinomi's names."""
    _region(site)
    _scope(site)
    _secrets(site)
    _connections(site)
    _topics(site)
    bootstrap.refuse_missing_dataset(site.target, site.cloud)
    _unmanaged(site)


def _region(site: Site) -> None:
    """Checks the region. While the API is not enabled the regions are unknown; a later check repeats this."""
    path = f"v2/projects/{site.target.project}/locations?pageSize=200"
    regions = sorted(item.get("locationId", "") for item in site.cloud.items("cloudfunctions", path, "locations"))
    if regions and site.target.region not in regions:
        raise InputError(errors.NO_REGION(region=site.target.region, regions=listed(regions)))


def _scope(site: Site) -> None:
    scope = site.target.scope
    version = {"projects": "v1", "folders": "v3"}.get(scope.kind)  # organizations may be invisible
    for name in scope.names if version else ():
        if site.cloud.get("cloudresourcemanager", f"{version}/{scope.kind}/{name}") is None:
            raise InputError(errors.NO_SCOPE(scope=f"{scope.kind}/{name}"))


def _secrets(site: Site) -> None:
    missing = [
        errors.NO_SECRET(
            name=name, variable=variable, command=secrets.create_command(variable, name, site.target.project)
        )
        for variable, name in site.target.secrets.items()
        if database.secret(site, name) is None
    ]
    if missing:
        raise InputError(joined(missing, Text.verbatim("\n")))


def _connections(site: Site) -> None:
    """Checks that the connections of the settings and secrets are complete: otherwise the functions would not start."""
    _ = site.desired.required_settings


def _topics(site: Site) -> None:
    for topic, variables in channel_topics.own(site).items():
        raise InputError(errors.OWN_TOPIC(variables=listed(variables), topic=topic))


def _unmanaged(site: Site) -> None:
    names = [] if site.adopt else [item.what for item in unmanaged.find(site)]
    if names:
        raise InputError(errors.UNMANAGED(names=joined(names)))
