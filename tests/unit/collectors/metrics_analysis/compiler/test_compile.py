from __future__ import annotations

from pathlib import Path

import pytest

from collectors.metrics_analysis.compiler import RuleErrors, compile_rules
from tests.support.rules import BURST, DENIED, RULE, folder


def errors(root: Path, files: dict[str, str]) -> list[str]:
    with pytest.raises(RuleErrors) as raised:
        compile_rules(folder(root, files))
    return str(raised.value).replace(f"{root}/", "").splitlines()


def test_all_errors_of_all_files_come_together_in_order(tmp_path: Path) -> None:
    bad = RULE.replace("level: medium", "level: grave").replace("FAILED", "[]").replace("quiet: 1h", "quiet: x")
    found = errors(tmp_path, {"b/two.yml": "title: [", "a/one.yml": bad})
    assert [line.split(": ")[0] for line in found] == ["a/one.yml:4", "a/one.yml:9", "a/one.yml:16", "b/two.yml:1"]


def test_ids_titles_and_names_are_used_once(tmp_path: Path) -> None:
    found = errors(tmp_path, {"test/a.yml": f"name: x\n{RULE}", "test/b.yml": f"name: x\n{RULE}"})
    assert [line.partition(" is already")[0] for line in found] == [
        "test/b.yml:1: the name 'x'",
        "test/b.yml:2: the title 'Job failed'",
        "test/b.yml:3: the id '11111111-1111-4111-8111-111111111111'",
    ]


def test_a_rule_is_named_after_its_folder_and_file(tmp_path: Path) -> None:
    artifact = compile_rules(folder(tmp_path, {"storage/bucket_gone.yml": RULE}))
    assert [spec["name"] for spec in artifact["rules"]] == ["storage/bucket_gone"]
    assert artifact["rules"][0]["service"] == "storage"


def test_the_document_that_makes_findings_has_the_name_of_the_file(tmp_path: Path) -> None:
    artifact = compile_rules(folder(tmp_path, {"iam/denied.yml": f"{DENIED}---\n{BURST}"}))
    assert [spec["name"] for spec in artifact["rules"]] == ["iam/denied.denied"]
    assert [spec["name"] for spec in artifact["correlations"]] == ["iam/denied"]
    assert artifact["rules"][0]["feeds"] == ["iam/denied"]


def test_a_second_document_needs_a_name(tmp_path: Path) -> None:
    found = errors(tmp_path, {"iam/denied.yml": f"{DENIED.replace('name: denied', '')}---\n{BURST}"})
    assert found[0] == "iam/denied.yml:1: the file has several documents: add a 'name' to this one"


def test_a_correlation_names_its_rule_by_id_too(tmp_path: Path) -> None:
    by_id = BURST.replace("[denied]", "[22222222-2222-4222-8222-222222222222]")
    artifact = compile_rules(folder(tmp_path, {"iam/a.yml": DENIED, "iam/b.yml": by_id}))
    assert artifact["rules"][0]["feeds"] == ["iam/b"]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"test/a.yaml": RULE}, "test/a.yaml:1: a rule file ends in .yml: rename it"),
        ({"test/a.yml": ""}, "test/a.yml:1: the file is empty: write a rule or delete it"),
        ({"test/a.yml": "- a\n"}, "test/a.yml:1: a rule is a map of keys such as title, detection and hinomi"),
    ],
)
def test_a_file_that_is_not_a_rule_is_an_error(tmp_path: Path, files: dict[str, str], message: str) -> None:
    assert errors(tmp_path, files) == [message]


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path) -> None:
    folder(tmp_path, {"test/a.yml": RULE})
    (tmp_path / "test/b.yml").write_bytes(b"title: \xff\n")
    assert errors(tmp_path, {}) == ["test/b.yml: this is not UTF-8: save it as UTF-8"]


def test_a_folder_without_rules_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuleErrors, match="no rules in this folder"):
        compile_rules(tmp_path)


def test_nothing_reaches_standard_error_but_our_own_words(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    errors(tmp_path, {"test/a.yml": RULE.replace("state: FAILED", "state|re: '(?=x)'")})
    assert capfd.readouterr().err == ""
