"""rules/reporters.yaml is checked like every file that users write."""

import re
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from collectors.metrics_analysis import routes
from collectors.metrics_analysis.compiler import compile_rules
from collectors.metrics_analysis.compiler.reporters import compile_reporters
from collectors.metrics_analysis.compiler.rule_errors import RuleErrors
from collectors.metrics_analysis.sigma import rule_files
from deploy.site import read_plan
from shared.config import ROOT
from shared.errors import InputError


def compiled(folder: Path, text: str) -> tuple[list[dict[str, object]], list[str]]:
    (folder / "reporters.yaml").write_text(text, encoding="utf-8")
    errors: list[InputError] = []
    made = compile_reporters(folder, errors)
    return made, [f"{error.line}: {error.message}" for error in errors]


def test_a_name_is_enough(tmp_path: Path) -> None:
    made, errors = compiled(tmp_path, "reporters:\n  - name: Airflow\n")
    assert errors == []
    assert made == [
        {
            "name": "Airflow",
            "kind": ["job_failure"],
            "service": ["airflow"],
            "resource": ["*"],
            "max_severity": "high",
            "publishers": [],
        }
    ]


def test_everything_is_kept(tmp_path: Path) -> None:
    text = """\
reporters:
  - name: dq
    kind: [job_failure, load_issue]
    service: bigquery
    max_severity: medium
    resource: ['sales.*', 'stock.*']
    publishers:
      - serviceAccount:dq@my-project.iam.gserviceaccount.com
      - principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*
"""
    (found,), errors = compiled(tmp_path, text)
    assert errors == []
    assert (found["kind"], found["max_severity"]) == (["job_failure", "load_issue"], "medium")
    assert (found["service"], found["resource"]) == (["bigquery"], ["sales.*", "stock.*"])
    assert found["publishers"] == [
        "serviceAccount:dq@my-project.iam.gserviceaccount.com",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*",
    ]


def test_one_publisher_needs_no_list(tmp_path: Path) -> None:
    (found,), errors = compiled(tmp_path, "reporters:\n  - name: dq\n    publishers: user:dq@example.com\n")
    assert (found["publishers"], errors) == (["user:dq@example.com"], [])


@pytest.mark.parametrize("name", ["a", "A1", "x" * 60, "a.b", "a_b-c.d", "0"])
def test_every_valid_name_makes_a_valid_topic_and_path(tmp_path: Path, name: str) -> None:
    (found,), errors = compiled(tmp_path, f"reporters:\n  - name: '{name}'\n")
    topic = read_plan()["reports"]["topic"].replace("{reporter}", str(found["name"]))
    assert errors == []
    # docs.cloud.google.com/pubsub/docs/pubsub-basics#resource_names
    assert re.fullmatch(r"(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}", topic)
    assert routes.route_of(topic) == quote(routes.reporter_path(name)) == routes.reporter_path(name)


def test_without_the_file_no_reporter_is_declared(tmp_path: Path) -> None:
    errors: list[InputError] = []
    assert (compile_reporters(tmp_path, errors), errors) == ([], [])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("name: a b", "use up to 60 letters"),
        ("name: dq\n    kinds: job_failure", "kind"),
        ("name: dq\n    kind: job_failed", "job_failure"),
        ("name: dq\n    kind:", "missing value"),
        ("name: dq\n    publishers: allUsers", "use a member of IAM"),
        ("name: dq\n    publishers: [dq@my-project.iam.gserviceaccount.com]", "use a member of IAM"),
        ("name: dq\n    publisher: user:dq@example.com", "publishers"),
        ("name: ../ticks", "use up to 60 letters"),
        ("name: dq/airflow", "use up to 60 letters"),
        ("name: 火", "use up to 60 letters"),
        (f"name: {'x' * 61}", "use up to 60 letters"),
        ("kind: job_failure", "name"),
        ("name: dq\n  - name: DQ", "'DQ' is already declared in line 2"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, line: str, message: str) -> None:
    made, errors = compiled(tmp_path, f"reporters:\n  - {line}\n")
    assert len(errors) == 1
    assert message in errors[0]
    assert errors[0][0] in "123"
    assert made == [] or "DQ" in line


def test_a_file_that_is_not_yaml_is_named(tmp_path: Path) -> None:
    assert len(compiled(tmp_path, "reporters: [")[1]) == 1


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "tests" / "data" / "rules", tmp_path / "rules")
    return tmp_path / "rules"


def test_reporters_are_compiled_and_checked_with_the_rules(rules: Path) -> None:
    assert [reporter["name"] for reporter in compile_rules(rules)["reporters"]] == ["airflow"]
    (rules / "reporters.yaml").write_text("reporters:\n  - nam: dq\n", encoding="utf-8")
    with pytest.raises(RuleErrors, match=r"reporters\.yaml"):
        compile_rules(rules)


def test_a_changed_declaration_makes_the_compiled_rules_out_of_date(rules: Path) -> None:
    before = rule_files.digest(rules)
    (rules / "reporters.yaml").write_text("reporters: []\n", encoding="utf-8")
    changed = rule_files.digest(rules)
    (rules / "reporters.yaml").unlink()
    assert len({before, changed, rule_files.digest(rules)}) == 3
