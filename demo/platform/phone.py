"""A phone: a local receiver of the messages that Apprise posts (schema json)."""

from __future__ import annotations

from typing import Any

from demo.platform.http import JsonServer, Reply, Request

PATH = "phone-of-alice"


class PhoneServer(JsonServer):
    """The receiver. `messages` are those that arrived, in order, each with title, message and type."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[dict[str, Any]] = []

    @property
    def apprise_url(self) -> str:
        """The value of HINOMI_APPRISE_URLS."""
        return f"{self.url.replace('http://', 'json://')}/{PATH}"

    def answer(self, request: Request) -> Reply:
        """Stores the message."""
        self.messages.append(request.body)
        return Reply(200)
