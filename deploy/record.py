"""The record of a deployment's options in the functions, with the options of earlier deployments that may remain."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from deploy.site import Site
from deploy.target import DeployTarget, parse_scope
from handlers.declared_settings import declared, shown_value
from shared.errors import InputError
from shared.texts.deploy import errors

VARIABLE = "HINOMI_DEPLOYED_WITH"


@dataclass(frozen=True, slots=True)
class Record:
    """The options of a deployment, and earlier options for other locations or scopes."""

    target: DeployTarget
    earlier: tuple[DeployTarget, ...] = ()


def as_text(record: Record) -> str:
    """The record as one line of text."""
    return json.dumps({**_values(record.target), "earlier": [_values(item) for item in record.earlier]}, sort_keys=True)


def from_text(text: str) -> Record:
    """The record from `as_text`, including other versions of Hinomi. Raises InputError if the text is invalid."""
    try:
        values = json.loads(text)
        return Record(_target(values), tuple(_target(item) for item in values.get("earlier", [])))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InputError(errors.NO_RECORD) from error


def shown(text: str) -> str:
    """The text of a record for people; the value of a setting is hidden unless its format shows that it is not secret."""
    values = json.loads(text)
    known = declared()
    for each in (values, *values["earlier"]):
        each["settings"] = {name: shown_value(name, value, known) for name, value in each["settings"].items()}
    return json.dumps(values, sort_keys=True)


def find(site: Site) -> list[Record]:
    """The record in Hinomi's functions in any region: first in this region, in the order of the plan.

    A function without a readable record is ignored; it is deployed again.
    """
    names = [spec["name"] for spec in site.plan["functions"].values()]
    prefix = f"projects/{site.target.project}/locations/{site.target.region}/"
    path = f"v2/projects/{site.target.project}/locations/-/functions?pageSize=100"
    managed = [item for item in site.cloud.items("cloudfunctions", path, "functions") if site.is_managed(item)]
    planned = [item for item in managed if _last(item) in names]
    planned.sort(key=lambda item: (not item["name"].startswith(prefix), names.index(_last(item)), item["name"]))
    return list(_read(planned))


def earlier(records: Sequence[Record], target: DeployTarget) -> tuple[DeployTarget, ...]:
    """The earlier options with another project, region or scope than `target`."""
    recorded = [item for record in records for item in (record.target, *record.earlier)]
    others = {as_text(Record(_ground(item))): _ground(item) for item in recorded if not _leaves_nothing(item, target)}
    return tuple(others[key] for key in sorted(others))


def _read(functions: Sequence[dict[str, Any]]) -> Iterator[Record]:
    for function in functions:
        service = function.get("serviceConfig", {})
        text = service.get("environmentVariables", {}).get(VARIABLE, "")
        try:
            record = from_text(text)
        except InputError:
            continue
        yield record if "secrets" in json.loads(text) else _with_mounted(record, service)


def _with_mounted(record: Record, service: Mapping[str, Any]) -> Record:
    """The record, with the secrets mounted in the function if an older version recorded none."""
    mounted = {item["key"]: item["secret"] for item in service.get("secretEnvironmentVariables", [])}
    return replace(record, target=replace(record.target, secrets=mounted))


def _last(function: dict[str, Any]) -> str:
    return str(function["name"].rpartition("/")[2])


def _ground(target: DeployTarget) -> DeployTarget:
    """The options without those that create no resources of their own."""
    return replace(target, alert_email="", settings={}, dashboard_access=())


def _leaves_nothing(earlier: DeployTarget, target: DeployTarget) -> bool:
    """Whether the current options need all resources of the earlier ones."""
    is_same = replace(_ground(earlier), secrets={}) == replace(_ground(target), secrets={})
    return is_same and set(earlier.secrets.values()) <= set(target.secrets.values())


def _values(target: DeployTarget) -> dict[str, Any]:
    return {**asdict(target), "scope": str(target.scope)}


def _target(values: dict[str, Any]) -> DeployTarget:
    values_of_fields = {field.name: values[field.name] for field in fields(DeployTarget) if field.name in values}
    access = tuple(values.get("dashboard_access", ()))
    return DeployTarget(
        **{**values_of_fields, "dashboard_access": access, "scope": parse_scope(values["scope"], values["project"])}
    )
