"""The page of the panel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dashboard.page import Page
from dashboard.page_request import PageRequest
from dashboard.security.roles import UserRole
from demo.panel import texts
from demo.panel.faults import FAULTS, OfferedFault
from shared.errors import InputError

PATH = "/demo"


def panel(begin: Callable[[OfferedFault], None]) -> Page:
    """The page; `begin` is called with the fault that a person chose, in the thread of the request."""
    page = Page("demo", texts.TITLE)

    @page.get(PATH, "panel.html")
    def show(_request: PageRequest) -> dict[str, Any]:
        return {"t": texts, "faults": FAULTS}

    @page.post(f"{PATH}/<name>", role=UserRole.OPERATOR)
    def inject(request: PageRequest, name: str) -> Any:
        chosen = next((fault for fault in FAULTS if fault.name == name), None)
        if chosen is None:
            raise InputError(texts.UNKNOWN(name=name))
        begin(chosen)
        request.notify(texts.BROKEN(name=chosen.title))
        return request.redirect("demo.show")

    return page
