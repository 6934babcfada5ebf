"""Invalid rules: each is a valid rule with one edit, and the line and the message of its error."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.metrics_analysis.compiler import RuleErrors, compile_rules
from shared.errors import InputError
from tests.support.rules import BURST, DENIED, RULE, folder

# Lines: 1 title, 2 id, 3 status, 4 level, 5 sigma-version, 6 logsource, 7 detection, 8 job, 9 failed, 10 condition,
# 11 hinomi, 12 kind, 13 resource, 14 fingerprint, 15 summary, 16 recovery.
FAILED = "{jsonPayload.state: FAILED}"
BAD_RULES = {
    "not yaml": ("title: Job failed", "title: Job: failed", 1, "not YAML"),
    "a duplicate key": ("level: medium", "level: medium\nlevel: high", 5, "twice"),
    "a duplicate detection": ("  failed:", "  job: {jsonPayload.x: 1}\n  failed:", 9, "twice"),
    "no title": ("title: Job failed", "author: me", 1, "missing key 'title'"),
    "no id": ("id: 11111111-1111-4111-8111-111111111111", "author: me", 1, "missing key 'id'"),
    "an id that is no UUID": ("11111111-1111-4111-8111-111111111111", "abc", 2, "UUID"),
    "an id that is a number": ("11111111-1111-4111-8111-111111111111", "5", 2, "UUID"),
    "an unknown status": ("status: test", "status: fine", 3, "status"),
    "an unknown level": ("level: medium", "level: grave", 4, "level"),
    "no level": ("level: medium", "author: me", 1, "missing key 'level'"),
    "an unknown sigma-version": ("sigma-version: 3", "sigma-version: 4", 5, "sigma-version"),
    "an unknown log source": ("gcp.platform", "gcp.all", 6, "gcp.audit"),
    "a log source with a category": ("product: gcp,", "product: gcp, category: x,", 6, "unknown key 'category'"),
    "no detection": ("detection:", "detecton:", 1, "'detection'"),
    "no condition": ("  condition: job and failed\n", "", 7, "'condition'"),
    "an empty detection": (FAILED, "{}", 9, "empty"),
    "an empty list": ("state: FAILED", "state: []", 9, "empty list"),
    "an unknown field": ("{jsonPayload.state:", "{jsonpayload.state:", 9, "did you mean 'jsonPayload'"),
    "a wrong path": ("{jsonPayload.state:", "{jsonPayload..state:", 9, "empty part"),
    "an unknown quantifier": ("{jsonPayload.state:", "{'jsonPayload.state[some]':", 9, "bracket"),
    "an unknown modifier": ("jsonPayload.state:", "jsonPayload.state|begins:", 9, "modifier 'begins'"),
    "a modifier that is not evaluated": ("jsonPayload.state:", "jsonPayload.state|base64offset:", 9, "not supported"),
    "a placeholder": ("jsonPayload.state: FAILED", "jsonPayload.state|expand: '%x%'", 9, "%agents_of_other_projects%"),
    "a placeholder within a text": (
        "jsonPayload.state: FAILED",
        "jsonPayload.state|expand: 'user:%agents_of_other_projects%'",
        9,
        "whole value",
    ),
    "a map as a value": ("state: FAILED", "state: {a: b}", 9, "map"),
    "a date as a value": ("state: FAILED", "state: 2026-01-01", 9, "quotes"),
    "a number that is not exact": ("state: FAILED", "state: 9007199254740993", 9, "quotes"),
    "a wrong type for a modifier": ("state: FAILED", "state|gte: many", 9, "gte"),
    "a wrong network": ("state: FAILED", "state|cidr: 10.0.0.1/8", 9, "CIDR"),
    "a contains that is always true": ("state: FAILED", "state|contains: ''", 9, "every value"),
    "a regular expression that RE2 refuses": ("state: FAILED", "state|re: '(?=x)'", 9, "RE2"),
    "a regular expression with startswith": ("state: FAILED", "state|re|startswith: x", 9, "matches anywhere"),
    "an unknown detection in the condition": (
        "job and failed\nhinomi",
        "job and faild\nhinomi",
        10,
        "did you mean 'failed'",
    ),
    "a wrong condition": ("job and failed\nhinomi", "job and and failed\nhinomi", 10, "condition"),
    "a selector that selects nothing": (
        "job and failed\nhinomi",
        "job and failed and 1 of x*\nhinomi",
        10,
        "doesn't match",
    ),
    "an aggregation": ("job and failed\nhinomi", "job and failed | count() > 5\nhinomi", 10, "pipe"),
    "two conditions": ("condition: job and failed\nhinomi", "condition: [job, failed]\nhinomi", 10, "one text"),
    "an unused detection": ("  failed:", "  spare: {jsonPayload.x: 1}\n  failed:", 9, "no condition uses"),
    "a timeframe": ("  failed:", "  timeframe: 10m\n  failed:", 9, "correlation"),
    "no hinomi block": ("hinomi:", "hinome:", 1, "'hinomi' block"),
    "an unknown key": ("  resource:", "  resorce: x\n  resource:", 13, "did you mean 'resource'"),
    "a missing key": ("  summary: 'Job {jsonPayload.job} failed'\n", "", 11, "missing key 'summary'"),
    "an unknown kind": ("job_failure", "job_failed", 12, "did you mean 'job_failure'"),
    "a wrong template": ("'Job {jsonPayload.job} failed'", "'Job {jsonPayload.job failed'", 15, "no partner"),
    "a template with an unknown field": ("'Job {jsonPayload.job} failed'", "'{jsonpayload.job}'", 15, "jsonPayload"),
    "a summary of two lines": ("'Job {jsonPayload.job} failed'", '"a\\nb"', 15, "one line"),
    "a template that is a number": ("'Job {jsonPayload.job} failed'", "5", 15, "summary: use text"),
    "a fingerprint that is a text": ("['{jsonPayload.job}']", "'{jsonPayload.job}'", 14, "list"),
    "an extracted name that is not": ("'Job {jsonPayload.job} failed'", "'{extracted.x}'", 15, "extract"),
    "a count outside a correlation": ("'Job {jsonPayload.job} failed'", "'{count}'", 15, "count"),
    "an unknown detection in the recovery": ("job and not failed", "job and not faild", 16, "did you mean 'failed'"),
    "a wrong duration": ("quiet: 1h", "quiet: soon", 16, "30m"),
    "an empty recovery": ("{condition: job and not failed, quiet: 1h}", "{}", 16, "use 'condition', 'quiet' or both"),
    "a recovery summary without a condition": (
        "{condition: job and not failed, quiet: 1h}",
        "{quiet: 1h, summary: x}",
        16,
        "summary: add a 'condition'",
    ),
    "a wrong recovery summary": ("quiet: 1h", "summary: '{extracted.x}'", 16, "extract"),
    "an unknown key of a recovery": ("quiet: 1h", "title: x", 16, "unknown key 'title'"),
    "Japanese texts without a title": ("  recovery:", "  ja: {summary: x}\n  recovery:", 16, "missing key 'title'"),
    "an unknown Japanese text": (
        "  recovery:",
        "  ja: {title: x, summary: y, resolution: z}\n  recovery:",
        16,
        "recovered",
    ),
    "a Japanese title of two lines": ("  recovery:", '  ja: {title: "x\\ny", summary: z}\n  recovery:', 16, "one line"),
    "a Japanese title that is no text": (
        "  recovery:",
        "  ja: {title: 1, summary: z}\n  recovery:",
        16,
        "title: use text",
    ),
    "a wrong Japanese summary": ("  recovery:", "  ja: {title: x, summary: '{none}'}\n  recovery:", 16, "log entry"),
    "a Japanese summary with an unknown group": (
        "  recovery:",
        "  ja: {title: x, summary: y, recovered: '{extracted.x}'}\n  recovery:",
        16,
        "extract",
    ),
    "an unknown operation start": ("  recovery:", "  operation: {start: cal}\n  recovery:", 16, "no detection 'cal'"),
    "a wrong operation": ("  recovery:", "  operation: {begin: job}\n  recovery:", 16, "'start'"),
    "an extract without a group": (
        "  recovery:",
        "  extract: [{field: textPayload, regex: x}]\n  recovery:",
        16,
        "group",
    ),
    "an extract that RE2 refuses": (
        "  recovery:",
        "  extract: [{field: textPayload, regex: '(?P<a>x)(?!y)'}]\n  recovery:",
        16,
        "RE2",
    ),
    "an extract with a wrong key": (
        "  recovery:",
        "  extract: [{field: textPayload, re: x}]\n  recovery:",
        16,
        "unknown key 're'",
    ),
    "only for a rule that nothing counts": (
        RULE[RULE.index("hinomi:") :],
        "hinomi: {only: correlation}\n",
        11,
        "no correlation counts",
    ),
}


@pytest.mark.parametrize("name", BAD_RULES)
def test_an_invalid_rule_is_reported_with_its_line(name: str, tmp_path: Path) -> None:
    old, new, line, message = BAD_RULES[name]
    assert old in RULE
    text = RULE.replace(old, new, 1)
    with pytest.raises(RuleErrors) as raised:
        compile_rules(folder(tmp_path, {"test/rule.yml": text}))
    first = next((error for error in raised.value.errors if message in error.message), None)
    assert first is not None, raised.value
    assert (first.file, first.line) == (str(tmp_path / "test/rule.yml"), line)
    assert all("\n" not in error.message for error in raised.value.errors)


# Lines: 1 title, 2 id, 3 level, 4 correlation, 5 type, 6 rules, 7 group-by, 8 timespan, 9 condition, 10 hinomi …
BAD_CORRELATIONS = {
    "an unknown rule": ("rules: [denied]", "rules: [denied, other]", 6, "no rule has the name or id 'other'"),
    "an unknown type": ("event_count", "event_sum", 5, "event_sum"),
    "a type that is not evaluated": ("event_count", "temporal", 5, "not supported"),
    "no type": ("  type: event_count\n", "", 4, "type"),
    "a wrong timespan": ("10m", "soon", 8, "Timespan 'soon' is invalid: use a number and a unit, such as 30s, 10m"),
    "an operator that is not evaluated": ("gte: 3", "lt: 3", 9, "gt and gte"),
    "two operators": ("gte: 3", "gte: 3, gt: 4", 9, "exactly one"),
    "a limit that is no number": ("gte: 3", "gte: many", 9, "many"),
    "a value count without a field": ("event_count", "value_count", 4, "field"),
    "aliases": ("  timespan:", "  aliases: {a: {denied: b}}\n  timespan:", 8, "not supported"),
    "a group by an unknown field": (
        "[protoPayload.authenticationInfo",
        "[protopayload.authenticationInfo",
        7,
        "protoPayload",
    ),
    "a recovery with a condition": ("  kind:", "  recovery: {condition: x}\n  kind:", 11, "quiet"),
    "an operation": ("  kind:", "  operation: {start: x}\n  kind:", 11, "unknown key 'operation'"),
    "no hinomi block": ("hinomi:", "hinome:", 1, "'hinomi' block"),
    "a correlation that is a list": (BURST[BURST.index("\n  type") : BURST.index("hinomi:")], " [a]\n", 4, "dict"),
}


@pytest.mark.parametrize("name", BAD_CORRELATIONS)
def test_an_invalid_correlation_is_reported_with_its_line(name: str, tmp_path: Path) -> None:
    old, new, line, message = BAD_CORRELATIONS[name]
    assert old in BURST
    files = {"test/denied.yml": DENIED, "test/burst.yml": BURST.replace(old, new, 1)}
    with pytest.raises(RuleErrors) as raised:
        compile_rules(folder(tmp_path, files))
    found = {
        (error.line, message in error.message) for error in raised.value.errors if error.file and "burst" in error.file
    }
    assert (line, True) in found, raised.value


BLOCKS = {
    "a list under a block": ("jsonPayload.x[any]: [{a: 1}]", 9, "map"),
    "a map under a field of a block": ("jsonPayload.x[any].y: {a: 1}", 9, "under the array"),
    "a block without an array": ("'[any]': {a: 1}", 9, "no array before"),
    "a wrong field in a block": ("jsonPayload.x[any]:\n      a: 1\n      b..c: 2", 11, "empty part"),
    "a keyword in a block": ("jsonPayload.x[any]:\n      condition: w\n      w: [word]", 11, "'.'"),
    "a wrong condition in a block": (
        "jsonPayload.x[any]:\n      condition: z\n      a: {b: 1}",
        10,
        "no detection 'z'",
    ),
    "an unused detection in a block": (
        "jsonPayload.x[any]:\n      condition: a\n      a: {b: 1}\n      c: {d: 1}",
        12,
        "no condition uses",
    ),
    "a wrong modifier deep inside": ("jsonPayload.x[any]:\n      y[all]:\n        z|foo: 1", 11, "modifier 'foo'"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_an_invalid_block_is_reported_with_its_line(name: str, tmp_path: Path) -> None:
    block, line, message = BLOCKS[name]
    text = RULE.replace(
        "  job: {jsonPayload.job|exists: true, logName|endswith: /logs/platform}", f"  job:\n    {block}"
    )
    with pytest.raises(RuleErrors) as raised:
        compile_rules(folder(tmp_path, {"test/rule.yml": text}))
    assert any(error.line == line and message in error.message for error in raised.value.errors), raised.value


@pytest.mark.parametrize("key", ["jsonPayload.x[any]", "jsonPayload.x[0]", "jsonPayload.x[any].y|contains"])
def test_array_selectors_need_their_sigma_version(key: str, tmp_path: Path) -> None:
    text = RULE.replace("sigma-version: 3\n", "").replace("jsonPayload.state:", f"'{key}':")
    with pytest.raises(RuleErrors) as raised:
        compile_rules(folder(tmp_path, {"test/rule.yml": text}))
    (error,) = raised.value.errors
    assert (error.line, "needs 'sigma-version: 3'" in error.message) == (8, True)


@pytest.mark.parametrize("part", ["condition: job and failed", "recovery: {condition: job and not failed, quiet: 1h}"])
def test_a_rule_on_other_logs_names_them_in_every_condition(part: str, tmp_path: Path) -> None:
    text = RULE.replace(part, part.replace("job and", "insert and"))
    text = text.replace("  failed: {", "  insert: {insertId|exists: true}\n  failed: {")
    with pytest.raises(RuleErrors, match="names them in every condition: add logName"):
        compile_rules(folder(tmp_path, {"test/rule.yml": text}))


@pytest.mark.parametrize("silent", [True, False])
def test_a_rule_behind_a_correlation_names_its_logs_too(silent: bool, tmp_path: Path) -> None:  # noqa: FBT001
    base = DENIED if silent else RULE.replace("title:", "name: denied\ntitle:", 1)
    base = base.replace("gcp.audit", "gcp.platform").replace(", logName|endswith: /logs/platform", "")
    files = {"test/rule.yml": base, "test/burst.yml": BURST.replace("protoPayload", "jsonPayload")}
    with pytest.raises(RuleErrors, match="names them in every condition: add logName"):
        compile_rules(folder(tmp_path, files))


@pytest.mark.parametrize(
    ("comparison", "warned"),
    [
        ("endswith: example.com", True),
        ("endswith: '@example.com'", False),
        ("endswith: '.iam.gserviceaccount.com'", False),
        ("endswith: gserviceaccount.com", True),
        ("contains: '@example.com'", True),
        ("contains: gcp-sa-", False),
        (r"re: '@example\.com$'", False),
        (r"re: '@(a|b)\.example\.com$'", False),
        (r"re: '@example\.com'", True),
        (r"re: '^user:'", False),
    ],
)
def test_a_comparison_that_other_domains_match_is_warned_of(comparison: str, warned: bool, tmp_path: Path) -> None:  # noqa: FBT001
    text = RULE.replace("jsonPayload.state: FAILED", f"jsonPayload.member|{comparison}")
    warnings: list[InputError] = []
    compile_rules(folder(tmp_path, {"test/rule.yml": text}), warnings)
    assert [warning.line for warning in warnings] == ([7] if warned else [])
