"""The action restore_soft_deleted_objects against a real HTTP server that speaks the Storage JSON API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from demo.platform.storage import StorageServer
from handlers.actions.storage import _api, restore_soft_deleted_objects
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import InputError, TargetRefusal, TargetRefusedError
from shared.model import Mode
from tests.support.incidents import NOW, incident
from tests.support.remediating import remediate

BUCKET = "example-exports"


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch) -> Iterator[StorageServer]:
    monkeypatch.setattr(_api, "PAGE", 2)
    with StorageServer() as server:
        server.add_bucket(BUCKET)
        for name in ("2026/a", "2026/b", "2026/ü b"):
            server.add_object(BUCKET, name, deleted=(NOW - timedelta(minutes=5)).isoformat())
        server.add_object(BUCKET, "2026/older", deleted=(NOW - timedelta(hours=2)).isoformat())
        yield server


def run(storage: StorageServer, **more: Any) -> ActionResult:
    settings = Settings(storage_endpoint=storage.url)
    view = incident(rule="storage/objects_deleted_in_bulk", resource=BUCKET, labels={}, opened_at=NOW, last_seen_at=NOW)
    return remediate(restore_soft_deleted_objects, settings, view, **more)


@pytest.mark.permissions
def test_the_objects_that_were_deleted_in_the_time_of_the_incident_are_restored(storage: StorageServer) -> None:
    storage.add_object(BUCKET, "2026/b")
    done = run(storage)
    assert (done.recovered, done.undo) == (True, None)
    assert done.text.en == f"started to restore 2 objects of bucket {BUCKET}"
    assert storage.objects(BUCKET) == ["2026/a", "2026/b", "2026/ü b"]
    again = run(storage)
    assert (again.changed, again.recovered) == (False, True)
    assert len(storage.written) == 1


def test_a_dry_run_names_the_time(storage: StorageServer) -> None:
    text = run(storage, mode=Mode.DRY_RUN).text.en
    assert text.startswith(
        f"would restore 3 objects of bucket {BUCKET}, deleted from 2026-11-23 05:50:12 UTC to 06:07:12"
    )
    assert storage.written == []


@pytest.mark.parametrize(
    ("params", "reason", "message"),
    [
        ({"max_objects": 2}, TargetRefusal.LIMIT_REACHED, r"3 objects .* more than max_objects \(2\)"),
        ({"minutes_before": 1}, TargetRefusal.OTHER_TARGET, "no soft-deleted object"),
    ],
)
def test_too_many_objects_or_none_are_refused(
    storage: StorageServer, params: dict[str, int], reason: TargetRefusal, message: str
) -> None:
    with pytest.raises(TargetRefusedError, match=message) as caught:
        run(storage, params=params)
    assert (caught.value.reason, storage.written) == (reason, [])


@pytest.mark.parametrize("params", [{"max_objects": 0}, {"minutes_before": 1441}])
def test_the_limits_are_limited(params: dict[str, int]) -> None:
    with pytest.raises(InputError, match="is not 1 to"):
        restore_soft_deleted_objects.Params(**params)
