"""`hinomi dashboard`: serves the dashboard on this machine."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.command_group import single_command
from cli.language import echo
from shared import config
from shared.errors import InputError
from shared.texts.dashboard import command as texts

app = single_command()

HOST = "127.0.0.1"


@app.command("dashboard")
def dashboard(*, port: Annotated[int, typer.Option(min=0, max=65_535)] = 8787) -> None:
    """Serve the dashboard on loopback until Ctrl-C, and print its address.

    Werkzeug's server comes with Flask, needs no other package, answers several requests at once and runs on every
    system. It never listens on another interface.
    """
    import logging

    from werkzeug.serving import make_server

    from dashboard.app import make_app
    from dashboard.function import dashboard_config

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    made = make_app(dashboard_config(config.load()))
    try:
        server = make_server(HOST, port, made, threaded=True)
    except SystemExit as error:
        raise InputError(texts.PORT_IN_USE(port=port)) from error
    echo(texts.SERVING(url=f"http://{HOST}:{server.server_port}/"))
    try:
        server.serve_forever()
    finally:
        server.server_close()
