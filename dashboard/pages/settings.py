"""Settings: their values and meanings. Secrets are hidden like in `hinomi settings`."""

from __future__ import annotations

from typing import Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts.dashboard import settings as texts

PAGE = Page("settings", texts.TITLE, within="health")


@PAGE.get("/settings", "settings.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The settings; those that differ from their defaults come first."""
    from handlers.declared_settings import shown_settings  # noqa: PLC0415 - imports every plug-in

    found = list(shown_settings(request.settings))
    chosen = [each for each in found if each.is_set]
    return {"t": texts, "chosen": chosen, "others": [each for each in found if not each.is_set]}
