"""How many files drift crosses, from the platform map to the printed answer: a maintainer reads all of them to follow it."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from sqlalchemy.orm import Session

from cli.views.drift import print_drift
from insights.access.drift.compare import drift
from insights.access.platform_file import read
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

ROOT = Path(__file__).parents[5]
MOST = 36
CONDITION = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')", "title": "until"}


@contextmanager
def files_entered() -> Iterator[set[str]]:
    """The files of the project, without its tests, in which a function is called inside the block."""
    found: set[str] = set()

    def entered(frame: FrameType, event: str, _argument: Any) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(str(ROOT)):
            name = str(Path(frame.f_code.co_filename).relative_to(ROOT))
            if not name.startswith((".venv", "tests")):
                found.add(name)

    before = sys.getprofile()
    sys.setprofile(entered)
    try:
        yield found
    finally:
        sys.setprofile(before)


def platform(session: Session) -> None:
    """Grants of every kind that drift tells apart, with groups, conditions, logs and public access."""
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


def test_drift_crosses_few_files(session: Session, tmp_path: Path) -> None:
    platform(session)
    file, console = tmp_path / "platform.yaml", Console(file=io.StringIO())
    file.write_text(MAP)
    with files_entered() as files:
        found = drift(session, read(file), NOW, days=90, with_all=True)
        print_drift(console, found, ZoneInfo("UTC"), with_all=True)
    assert found.unintended
    assert found.missing
    assert len(files) <= MOST, "\n".join(sorted(files))
