"""Settings: their values and meanings. Secrets are hidden as in `hinomi settings`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from shared.texts.dashboard import settings as texts

if TYPE_CHECKING:
    from handlers.declared_settings import ShownSetting

PAGE = Page("settings", texts.TITLE, within="health")


@PAGE.get("/settings", "settings.html")
def show(request: PageRequest) -> dict[str, Any]:
    """The settings; those that differ from their defaults come first."""
    from handlers.declared_settings import shown_settings  # noqa: PLC0415 - imports every plug-in

    text = request.args.get("q", "").strip()[:100].casefold()
    found = [each for each in shown_settings(request.settings) if _contains(each, text, request.locale.language)]
    chosen = [each for each in found if each.is_set]
    others = [each for each in found if not each.is_set]
    return {"t": texts, "chosen": chosen, "others": others, "is_part": bool(text)}


def _contains(one: ShownSetting, text: str, language: str) -> bool:
    """Whether the variable, its value or its meaning contains a text in lower case."""
    return any(text in each.casefold() for each in (one.variable, str(one.value), one.meaning.in_language(language)))
