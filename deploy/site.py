"""The input of all parts: the options, the plan, the existing resources and the desired state."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Protocol

from deploy.cloud import Cloud, CloudError
from deploy.scripts.declared import DeclaredScript, ScriptImage
from deploy.target import DeployTarget
from handlers.scripts.cloud_run import LOCATION
from shared.config import ROOT
from shared.connections.worker import read, subscribed
from shared.secret import Secret
from shared.strict_yaml import load
from shared.texts import Text
from shared.texts.deploy import errors, purposes

PLAN = Path(__file__).with_name("plan.yaml")


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the plan that exists in this version of Hinomi."""

    target: str
    name: str
    account: str
    spec: Mapping[str, Any]


class DesiredState(Protocol):
    """The desired state of rules, handler rules and collectors, computed on first use because it takes long."""

    @property
    def permissions(self) -> Mapping[str, Mapping[str, list[str]]]:
        """The permissions of each function in the monitored scope, each with the parts that declare it."""

    @property
    def required_settings(self) -> Mapping[str, list[Text]]:
        """The variables that enabled handler rules and connections need, each with its users."""

    @property
    def published_topics(self) -> Mapping[str, list[Text]]:
        """The Pub/Sub topics that enabled handler rules publish to, each with these rules."""

    @property
    def scripts(self) -> Mapping[str, DeclaredScript]:
        """The scripts that run as Cloud Run jobs, by name."""

    @property
    def filters(self) -> Mapping[str, str]:
        """The filters of the sinks, by name."""

    @property
    def reporters(self) -> Mapping[str, Sequence[str]]:
        """Each declared reporter with the IAM members that publish its reports."""

    @property
    def quality_tables(self) -> Sequence[str]:
        """The BigQuery tables that the declared queries of data quality read, as projects/P/datasets/D/tables/T."""


@dataclass(frozen=True)
class Site:
    """An installation.

    `source` is the folder that `hinomi deploy source` wrote and `digest` identifies its content; `work` is for
    temporary files. `earlier` are the options of earlier deployments whose resources may remain (deploy/record.py).
    `adopt` is True to manage existing resources with Hinomi's names. `today` is in UTC. `script_image` is None if the
    code of the jobs is not compared; the last deployed code then counts.
    """

    target: DeployTarget
    cloud: Cloud
    desired: DesiredState
    source: Path = Path(".hinomi/source")
    digest: str = ""
    work: Path | None = None
    earlier: tuple[DeployTarget, ...] = ()
    adopt: bool = False
    today: date = field(default_factory=lambda: datetime.now(UTC).date())
    script_image: ScriptImage | None = None

    @cached_property
    def plan(self) -> dict[str, Any]:
        """plan.yaml with all placeholders filled in except {number}."""
        return dict(_plan_for(self.target.project, self.target.region))

    @cached_property
    def topics(self) -> dict[str, Text]:
        """Each topic with its purpose: topics of the plan and of the declared reporters."""
        named = {name: purposes.purpose(why) for name, why in self.plan["topics"].items()}
        named |= {self.topic_of(name): purposes.REPORTS(name=name) for name in self.desired.reporters}
        for name in self.workers:
            named |= {
                self.orders_of(name): purposes.ORDERS(name=name),
                self.results_of(name): purposes.RESULTS(name=name),
            }
        if self.shared_reports_until:
            name = self.plan["reports"]["shared"]["topic"]
            named[name] = purposes.SHARED_REPORTS(until=self.shared_reports_until.isoformat())
        return named

    @cached_property
    def subscriptions(self) -> dict[str, dict[str, Any]]:
        """Each subscription: subscriptions of the plan and of the declared reporters."""
        spec = self.plan["reports"]
        named = dict(self.plan["subscriptions"])
        for name in self.desired.reporters:
            path = spec["subscription"]["path"].format(reporter=name)
            named[self.topic_of(name)] = {**spec["subscription"], "topic": self.topic_of(name), "path": path}
        for name in self.workers:
            orders, results = (self.plan["workers"][kind]["subscription"] for kind in ("orders", "results"))
            path = results["path"].format(worker=name)
            named[self.orders_of(name)] = {**orders, "topic": self.orders_of(name)}
            named[self.results_of(name)] = {**results, "topic": self.results_of(name), "path": path}
        if self.shared_reports_until:
            topic, path = spec["shared"]["topic"], spec["shared"]["path"]
            named[topic] = {**spec["subscription"], "topic": topic, "path": path}
        return named

    def topic_of(self, reporter: str) -> str:
        """The topic of a reporter, and its subscription."""
        return str(self.plan["reports"]["topic"].format(reporter=reporter))

    @cached_property
    def workers(self) -> Mapping[str, str]:
        """The IAM member of each worker on-premises that has a subscription. Raises InputError for an invalid setting."""
        return subscribed(read({name: Secret(value) for name, value in self.target.settings.items()}))

    def orders_of(self, worker: str) -> str:
        """The topic of the orders for a worker, and its subscription."""
        return str(self.plan["workers"]["orders"]["topic"].format(worker=worker))

    def results_of(self, worker: str) -> str:
        """The topic of the results of a worker, and its subscription."""
        return str(self.plan["workers"]["results"]["topic"].format(worker=worker))

    @cached_property
    def shared_reports_until(self) -> date | None:
        """The last day of the topic that reporters shared in earlier versions; None if it is not needed.

        The first deployment of this version writes the day to a label of the topic.
        """
        shared = self.plan["reports"]["shared"]
        if not self.desired.reporters:
            return None
        topic = self.cloud.get("pubsub", f"v1/projects/{self.target.project}/topics/{shared['topic']}")
        if topic is None or not self.is_managed(topic):
            return None
        last = _day(topic["labels"].get(shared["label"], "")) or self.today + timedelta(days=shared["days"])
        return last if last >= self.today else None

    @cached_property
    def functions(self) -> tuple[Function, ...]:
        """The functions that exist in this version and that the options request."""
        return tuple(
            Function(name, spec["name"], spec["account"], spec)
            for name, spec in self.plan["functions"].items()
            if name in entry_points() and (self.target.dashboard_access or not spec.get("on_request"))
        )

    def function(self, target: str) -> Function | None:
        """The function with an entry point; None if it does not exist in this version, or if the options do not request it."""
        return next((item for item in self.functions if item.target == target), None)

    @property
    def accounts(self) -> dict[str, Text]:
        """The service accounts that this version needs, with their purposes."""
        used = {function.account for function in self.functions}
        unused = {spec["account"] for spec in self.plan["functions"].values()} - used
        named = {name: purposes.purpose(why) for name, why in self.plan["accounts"].items() if name not in unused}
        return named | {each.account: purposes.RUNS_SCRIPT(name=name) for name, each in self.scripts.items()}

    @cached_property
    def scripts(self) -> Mapping[str, DeclaredScript]:
        """The scripts with a job here; empty if the settings name another location, whose jobs deploy.sh does not manage."""
        here = self.script_location
        return self.desired.scripts if self.target.settings.get(LOCATION.variable, here) == here else {}

    @property
    def script_location(self) -> str:
        """The location of the jobs of scripts, as in the setting of the functions."""
        return f"projects/{self.target.project}/locations/{self.target.region}"

    @cached_property
    def number(self) -> str:
        """The number of the project. Raises CloudError if the project does not exist."""
        project = self.cloud.get("cloudresourcemanager", f"v1/projects/{self.target.project}")
        if project is None:
            raise CloudError(errors.NO_PROJECT(project=self.target.project))
        return str(project["projectNumber"])

    @property
    def instance(self) -> str:
        """The Cloud SQL instance."""
        return str(self.target.database_instance or self.plan["database"]["instance"])

    @property
    def label(self) -> tuple[str, str]:
        """The label on all resources that support labels."""
        return str(self.plan["label"]["key"]), str(self.plan["label"]["value"])

    @property
    def label_argument(self) -> str:
        """The label as an option of gcloud."""
        return "--labels=" + "=".join(self.label)

    @property
    def in_project(self) -> str:
        """The option that names the project."""
        return f"--project={self.target.project}"

    def email(self, account: str) -> str:
        """The address of one of Hinomi's service accounts."""
        return f"{account}@{self.target.project}.iam.gserviceaccount.com"

    def database_user(self, account: str) -> str:
        """The account as a database user; Cloud SQL shortens the address (sql/docs/postgres/iam-logins)."""
        return f"{account}@{self.target.project}.iam"

    def is_managed(self, resource: Mapping[str, Any] | None, labels: str = "labels") -> bool:
        """Whether a resource has Hinomi's label."""
        key, value = self.label
        return bool(resource) and (resource or {}).get(labels, {}).get(key) == value

    def is_marked(self, resource: Mapping[str, Any] | None) -> bool:
        """Whether the description of a resource marks it as managed."""
        return str(self.plan["mark"]) in str((resource or {}).get("description", ""))

    def fill(self, text: str) -> str:
        """`text` with {number} filled in."""
        return text.replace("{number}", self.number) if "{number}" in text else text


@cache
def read_plan() -> dict[str, Any]:
    """The content of plan.yaml. Raises InputError if it is invalid."""
    return dict(load(PLAN.read_text(encoding="utf-8"), str(PLAN)).value)


@cache
def _plan_for(project: str, region: str) -> Mapping[str, Any]:
    """The plan of one place: filling it in takes longer than a read, and an installation is looked at with many options."""
    filled: dict[str, Any] = _filled(read_plan(), {"project": project, "region": region})
    return filled


@cache
def entry_points() -> frozenset[str]:
    """The functions that main.py defines; the file is parsed, not run."""
    tree = ast.parse((ROOT / "main.py").read_text(encoding="utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def calling_functions() -> tuple[str, ...]:
    """The functions of this version that call Google's APIs; functions on request only show the databases."""
    return tuple(
        name for name, spec in read_plan()["functions"].items() if name in entry_points() and not spec.get("on_request")
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, names) for item in value]
    if isinstance(value, str):
        return re.sub(r"\{(project|region)\}", lambda match: names[match[1]], value)
    return value
