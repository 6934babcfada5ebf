"""Disturbances of a call: it fails, or it takes effect without an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.support.gcloud_server import Call

SECONDS_TO_GO = 20.0
REFUSAL = (400, {"error": {"code": 400, "message": "interrupted", "status": "FAILED_PRECONDITION"}})


class TroubleKind(StrEnum):
    """The kinds of disturbance."""

    REFUSED = "it fails before it takes effect, and so does every later change"
    KILLED = "it takes effect, and the whole script is killed before the answer"
    LOST = "it takes effect, and the connection is cut before the answer"


def changes(call: Call) -> bool:
    """Matches calls that change something."""
    return call.changes


def of_gcloud(call: Call) -> bool:
    """Matches calls of gcloud, including reads."""
    return call.is_gcloud


def looks(call: Call) -> bool:
    """Matches reads of `hinomi`."""
    return not call.is_gcloud


@dataclass
class Trouble:
    """Disturbs one call, after a number of undisturbed ones. `counts` selects the calls that count."""

    kind: TroubleKind
    after: int = 0
    counts: Callable[[Call], bool] = changes
    met: Call | None = None
    over: threading.Event = field(default_factory=threading.Event)
    refusal: tuple[int, Any] = REFUSAL  # status and body; bytes are sent unchanged
    known: set[str] | None = None  # if given, disturbs every call that is not in it, and adds the call

    def meets(self, call: Call) -> bool:
        """Whether to disturb this call. Called once for each call."""
        if not self.counts(call):
            return False
        if self.known is not None:
            return self._is_new(call, self.known)
        if self.met is not None:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.met = call
        return True

    def _is_new(self, call: Call, known: set[str]) -> bool:
        told = f"{call.name} {call.body}"
        if told in known:
            return False
        known.add(told)
        self.met = call
        return True

    def refuses(self, call: Call) -> bool:
        """Whether this call fails."""
        if self.kind is not TroubleKind.REFUSED:
            return False
        return self.meets(call) or (self.met is not None and call.changes)

    def loses(self, call: Call) -> bool:
        """Whether this call, which has taken effect, gets no answer."""
        return self.kind is not TroubleKind.REFUSED and self.meets(call)
