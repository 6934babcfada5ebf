"""A remediation with approval: Alice approves it, learns that the dataset is open data, and undoes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from demo.entries import BIGQUERY_AUDIT, HINOMI, PROJECT, Entry, audit_entry, caller
from demo.observer import ObservedRun
from demo.platform.bigquery.server import BigQueryServer
from demo.screen import Mark
from demo.stage import Stage
from shared.model import RunState

PART = "Datasets"
DATASET, ROLE, EVERYBODY = "open_statistics", "roles/bigquery.dataViewer", "allAuthenticatedUsers"
RULE = "close-public-dataset"
CAROL, ALICE = "carol@example.com", "alice@example.com"
PUBLIC = {"role": ROLE, "specialGroup": EVERYBODY}
# Methods of the audit log with the reason of the change.
SET_POLICY = ("google.iam.v1.IAMPolicy.SetIamPolicy", "SET_IAM_POLICY")
PATCH = ("google.cloud.bigquery.v2.DatasetService.PatchDataset", "UPDATE")
PAUSE = 3.0  # seconds that Alice needs to read


@dataclass
class PublishedDataset:
    """A dataset that becomes public. After that only Hinomi changes its access."""

    stage: Stage
    bigquery: BigQueryServer
    was_public: bool = False

    def __post_init__(self) -> None:
        self.bigquery.add_dataset(PROJECT, DATASET, [{"role": "OWNER", "userByEmail": CAROL}])

    @property
    def is_public(self) -> bool:
        """Whether everybody with a Google account may read it."""
        return PUBLIC in self.bigquery.access(PROJECT, DATASET)

    def publish(self) -> None:
        """Carol makes the dataset public."""
        self.bigquery.grant(PROJECT, DATASET, PUBLIC)
        self.was_public = True
        self.stage.publish(dataset_policy(self.stage.now, SET_POLICY, "ADD", CAROL))
        self.stage.fails(PART, f"{CAROL} made {DATASET} public")

    def publish_again(self) -> None:
        """Carol makes the dataset public again, also after the undo of a remediation."""
        if self.is_public:
            self.bigquery.revoke(PROJECT, DATASET, PUBLIC)
        self.publish()

    def watch(self) -> None:
        """Writes the audit entry of a change over the API."""
        if self.is_public != self.was_public:
            self.was_public = self.is_public
            action, now = ("ADD", "public again") if self.is_public else ("REMOVE", "private again")
            self.stage.publish(dataset_policy(self.stage.now, PATCH, action, HINOMI))
            self.stage.recovers(PART, f"dataset {DATASET} is {now}")


@dataclass
class Reviewer:
    """Alice. `hinomi` runs a command of the command line."""

    stage: Stage
    hinomi: Callable[[list[str]], None]
    asked: int = 0
    has_undone: bool = False

    def look(self, runs: Iterable[ObservedRun]) -> None:
        """Approves the waiting run, and undoes it when it is done, each after a short time."""
        for run in runs:
            if run.handler_rule != RULE:
                continue
            if run.waits and not self.asked:
                self.asked = run.id
                self.stage.later(PAUSE, self._approve)
            elif run.id == self.asked and run.state == RunState.DONE and not self.has_undone:
                self.has_undone = True
                self.stage.later(PAUSE, self._undo)

    def _approve(self) -> None:
        self._run("approves the remediation", "approvals", "approve", str(self.asked))

    def _undo(self) -> None:
        self._run("undoes it: the dataset is open data", "handlers", "undo", str(self.asked), "--yes")

    def _run(self, what: str, *arguments: str) -> None:
        self.hinomi([*arguments, "--by", ALICE])
        self.stage.screen.line(Mark.PERSON, "Alice", f"{what}: hinomi {' '.join(arguments)}")


def dataset_policy(now: datetime, call: tuple[str, str], action: str, principal: str) -> Entry:
    """The audit entry of the grant, or of its removal."""
    method, reason = call
    resource = f"projects/{PROJECT}/datasets/{DATASET}"
    delta = {"action": action, "role": ROLE, "member": EVERYBODY}
    return audit_entry(
        now,
        "activity",
        "NOTICE",
        "bigquery_dataset",
        {"dataset_id": DATASET, "project_id": PROJECT},
        serviceName="bigquery.googleapis.com",
        methodName=method,
        resourceName=resource,
        authorizationInfo=[{"resource": resource, "permission": "bigquery.datasets.update", "granted": True}],
        metadata={"@type": BIGQUERY_AUDIT, "datasetChange": {"reason": reason, "bindingDeltas": [delta]}},
        status={},
        **caller(principal),
    )


def is_over(runs: Iterable[ObservedRun]) -> bool:
    """Whether the undo is done."""
    return any(run.handler_rule == RULE and run.undo_of and run.state == RunState.DONE for run in runs)


def problems(dataset: PublishedDataset, runs: Iterable[ObservedRun]) -> list[str]:
    """The deviations from the plan: who approved, who undid, and the final access."""
    own = [run for run in runs if run.handler_rule == RULE]
    done = [run for run in own if run.state == RunState.DONE]
    found = []
    if [run.decided_by for run in done] != [ALICE, ALICE]:
        found.append(f"{PART}: the remediation and its undo were not both decided by {ALICE}: {own}")
    if [run.undo_of for run in done] != [None, *(run.id for run in done[:1])]:
        found.append(f"{PART}: no run undid the remediation: {own}")
    if not dataset.is_public:
        found.append(f"{PART}: {DATASET} has not got its grant back")
    return found
