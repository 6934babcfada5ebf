"""Pictures of the dashboard on the databases of a demo run, taken with Chromium."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demo.entries import PROJECT
from demo.functions import BIN, ROOT, STOP_SECONDS, environment
from demo.kept_platform import PLATFORM

TASK = "merge_daily"
FINANCE = f"//bigquery.googleapis.com/projects/{PROJECT}/datasets/finance"
PAINT_MILLISECONDS = 3000  # of the page's own clock, which Chromium lets pass at once


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A picture of one page: its file name, path, and size in pixels of CSS."""

    name: str
    path: str
    width: int = 1280
    height: int = 900
    is_dark: bool = False


PICTURES = (
    PagePicture("dashboard-now", "/", height=1110),
    PagePicture("dashboard-incident", "{incident}", height=1300),
    PagePicture("dashboard-jobs", "/jobs", height=1000, is_dark=True),
    PagePicture("dashboard-access", f"/access/resource?on={FINANCE}", height=1000),
    PagePicture("dashboard-phone", "/", width=390, height=844, is_dark=True),
)


def draw(browser: str, run: Path, images: Path, language: str) -> Iterator[Path]:
    """Draws every picture of a demo run in the folder `run`; yields the files. Those that are not English end in -ja."""
    with _served(run, language) as address:
        for picture in PICTURES:
            png = images / f"{picture.name}{'' if language == 'en' else f'-{language}'}.png"
            path = picture.path.format(incident=_incident(run))
            _draw(browser, picture, f"{address}{path}{'&' if '?' in path else '?'}lang={language}", png)
            yield png


def _draw(browser: str, picture: PagePicture, url: str, png: Path) -> None:
    options = [
        *("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=2"),
        f"--window-size={picture.width},{picture.height}",
        f"--blink-settings=preferredColorScheme={0 if picture.is_dark else 1}",
        f"--virtual-time-budget={PAINT_MILLISECONDS}",
        f"--screenshot={png}",
    ]
    subprocess.run([browser, *options, url], check=True, stderr=subprocess.DEVNULL)  # noqa: S603


def _incident(run: Path) -> str:
    """The path of the incident with the most content: the failed task that was cleared."""
    listed = subprocess.run(  # noqa: S603
        [str(BIN / "hinomi"), "incidents", "list", "--all", "--json"],
        **_of(run, "en"),
        check=True,
        capture_output=True,
        text=True,
    )
    found = next((row["id"] for row in json.loads(listed.stdout) if TASK in row["resource"]), None)
    if found is None:
        raise SystemExit(f"the demo has no incident about {TASK}")
    return f"/incidents/{found}"


@contextmanager
def _served(run: Path, language: str) -> Iterator[str]:
    """The address of the dashboard, which runs to the end of the block."""
    command = [str(BIN / "hinomi"), "dashboard", "--port", "0"]
    with subprocess.Popen(command, **_of(run, language), stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            line = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://[\w.:]+", line)
            if found is None:
                raise SystemExit(f"the dashboard did not start: {line}")
            yield found[0]
        finally:
            process.terminate()
            process.wait(STOP_SECONDS)


def _of(run: Path, language: str) -> dict[str, Any]:
    """The folder of a run, and the environment of a command on its databases."""
    own = {
        "HINOMI_ERROR_DB_URL": f"sqlite:///{run / 'error.db'}",
        "HINOMI_SCHEMA_DB_URL": f"sqlite:///{run / 'schema.db'}",
        "HINOMI_RULES_DIR": str(run / "rules"),
        "HINOMI_PROJECTS": PROJECT,
        "HINOMI_PLATFORM_FILE": str(PLATFORM),
        "HINOMI_LANGUAGE": language,
        "HINOMI_TIMEZONE": "Asia/Tokyo" if language == "ja" else "UTC",
        "PYTHONUNBUFFERED": "1",
    }
    return {"cwd": ROOT, "env": environment(own)}
