"""The load catalogue: rules/load/<service>.yaml, and what a user changes in rules/load/overrides.yaml.

`docs/load.md` describes every field. What comes out is plain JSON for the load check.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from collectors.metrics_analysis.compiler.load_fields import (
    CATALOGUE,
    METRIC,
    OVERRIDE,
    USER,
    USER_OVERRIDE,
    Field,
    FieldError,
    check_match,
    check_metric,
    limits,
)
from shared import strict_yaml
from shared.errors import InputError
from shared.strict_yaml import Document

FOLDER = "load"
OVERRIDES = "overrides"
Place = tuple[str | int, ...]


def compile_load(rules_dir: Path) -> tuple[list[dict[str, Any]], list[InputError]]:
    """The metrics of all files, in the order of file and place, and everything that is wrong with the files.

    A metric or override that is wrong is left out.
    """
    errors: list[InputError] = []
    paths = sorted((rules_dir / FOLDER).glob("*.y*ml"))
    catalogue = [document for path in paths if path.stem != OVERRIDES and (document := _load(path, errors))]
    metrics = _without_twins([found for document in catalogue for found in _metrics(document, errors)], errors)
    for path in paths:
        if path.stem == OVERRIDES and (document := _load(path, errors)):
            _user_overrides(document, metrics, errors)
    return metrics, errors


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a file that can say what is wrong with it."""

    document: Document
    place: Place
    errors: list[InputError]

    def error(self, message: str, *path: str | int) -> None:
        self.errors.append(self.document.error(message, *self.place, *path))

    def fields(self, value: Any, known: Mapping[str, Field]) -> dict[str, Any] | None:
        """The checked value of every known field; None when one of them is wrong."""
        if not isinstance(value, dict):
            self.error(f"give fields here: {', '.join(known)}")
            return None
        before = len(self.errors)
        for name in value:
            if name not in known:
                self.error(f"there is no field '{name}': give some of {', '.join(known)}", name)
        checked = {name: self._field(name, field, value) for name, field in known.items()}
        return checked if len(self.errors) == before else None

    def _field(self, name: str, field: Field, value: Mapping[str, Any]) -> Any:
        if name not in value:
            if field.required:
                self.error(f"the field '{name}' is missing")
            return field.default
        try:
            return field.check(value[name])
        except ValueError as error:
            self.error(f"{name}: {error}", name)
            return None


def _load(path: Path, errors: list[InputError]) -> Document | None:
    try:
        return strict_yaml.load(path.read_text(encoding="utf-8"), str(path))
    except UnicodeDecodeError:
        errors.append(InputError("this is not UTF-8: save it as UTF-8", file=path))
    except InputError as error:
        errors.append(error)
    return None


def _metrics(document: Document, errors: list[InputError]) -> list[tuple[_Part, dict[str, Any]]]:
    top = _Part(document, (), errors)
    fields = top.fields(document.value, CATALOGUE)
    service = Path(document.file).stem
    found: list[tuple[_Part, dict[str, Any]]] = []
    for index, item in enumerate(fields["metrics"] if fields else ()):
        part = _Part(document, ("metrics", index), errors)
        if metric := _metric(part, item):
            found.append((part, {**metric, "service": service, "source": fields["source"] if fields else ""}))
    return found


def _metric(part: _Part, item: Any) -> dict[str, Any] | None:
    fields = part.fields(item, METRIC)
    if fields is None:
        return None
    fields["absent"] = fields["absent"] or ("zero" if fields["kind"] == "delta" else "unknown")
    try:
        fields["limits"] = limits(fields)
        check_metric(fields)
    except FieldError as error:
        part.error(f"{error.field}: {error}", error.field)
        return None
    overrides = [_catalogue_override(part, index, own, fields) for index, own in enumerate(fields["overrides"])]
    aligner, reducer = f"ALIGN_{fields['aligner'].upper()}", fields["reducer"]
    kept = {
        name: value for name, value in fields.items() if name not in ("above", "below", "for", "clear", "clear_for")
    }
    return {
        **kept,
        "split": list(fields["split"]),
        "aligner": aligner,
        "reducer": "" if reducer == "none" else f"REDUCE_{reducer.upper()}",
        "overrides": [override for override in overrides if override],
    }


def _catalogue_override(part: _Part, index: int, item: Any, metric: dict[str, Any]) -> dict[str, Any] | None:
    inner = _Part(part.document, (*part.place, "overrides", index), part.errors)
    fields = inner.fields(item, OVERRIDE)
    return _override(inner, fields, metric) if fields else None


def _override(part: _Part, fields: dict[str, Any], metric: dict[str, Any]) -> dict[str, Any] | None:
    try:
        check_match(fields, metric)
        chosen = limits(fields, metric["limits"])
    except FieldError as error:
        part.error(f"{error.field}: {error}", error.field)
        return None
    severity = fields["severity"] or metric["severity"]
    return {"match": fields["match"], "off": fields["off"], "limits": chosen, "severity": severity}


def _without_twins(found: list[tuple[_Part, dict[str, Any]]], errors: list[InputError]) -> list[dict[str, Any]]:
    first: dict[str, _Part] = {}
    for part, metric in found:
        other = first.setdefault(metric["key"], part)
        if other is not part:
            where = f"{other.document.file}:{other.document.line(*other.place, 'key')}"
            errors.append(part.document.error(f"key: '{metric['key']}' is taken by {where}", *part.place, "key"))
    return [metric for part, metric in found if first[metric["key"]] is part]


def _user_overrides(document: Document, metrics: list[dict[str, Any]], errors: list[InputError]) -> None:
    """Puts the user's overrides before those of the catalogue: the first that matches counts."""
    top = _Part(document, (), errors).fields(document.value, USER)
    own: dict[str, list[dict[str, Any]]] = {metric["key"]: [] for metric in metrics}
    for index, item in enumerate(top["overrides"] if top else ()):
        part = _Part(document, ("overrides", index), errors)
        fields = part.fields(item, USER_OVERRIDE)
        chosen = [metric for metric in metrics if fields and fnmatchcase(metric["key"], fields["metric"])]
        if fields and not chosen:
            part.error(f"metric: no metric is called '{fields['metric']}': see docs/watched-metrics.md", "metric")
        for metric in chosen:
            if override := _override(part, fields or {}, metric):
                own[metric["key"]].append(override)
    for metric in metrics:
        metric["overrides"] = own[metric["key"]] + metric["overrides"]
