"""Names of jobs that are unique only within their location: jobs of one name in two regions are two jobs."""

from __future__ import annotations

# Services of the history of jobs, whose names are `LOCATION/NAME`.
REGIONAL = frozenset(("dataflow", "scheduler", "vertex_ai"))
VERTEX_KINDS = ("job:", "pipeline:")  # of custom jobs, and of pipelines


def regional_name(service: str, location: str, name: str) -> str:
    """The name of a job in the history, which contains its location."""
    return f"{location}/{name}" if service in REGIONAL and location else name


def name_in_region(service: str, name: str) -> str:
    """The name of a job without its location."""
    location, _, rest = name.partition("/")
    return rest if service in REGIONAL and rest and ":" not in location else name
