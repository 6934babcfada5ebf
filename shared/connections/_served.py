"""Compares the system in an incident with the system that a connection serves."""

from __future__ import annotations

from collections.abc import Collection

from shared.records import SystemPlace


def is_ambiguous(served: str, named: str, places: Collection[SystemPlace]) -> bool:
    """Whether several places have a system of this name, and the connection does not say which of them it serves."""
    return bool(named) and len(_distinct({place for place in places if _includes(served, place)})) > 1


def is_served(served: str, named: str, place: SystemPlace) -> bool:
    """Whether a connection to `served` serves the system `named` in a place; True if the incident has no name.

    `served` is a name, PROJECT/NAME or PROJECT/LOCATION/NAME.
    """
    return not named or (named == served.rpartition("/")[2] and _includes(served, place))


def choices(named: str, places: Collection[SystemPlace]) -> list[str]:
    """The shortest values of `served` that distinguish the systems of one name in these places."""
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
    """The places, without those of unknown location in a project that has a place of known location."""
    located = {place.project for place in places if place.location}
    return {place for place in places if place.location or place.project not in located}
