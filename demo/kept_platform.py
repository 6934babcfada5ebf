"""The simulated platform after the demo: it keeps running, with the dashboard, until Ctrl-C."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import FileSystemLoader
from werkzeug.serving import make_server

from cli.language import echo
from collectors.history_analysis.baselines.learn import learn
from dashboard import rendering
from dashboard.app import make_app
from dashboard.function import dashboard_config
from db.first_use import open_schema_store
from demo.functions import HOST, ROOT
from demo.panel import page, texts
from demo.panel.faults import OfferedFault
from demo.scenario import SimulatedPlatform
from demo.situations.review import ALICE
from shared import config
from shared.texts.dashboard import command

PLATFORM = ROOT / "demo" / "platform.yaml"
TEMPLATES = Path(__file__).parent / "panel" / "templates"
BEAT = 0.1


@dataclass
class KeptPlatform:
    """The running platform, and the environment in which commands read its databases.

    `keep_messages` writes the messages that have arrived as files.
    """

    simulated: SimulatedPlatform
    env: Mapping[str, str]
    keep_messages: Callable[[], None]

    def show(self, port: int) -> None:
        """Serves the dashboard with the panel, and prints its address, until a signal raises KeyboardInterrupt."""
        chosen: queue.SimpleQueue[OfferedFault] = queue.SimpleQueue()
        self._learn()
        with self._served(port, chosen) as address:
            echo(command.SERVING(url=f"{address}/"))
            echo(texts.PANEL(url=f"{address}{page.PATH}"))
            written = self.simulated.services.delivered
            while True:
                while not chosen.empty():
                    chosen.get().begin(self.simulated)
                self.simulated.step()
                if (arrived := self.simulated.services.delivered) != written:
                    written = arrived
                    self.keep_messages()
                time.sleep(BEAT)

    def _learn(self) -> None:
        """Learns the usual range of the metrics of the ninety days, as the function would have done each hour."""
        store = open_schema_store(self.env["HINOMI_SCHEMA_DB_URL"])
        for _ in learn(store, datetime.now(UTC)):
            pass

    @contextmanager
    def _served(self, port: int, chosen: queue.SimpleQueue[OfferedFault]) -> Iterator[str]:
        """The address of the dashboard, which runs to the end of the block."""
        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        settings = config.load({**self.env, "HINOMI_PLATFORM_FILE": str(PLATFORM)})
        # The visitor is Alice, who may approve: the rules of the demo name her.
        app = make_app(replace(dashboard_config(settings), local_user=ALICE), more=[page.panel(chosen.put)])
        app.jinja_env.loader = FileSystemLoader([TEMPLATES, rendering.TEMPLATES])
        server = make_server(HOST, port, app, threaded=True)
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://{HOST}:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()
            server.server_close()
