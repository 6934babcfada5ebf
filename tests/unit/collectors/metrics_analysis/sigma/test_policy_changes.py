from __future__ import annotations

from typing import Any

import pytest

from collectors.metrics_analysis.sigma import policy_changes
from shared.events import merged

PATH = ("data", "deltas")
READER, OWNER = ({"role": role, "member": "user:bob@example.com"} for role in ("roles/viewer", "roles/owner"))
SOON = {"expression": "request.time < timestamp('2027-01-01T00:00:00Z')"}


def add(binding: dict[str, Any]) -> dict[str, Any]:
    return {"action": "ADD", **binding}


def remove(binding: dict[str, Any]) -> dict[str, Any]:
    return {"action": "REMOVE", **binding}


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        ([[add(READER)]], [add(READER)]),
        ([[add(READER), add(OWNER)], [remove(READER)]], [add(OWNER)]),
        ([[add(READER)], [remove(READER), add(OWNER)]], [add(OWNER)]),
        ([[add(READER)], [remove({**READER, "condition": SOON})]], [add(READER)]),
        ([[add(READER)], [remove({**READER, "member": "user:Bob@example.com"})]], []),
        ([[add(READER)], [remove({**READER, "member": "deleted:user:bob@example.com?uid=1"})]], []),
        ([[remove(READER)], [add(READER)]], [add(READER)]),
        ([[], ["text", None]], []),
    ],
)
def test_the_additions_that_no_later_change_removes_are_left(entries: list[list[Any]], left: list[Any]) -> None:
    known: dict[str, Any] = {}
    for deltas in entries:
        written = {"data": {"deltas": deltas, "etag": "x"}}
        known = merged(known, policy_changes.by_binding(written, written, [PATH]))
    assert policy_changes.additions(known, [PATH]) == {"data": {"deltas": left, "etag": "x"}}


def test_two_bindings_with_hidden_members_stay_two() -> None:
    written = {"data": {"deltas": [add(READER), add({**READER, "member": "user:eve@example.com"})]}}
    shown = {"data": {"deltas": [{**one, "member": "<redacted>"} for one in written["data"]["deltas"]]}}
    known = policy_changes.by_binding(written, shown, [PATH])
    assert policy_changes.additions(known, [PATH]) == shown


def test_an_empty_list_shows_no_change() -> None:
    entry = {"data": {"deltas": [], "dataset": "mart"}, "name": "x"}
    assert policy_changes.without_empty(entry, [PATH]) == {"data": {"dataset": "mart"}, "name": "x"}
    full = {"data": {"deltas": [add(READER)]}}
    assert policy_changes.without_empty(full, [PATH]) == full
    assert policy_changes.without_empty({}, [PATH]) == {}
