"""Great Expectations: results of a validation or of a checkpoint, of versions 0.18 and 1.x.

Format: docs.greatexpectations.io, ExpectationSuiteValidationResult and CheckpointResult. Version 0.18 calls the type of
an expectation `expectation_type`, version 1.x `type`; a checkpoint of 0.18 wraps each result in `validation_result`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cli.result_files.fields import DETAILS, Report, given, mapping, objects, scalar, unquoted

_PARTS = ("year", "month", "day", "hour", "date", "partition")  # of a batch; others differ in each run
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\.\d+)?Z")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DIMENSIONS = (
    ("not_be_null", "completeness"),
    ("row_count", "completeness"),
    ("unique", "uniqueness"),
    ("in_set", "validity"),
    ("match_", "validity"),
    ("of_type", "validity"),
    ("between", "validity"),
)
_LIMITS = ("min_value", "max_value")
_ASIDE = ("column", "batch_id", "result_format", "catch_exceptions", "include_config")


def is_mine(document: Mapping[str, Any]) -> bool:
    """Whether the document is the result of a validation or of a checkpoint."""
    return any(True for _ in _validations(document))


def reports(document: Mapping[str, Any]) -> Iterator[Report]:
    """A report for each expectation."""
    run = mapping(document.get("run_id"))
    for validation in _validations(document):
        meta = mapping(validation.get("meta"))
        for result in objects(validation.get("results")) or objects(validation.get("expectations")):
            yield _report(result, validation, {**meta, "run_id": mapping(meta.get("run_id")) or run})


def _validations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    results = objects(document.get("results")) or objects(document.get("expectations"))
    if isinstance(document.get("success"), bool) and results and _type(results[0]):
        yield document
    for each in objects(list(mapping(document.get("run_results")).values())):
        yield from _validations(mapping(each.get("validation_result")) or each)
    for each in objects(document.get("validation_results")):
        yield from _validations(each)


def _type(result: Mapping[str, Any]) -> str:
    config = mapping(result.get("expectation_config")) or result
    return str(config.get("type") or config.get("expectation_type") or "")


def _report(result: Mapping[str, Any], validation: Mapping[str, Any], meta: Mapping[str, Any]) -> Report:
    config = mapping(result.get("expectation_config")) or result
    kwargs, values = mapping(config.get("kwargs")), mapping(result.get("result"))
    state = _state(result, str(config.get("severity") or ""))
    kind = _type(result)
    return given(
        check=kind,
        state=state,
        severity="informational" if state == "warn" and config.get("severity") == "info" else None,
        table=_table(meta, kwargs),
        column=_column(kwargs),
        partition=_partition(meta),
        value=_value(values),
        expected=_expected(kwargs, values),
        dimension=next((dimension for word, dimension in _DIMENSIONS if word in kind), None),
        summary=_exception(result) if state == "error" else None,
        job=validation.get("suite_name") or meta.get("expectation_suite_name") or meta.get("checkpoint_name"),
        id=_run(meta),
        time=_time(meta.get("validation_time")) or _time(mapping(meta["run_id"]).get("run_time")),
        url=validation.get("result_url"),
        **{DETAILS: {name: value for name, value in kwargs.items() if name not in _ASIDE}},
    )


def _state(result: Mapping[str, Any], severity: str) -> str:
    if result.get("success") is True:
        return "ok"
    if _exception(result):
        return "error"
    return "warn" if severity in ("warning", "info") else "failed"


def _exception(result: Mapping[str, Any]) -> str:
    """The message of the exception. 0.18 may name one for each metric."""
    info = mapping(result.get("exception_info"))
    for each in (info, *objects(list(info.values()))):
        if each.get("raised_exception") is True:
            return str(each.get("exception_message") or "exception")
    return ""


def _table(meta: Mapping[str, Any], kwargs: Mapping[str, Any]) -> str:
    spec, batch = mapping(meta.get("batch_spec")), mapping(meta.get("active_batch_definition"))
    if spec.get("table_name"):
        parts = (spec.get("database_name"), spec.get("schema_name"), spec["table_name"])
        return ".".join(unquoted(part) for part in parts if part)
    return unquoted(batch.get("data_asset_name") or kwargs.get("batch_id"))


def _column(kwargs: Mapping[str, Any]) -> str:
    names = [kwargs.get(name) for name in ("column", "column_A", "column_B")]
    listed = kwargs.get("column_list")
    return ", ".join(str(name) for name in [*names, *(listed if isinstance(listed, list) else ())] if name)


def _partition(meta: Mapping[str, Any]) -> str:
    parts = {
        **mapping(mapping(meta.get("active_batch_definition")).get("batch_identifiers")),
        **mapping(meta.get("batch_parameters")),
    }
    return ", ".join(f"{name}={parts[name]}" for name in _PARTS if parts.get(name) is not None)


def _value(values: Mapping[str, Any]) -> Any:
    if values.get("observed_value") is not None:
        return scalar(values["observed_value"])
    return scalar(values.get("unexpected_count"))


def _expected(kwargs: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    low, high = (kwargs.get(name) for name in _LIMITS)
    if values.get("observed_value") is None and values.get("unexpected_count") is not None:
        share = kwargs.get("mostly")
        return "0" if share in (None, 1, 1.0) else f"at least {float(share):.1%} of rows"
    if low is not None or high is not None:
        return f"at most {high}" if low is None else f"at least {low}" if high is None else f"{low} to {high}"
    return str(scalar(next((kwargs[name] for name in ("value", "value_set") if kwargs.get(name) is not None), "")))


def _run(meta: Mapping[str, Any]) -> str:
    run = mapping(meta["run_id"])
    return str(run.get("run_name") or run.get("run_time") or meta.get("validation_id") or "")


def _time(value: Any) -> str:
    """The time in RFC 3339, from a form such as `20220727T154327.701100Z`; empty without a time zone."""
    text = str(value or "")
    if match := _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, fraction = match.groups()
        return f"{year}-{month}-{day}T{hour}:{minute}:{second}{fraction or ''}Z"
    return text if _ISO.fullmatch(text) else ""
