"""Whether a connection is to the system that an incident names."""

from __future__ import annotations

from collections.abc import Collection

from shared.records import SystemPlace


def is_ambiguous(served: str, named: str, places: Collection[SystemPlace]) -> bool:
    """Whether systems of this name are known in several places, of which the connection does not say which one it serves."""
    return bool(named) and len(_distinct({place for place in places if _includes(served, place)})) > 1


def is_served(served: str, named: str, place: SystemPlace) -> bool:
    """Whether a connection to `served` is the one for the system `named` in a place; for no name, it is.

    `served` is a name, PROJECT/NAME or PROJECT/LOCATION/NAME.
    """
    return not named or (named == served.rpartition("/")[2] and _includes(served, place))


def choices(named: str, places: Collection[SystemPlace]) -> list[str]:
    """The shortest values that distinguish the systems of one name in these places."""
    known = _distinct(places)
    projects = [place.project for place in known]
    return sorted(
        f"{place.project}/{place.location}/{named}" if projects.count(place.project) > 1 else f"{place.project}/{named}"
        for place in known
    )


def _includes(served: str, place: SystemPlace) -> bool:
    """Whether a connection may serve systems of a place; of an unknown location, it may."""
    project, _, location = served.rpartition("/")[0].partition("/")
    return project in ("", place.project) and ("" in (location, place.location) or location == place.location)


def _distinct(places: Collection[SystemPlace]) -> set[SystemPlace]:
    """The places without those of unknown location in a project of which one is known."""
    located = {place.project for place in places if place.location}
    return {place for place in places if place.location or place.project not in located}
