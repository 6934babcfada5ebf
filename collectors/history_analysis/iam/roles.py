"""Reads the permissions of each role in use.

Format: docs.cloud.google.com/iam/docs/reference/rest/v1/roles/get, for predefined roles as well as those of projects
and organizations. Between two observations that are too far apart, the permissions of a role are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.history_analysis.collector import Batch, SnapshotContext
from collectors.history_analysis.iam.observations import ObservationCoverage
from collectors.history_analysis.rest import RestError, get
from shared.history import RoleRow
from shared.logs import log

BATCH = 50
GONE = (403, 404)  # deleted, or in an organization without permission


def collect(context: SnapshotContext) -> Iterator[Batch]:
    """Batches of roles in the order of their names; a role that cannot be read is left out."""
    after = str((context.checkpoint or {}).get("after", ""))
    names = [name for name in context.known.roles_in_use() if name > after]
    coverage = ObservationCoverage(context, "role/")
    for start in range(0, len(names), BATCH):
        part = names[start : start + BATCH]
        rows = [row for name in part if (row := _role(context, name))]
        seen = [coverage.at(row.name) for row in rows]
        yield Batch([*rows, *seen], {"after": part[-1]}, done=(start + len(part)) / len(names))


def _role(context: SnapshotContext, name: str) -> RoleRow | None:
    try:
        role = get(context, context.clients.http(), f"{context.clients.iam_url}/v1/{name}", {}, "iam.read")
    except RestError as error:
        if error.code not in GONE:
            raise
        log("WARNING", "a role cannot be read", role=name, status=error.code)
        return None
    permissions = sorted(str(item) for item in role.get("includedPermissions", []))
    return RoleRow(name, str(role.get("title", "")), str(role.get("stage", "GA")), permissions, context.now)
