"""`hinomi mcp`: answers questions of an assistant over the Model Context Protocol."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command_group import single_command
from shared import config
from shared.errors import InputError
from shared.texts.api import assistant as texts

app = single_command()


@app.command("mcp")
def mcp(*, allow_changes: Annotated[bool, typer.Option("--allow-changes")] = False) -> None:
    """Serve tools for an assistant on standard input and output; read-only by default."""
    try:
        import anyio
        import mcp.server
    except ModuleNotFoundError as error:
        raise InputError(texts.NOT_INSTALLED) from error
    del mcp
    from cli.assistant.server import Assistant, serve
    from dashboard.function import dashboard_config

    anyio.run(serve, Assistant(dashboard_config(config.load()), with_changes=allow_changes))
