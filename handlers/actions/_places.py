"""The forms of names in log entries, before they become a part of a URL."""

from __future__ import annotations

import re

_PROJECT = re.compile(r"[a-z][a-z0-9.:-]{4,60}", re.ASCII)
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}", re.ASCII)


def is_place(project: str, region: str) -> bool:
    """Whether both have the form of a project id and of a region."""
    return bool(_PROJECT.fullmatch(project) and _REGION.fullmatch(region))
