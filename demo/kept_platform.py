"""The simulated platform after the demo: it runs on, with the dashboard beside it, until Ctrl-C."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping

from demo.functions import BIN, ROOT, STOP_SECONDS
from demo.publisher import Publisher

PLATFORM = ROOT / "demo" / "platform.yaml"
SWEEP_SECONDS = 1.0  # what was approved in the dashboard runs with the next sweep


class KeptPlatform:
    """The running platform, its functions, and the environment in which commands read its databases."""

    def __init__(self, publisher: Publisher, env: Mapping[str, str]) -> None:
        self._publisher = publisher
        self._env = env

    def show(self, port: int) -> None:
        """Serves the dashboard, which prints its address, until the process ends or a signal raises KeyboardInterrupt."""
        command = [str(BIN / "hinomi"), "dashboard", "--port", str(port)]
        env = {**self._env, "HINOMI_PLATFORM_FILE": str(PLATFORM)}
        with subprocess.Popen(command, env=env, cwd=ROOT) as process:  # noqa: S603
            try:
                while process.poll() is None:
                    self._publisher.publish({"tick": "sweep"})
                    time.sleep(SWEEP_SECONDS)
            finally:
                process.terminate()
                process.wait(STOP_SECONDS)
