"""Records the files that `hinomi access drift` enters, from the platform map to the printed answer."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from sqlalchemy.orm import Session

from cli.views.drift import print_drift
from insights.access.drift.compare import drift
from insights.access.platform_file import read
from shared.config import ROOT
from shared.history import BindingEntry
from tests.support.access_world import (
    ALICE,
    ANALYSTS,
    BOB,
    BUCKET,
    DATA_VIEWER,
    DATASET,
    DAVE,
    NOW,
    PROJECT,
    PROJECT_NAME,
    ROBOT,
    SECRET,
    VIEWER,
    act,
    grant,
    logged,
    members,
    roles,
)
from tests.support.drift_world import MAP

CONDITION = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until"}


@dataclass(frozen=True)
class Trace:
    """The entered files, and the numbers of unintended grants and missing accesses in the answer."""

    files: set[str]
    unintended: int
    missing: int


def entered(session: Session, folder: Path) -> Trace:
    """Compares a small platform with its map, which it writes to the folder, and prints the answer."""
    _platform(session)
    file, console = folder / "platform.yaml", Console(file=io.StringIO())
    file.write_text(MAP)
    with _files_entered() as files:
        found = drift(session, read(file), NOW, days=90, with_all=True)
        print_drift(console, found, ZoneInfo("UTC"), with_all=True)
    return Trace(files, len(found.unintended), len(found.missing))


@contextmanager
def _files_entered() -> Iterator[set[str]]:
    """The files of the project, without its tests, in which a function is called inside the block."""
    found: set[str] = set()

    def on_call(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            name = str(Path(frame.f_code.co_filename).relative_to(ROOT))
            if not name.startswith((".venv", "tests")):
                found.add(name)

    before = sys.getprofile()
    sys.setprofile(on_call)
    try:
        yield found
    finally:
        sys.setprofile(before)


def _platform(session: Session) -> None:
    """Stores grants of every kind that drift distinguishes, with groups, conditions, logs and public access."""
    grant(session, DATASET, BindingEntry(DATA_VIEWER, ANALYSTS), BindingEntry("roles/own.unread", BOB))
    legacy = BindingEntry("roles/storage.legacyBucketOwner", f"projectOwner:{PROJECT}")
    entries = [BindingEntry(VIEWER, who) for who in (ALICE, BOB, DAVE, ROBOT, SECRET, "allUsers", "domain:example.com")]
    grant(session, BUCKET, *entries, BindingEntry(VIEWER, "user:late@example.com", CONDITION), legacy)
    grant(session, PROJECT_NAME, BindingEntry("roles/owner", ALICE), BindingEntry("roles/viewer", ANALYSTS))
    members(session, ANALYSTS, BOB)
    roles(session)
    logged(session, "storage", exempted=[BOB])
    act(session, ALICE)
    act(session, "user:", 4)
