"""Compiles rules/reporters.yaml: the reporters outside Google Cloud, and their permitted reports.

docs/load.md describes every key.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from collectors.metrics_analysis.reporters import FILE
from shared import validation
from shared.errors import InputError
from shared.model import IncidentKind, Severity
from shared.strict_yaml import Document
from shared.texts import compiler as texts
from shared.validation import Block, Choice, Matching, Patterns, as_list

_KIND: dict[str, Any] = {"type": "string", "enum": list(IncidentKind)}
Kinds = Annotated[
    list[Choice[IncidentKind]],
    BeforeValidator(as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_KIND, {"type": "array", "items": _KIND, "minItems": 1}]}),
]
Name = Annotated[
    str,
    Matching(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}", texts.REPORTER_NAME),
]
Member = Annotated[
    str,
    Matching(
        r"(serviceAccount|user|group):[^\s@:]+@[^\s@:]+\.[^\s@:]+|principal(Set)?://iam\.googleapis\.com/\S+",
        texts.REPORTER_MEMBER,
    ),
]
Members = Annotated[list[Member], BeforeValidator(as_list)]


class ReporterKeys(Block):
    """One reporter."""

    name: Name = Field(description="The value of 'report' in its reports. Its topic is hinomi-reports-NAME.")
    kind: Kinds = Field(
        default=[IncidentKind.JOB_FAILURE], description="The kinds of incident that the reporter may open."
    )
    service: Patterns | None = Field(
        None, description="The services that the reporter reports about. Default: its name."
    )
    resource: Patterns | None = Field(None, description="The jobs that the reporter reports about. Default: every job.")
    max_severity: Choice[Severity] = Field(
        default=Severity.HIGH,
        description="The highest severity of its incidents; a higher severity in a report is lowered to this one.",
    )
    publishers: Members = Field(
        default=[], description="The accounts that publish its reports: deploy.sh lets them publish to its topic alone."
    )


class ReportersFile(Block):
    """reporters.yaml."""

    reporters: list[ReporterKeys]


def compile_reporters(rules_dir: Path, errors: list[InputError]) -> list[dict[str, Any]]:
    """The declared reporters; empty without the file. Mistakes are added to `errors`."""
    path = rules_dir / FILE
    if not path.exists():
        return []
    file, document, mistakes = validation.check_file(ReportersFile, path)
    errors += mistakes
    if file is None or document is None:
        return []
    errors += _repeated(document, file)
    return [_compiled(reporter) for reporter in file.reporters]


def _repeated(document: Document, file: ReportersFile) -> list[InputError]:
    first: dict[str, int] = {}
    found = []
    for at, reporter in enumerate(file.reporters):
        other = first.setdefault(reporter.name.casefold(), at)
        if other != at:
            line = document.line("reporters", other, "name")
            message = texts.REPORTER_TAKEN(name=reporter.name, line=line)
            found.append(document.error(message, "reporters", at, "name"))
    return found


def _compiled(reporter: ReporterKeys) -> dict[str, Any]:
    return {
        "name": reporter.name,
        "kind": [str(kind) for kind in reporter.kind],
        "service": list(reporter.service or [reporter.name.lower()]),
        "resource": list(reporter.resource or ["*"]),
        "max_severity": str(reporter.max_severity),
        "publishers": list(dict.fromkeys(reporter.publishers)),
    }
