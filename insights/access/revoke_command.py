"""The command that revokes a grant. Hinomi prints it for a person and never runs it.

docs.cloud.google.com/sdk/gcloud/reference (…/remove-iam-policy-binding); for a dataset it is the statement REVOKE
(bigquery/docs/reference/standard-sql/data-control-language), for a table or view the bq tool.
"""

from __future__ import annotations

import shlex
from typing import Any

from shared.identity.iam_names import BIGQUERY, EVERYBODY, MANAGER, STORAGE

PUBSUB = "//pubsub.googleapis.com/"
CONTAINERS = {
    "projects": "projects",
    "folders": "resource-manager folders",
    "organizations": "organizations",
}
PUBSUB_KINDS = ("topics", "subscriptions")
DELIMITERS = ";|#%@~"  # gcloud's own escape for values with commas (topic escaping)


def command(resource: str, role: str, member: str, condition: dict[str, Any] | None) -> str:
    """One shell command line with every name quoted; empty if no single command revokes the grant."""
    kind, _, name = resource.removeprefix(MANAGER).partition("/")
    if resource.startswith(MANAGER) and kind in CONTAINERS and name:
        return _gcloud(CONTAINERS[kind], name, role, member, _condition(condition))
    bucket = resource.removeprefix(STORAGE)
    if resource.startswith(STORAGE) and "/" not in bucket:
        return _gcloud("storage buckets", f"gs://{bucket}", role, member, _condition(condition))
    if condition:
        return ""
    parts = resource.split("/")
    if resource.startswith(PUBSUB) and len(parts) == 7 and parts[5] in PUBSUB_KINDS:
        return _gcloud(f"pubsub {parts[5]}", resource.removeprefix(PUBSUB), role, member)
    if resource.startswith(BIGQUERY):
        return _bigquery(resource.removeprefix(BIGQUERY).split("/"), role, member)
    return ""


def _gcloud(group: str, name: str, role: str, member: str, *more: str) -> str:
    words = ["gcloud", *group.split(), "remove-iam-policy-binding", name, f"--member={member}", f"--role={role}"]
    return shlex.join([*words, *more])


def _condition(condition: dict[str, Any] | None) -> str:
    """The flag that selects the binding by its condition; without it gcloud would ask."""
    if not condition:
        return "--condition=None"
    parts = [f"{key}={condition[key]}" for key in ("expression", "title", "description") if condition.get(key)]
    text = "".join(parts)
    free = next((char for char in DELIMITERS if char not in text), "")
    return f"--condition=^{free}^{free.join(parts)}" if free else "--condition-from-file=CONDITION.json"


def _bigquery(parts: list[str], role: str, member: str) -> str:
    if parts[::2] == ["projects", "datasets", "tables"]:
        table = f"{parts[1]}:{parts[3]}.{parts[5]}"
        return shlex.join(["bq", "remove-iam-policy-binding", f"--member={member}", f"--role={role}", table])
    special = f"specialGroup:{member}" if member in EVERYBODY else member
    names = (role, *parts[1::2], special)
    if parts[::2] != ["projects", "datasets"] or any(char in name for name in names for char in '`"\\'):
        return ""
    if not special.startswith(("user:", "group:", "serviceAccount:", "domain:", "specialGroup:")):
        return ""
    statement = f'REVOKE `{role}` ON SCHEMA `{parts[1]}`.`{parts[3]}` FROM "{special}"'
    return shlex.join(["bq", "query", f"--project_id={parts[1]}", "--nouse_legacy_sql", statement])
