"""Checks names from log entries before they become part of a URL."""

from __future__ import annotations

import re

_PROJECT = re.compile(r"[a-z][a-z0-9.:-]{4,60}", re.ASCII)
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]{1,2}", re.ASCII)


def is_place(project: str, region: str) -> bool:
    """Whether both values have the form of a project id and of a region."""
    return bool(_PROJECT.fullmatch(project) and _REGION.fullmatch(region))
