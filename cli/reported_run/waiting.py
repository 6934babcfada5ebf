"""Reports that Pub/Sub has not accepted yet: a file for each, sent before the next report."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from shared.errors import PermanentError

MOST = 10_000  # older ones are dropped: the latest of every job and check are enough to know its state


@dataclass(frozen=True, slots=True)
class WaitingReport:
    """A report and its topic."""

    topic: str
    report: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class WaitingReports:
    """The reports in a folder that only its owner can read."""

    folder: Path

    def keep(self, waiting: WaitingReport) -> None:
        """Stores a report completely or not at all, even if the process ends meanwhile."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{waiting.report['time']}-{uuid4().hex}".replace(":", "")
        written = self.folder / f".{name}"
        written.write_text(json.dumps({"topic": waiting.topic, "report": waiting.report}), encoding="utf-8")
        written.replace(self.folder / f"{name}.json")
        for oldest in self._files()[:-MOST]:
            oldest.unlink(missing_ok=True)

    def send(self, publish: Callable[[WaitingReport], None]) -> int:
        """Publishes every report, earliest first, and returns the number of accepted reports.

        A rejected report, for example to a topic that does not exist yet, keeps waiting together with the other reports
        to the same topic; reports to other topics are sent.
        """
        sent, rejecting = 0, set[str]()
        for file, waiting in self._read():
            if waiting.topic in rejecting:
                continue
            try:
                publish(waiting)
            except PermanentError:
                rejecting.add(waiting.topic)
                continue
            file.unlink(missing_ok=True)
            sent += 1
        return sent

    def _read(self) -> Iterator[tuple[Path, WaitingReport]]:
        for file in self._files():
            try:
                content = json.loads(file.read_text(encoding="utf-8"))
                yield file, WaitingReport(content["topic"], content["report"])
            except FileNotFoundError:  # another process has sent it
                continue
            except (ValueError, LookupError):
                file.replace(file.with_suffix(".unreadable"))

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("*.json"))


def state_folder() -> Path:
    """The folder of waiting reports, inside the folder for the state of programs (specifications.freedesktop.org/basedir-spec)."""
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "hinomi" / "reports"
