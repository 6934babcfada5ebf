"""The options of deploy.sh: where Hinomi is installed and what it monitors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from shared.errors import InputError
from shared.secret_urls import HIDDEN
from shared.texts.deploy import errors

_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]")
_REGION = re.compile(r"[a-z]+-[a-z]+[0-9]+")
_NUMBER = re.compile(r"[0-9]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,255}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_MEMBER = re.compile(r"(?:user|group|serviceAccount):[^\s@:,]+@[^\s@:,]+\.[^\s@:,]+|domain:[^\s@:,]+\.[^\s@:,]+")
_DATASET = re.compile(_PROJECT.pattern + r"\.\w{1,1024}")
_INSTANCE = re.compile(r"[a-z][a-z0-9-]{0,97}")


@dataclass(frozen=True, slots=True)
class MonitoredScope:
    """The monitored scope: an organization, a folder, or projects."""

    kind: str
    names: tuple[str, ...]

    @property
    def flag(self) -> str:
        """The option for the scope in gcloud's logging commands."""
        return {"organizations": "organization", "folders": "folder", "projects": "project"}[self.kind]

    def __str__(self) -> str:
        return f"{self.kind}/{','.join(self.names)}"


@dataclass(frozen=True, slots=True)
class DeployTarget:
    """The validated options. Raises InputError for an invalid value.

    `dashboard_access` are the IAM members that Identity-Aware Proxy admits to the dashboard; if it is empty, the
    dashboard is not deployed. `secrets` are the names of secrets in Secret Manager by the variable that a function
    reads; an empty name drops the secret.
    """

    project: str
    region: str
    scope: MonitoredScope
    database_instance: str = ""
    alert_email: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    bigquery_history: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    dashboard_access: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for value, pattern, option, example in (
            (self.project, _PROJECT, "--project", "my-project"),
            (self.region, _REGION, "--region", "asia-northeast1"),
            *(
                (
                    "x" if not name or _SECRET.fullmatch(name) else HIDDEN,
                    _SECRET,
                    f"--secret {variable}",
                    "hinomi-pager-key",
                )
                for variable, name in self.secrets.items()
            ),
            (self.database_instance or "x", _INSTANCE, "--database-instance", "my-instance"),
            (self.bigquery_history or "project.d", _DATASET, "--bigquery-history", "my-project.hinomi_history"),
            *(
                (member, _MEMBER, "--dashboard-access", "group:platform@example.com")
                for member in self.dashboard_access
            ),
            (self.alert_email or "x@example.com", _EMAIL, "--alert-email", "maintainer@example.com"),
        ):
            if not pattern.fullmatch(value):
                raise InputError(errors.INVALID_OPTION(option=option, value=value, example=example))


def parse_scope(text: str, project: str) -> MonitoredScope:
    """Parses `organizations/N`, `folders/N` or `projects/A,B`; empty means the project itself.

    Raises InputError for any other form.
    """
    if not text:
        return MonitoredScope("projects", (project,))  # DeployTarget checks the form
    kind, _, rest = text.partition("/")
    names = tuple(dict.fromkeys(part.strip() for part in rest.split(",") if part.strip()))
    pattern = _PROJECT if kind == "projects" else _NUMBER
    single = kind in ("organizations", "folders") and len(names) == 1
    if not names or not (single or kind == "projects") or not all(pattern.fullmatch(name) for name in names):
        raise InputError(errors.INVALID_SCOPE(value=text))
    return MonitoredScope(kind, names)
