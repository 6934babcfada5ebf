"""The sources of answers about access: the platform map, and the snapshots of policies."""

# ruff: noqa: PLC0415 - SQLAlchemy is imported with the first question, not with the process

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from shared.errors import InputError
from shared.texts import Text

if TYPE_CHECKING:
    from collections.abc import Collection

    from dashboard.request_context import RequestContext
    from insights.access.platform_map import PlatformMap


def platform_map(request: RequestContext) -> tuple[PlatformMap | None, Text | None]:
    """The platform map, or None with the reason if it cannot be read; None twice if there is no map."""
    from insights.access.compiled_map import load

    path = request.settings.platform_file
    try:
        return (load(Path(path)) if path else None), None
    except InputError as error:
        return None, error.full_text


def policy_gap(session: Any, request: RequestContext, first_seen: Collection[str] = ()) -> Text | None:
    """The reason why no access is known; None if policies were read, as those of the scopes `first_seen` were."""
    from insights.history_gap import POLICIES, gap_text, history_gap

    gap = None if first_seen else history_gap(session, POLICIES)
    return gap_text(gap, request.settings) if gap else None
