"""How far `access drift` runs through the project: a maintainer who follows it should not have to open many files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy.orm import Session

from insights.access.drift.compare import drift
from insights.access.platform_file import parse
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
MOST = 0
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


def test_drift_crosses_few_files(session: Session) -> None:
    platform(session)
    with files_entered() as found:
        result = drift(session, parse(MAP, "map.yaml"), NOW, days=90, with_all=True)
    assert result.unintended
    assert result.missing
    assert len(found) <= MOST, "\n".join(sorted(found))
