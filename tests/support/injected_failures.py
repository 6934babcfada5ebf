"""Injects failures into calls: a call fails, or it takes effect and its response is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.gcloud_server import Call

EXIT_TIMEOUT = 300.0  # seconds in which the processes of a killed script end
BAD_REQUEST = (400, {"error": {"code": 400, "message": "interrupted", "status": "FAILED_PRECONDITION"}})


class FailureMode(StrEnum):
    """The way in which the call fails."""

    ERROR = "it fails before it takes effect, and so does every later change"
    KILL = "it takes effect, and the whole script is killed before the response"
    LOST_RESPONSE = "it takes effect, and the connection is closed before the response"


def changes(call: Call) -> bool:
    """Matches calls that change something."""
    return call.changes


def of_gcloud(call: Call) -> bool:
    """Matches calls of gcloud, including reads."""
    return call.is_gcloud


def reads(call: Call) -> bool:
    """Matches calls of `hinomi`, which only reads."""
    return not call.is_gcloud


@dataclass
class InjectedFailure:
    """Fails one call, after `after` successful ones. `counts` selects the calls that are counted."""

    mode: FailureMode
    after: int = 0
    counts: Callable[[Call], bool] = changes
    call: Call | None = None  # the call that failed
    done: threading.Event = field(default_factory=threading.Event)
    response: tuple[int, Any] = BAD_REQUEST  # status and body; bytes are sent unchanged
    seen: set[str] | None = None  # if given, fails every call that is not in it, and adds the call

    def applies(self, call: Call) -> bool:
        """Whether this call fails. Called once for each call."""
        if not self.counts(call):
            return False
        if self.seen is not None:
            return self._is_new(call, self.seen)
        if self.call is not None:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.call = call
        return True

    def _is_new(self, call: Call, seen: set[str]) -> bool:
        text = f"{call.name} {call.body}"
        if text in seen:
            return False
        seen.add(text)
        self.call = call
        return True

    def fails(self, call: Call) -> bool:
        """Whether this call fails before it takes effect."""
        if self.mode is not FailureMode.ERROR:
            return False
        return self.applies(call) or (self.call is not None and call.changes)

    def loses_response(self, call: Call) -> bool:
        """Whether the response to this call, which took effect, is lost."""
        return self.mode is not FailureMode.ERROR and self.applies(call)
