from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import create_engine

from demo.observer import ObservedIncident, Observer
from demo.summary import in_words, show
from shared.model import Severity, Status

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
LONG = "google.cloud.secretmanager.v1.SecretManagerService.AccessSecretVersion"
INCIDENT = ObservedIncident(
    id=1,
    rule="iam/denied_access_burst",
    title="Denied",
    kind="irregular_access",
    severity=Severity.MEDIUM,
    service="iam",
    resource="example-project",
    principal="mallory@example.org",
    summary=f"mallory@example.org was denied 10 times in 10 minutes, last {LONG}",
    status=Status.OPEN,
    opened_at=NOW,
    last_seen_at=NOW,
    resolved_at=None,
    resolution="",
    occurrences=1,
)


def shown(width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=False)
    resolved = replace(INCIDENT, id=2, status=Status.RESOLVED, resolved_at=NOW, resolution=f"repaired by x: {LONG}")
    observer = Observer(create_engine("sqlite://"), incidents={1: INCIDENT, 2: resolved})
    show(console, observer, Path("cards"), 3)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.2, "<1 s"), (4, "4 s"), (119, "1 min"), (800, "13 min"), (-3, "<1 s")]
)
def test_a_duration_is_shown_in_a_word_or_two(seconds: float, words: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == words


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_no_name_is_cut_and_no_line_is_too_long(width: int) -> None:
    lines = shown(width)
    assert max(map(len, lines)) <= width
    for name in (LONG, "iam/denied_access_burst", "mallory@example.org"):
        assert sum(name in line for line in lines) >= 2 - (name == "mallory@example.org")


@pytest.mark.parametrize(("width", "is_table"), [(80, False), (200, True)])
def test_a_wide_terminal_has_a_table(width: int, is_table: bool) -> None:  # noqa: FBT001
    assert any("What failed" in line for line in shown(width)) == is_table
