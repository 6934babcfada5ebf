"""Records the files that `hinomi access drift` enters, from reading the platform map to printing the answer."""

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
    """The entered files, the calls between them, and the numbers of unintended grants and of missing accesses.

    `moves` are the calls from one of the files into another, `crossings` those into another folder.
    """

    files: set[str]
    moves: int
    crossings: int
    unintended: int
    missing: int


def entered(session: Session, folder: Path) -> Trace:
    """Writes a small platform and its map, compares them, and prints the answer."""
    _platform(session)
    file, console = folder / "platform.yaml", Console(file=io.StringIO())
    file.write_text(MAP)
    with _calls_recorded() as calls:
        found = drift(session, read(file), NOW, days=90, with_all=True)
        print_drift(console, found, ZoneInfo("UTC"), with_all=True)
    moves = [(caller, called) for caller, called in calls if caller and caller != called]
    crossings = sum(Path(caller).parent != Path(called).parent for caller, called in moves)
    files = {called for _, called in calls}
    return Trace(files, len(moves), crossings, len(found.unintended), len(found.missing))


@contextmanager
def _calls_recorded() -> Iterator[list[tuple[str, str]]]:
    """Yields a list of calls made inside the block, as caller's file (empty outside it) and called file."""
    calls: list[tuple[str, str]] = []

    def on_call(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and (called := _project_file(frame)):
            calls.append((_project_file(frame.f_back), called))

    before = sys.getprofile()
    sys.setprofile(on_call)
    try:
        yield calls
    finally:
        sys.setprofile(before)


def _project_file(frame: FrameType | None) -> str:
    """The project file of a frame; empty for tests and for other packages.

    Methods that a decorator generates for a dataclass belong to no file either.
    """
    if frame is None or not frame.f_code.co_filename.startswith(str(ROOT)):
        return ""
    name = str(Path(frame.f_code.co_filename).relative_to(ROOT))
    return "" if name.startswith((".venv", "tests", "shared/lazy")) else name


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
