"""Whether a connection is to the system that an incident names."""

from __future__ import annotations

from collections.abc import Collection


def is_ambiguous(served: str, named: str, projects: Collection[str]) -> bool:
    """Whether systems of this name are known in several projects, and the connection does not say in which one it serves it."""
    return bool(named) and "/" not in served and len(projects) > 1


def is_served(served: str, named: str, project: str) -> bool:
    """Whether a connection to `served`, a name or PROJECT/NAME, is the one for `named` in a project; for no name, it is."""
    of_project, slash, name = served.rpartition("/")
    return not named or (named == name and (not slash or project == of_project))
