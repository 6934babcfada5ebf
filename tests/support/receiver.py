"""An HTTP receiver on loopback that accepts every request, for notifiers that post JSON."""

from __future__ import annotations

from typing import Any

from demo.platform.http import JsonServer, Reply, Request
from handlers.context import ActionContext
from shared.clients import Clients
from shared.config import Settings
from shared.model import Mode, Trigger
from shared.secret import Secret
from tests.support.incidents import NOW, incident

SECRET_PATH = "hooks/T0ps3cr3tPathOfTheHook"  # a path that no error may contain


class Receiver(JsonServer):
    """Answers every request with the same reply, `always`."""

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__()
        self.always = reply or Reply(202)

    @property
    def address(self) -> str:
        """The URL with its secret."""
        return f"{self.url}/{SECRET_PATH}?sig=t0ps3cr3tSignature"

    def answer(self, request: Request) -> Reply:  # noqa: ARG002
        """Returns the same reply for every request."""
        return self.always


def context_with(environment: dict[str, str], **changes: Any) -> ActionContext:
    """The context of an action run for the sample incident, with these variables."""
    settings = Settings(
        environment={name: Secret(value) for name, value in environment.items()},
        dashboard_url="https://hinomi.example.com",
        project="example-project",
    )
    given: dict[str, Any] = {"incident": incident(), "trigger": Trigger.OPENED, "mode": Mode.AUTO, "run_id": 7}
    return ActionContext(**{**given, "now": NOW, "clients": Clients(settings), "settings": settings, **changes})
