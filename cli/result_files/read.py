"""Converts a file of any known format to reports, and checks each report like the function does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.result_files import dbt, great_expectations, soda
from cli.result_files.documents import STANDARD_INPUT, documents, text_of
from cli.result_files.fields import Report, distinct, mapping
from cli.result_files.formats import ResultFormat
from collectors.metrics_analysis import report_model
from collectors.metrics_analysis.evidence import NotUnderstoodError
from shared.errors import InputError
from shared.suggestions import did_you_mean
from shared.texts import Text
from shared.texts.cli import result_files as texts

MOST_ERRORS = 10


@dataclass(frozen=True, slots=True)
class ReadReports:
    """The reports of a file, and the warnings of its reader."""

    reports: list[Report]
    form: ResultFormat
    warnings: list[Text]


def read(name: str, form: ResultFormat | None, reporter: str, now: datetime, manifest: str = "") -> ReadReports:
    """The reports of a file. Reports without a time get `now`, reports without a reporter `reporter`.

    `form` is None to recognize the format. Raises InputError with file and line; no report of a file with a mistake is
    sent. Without a manifest, the manifest next to a dbt file is read.
    """
    found = list(documents(text_of(name), name))
    form = form or _recognized(found)
    if form is ResultFormat.PLAIN:
        pairs = [(line, document) for line, document in found]
    else:
        pairs = [(line, each) for line, document in found for each in _made(form, document, name, manifest)]
    default = reporter or ("" if form is ResultFormat.PLAIN else str(form))
    if not pairs:
        raise InputError(texts.NO_RESULTS(format=str(form)), file=name)
    reports, errors, unknown = [], [], dict[str, int]()
    for line, each in pairs:
        try:
            report = _completed(each, default, now, is_chosen=bool(reporter))
            report_model.check(report)
            reports.append(report)
            known = {field.name for field in report_model.fields_of(report)}
            unknown |= {field: line for field in report if field not in known and field not in unknown}
        except (NotUnderstoodError, InputError) as error:
            errors.append(InputError(error.text, file=name, line=line))
    if errors:
        raise _together(errors)
    return ReadReports(reports, form, [_ignored(field, line) for field, line in unknown.items()])


def _recognized(found: list[tuple[int, Any]]) -> ResultFormat:
    first = mapping(found[0][1]) if found else {}
    if dbt.is_mine(first):
        return ResultFormat.DBT
    if soda.is_mine(first):
        return ResultFormat.SODA
    return ResultFormat.GX if great_expectations.is_mine(first) else ResultFormat.PLAIN


def _made(form: ResultFormat, document: Any, name: str, manifest: str) -> Iterator[Report]:
    content = mapping(document)
    if form is ResultFormat.DBT and dbt.is_mine(content):
        return distinct(dbt.reports(content, _manifest(name, manifest)))
    if form is ResultFormat.SODA and soda.is_mine(content):
        return distinct(soda.reports(content))
    if form is ResultFormat.GX and great_expectations.is_mine(content):
        return distinct(great_expectations.reports(content))
    raise InputError(texts.OTHER_FORMAT(format=str(form)), file=name)


def _manifest(name: str, manifest: str) -> Mapping[str, Any]:
    """The given manifest, otherwise the one beside the file; empty without one: tests are then named by their ids."""
    beside = Path(name).parent / "manifest.json"
    if not manifest and (name == STANDARD_INPUT or not beside.exists()):
        return {}
    chosen = manifest or str(beside)
    content = next((document for _, document in documents(text_of(chosen), chosen)), None)
    if not dbt.is_manifest(content):
        raise InputError(texts.NO_MANIFEST, file=chosen)
    return mapping(content)


def _completed(document: Any, reporter: str, now: datetime, *, is_chosen: bool) -> Report:
    if not isinstance(document, dict):
        raise InputError(texts.NO_OBJECT)
    report = {**document, "time": document.get("time") or now.isoformat()}
    if is_chosen or not report.get("report"):
        report["report"] = reporter
    if not report["report"]:
        raise InputError(texts.NO_REPORTER)
    return report


def _ignored(field: str, line: int) -> Text:
    known = [each.name for each in (*report_model.CHECK_FIELDS, *report_model.JOB_FIELDS)]
    return texts.UNKNOWN_FIELD(
        field=field, line=line, suggestion=did_you_mean(field, known, most=1) or Text.verbatim("")
    )


def _together(errors: list[InputError]) -> InputError:
    if len(errors) == 1:
        return errors[0]
    shown = [Text(en=each.in_language("en"), ja=each.in_language("ja")) for each in errors[:MOST_ERRORS]]
    lines = Text(en="\n".join(each.en for each in shown), ja="\n".join(each.ja for each in shown))
    return InputError(texts.SEVERAL(count=len(errors), errors=lines))
