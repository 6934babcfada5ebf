"""Builds a Site from the options: the token, the permissions, the filters and the source."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.sigma import artifact
from deploy import record, secrets
from deploy.cloud import Cloud
from deploy.permissions import declared
from deploy.required_settings import of_scripts, published_topics, required
from deploy.scripts.declared import DeclaredScript, with_used_permissions
from deploy.scripts.declared import read as read_scripts
from deploy.site import Site, calling_functions, read_plan
from deploy.source import BuiltSource, read_built
from deploy.target import DeployTarget
from handlers.read import read as read_rules
from insights.quality.tables_read import tables_read
from shared import config
from shared.clients import SCOPE, new_session
from shared.errors import HinomiError, InputError
from shared.secret import Secret
from shared.texts import Text
from shared.texts.deploy import errors

OVERRIDES = "CLOUDSDK_API_ENDPOINT_OVERRIDES_"
# gcloud uses the token in this variable, and prints it; starting gcloud for that takes a second.
ACCESS_TOKEN = "CLOUDSDK_AUTH_ACCESS_TOKEN"  # noqa: S105 - a name

_GCLOUD_ERROR = re.compile(r"^ERROR: \([\w.-]+\) ")

# A token of gcloud is valid for at least five minutes: gcloud refreshes one that ends earlier.
TOKEN_SECONDS = 240.0


def token() -> Secret:
    """An access token: from gcloud's variable, from gcloud if it is installed, otherwise from the default credentials.

    Raises InputError if none is available.
    """
    if given := os.environ.get(ACCESS_TOKEN):
        return Secret(given)
    gcloud = shutil.which("gcloud")
    if gcloud is not None:
        answer = subprocess.run(  # noqa: S603 - a fixed command
            [gcloud, "auth", "print-access-token"], capture_output=True, text=True, check=False
        )
        if answer.returncode == 0:
            return Secret(answer.stdout.strip())
        raise InputError(errors.NO_ACCOUNT(reason=_reason(answer.stderr)))
    import google.auth  # noqa: PLC0415
    from google.auth.exceptions import GoogleAuthError  # noqa: PLC0415
    from google.auth.transport.requests import Request  # noqa: PLC0415

    try:
        credentials, _ = google.auth.default(scopes=[SCOPE])
        credentials.refresh(Request())  # type: ignore[no-untyped-call]
    except GoogleAuthError as error:
        raise InputError(errors.NO_CREDENTIALS(reason=str(error))) from error
    return Secret(str(credentials.token))


def _reason(output: str) -> str:
    """The error of gcloud without its own advice: the message already contains the command."""
    text = _GCLOUD_ERROR.sub("", " ".join(output.split()))
    return text.partition(" Please run: ")[0].removesuffix(".")[:300]


def open_cloud(access: Secret) -> Cloud:
    """A new view of the project over Google's APIs, without cached responses."""
    bases = {name.lower(): url for name, url in config.variables(OVERRIDES).items()}
    return Cloud(new_session(), access, bases)


class RulesDesiredState:
    """The desired state from the rules folder, its handler rules and the collectors. Its properties raise InputError."""

    def __init__(self, rules_dir: Path, target: DeployTarget) -> None:
        self._folder = rules_dir
        self._target = target

    @cached_property
    def _compiled(self) -> dict[str, Any]:
        return artifact.load(self._folder)

    @cached_property
    def permissions(self) -> dict[str, dict[str, list[str]]]:
        """The permissions of each function in this version."""
        handlers_file = self._folder / "handlers.yaml"
        settings = config.load({"HINOMI_PROJECTS": self._target.project, **self._target.settings})
        return {
            name: declared(name, artifact=self._compiled, handlers_file=handlers_file, settings=settings)
            for name in (*calling_functions(), "dashboard")
        }

    @property
    def reporters(self) -> dict[str, list[str]]:
        """Each declared reporter with the IAM members that publish its reports."""
        return {item["name"]: item["publishers"] for item in self._compiled.get("reporters", ())}

    @property
    def quality_tables(self) -> list[str]:
        """The tables that the queries of rules/quality.yaml read."""
        queries = self._compiled.get("quality", ())
        return sorted({table for each in queries for table in tables_read(each["sql"], each["project"])})

    @cached_property
    def scripts(self) -> dict[str, DeclaredScript]:
        """The scripts in the scripts folder next to the rules, or in HINOMI_ACTIONS_DIR.

        A script that no enabled handler rule runs has no permissions.
        """
        scripts = read_scripts(replace(config.load(), rules_dir=self._folder).actions_folder)
        rules, errors = read_rules(self._folder / "handlers.yaml") if scripts else ([], [])
        if errors:
            raise errors[0]
        return with_used_permissions(scripts, rules)

    @cached_property
    def required_settings(self) -> Mapping[str, list[Text]]:
        """The variables that enabled handler rules and connections need, each with its users."""
        given = {**self._target.settings, **dict.fromkeys(self._target.secrets, "mounted")}
        reports = config.load(self._target.settings).reports
        users = required(self._folder / "handlers.yaml", _as_environment(given), reports)
        return {**of_scripts(self.scripts.values()), **users}

    @cached_property
    def published_topics(self) -> Mapping[str, list[Text]]:
        """The Pub/Sub topics that enabled handler rules publish to, each with these rules."""
        return published_topics(self._folder / "handlers.yaml", _as_environment(self._target.settings))

    @cached_property
    def filters(self) -> dict[str, str]:
        """The filters, with the loop guard for this installation's own accounts and functions."""
        from collectors.metrics_analysis.sinks.pack import sinks  # noqa: PLC0415

        functions = read_plan()["functions"]
        accounts = {
            name: f"{functions[name]['account']}@{self._target.project}.iam.gserviceaccount.com"
            for name in calling_functions()
        }
        names = [spec["name"] for spec in functions.values()]
        built = sinks(
            self._compiled,
            project=self._target.project,
            service_accounts=list(accounts.values()),
            function_names=names,
            permissions={account: self.permissions.get(name, ()) for name, account in accounts.items()},
        )
        return {item.name: item.filter for item in built}


def _as_environment(values: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(value) for name, value in values.items()}


def remember(site: Site, *, keep: Collection[str] = ()) -> Site:
    """The site with the record of earlier deployments. `keep` names the options that keep their last value.

    Secrets are kept unless they are dropped, and so is the alert address if none is given.
    """
    records = record.find(site)
    last = records[0].target if records else site.target
    target = replace(
        site.target,
        **{name: getattr(last, name) for name in keep},
        secrets=secrets.merged(last.secrets, site.target.secrets),
        alert_email=site.target.alert_email or last.alert_email,
    )
    return replace(site, target=target, earlier=record.earlier(records, target))


def refuse_missing_dataset(target: DeployTarget, cloud: Cloud) -> None:
    """Raises InputError if the dataset of --bigquery-history does not exist."""
    project, _, dataset = target.bigquery_history.rpartition(".")
    if dataset and cloud.get("bigquery", f"bigquery/v2/projects/{project}/datasets/{dataset}") is None:
        make = f"bq mk --location=EU {project}:{dataset}"
        raise InputError(errors.NO_DATASET(name=target.bigquery_history, command=make))


def refuse_missing_project(target: DeployTarget, cloud: Cloud) -> None:
    """Raises HinomiError if the project does not exist, is being deleted or is not visible."""
    project = cloud.get("cloudresourcemanager", f"v1/projects/{target.project}")
    if project is None:
        raise HinomiError(errors.NO_PROJECT(project=target.project))
    if project.get("lifecycleState", "ACTIVE") != "ACTIVE":
        undo = f"gcloud projects undelete {target.project}"
        raise HinomiError(errors.PROJECT_STATE(project=target.project, state=project["lifecycleState"], command=undo))


class Views:
    """Views of the project with the options of `target`; options in `keep` keep the values of the last deployment.

    The rules are read once, and the token every few minutes: a deployment has ten phases, and reads the project again
    after each.
    """

    def __init__(
        self,
        rules_dir: Path,
        target: DeployTarget,
        *,
        keep: Collection[str] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules_dir = rules_dir
        self._target = target
        self._keep = keep
        self._clock = clock
        self._states: list[tuple[DeployTarget, RulesDesiredState]] = []
        self._token: Secret | None = None
        self._token_until = 0.0

    def site(self, source: Path, work: Path | None = None) -> Site:
        """A new view, with the record of earlier deployments. Raises HinomiError without a project."""
        cloud = open_cloud(self._access())
        refuse_missing_project(self._target, cloud)
        built = read_built(source) if source.exists() else BuiltSource("unbuilt", None)
        desired = self._desired(self._target)
        view = Site(self._target, cloud, desired, source, built.digest, work, script_image=built.script_image)
        site = remember(view, keep=self._keep)
        # The kept options affect permissions and sinks too.
        return replace(site, desired=self._desired(site.target))

    def _desired(self, target: DeployTarget) -> RulesDesiredState:
        for known, state in self._states:
            if known == target:
                return state
        made = RulesDesiredState(self._rules_dir, target)
        self._states.append((target, made))
        return made

    def _access(self) -> Secret:
        now = self._clock()
        if self._token is None or now >= self._token_until:
            self._token, self._token_until = token(), now + TOKEN_SECONDS
        return self._token
