"""The filters of the shipped rules, parsed from their text."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.metrics_analysis.evidence import LogEntry, understand
from collectors.metrics_analysis.sigma import artifact
from collectors.metrics_analysis.sigma.engine import Engine
from collectors.metrics_analysis.sinks import pack
from collectors.metrics_analysis.split_entries import merge
from demo.entries import bucket_policy
from demo.noise import NOISE
from demo.platform.logging import lql
from shared.errors import InputError
from tests.support.examples import several
from tests.support.rules import RULE, folder

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
RULES = Path(__file__).resolve().parents[5] / "rules"
OWN = ("hinomi-metrics@example-project.iam.gserviceaccount.com",)
FUNCTIONS = ("metrics-analysis",)


@cache
def compiled() -> dict[str, Any]:
    return artifact.load(RULES)


@cache
def made() -> list[pack.Sink]:
    return pack.sinks(
        compiled(),
        project="example-project",
        service_accounts=OWN,
        function_names=FUNCTIONS,
        permissions={OWN[0]: ["monitoring.timeSeries.list"]},
    )


@cache
def filters() -> list[lql.Ast]:
    return [lql.parse(sink.filter) for sink in made()]


@cache
def engine() -> Engine:
    return Engine(compiled())


@cache
def examples() -> list[dict[str, Any]]:
    """Every entry of every example file."""
    entries = []
    for path in sorted(RULES.glob("*/*.examples.json")):
        for cases in json.loads(path.read_bytes()).values():
            entries += [entry for case in cases for entry in case["entries"]]
    return entries


def understood(entry: dict[str, Any]) -> dict[str, Any]:
    evidence = understand(entry, received=NOW)
    assert isinstance(evidence, LogEntry)
    return evidence.entry


def grant() -> dict[str, Any]:
    """An audit entry about a granted role, which a rule matches."""
    delta = {"action": "ADD", "role": "roles/storage.objectViewer", "member": "allUsers"}
    return bucket_policy(NOW, "example-exports", [delta], "alice@example.com")


def accepted(entry: dict[str, Any]) -> bool:
    return any(lql.accepts(filter_, entry) for filter_ in filters())


@pytest.mark.slow
def test_every_example_of_which_a_rule_says_something_is_let_through() -> None:
    intended = [entry for entry in map(understood, examples()) if engine().evaluate(entry)]
    assert [entry for entry in intended if not accepted(entry)] == []
    assert len(intended) > len(compiled()["rules"])


@pytest.mark.slow
def test_no_audit_entry_in_a_log_that_others_can_write_is_let_through() -> None:
    audit = [entry for entry in map(understood, examples()) if "/logs/cloudaudit" in entry["logName"]]
    assert [entry for entry in audit if accepted({**entry, "logName": "projects/example-project/logs/mine"})] == []
    assert any(map(accepted, audit))


@pytest.mark.parametrize(
    "log",
    [
        "mine",
        "notcloudaudit.googleapis.com%2Factivity",
        "cloudaudit.googleapis.com.example.net%2Factivity",
        "cloudauditXgoogleapisXcom%2Factivity",
        "cloudaudit.googleapis.com%252Factivity",
        "cloudaudit.googleapis.com%2factivity2",
        "cloudaudit.googleapis.com%2Factivity2",
        "cloudaudit.googleapis.com%2Factivity%2Fmine",
        "cloudaudit.googleapis.com%2Factivity\n",
        "cloudaudit.googleapis.com%2Factivity?x=1",
        "cloudaudit.googleapis.com%2F..%2Factivity",
        "cloudaudit.googleapis.com%2Faccess_transparency",
        "cloudaudit.googleapis.com%2FActivity",
        "cloudaudit.googleapis.com%2F",
        "mine%2Fcloudaudit.googleapis.com%2Factivity",
        "mine/logs/cloudaudit.googleapis.com%2Factivity",
        "%63loudaudit.googleapis.com%2Factivity",
        "externalaudit.googleapis.com%2Factivity",
    ],
)
def test_a_log_that_is_only_named_like_an_audit_log_is_neither_exported_nor_evaluated(log: str) -> None:
    real = {**grant(), "logName": "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity"}
    assert accepted(real)
    assert engine().evaluate(real)
    forged = {**real, "logName": f"projects/example-project/logs/{log}"}
    assert not accepted(forged)
    assert not engine().evaluate(forged)


@pytest.mark.parametrize("who", [{}, {"serviceAccountKeyName": "k"}])
def test_every_change_and_undeclared_call_by_an_account_of_our_own_is_let_through(who: dict[str, Any]) -> None:
    log = "projects/example-project/logs/cloudaudit.googleapis.com%2Factivity"
    payload = {"serviceName": "x", "methodName": "y", "authenticationInfo": {"principalEmail": OWN[0], **who}}
    entry = {"logName": log, "resource": {"type": "x"}, "protoPayload": payload}
    assert accepted(entry)
    called = {**entry, "logName": log.replace("activity", "data_access")}
    assert accepted(called)
    payload["methodName"] = "google.monitoring.v3.MetricService.ListTimeSeries"
    assert accepted(called) is bool(who)
    assert not accepted({**entry, "protoPayload": {**payload, "authenticationInfo": {"principalEmail": "a@b.c"}}})


@cache
def leaves() -> list[tuple[tuple[Any, ...], Any]]:
    """Every scalar value of every example, with its path."""
    return [(path, value) for entry in examples() for path, value in walk(entry)]


def walk(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if children is None:
        return [(path, value)]
    return [found for key, child in children for found in walk(child, (*path, key))]


def put(entry: dict[str, Any], path: tuple[Any, ...], value: Any) -> None:
    """Sets a value at a path, if its parents exist or can be created as objects."""
    place: Any = entry
    for key in path[:-1]:
        if isinstance(place, list):
            if not place:
                return
            place = place[0]
        elif isinstance(place, dict) and isinstance(key, str):
            place = place.setdefault(key, {})
    if isinstance(place, dict) and isinstance(path[-1], str):
        place[path[-1]] = value


def drop(entry: dict[str, Any], path: tuple[Any, ...]) -> None:
    place: Any = entry
    for key in path[:-1]:
        place = place[key] if isinstance(place, list) or key in place else {}
    if isinstance(place, dict):
        place.pop(path[-1], None)


def changed(value: Any, how: int) -> Any:
    """A text in another case, shortened, or with a prefix or suffix, as a real field may be."""
    if not isinstance(value, str):
        return value
    return [value.upper(), value.lower(), f"x{value}", f"{value} and more", value, value[1:]][how]


@st.composite
def entries(draw: st.DrawFn) -> dict[str, Any]:
    """Generates examples with some fields removed, and some replaced by values of other examples."""
    entry = copy.deepcopy(draw(st.sampled_from(examples())))
    for _ in range(draw(st.integers(0, 3))):
        own = [path for path, _ in walk(entry) if path[-1] not in ("timestamp", "@type", "logName")]
        emptied: bool = draw(st.booleans())
        if own and emptied:
            drop(entry, draw(st.sampled_from(own)))
            continue
        path, value = draw(st.sampled_from(leaves()))
        free = path[0] in ("jsonPayload", "textPayload") or path[:2] in MUTABLE
        put(entry, path, changed(value, draw(st.integers(0, 5))) if free else value)
    return understood(entry)


MUTABLE = {("protoPayload", key) for key in ("methodName", "serviceName", "resourceName", "request", "metadata")}


@pytest.mark.slow
@several(100)
@given(entry=entries())
def test_no_entry_that_a_rule_needs_is_filtered_out(entry: dict[str, Any]) -> None:
    if engine().evaluate(entry):
        assert accepted(entry)
    assert [lql.accepts(ast, entry) for ast in filters()] == [sink.lets_through(entry) for sink in made()]


def test_most_entries_of_an_ordinary_platform_are_filtered_out() -> None:
    passed = {make.__name__ for make in NOISE if accepted(understood(make(NOW)))}
    useful = {make.__name__ for make in NOISE if engine().evaluate(understood(make(NOW)))}
    assert useful <= passed
    assert passed - useful <= {"public_removed"}, "nothing else passes that no rule has a use for"
    assert len(passed) <= 0.6 * len(NOISE)


def test_every_filter_keeps_to_the_limit_of_cloud_logging() -> None:
    assert [sink.name for sink in made() if len(sink.filter) > 20_000] == []


def test_every_rule_is_in_exactly_one_sink() -> None:
    names = [rule.name for sink in made() for rule in sink.rules]
    assert sorted(names) == sorted(
        [*(spec["name"] for spec in compiled()["rules"]), "split audit entries", pack.OWN_CALLS]
    )


def test_every_rule_is_named_in_a_comment_of_its_filter() -> None:
    missing = [rule.name for sink in made() for rule in sink.rules if rule.name not in sink.filter]
    assert missing == []


def test_a_smaller_limit_gives_more_sinks() -> None:
    more = pack.sinks(compiled(), project="example-project", service_accounts=(), function_names=(), limit=6_000)
    assert len(more) > len(made())
    assert max(len(sink.filter) for sink in more) <= 6_000


def test_a_rule_that_fits_no_filter_is_an_error() -> None:
    with pytest.raises(InputError, match="alone needs more than 250 characters: split the rule"):
        pack.sinks(compiled(), project="example-project", service_accounts=(), function_names=(), limit=250)


def test_a_rule_of_somebody_else_is_compiled_in_the_same_way(tmp_path: Path) -> None:
    from collectors.metrics_analysis.compiler import compile_rules

    rules = compile_rules(folder(tmp_path, {"mine/job.yml": RULE}))
    (sink,) = pack.sinks(rules, project="example-project", service_accounts=(), function_names=())
    assert sink.filter.splitlines()[1:] == [
        "(",
        " -- mine/job",
        ' (NOT protoPayload:* AND jsonPayload.job:* AND logName=~"(?i)/logs/platform$")',
        ")",
    ]


def test_the_parts_of_a_split_entry_pass_although_only_the_joined_entry_matches() -> None:
    firewall = next(
        entry for entry in examples() if "sourceRanges" in str(entry) and engine().evaluate(understood(entry))
    )
    request = firewall["protoPayload"]["request"]
    cut = len(request) // 2
    halves = [dict(list(request.items())[:cut]), dict(list(request.items())[cut:])]
    parts = []
    for index, half in enumerate(halves):
        part = copy.deepcopy(firewall)
        part["protoPayload"]["request"] = half
        part["split"] = {"uid": "u", "index": index, "totalSplits": 2}
        parts.append(understood(part))
    assert engine().evaluate(merge(parts))
    assert [accepted(part) for part in parts] == [True, True]
