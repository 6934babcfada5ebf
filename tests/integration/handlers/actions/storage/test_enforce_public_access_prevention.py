"""The action enforce_public_access_prevention against a real HTTP server that speaks the Storage JSON API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.http import Reply
from demo.platform.storage import StorageServer
from handlers.actions.storage import enforce_public_access_prevention
from handlers.context import ActionResult
from shared.config import Settings
from shared.errors import TargetRefusedError
from shared.model import Mode
from tests.support.incidents import incident
from tests.support.remediating import remediate

BUCKET, TEXT = "example-exports", "public access prevention"


@pytest.fixture
def storage() -> Iterator[StorageServer]:
    with StorageServer() as server:
        server.add_bucket(BUCKET, [{"role": "roles/storage.objectViewer", "members": ["allUsers"]}])
        yield server


def run(storage: StorageServer, *, member: str = "allUsers", **more: Any) -> ActionResult:
    context = {name: more.pop(name) for name in ("mode", "undoes") if name in more}
    delta = {"action": "ADD", "role": "roles/storage.objectViewer", "member": member}
    view = incident(evidence={"elements": {"deltas": [delta]}}, **{"resource": BUCKET, **more})
    return remediate(enforce_public_access_prevention, Settings(storage_endpoint=storage.url), view, **context)


@pytest.mark.permissions
@pytest.mark.parametrize("resource", [BUCKET, f"projects/_/buckets/{BUCKET}/objects/a/b", f"gs://{BUCKET}"])
def test_prevention_is_enforced_and_undo_restores_the_earlier_setting(storage: StorageServer, resource: str) -> None:
    done = run(storage, resource=resource)
    assert (done.recovered, done.text.en) == (True, f"enforced {TEXT} on bucket {BUCKET}")
    undone = run(storage, resource=resource, undoes=done.undo)
    assert undone.text.en == f"set {TEXT} of bucket {BUCKET} to inherited again"
    assert storage.written == [(BUCKET, "enforced"), (BUCKET, "inherited")]
    assert not run(storage, undoes=done.undo).changed


def test_a_dry_run_and_an_enforced_setting_change_nothing(storage: StorageServer) -> None:
    assert run(storage, mode=Mode.DRY_RUN).text.en.startswith(f"would enforce {TEXT} on bucket {BUCKET}")
    storage.set_prevention(BUCKET, "enforced")
    done = run(storage)
    assert (done.changed, done.recovered, done.undo, storage.written) == (False, True, None, [])


def test_a_bucket_that_changed_since_it_was_read_is_read_again(storage: StorageServer) -> None:
    storage.fail_next(Reply(200, {"name": BUCKET, "metageneration": "0"}))
    assert run(storage).recovered


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"member": "user:mallory@example.org"}, "gave nobody outside access"),
        ({"service": "bigquery"}, "does not name a bucket"),
        ({"resource": "../x"}, "does not name a bucket"),
    ],
)
def test_any_other_incident_is_refused(storage: StorageServer, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(TargetRefusedError, match=message):
        run(storage, **changes)
    assert storage.written == []
