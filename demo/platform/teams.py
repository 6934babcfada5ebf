"""A simulated Teams Workflows webhook: validates every message as strictly as the real one and stores the cards.

Answers: 202 without a body when the flow was started, otherwise an error in the form of Power Automate.
"""

from __future__ import annotations

import time
from typing import Any

from demo.platform.card_schema import problems
from demo.platform.http import JsonServer, Reply, Request

MAX_BYTES = 28 * 1024
PATH = ("workflows", "0f1e2d3c4b5a69788796a5b4c3d2e1f0", "triggers", "manual", "paths", "invoke")
SIGNATURE = "made-up-signature-of-the-demo"


class TeamsServer(JsonServer):
    """The webhook. `cards` are the accepted messages in order, `times` when each arrived, by a monotonic clock.

    `refused` has the problems of the rejected messages.
    """

    def __init__(self) -> None:
        super().__init__()
        self.cards: list[dict[str, Any]] = []
        self.times: list[float] = []
        self.refused: list[list[str]] = []
        self._always: Reply | None = None

    @property
    def webhook(self) -> str:
        """The webhook's URL with its signature, which is a secret."""
        return f"{self.url}/{'/'.join(PATH)}?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig={SIGNATURE}"

    def fail_next_with(self, status: int, text: str = "", retry_after: str = "") -> None:
        """Answers the next message with this reply, even a 200 with an error text, and does not store the card."""
        headers = {"Retry-After": retry_after} if retry_after else {}
        self.fail_next(Reply(status, text.encode(), headers))

    def always(self, reply: Reply | None) -> None:
        """Answers every message with this reply and stores no card, until called with None."""
        with self.lock:
            self._always = reply

    def answer(self, request: Request) -> Reply:
        """Starts the flow, or answers with the problems."""
        if self._always is not None:
            return self._always
        if request.method != "POST" or request.parts != PATH:
            return _error(404, "WorkflowNotFound", "The workflow could not be found.")
        if request.query.get("sig") != SIGNATURE:
            return _error(401, "AuthorizationFailed", "The authentication credentials are not valid.")
        if int(request.headers["content-length"]) > MAX_BYTES:
            return Reply(413, b"Request Entity too large")
        reasons = problems(request.body)
        if reasons:
            self.refused.append(reasons)
            return _error(400, "BadRequest", "; ".join(reasons))
        self.cards.append(request.body)
        self.times.append(time.monotonic())
        return Reply(202)


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})
