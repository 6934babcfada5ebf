"""A request to the API: its caller, language, time and databases."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.api.caller import Caller
from dashboard.request_context import RequestContext


@dataclass(frozen=True)
class ApiRequest(RequestContext):
    """The request of a caller who has the scope required by its operation."""

    caller: Caller
