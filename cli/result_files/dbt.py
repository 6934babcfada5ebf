"""dbt: the tests in run_results.json, with names from manifest.json, and sources.json of `dbt source freshness`.

Formats: docs.getdbt.com/reference/artifacts/run-results-json, …/manifest-json, …/sources-json (run-results v1 to v6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cli.result_files.fields import Report, given, mapping, objects, unquoted

RUN_RESULTS, SOURCES, MANIFEST = "/dbt/run-results/", "/dbt/sources/", "/dbt/manifest/"
_TESTS = ("test.", "unit_test.")
_STATES = {"pass": "ok", "success": "ok", "warn": "warn", "fail": "failed", "error": "error", "runtime error": "error"}
_FRESHNESS = {**_STATES, "error": "failed"}  # of a source: it is too old
_DIMENSIONS = {
    "not_null": "completeness",
    "unique": "uniqueness",
    "accepted_values": "validity",
    "relationships": "consistency",
}
_ANY_ROW = "!= 0"


def is_mine(document: Mapping[str, Any]) -> bool:
    """Whether the document is a result file of dbt."""
    schema = _schema(document)
    return RUN_RESULTS in schema or SOURCES in schema


def is_manifest(document: Any) -> bool:
    """Whether the document is a manifest."""
    return MANIFEST in _schema(mapping(document))


def reports(document: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[Report]:
    """A report for each test or source. Models are left out, because BigQuery reports their jobs."""
    metadata = mapping(document.get("metadata"))
    for result in objects(document.get("results")):
        if SOURCES in _schema(document):
            yield _source(result, metadata, manifest)
        elif str(result.get("unique_id", "")).startswith(_TESTS):
            yield _test(result, metadata, mapping(document.get("args")), manifest)


def _schema(document: Mapping[str, Any]) -> str:
    return str(mapping(document.get("metadata")).get("dbt_schema_version", ""))


def _test(
    result: Mapping[str, Any], metadata: Mapping[str, Any], args: Mapping[str, Any], manifest: Mapping[str, Any]
) -> Report:
    unique_id = str(result["unique_id"])
    node = mapping(mapping(manifest.get("nodes")).get(unique_id)) or mapping(
        mapping(manifest.get("unit_tests")).get(unique_id)
    )
    test = mapping(node.get("test_metadata"))
    state = _STATES.get(str(result.get("status")), "skipped")
    return given(
        check=node.get("name") or _name(unique_id),
        state=state,
        table=_table(node, manifest),
        column=node.get("column_name") or mapping(test.get("kwargs")).get("column_name"),
        value=result.get("failures"),
        expected=_expected(mapping(node.get("config")), state),
        dimension=_DIMENSIONS.get(str(test.get("name"))),
        summary=result.get("message") if state in ("error", "skipped") else None,
        job=f"dbt {args.get('which', 'test')}",
        id=metadata.get("invocation_id"),
        time=_finished(result) or metadata.get("generated_at"),
    )


def _name(unique_id: str) -> str:
    """The name in `test.PROJECT.NAME.HASH`; a test without arguments has no hash."""
    return [*unique_id.split(".", 3), "", ""][2] or unique_id


def _table(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """The relation that a test is attached to, otherwise the first one that it reads."""
    depends_on = mapping(node.get("depends_on")).get("nodes")
    names = [node.get("attached_node"), *(depends_on if isinstance(depends_on, list) else ())]
    return next(filter(None, (_relation(name, manifest) for name in names)), "")


def _relation(name: Any, manifest: Mapping[str, Any]) -> str:
    """The relation of a model, seed, snapshot or source; empty if the manifest does not have it."""
    found = mapping(mapping(manifest.get("nodes")).get(name)) or mapping(mapping(manifest.get("sources")).get(name))
    if not found:
        return ""
    last = found.get("alias") or found.get("identifier") or found.get("name")
    parts = [found.get("database"), found.get("schema"), last]
    return unquoted(found.get("relation_name")) or ".".join(str(part) for part in parts if part)


def _at_most(limit: Mapping[str, Any]) -> str:
    """The freshness limit in words, such as `at most 24 hours`; dbt writes the unit in the singular."""
    period = str(limit.get("period", ""))
    return f"at most {limit['count']} {period}{'' if limit['count'] == 1 or not period else 's'}"


def _expected(config: Mapping[str, Any], state: str) -> str:
    condition = str(config.get("warn_if" if state == "warn" else "error_if") or _ANY_ROW)
    return "0" if condition == _ANY_ROW else f"not {condition}"


def _finished(result: Mapping[str, Any]) -> Any:
    timing = {each.get("name"): each for each in objects(result.get("timing"))}
    return mapping(timing.get("execute")).get("completed_at")


def _source(result: Mapping[str, Any], metadata: Mapping[str, Any], manifest: Mapping[str, Any]) -> Report:
    unique_id = str(result.get("unique_id", ""))
    criteria = mapping(result.get("criteria"))
    state = _FRESHNESS.get(str(result.get("status")), "skipped")
    limit = mapping(criteria.get("warn_after" if state == "warn" else "error_after"))
    seconds = result.get("max_loaded_at_time_ago_in_s")
    return given(
        check="source_freshness",
        state=state,
        table=_relation(unique_id, manifest) or ".".join(unique_id.split(".")[2:]),
        value=f"{seconds / 3600:.1f} h" if isinstance(seconds, int | float) else None,
        expected=_at_most(limit) if limit.get("count") else None,
        dimension="freshness",
        summary=result.get("error"),
        job="dbt source freshness",
        id=metadata.get("invocation_id"),
        time=result.get("snapshotted_at") or metadata.get("generated_at"),
    )
