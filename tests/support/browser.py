"""A headless Chromium that a test drives through a pipe (chromedevtools.github.io), without any package."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--remote-debugging-pipe",
    # Distributions enable rasterization by a simulated GPU, which takes a fifth of the browser's time.
    "--disable-gpu-rasterization",
    "--disable-software-rasterizer",
    "--disable-component-update",
    "--disable-features=Translate,OptimizationHints,MediaRouter",
)


class BrowserStartError(Exception):
    """The browser does not start here, such as without one of its libraries."""


SECONDS = 60.0  # for a condition: a busy machine is slow
ANSWER_SECONDS = 180.0  # one answer contains the whole check of a page by axe
KEYS = {"Enter": (13, "\r"), "ArrowDown": (40, ""), "Escape": (27, "")}
# The protocol uses the descriptors 3 and 4 of the browser; a shell cannot move descriptors above 9.
START = """
import fcntl, os, sys
read, write = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(read, 3)
os.dup2(write, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
EMPTY_PAGE = "about:blank"
READY = "document.readyState === 'complete' && !!window.htmx"


def program() -> str | None:
    """The path of an installed Chromium."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One page of a running browser. `problems` lists errors, and what the browser blocked by the page's security policy."""

    def __init__(self, send: int, receive: int) -> None:
        self._send, self._receive = send, receive
        self._buffer = b""
        self._number = 0
        self._session = ""
        self._look: tuple[int, bool] | None = None
        self.problems: list[str] = []
        target = self.call("Target.createTarget", url=EMPTY_PAGE)["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Calls a method of the protocol and returns its result."""
        answer = self._ask(method, parameters)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def look(self, width: int, *, dark: bool) -> None:
        """Sets the width of the screen and the colour scheme, where they differ: each makes the page lay itself out again."""
        old_width, old_dark = self._look or (None, None)
        self._look = width, dark
        if width != old_width:
            self.call(
                "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
            )
        if dark != old_dark:
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            self.call("Emulation.setEmulatedMedia", features=[scheme])

    def open(self, address: str) -> None:
        """Opens an address and waits until its page and its scripts are ready."""
        self.run("window.isOld = true")
        self.call("Page.navigate", url=address)
        self.wait(f"!window.isOld && {READY}")

    def leave(self) -> None:
        """Opens an empty page, so that the old one stops polling a server that has ended, and clears `problems`."""
        self.call("Page.navigate", url=EMPTY_PAGE)
        self.wait(f"location.href === '{EMPTY_PAGE}'")
        self.problems.clear()

    def run(self, script: str) -> Any:
        """Evaluates a script in the page; returns None while a page is being replaced."""
        answer = self._ask("Runtime.evaluate", {"expression": script, "returnByValue": True})
        return answer.get("result", {}).get("result", {}).get("value")

    def answer(self, script: str) -> Any:
        """Evaluates a script in the page and waits for the promise that it returns."""
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result
        return result["result"]["value"]

    def wait(self, condition: str) -> None:
        """Waits until a script evaluates to true; fails after a time limit."""
        assert self.reaches(condition, SECONDS), condition

    def reaches(self, condition: str, seconds: float) -> bool:
        """Whether a script evaluates to true within the given number of seconds."""
        end = time.monotonic() + seconds
        while self.run(f"!!({condition})") is not True:
            if time.monotonic() > end:
                return False
            time.sleep(0.02)
        return True

    def press(self, *keys: str) -> None:
        """Presses keys one after the other; `ctrl+k` with a modifier."""
        for each in keys:
            modifier, _, key = each.rpartition("+")
            code, text = KEYS.get(key, (ord(key.upper()[:1]), key))
            event = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 2 if modifier else 0}
            self.call(
                "Input.dispatchKeyEvent", type="keyDown", **event, **({"text": text} if text and not modifier else {})
            )
            self.call("Input.dispatchKeyEvent", type="keyUp", **event)

    def _ask(self, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Sends a message and returns its answer; events that arrive before it are recorded."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._send, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + ANSWER_SECONDS
        while (answer := self._read(until)).get("id") != self._number:
            self._note(answer)
        return answer

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event.get("method") == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.problems.append(parameters["entry"]["text"])
        elif event.get("method") == "Runtime.exceptionThrown":
            self.problems.append(json.dumps(parameters["exceptionDetails"])[:500])

    def _read(self, until: float) -> dict[str, Any]:
        """The next message; fails if none arrives before `until`, a time of the monotonic clock."""
        while b"\0" not in self._buffer:
            left = max(until - time.monotonic(), 0)
            assert select.select([self._receive], [], [], left)[0], "the browser does not answer"
            part = os.read(self._receive, 1 << 16)
            assert part, "the browser ended"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        read: dict[str, Any] = json.loads(message)
        return read


@contextmanager
def browser(chromium: str, folder: Path) -> Iterator[Browser]:
    """Starts a browser with a profile in the folder, and ends it."""
    read, send = os.pipe()
    receive, write = os.pipe()
    options = [*OPTIONS, f"--user-data-dir={folder}"]
    command = [sys.executable, "-c", START, str(read), str(write), chromium, *options]
    with subprocess.Popen(
        command, pass_fds=(read, write), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    ) as running:
        os.close(read)
        os.close(write)
        try:
            yield _started(send, receive)
        finally:
            os.close(send)
            running.terminate()
            running.wait()
            os.close(receive)


def _started(send: int, receive: int) -> Browser:
    try:
        return Browser(send, receive)
    except (AssertionError, OSError) as error:
        raise BrowserStartError(str(error)) from error
