"""Results of dbt, Great Expectations and Soda become reports that the function accepts."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cli.result_files.formats import ResultFormat
from cli.result_files.read import read
from shared.errors import InputError

NOW = datetime(2026, 11, 29, 6, 0, tzinfo=UTC)
NOT_NULL = "test.shop.not_null_orders_order_id.cf6c17daed"


def reports(folder: Path, document: Any, form: ResultFormat | None = None, **more: str) -> list[dict[str, Any]]:
    file = folder / "results.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document, indent=1), encoding="utf-8")
    return read(str(file), form, more.pop("reporter", ""), NOW, **more).reports


def dbt_results(*results: dict[str, Any], which: str = "build") -> dict[str, Any]:
    return {
        "metadata": {
            "dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json",
            "dbt_version": "1.10.0",
            "generated_at": "2026-11-29T03:12:09.341024Z",
            "invocation_id": "5c6fb94f-4b3c-4e0f-8e0f-1f0c9e6d9a11",
        },
        "results": list(results),
        "elapsed_time": 42.1,
        "args": {"which": which},
    }


def dbt_test(status: str, unique_id: str = NOT_NULL, **more: Any) -> dict[str, Any]:
    timing = [
        {"name": "compile", "started_at": "2026-11-29T03:12:01.000000Z", "completed_at": "2026-11-29T03:12:02.000000Z"},
        {"name": "execute", "started_at": "2026-11-29T03:12:02.000000Z", "completed_at": "2026-11-29T03:12:04.512000Z"},
    ]
    base = {"status": status, "timing": timing, "thread_id": "Thread-1", "execution_time": 3.1, "adapter_response": {}}
    return {**base, "message": None, "failures": None, "unique_id": unique_id, "relation_name": None, **more}


MANIFEST = {
    "metadata": {"dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json"},
    "nodes": {
        NOT_NULL: {
            "name": "not_null_orders_order_id",
            "column_name": "order_id",
            "attached_node": "model.shop.orders",
            "test_metadata": {"name": "not_null", "kwargs": {"column_name": "order_id"}},
            "depends_on": {"nodes": ["model.shop.orders"]},
            "config": {"severity": "ERROR", "error_if": ">10", "warn_if": "!= 0"},
        },
        "model.shop.orders": {"database": "shop", "schema": "mart", "alias": "orders", "relation_name": "`shop`.`mart`.`orders`"},
    },
    "sources": {},
}  # fmt: skip


def test_a_dbt_test_has_the_names_of_the_manifest_beside_it(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    failed = dbt_test("fail", failures=12, message="Got 12 results, configured to fail if >10")
    (report,) = reports(tmp_path, dbt_results({"status": "success", "unique_id": "model.shop.orders"}, failed))
    assert report == {
        "report": "dbt",
        "check": "not_null_orders_order_id",
        "state": "failed",
        "table": "shop.mart.orders",
        "column": "order_id",
        "value": 12,
        "expected": "not >10",
        "dimension": "completeness",
        "job": "dbt build",
        "id": "5c6fb94f-4b3c-4e0f-8e0f-1f0c9e6d9a11",
        "time": "2026-11-29T03:12:04.512000Z",
    }


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("pass", "ok"),
        ("warn", "warn"),
        ("fail", "failed"),
        ("error", "error"),
        ("runtime error", "error"),
        ("skipped", "skipped"),
    ],
)
def test_without_a_manifest_a_dbt_test_has_the_name_in_its_id(tmp_path: Path, status: str, state: str) -> None:
    (report,) = reports(tmp_path, dbt_results(dbt_test(status)), reporter="warehouse")
    assert (report["report"], report["check"], report["state"]) == ("warehouse", "not_null_orders_order_id", state)


def test_a_stale_source_of_dbt_is_a_failed_check(tmp_path: Path) -> None:
    document = dbt_results(
        {
            "unique_id": "source.shop.raw.orders",
            "status": "error",
            "max_loaded_at": "2026-11-28T15:00:00Z",
            "snapshotted_at": "2026-11-29T03:00:00Z",
            "max_loaded_at_time_ago_in_s": 43200.0,
            "criteria": {"warn_after": {"count": 6, "period": "hour"}, "error_after": {"count": 8, "period": "hour"}},
        }
    )
    document["metadata"]["dbt_schema_version"] = "https://schemas.getdbt.com/dbt/sources/v3.json"
    (report,) = reports(tmp_path, document)
    assert (report["check"], report["table"], report["state"]) == ("source_freshness", "raw.orders", "failed")
    assert (report["value"], report["expected"]) == ("12.0 h", "at most 8 hours")
    source = {"relation_name": '"shop"."main"."orders"'}
    manifest = {"metadata": MANIFEST["metadata"], "sources": {"source.shop.raw.orders": source}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert reports(tmp_path, document)[0]["table"] == "shop.main.orders"


def expectation(kind: str, *, old: bool = False, success: bool = False, **kwargs: Any) -> dict[str, Any]:
    config = {"expectation_type" if old else "type": kind, "kwargs": {**kwargs, "batch_id": "mart-orders"}, "meta": {}}
    return {
        "success": success,
        "expectation_config": config if old else {**config, "severity": "critical"},
        "result": {"element_count": 9400, "unexpected_count": 12, "unexpected_percent": 0.13},
        "meta": {},
        "exception_info": {"raised_exception": False, "exception_message": None, "exception_traceback": None},
    }


OLD_META = {
    "great_expectations_version": "0.18.22",
    "expectation_suite_name": "orders.warning",
    "run_id": {"run_name": "nightly-29", "run_time": "2026-11-29T03:10:00.000000+00:00"},
    "batch_spec": {"data_asset_name": "orders", "table_name": "orders", "schema_name": "mart", "type": "table"},
    "active_batch_definition": {"data_asset_name": "orders", "batch_identifiers": {"year": "2026", "run": "8f2"}},
    "validation_time": "20261129T031004.701100Z",
}


def test_a_checkpoint_of_great_expectations_0_18(tmp_path: Path) -> None:
    failing = expectation("expect_column_values_to_not_be_null", old=True, column="order_id", mostly=0.99)
    result = {"success": False, "results": [failing], "meta": OLD_META, "statistics": {"evaluated_expectations": 1}}
    document = {"run_id": OLD_META["run_id"], "success": False, "run_results": {
        "ValidationResultIdentifier::orders.warning/nightly-29": {"validation_result": result, "actions_results": {}}
    }}  # fmt: skip
    (report,) = reports(tmp_path, document)
    assert report == {
        "report": "gx",
        "check": "expect_column_values_to_not_be_null",
        "state": "failed",
        "table": "mart.orders",
        "column": "order_id",
        "partition": "year=2026",
        "value": 12,
        "expected": "at least 99.0% of rows",
        "dimension": "completeness",
        "job": "orders.warning",
        "id": "nightly-29",
        "time": "2026-11-29T03:10:04.701100Z",
    }


def test_a_validation_of_great_expectations_1(tmp_path: Path) -> None:
    warned = expectation("expect_table_row_count_to_be_between", min_value=9000, max_value=11000)
    warned["expectation_config"]["severity"] = "warning"
    warned["result"] = {"observed_value": 412}
    broken = expectation("expect_column_values_to_be_unique", column="order_id")
    info = {"raised_exception": True, "exception_message": "no such column", "exception_traceback": "…"}
    broken["exception_info"] = {"('column_values.unique', 'a', ())": info}
    document = {
        "success": False,
        "suite_name": "orders",
        "results": [warned, broken],
        "meta": {
            "great_expectations_version": "1.23.2",
            "run_id": {"run_name": None, "run_time": "2026-11-29T03:10:00.000000+00:00"},
            "active_batch_definition": {"data_asset_name": "orders", "batch_identifiers": {}},
        },
        "statistics": {},
        "id": None,
    }
    first, second = reports(tmp_path, document)
    assert (first["state"], first["value"], first["expected"]) == ("warn", 412, "9000 to 11000")
    assert (first["table"], first["job"], first["time"]) == ("orders", "orders", "2026-11-29T03:10:00.000000+00:00")
    assert (second["state"], second["summary"]) == ("error", "no such column")
    described = {"success": False, "statistics": {}, "validation_results": [
        {"success": False, "statistics": {}, "result_url": "https://gx.example.com/1", "expectations": [
            {"expectation_type": "expect_column_to_exist", "success": True, "kwargs": {"column": "id"}, "result": {}}
        ]}
    ]}  # fmt: skip
    warned["expectation_config"]["kwargs"].pop("max_value")
    assert reports(tmp_path, document)[0]["expected"] == "at least 9000"
    (last,) = reports(tmp_path, described)
    assert (last["check"], last["state"], last["url"]) == ("expect_column_to_exist", "ok", "https://gx.example.com/1")


def test_expectations_of_one_name_and_column_are_two_checks(tmp_path: Path) -> None:
    two = [
        expectation("expect_column_values_to_be_between", column="price", min_value=low, success=low == 0)
        for low in (0, 5)
    ]
    document = {"success": False, "suite_name": "orders", "results": two, "meta": {}}
    names = [each["check"] for each in reports(tmp_path, document)]
    assert len(set(names)) == 2
    assert names == [each["check"] for each in reports(tmp_path, {**document, "results": two[::-1]})][::-1]


def test_a_scan_of_soda(tmp_path: Path) -> None:
    check = {
        "identity": "a1b2", "name": "No missing order ids", "type": "generic", "dataSource": "warehouse",
        "definition": "checks for orders:\n  - missing_count(order_id) = 0:\n      name: No missing order ids",
        "table": "orders", "column": "order_id", "filter": None, "metrics": ["metric-1"], "outcome": "fail",
        "outcomeReasons": [], "archetype": None,
    }  # fmt: skip
    document = {
        "definitionName": "nightly", "defaultDataSource": "warehouse", "dataTimestamp": "2026-11-29T03:10:00+00:00",
        "scanStartTimestamp": "2026-11-29T03:10:01+00:00", "scanEndTimestamp": "2026-11-29T03:10:09+00:00",
        "hasErrors": False, "hasWarnings": False, "hasFailures": True,
        "metrics": [{"identity": "metric-1", "metricName": "missing_count", "value": 12}],
        "checks": [check, {**check, "name": "Orders today", "definition": "checks for orders:\n  row_count > 0", "metrics": [], "outcome": None}],
    }  # fmt: skip
    failed, skipped, scan = reports(tmp_path, document)
    assert failed == {
        "report": "soda",
        "check": "No missing order ids",
        "state": "failed",
        "table": "orders",
        "column": "order_id",
        "value": 12,
        "expected": "0",
        "dimension": "completeness",
        "job": "nightly",
        "id": "nightly 2026-11-29T03:10:01+00:00",
        "time": "2026-11-29T03:10:09+00:00",
    }
    assert (skipped["state"], skipped["expected"]) == ("skipped", "> 0")
    assert (scan["check"], scan["state"], scan["job"]) == ("scan nightly", "ok", "nightly")


def soda_check(name: str, definition: str, outcome: str | None = "fail", **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "definition": f"checks for orders:\n  - {definition}",
        "table": "orders",
        "outcome": outcome,
        **more,
    }


def soda_scan(*checks: dict[str, Any], **more: Any) -> dict[str, Any]:
    times = {"scanStartTimestamp": "2026-11-29T03:10:01+00:00", "scanEndTimestamp": "2026-11-29T03:10:09+00:00"}
    return {"definitionName": "nightly", "hasErrors": False, "metrics": [], "checks": list(checks), **times, **more}


@pytest.mark.parametrize(("outcome", "expected"), [("warn", "not > 0"), ("fail", "not > 5")])
def test_a_soda_check_with_two_conditions_names_the_one_that_was_met(
    tmp_path: Path, outcome: str, expected: str
) -> None:
    check = soda_check("duplicates", "duplicate_count(id):\n      warn: when > 0\n      fail: when > 5\n", outcome)
    found, _ = reports(tmp_path, soda_scan(check))
    assert found["expected"] == expected


def test_a_schema_check_of_soda_shows_how_many_columns_differ_and_not_all_columns(tmp_path: Path) -> None:
    columns = [{"columnName": "order_id", "sourceDataType": "integer"}]
    check = soda_check("Schema Check", "schema:\n      fail:\n        when required column missing: [channel]\n")
    check |= {
        "metrics": ["m1"],
        "diagnostics": {"valueLabel": "1 schema event(s)", "missing_column_names": ["channel"]},
    }
    found, _ = reports(tmp_path, soda_scan(check, metrics=[{"identity": "m1", "value": columns}]))
    assert (found["value"], found["expected"]) == ("1 schema event(s)", "not required column missing: [channel]")


def test_a_soda_scan_that_ended_before_its_first_result_is_a_check_that_could_not_run(tmp_path: Path) -> None:
    logs = [
        {"level": "INFO", "message": "Using DefaultSampler"},
        {"level": "ERROR", "message": "Table orders does not exist"},
    ]
    (found,) = reports(tmp_path, soda_scan(hasErrors=True, logs=logs))
    assert (found["check"], found["state"], found["summary"]) == (
        "scan nightly",
        "error",
        "Table orders does not exist",
    )


def test_plain_reports_are_an_object_an_array_or_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = {"report": "checks", "check": "a", "state": "ok"}
    expected = {**one, "time": NOW.isoformat()}
    assert reports(tmp_path, one) == [expected]
    assert reports(tmp_path, [one, one]) == [expected, expected]
    assert reports(tmp_path, f"{json.dumps(one)}\n\n{json.dumps(one)}\n") == [expected, expected]
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(one)))
    assert read("-", None, "other", NOW).reports == [{**expected, "report": "other"}]


GOOD = '{"report": "checks", "check": "a", "state": "ok"}'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f"{GOOD}\n{{'a': 1}}\n", ":2: invalid JSON: Expecting property name enclosed in double quotes"),
        (f"[\n{GOOD},\n{GOOD}", "invalid JSON: the array does not end"),
        (f"[{GOOD}] x", "invalid JSON: the array does not end"),
        (f"{GOOD}\n\n7\n", ":3: a report is a JSON object"),
        ('{"check": "a", "state": "ok"}', ":1: the report does not name its reporter: add 'report', or use --reporter NAME"),
        (f'{GOOD}\n{{"report": "checks", "check": "a", "state": "bad"}}', ":2: the 'state' of a check must be ok, warn, failed, error or skipped"),
        ("", "the file has no results of checks (read as plain)"),
    ],
)  # fmt: skip
def test_a_mistake_names_its_line_and_nothing_is_sent(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError) as raised:
        reports(tmp_path, text)
    assert problem in str(raised.value)


def test_every_mistake_of_a_file_is_listed_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        reports(tmp_path, f"{{}}\n{GOOD}\n{{}}\n")
    assert "2 reports are invalid, nothing was sent" in str(raised.value)
    assert [line.split(":")[1] for line in str(raised.value).splitlines()[1:]] == ["1", "3"]


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the file is not a result of soda"):
        reports(tmp_path, dbt_results(dbt_test("pass")), ResultFormat.SODA)
    (tmp_path / "manifest.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match="the file is not a manifest of dbt"):
        reports(tmp_path, dbt_results(dbt_test("pass")))


def test_an_unknown_field_is_named(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text('{"report": "checks", "check": "a", "state": "ok", "tabel": "b"}', encoding="utf-8")
    (warning,) = read(str(file), None, "", NOW).warnings
    assert warning.en.startswith("line 1: the field 'tabel' is ignored")
    assert "table" in warning.en
