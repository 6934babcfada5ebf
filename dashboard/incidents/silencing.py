"""Silences that an incident offers; the same on its page and in the API."""

from __future__ import annotations

import glob
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from handlers.spec import Match
    from shared.records import IncidentView

LENGTHS = ("1h", "4h", "12h", "1d", "7d")
DEFAULT_LENGTH = "4h"
# The names of an incident that each extent of a silence fixes, the narrowest first.
SCOPES: Mapping[str, tuple[str, ...]] = {"both": ("rule", "resource"), "resource": ("resource",), "rule": ("rule",)}


def match_of(scope: str, incident: IncidentView) -> Match | None:
    """The match block of an extent, with its names matched literally; None for an extent that the incident does not have."""
    from handlers.spec import Match  # noqa: PLC0415

    names = SCOPES.get(scope, ())
    if not names or ("resource" in names and not incident.resource):
        return None
    return Match.from_dict({name: [glob.escape(getattr(incident, name))] for name in names})
