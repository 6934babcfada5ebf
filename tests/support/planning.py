"""The planner without deploy.sh, against a server whose state the test sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.rule_files import VERSION
from deploy.bootstrap import remember
from deploy.cloud import BASES, Cloud
from deploy.record import Record, as_text
from deploy.scripts.declared import DeclaredScript
from deploy.site import Site
from deploy.step import Step
from deploy.target import DeployTarget, parse_scope
from shared.secret import Secret
from shared.texts import Text
from tests.support.gcloud_server import GoogleServer
from tests.support.gcloud_services import PROJECT
from tests.support.gcloud_session import ServerSession

REGION = "asia-northeast1"
HOME = f"projects/{PROJECT}"
MARKED = {"description": "managed-by=hinomi"}
LABELLED = {"labels": {"managed-by": "hinomi"}}


@dataclass(frozen=True)
class GivenState:
    """A desired state set by the test."""

    permissions: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)
    required_settings: Mapping[str, list[Text]] = field(default_factory=dict)
    reporters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quality_tables: Sequence[str] = ()
    published_topics: Mapping[str, list[Text]] = field(default_factory=dict)
    scripts: Mapping[str, DeclaredScript] = field(default_factory=dict)


@dataclass
class Ground:
    """A simulated Google Cloud, and Sites that read it."""

    server: GoogleServer

    @property
    def state(self) -> dict[str, Any]:
        """The existing resources; tests change them directly."""
        return self.server.services.state

    def site(self, target: DeployTarget | None = None, desired: GivenState | None = None, **more: Any) -> Site:
        """A new Site, which has read nothing from the server yet."""
        bases = {name: f"{self.server.url}/{name}/" for name in BASES}
        cloud = Cloud(ServerSession(self.server), Secret("x"), bases)
        return remember(Site(target or aim(), cloud, desired or GivenState(), **more))

    def deployed(self, target: DeployTarget, name: str = "metrics-analysis") -> dict[str, Any]:
        """Adds a function that was deployed with these options."""
        place = f"{HOME}/locations/{target.region}"
        function = {
            **LABELLED,
            "name": f"{place}/functions/{name}",
            "state": "ACTIVE",
            "serviceConfig": {
                "uri": f"https://{name}.run.app",
                "environmentVariables": {"HINOMI_DEPLOYED_WITH": as_text(Record(target))},
            },
        }
        self.state[f"cloudfunctions/{place}/functions/{name}"] = function
        return function

    def grant(self, on: str, role: str, account: str, api: str = "cloudresourcemanager") -> None:
        """Grants a role to an account of the project."""
        policy = self.state.setdefault(f"{api}/{on}:policy", {"bindings": [], "version": 1})
        member = f"serviceAccount:{account}@{PROJECT}.iam.gserviceaccount.com"
        policy["bindings"].append({"role": role, "members": [member]})


def aim(scope: str = "", region: str = REGION, **options: Any) -> DeployTarget:
    """The options of deploy.sh, by default for one project."""
    return DeployTarget(PROJECT, region, parse_scope(scope, PROJECT), **options)


def write_no_rules(folder: Path) -> None:
    """Writes a folder without rules for HINOMI_RULES_DIR."""
    (folder / "handlers.yaml").write_text("handlers: []\n", encoding="utf-8")
    nothing: dict[str, list[str]] = {"rules": [], "correlations": [], "load": [], "history": []}
    artifact.write(folder, {"version": VERSION, "digest": "", **nothing})


def whats(steps: Iterator[Step] | list[Step]) -> list[str]:
    """The resources that the steps name."""
    return [step.what for step in steps]
