"""One request to the API: who calls, in which language, at what time, and the databases."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.api.caller import Caller
from dashboard.request_context import RequestContext


@dataclass(frozen=True)
class ApiRequest(RequestContext):
    """The request of a caller who has the scope that its operation needs."""

    caller: Caller
