"""Silences as items of answers."""

from __future__ import annotations

from dashboard.api.models.silences import SilenceItem
from dashboard.api.request import ApiRequest
from db.error_db import silences
from handlers.silences.matcher import matcher_text
from shared.records import SilenceView


def silence_item(view: SilenceView, request: ApiRequest) -> SilenceItem:
    """One silence."""
    window = silences.window(view, request.now)
    return SilenceItem(
        id=view.id, match=view.matcher, match_text=request.text(matcher_text(view.matcher)), owner=view.owner,
        reason=view.reason, starts_at=view.starts_at, expires_at=view.expires_at,
        is_active=window is not None and window[0] <= request.now, hidden_count=view.hidden_count,
        recurrence=view.recurrence,
    )  # fmt: skip
