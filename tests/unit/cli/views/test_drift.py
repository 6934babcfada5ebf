"""Drift at the terminal: few lines, each with complete commands that can be copied."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from rich.console import Console

from cli.views.drift import MOST_LINES, print_drift
from insights.access.drift.assessment import AssessedGrant, Baseline
from insights.access.drift.compare import Drift, MissingAccess
from insights.access.model import Access, AccessGrant, Observation, Ternary
from insights.access.roles import ability
from shared.texts.access.coverage import GROUPS, PERMISSIONS_OF

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
VIEWER = "roles/storage.objectViewer"


def wrong(bucket: str, member: str = "user:eve@example.com") -> AssessedGrant:
    resource = f"//storage.googleapis.com/{bucket}"
    grant = AccessGrant(resource, VIEWER, member, None, NOW, None, True, False, "carol@example.com", None)
    return AssessedGrant(Access(member, grant, inherited=False), ability(VIEWER), "", ("raw",), 1, None, Ternary.YES)


def output(
    *grants: AssessedGrant, missing: tuple[MissingAccess, ...] = (), with_all: bool = False, width: int = 100
) -> str:
    observations = [Observation("projects/p", NOW, NOW)]
    found = Drift(list(grants), list(missing), 3, {Baseline.AGENT: 2}, [], observations)
    stream = io.StringIO()
    print_drift(Console(file=stream, width=width, highlight=False), found, ZoneInfo("UTC"), with_all=with_all)
    return stream.getvalue()


def test_the_same_role_in_many_places_is_one_line() -> None:
    text = output(*(wrong(f"example-{number}") for number in range(5)))
    assert text.startswith("5 grants that no persona explains in 1 line: 5 medium.")
    assert text.count("user:eve@example.com") == 1 + 3
    assert "and 2 more: --json lists all" in text


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_name_is_broken_at_any_width(width: int) -> None:
    member = "serviceAccount:export-of-all-orders@example-project.iam.gserviceaccount.com"
    bucket = "exports-of-all-orders-and-returns-of-the-last-ten-years"
    missing = MissingAccess("analyst", member, "raw", "read", (f"//storage.googleapis.com/{bucket}",), 2, GROUPS)
    lines = output(wrong(bucket, member), missing=(missing,), with_all=True, width=width).splitlines()
    for name in (member, f"gs://{bucket}", VIEWER):
        assert sum(name in line for line in lines) >= 2
    commands = [line for line in lines if "gcloud" in line]
    assert max(len(line) for line in lines if line not in commands) <= max(width, len(member) + 8)


def test_a_command_is_on_one_line_however_narrow_the_terminal_is() -> None:
    command = (
        "  1  gcloud storage buckets remove-iam-policy-binding gs://example-raw --member=user:eve@example.com "
        f"--role={VIEWER} --condition=None"
    )
    assert command in output(wrong("example-raw"), width=60).splitlines()


def test_lines_beyond_the_limit_are_counted() -> None:
    many = [wrong("example-raw", f"user:p{number}@example.com") for number in range(MOST_LINES + 2)]
    assert "and 2 more lines: --all shows them" in output(*many)
    assert "more lines" not in output(*many, with_all=True)


def test_missing_access_that_is_not_certain_says_why() -> None:
    item = MissingAccess(
        "analyst",
        "user:bob@example.com",
        "raw",
        "read",
        ("//storage.googleapis.com/b",),
        2,
        PERMISSIONS_OF(role="roles/x"),
    )
    text = output(missing=(item,))
    assert text.startswith("Access is as intended, as far as known.")
    assert "1 of 2 in raw: gs://b, uncertain because of the permissions of roles/x" in " ".join(
        output(missing=(item,), width=60).split()
    )


def test_unlisted_grants_are_counted() -> None:
    assert "3 grants as intended." in output()
    assert "Not listed: 2 grants of Google's own service agents. --all lists them." in output()


def test_the_report_is_in_the_language_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    missing = MissingAccess("analyst", "user:bob@example.com", "raw", "read", ("//storage.googleapis.com/b",), 2)
    text = output(wrong("example-raw"), missing=(missing,), width=80)
    assert text.startswith("想定外の権限付与 1 件: 中 1 件。 必要なアクセス権が不足しているペルソナのメン")
    for words in (
        "raw のデータを読み取れます",
        "raw 層の 2 件中 1 件:",
        "想定内の権限付与 3 件。",
        "付与者 carol@example.com",
    ):
        assert words in text
