"""Creates a snapshot of each persistent disk of an incident's instance, before somebody changes or deletes them.

An incident has one snapshot of each disk: its name comes from the incident and the disk, so that a second run creates none. The
snapshots have the label `hinomi-incident` with the number of the incident. There is no undo: a snapshot changes nothing, and costs storage until a person deletes it.
The incident stays open.

Use it for incidents about a misused or broken instance, such as `compute/startup_script_changed` and
`compute/kernel_panic`:

    - {name: keep-evidence, match: {rule: compute/startup_script_changed}, action: snapshot_disks, mode: auto, cooldown: 1d}
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from handlers.actions.compute import _api
from handlers.context import ActionContext
from handlers.remediations import calls
from handlers.remediations.model import Outcome, Plan, Verdict
from shared.errors import TargetRefusal, TargetRefusedError
from shared.records import IncidentView
from shared.texts import joined
from shared.texts.remediations import compute as texts

NAME = "snapshot_disks"
DRY_RUN_PERMISSIONS = ("compute.instances.get", "compute.snapshots.get")
JOB_PERMISSIONS = ("compute.disks.createSnapshot", "compute.snapshots.create", "compute.snapshots.setLabels")
PERMISSIONS = (*DRY_RUN_PERMISSIONS, *JOB_PERMISSIONS)
CALLS = ((_api.SERVICE, "v1.compute.disks.createSnapshot"),)
LOOK_AGAIN_SECONDS = 300.0
VERIFY_SECONDS = 6 * 3600  # the first snapshot of a large disk
_DISK = re.compile(r"/compute/v1/(projects/[^/]+/(?:zones|regions)/[a-z0-9-]+/disks/[a-z0-9-]+)$")


@dataclass(frozen=True)
class Params:
    """No parameters: the incident names the instance."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """A disk, and the name of its snapshot."""

    disk: str
    project: str
    name: str

    @property
    def path(self) -> str:
        """The path of the snapshot."""
        return f"projects/{self.project}/global/snapshots/{self.name}"


def snapshot_name(incident: IncidentView, disk: str) -> str:
    """The name of the snapshot of a disk, such as hinomi-42-0a1b2c3d4e5f."""
    digest = hashlib.sha256(f"{incident.opened_at.isoformat()} {disk}".encode()).hexdigest()
    return f"hinomi-{incident.id}-{digest[:12]}"


def target(incident: IncidentView, params: Params) -> str:
    """The instance, by its path."""
    del params
    return _api.instance_path(incident)


def plan(context: ActionContext, params: Params) -> Plan:
    """Plans the snapshots that this run has not created yet."""
    del params
    resource = _api.instance_of(context.incident)
    copies = list(_copies(context, resource.path))
    if not copies:
        raise TargetRefusedError(texts.NO_DISKS(name=resource.name), TargetRefusal.OTHER_TARGET)
    missing = [copy for copy in copies if _api.exists(context, copy.path) is None]
    details = {"snapshots": [copy.path for copy in copies], "resources": [copy.disk for copy in copies]}
    if not missing:
        return Plan(texts.SNAPSHOTS_EXIST(name=resource.name), details=details)
    names = {"name": resource.name, "snapshots": ", ".join(copy.name for copy in missing)}
    requests = tuple(
        _api.request(
            context,
            f"{copy.disk}/createSnapshot",
            texts.SNAPSHOT(snapshot=copy.name, disk=copy.disk.rpartition("/")[2]),
            copy.disk,
            body={"name": copy.name, "labels": {"hinomi-incident": str(context.incident.id)}},
        )
        for copy in missing
    )
    return Plan(
        texts.WOULD_SNAPSHOT(count=len(missing), **names),
        calls=requests,
        done=texts.SNAPSHOTS_MADE(count=len(missing), **names),
        details=details,
    )


def apply(context: ActionContext, params: Params, plan: Plan) -> None:
    """Requests the snapshots, one after the other."""
    del params
    calls.make_all(context, plan)


def verify(context: ActionContext, params: Params, plan: Plan) -> Verdict:
    """Reads the state of the snapshots; uploading a disk takes minutes to hours."""
    del params
    paths = [str(path) for path in plan.details["snapshots"]]
    states = {path.rpartition("/")[2]: (_api.exists(context, path) or {}).get("status", "CREATING") for path in paths}
    text = texts.SNAPSHOTS_ARE(
        states=joined([texts.SNAPSHOT_IS(snapshot=name, state=state) for name, state in states.items()])
    )
    if "FAILED" in states.values():
        return Verdict(Outcome.NOT_FIXED, text, states, may_help_again=True)
    if set(states.values()) == {"READY"}:
        return Verdict(Outcome.FIXED, text, states, resolves=False)
    return Verdict(Outcome.NOT_YET, text, states, look_again_seconds=LOOK_AGAIN_SECONDS)


def _copies(context: ActionContext, path: str) -> Iterator[_Copy]:
    """The persistent disks of the instance, which its project has."""
    instance: dict[str, Any] = _api.read(context, path)
    for disk in instance.get("disks", ()):
        match = _DISK.search(str(disk.get("source", "")))
        if disk.get("type") == "PERSISTENT" and match:
            yield _Copy(match[1], match[1].split("/")[1], snapshot_name(context.incident, match[1]))
