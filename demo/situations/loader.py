"""The loader of source tables: a system of the user, called by a script when a table is late."""

from __future__ import annotations

from demo.platform.http import JsonServer, Reply, Request

TOKEN = "t0ken-of-the-l0ader"  # noqa: S105 - made up
ROWS = 48_211


class LoaderServer(JsonServer):
    """Loads tables on request; `loaded` are their names, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    @property
    def loads_url(self) -> str:
        """The URL of its API, with its token."""
        return f"{self.url}/loads?token={TOKEN}"

    def answer(self, request: Request) -> Reply:
        """Loads a table, for a caller with the token."""
        if request.query.get("token") != TOKEN:
            return Reply(403)
        self.loaded.append(request.body["table"])
        return Reply(200, {"rows": ROWS})
