"""The generated roles have exactly the declared permissions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from collectors.metrics_analysis.sigma import artifact
from deploy.permissions import declared
from handlers import registry
from handlers.actions.iam import remove_iam_member
from shared import config
from shared.config import ROOT, Settings

HERE = Settings(projects=("example-project",))
WITHOUT_JOBS = Settings(projects=("example-project",), long_job_minutes=0)
WITH_AIRFLOW = config.load(
    {"HINOMI_PROJECTS": "example-project", "HINOMI_AIRFLOW_COMPOSER_URL": "https://airflow.example.com"}
)
WITH_OTHER_AIRFLOW = config.load(
    {"HINOMI_AIRFLOW_COMPOSER_URL": "https://airflow.example.com", "HINOMI_AIRFLOW_COMPOSER_AUTH": "basic"}
)
EMPTY: dict[str, Any] = {"load": [], "history": [], "rules": []}
SERVICES = {"storage": "bucket_public", "bigquery": "dataset_public", "iam": "public_member", "composer": "task_failed"}
RULES: list[dict[str, str]] = [
    {
        "name": f"{service}/{name}",
        "kind": "job_failure" if service == "composer" else "irregular_access",
        "service": service,
        "fingerprint": "" if service == "composer" else "{protoPayload.metadata.bindingDeltas.member}",
    }
    for service, name in SERVICES.items()
]
WITH_RULES: dict[str, Any] = {**EMPTY, "rules": RULES}
WITH_LOAD: dict[str, Any] = {**WITH_RULES, "load": [{"key": "x", "service": "storage"}]}
RULE = """\
handlers:
  - name: close
    match: {match}
    action: {action}
    mode: {mode}
    enabled: {enabled}
"""


@pytest.fixture
def handlers(tmp_path: Path) -> Any:
    def write(
        action: str, mode: str = "auto", *, enabled: bool = True, match: str = "{kind: irregular_access}"
    ) -> Path:
        file = tmp_path / "handlers.yaml"
        file.write_text(RULE.format(action=action, mode=mode, enabled=str(enabled).lower(), match=match))
        return file

    return write


def test_nothing_enabled_needs_nothing(handlers: Any) -> None:
    file = handlers("remove_iam_member", enabled=False)
    assert declared("metrics_analysis", artifact=EMPTY, handlers_file=file, settings=HERE) == {}


def test_load_checks_read_time_series(handlers: Any) -> None:
    file = handlers("teams")
    assert set(declared("metrics_analysis", artifact=WITH_LOAD, handlers_file=file, settings=WITHOUT_JOBS)) == {
        "monitoring.timeSeries.list"
    }


def test_a_repair_brings_exactly_what_its_action_declares(handlers: Any) -> None:
    file = handlers("remove_iam_member")
    found = declared("metrics_analysis", artifact=WITH_RULES, handlers_file=file, settings=HERE)
    by_service = remove_iam_member.PERMISSIONS_BY_SERVICE
    assert set(found) == {*by_service["storage"], *by_service["bigquery"], *by_service["iam"]}


def test_a_dry_run_is_given_no_power_to_change(handlers: Any) -> None:
    file = handlers("remove_iam_member", "dry_run")
    found = declared("metrics_analysis", artifact=WITH_RULES, handlers_file=file, settings=HERE)
    assert {name.rpartition(".")[2] for name in found} == {"get", "getIamPolicy"}
    assert "storage.buckets.getIamPolicy" in found


def test_every_permission_names_the_parts_that_need_it(handlers: Any) -> None:
    file = handlers("remove_iam_member")
    found = declared("metrics_analysis", artifact=WITH_LOAD, handlers_file=file, settings=HERE)
    assert found["monitoring.timeSeries.list"] == ["detector threshold"]
    assert found["storage.buckets.setIamPolicy"] == ["handler rule close (remove_iam_member, auto)"]


@pytest.mark.parametrize(
    ("settings", "asks"), [(HERE, False), (WITH_OTHER_AIRFLOW, False), (WITH_AIRFLOW, True)], ids=str
)
def test_composer_is_asked_only_where_one_is_configured(settings: Settings, *, asks: bool) -> None:
    file = ROOT / "rules" / "handlers.yaml"
    found = declared("metrics_analysis", artifact=WITH_RULES, handlers_file=file, settings=settings)
    assert any(name.startswith("composer.") for name in found) is asks


def test_a_collector_with_nothing_to_read_needs_nothing() -> None:
    file = ROOT / "rules" / "handlers.yaml"
    found = declared("history_analysis", artifact=EMPTY, handlers_file=file, settings=HERE)
    assert [name for name in found if name.startswith(("composer.", "aiplatform."))] == []
    assert "composer.dags.get" in declared(
        "history_analysis", artifact=EMPTY, handlers_file=file, settings=WITH_AIRFLOW
    )


@pytest.mark.parametrize("name", sorted(name for name in registry.names() if registry.is_remediation(name)))
def test_every_repair_declares_the_permissions_of_its_dry_run(name: str) -> None:
    action: Any = registry.find(name)
    reads_nothing = not action.PERMISSIONS or hasattr(action, "PUBLISHES_TO")
    assert bool(action.DRY_RUN_PERMISSIONS) is not reads_nothing


@pytest.mark.parametrize("name", sorted(registry.names()))
def test_a_dry_run_needs_a_part_of_what_the_action_needs(name: str) -> None:
    action = registry.find(name)
    assert set(getattr(action, "DRY_RUN_PERMISSIONS", ())) <= set(action.PERMISSIONS)


def test_the_history_reads_only() -> None:
    made = artifact.load(ROOT / "rules")
    file = ROOT / "rules" / "handlers.yaml"
    found = declared("history_analysis", artifact=made, handlers_file=file, settings=WITH_AIRFLOW)
    verbs = {name.rpartition(".")[2] for name in found} - {"create", "execute"}  # its own queries; Airflow's API
    assert all(verb.startswith(("get", "list", "search", "query")) for verb in verbs), verbs


@pytest.mark.parametrize(
    ("match", "services"),
    [
        ("{rule: storage/bucket_public}", {"storage"}),
        ("{rule: 'storage/*'}", {"storage"}),
        ("{service: bigquery}", {"bigquery"}),
        ("{service: [storage, bigquery]}", {"storage", "bigquery"}),
        ("{rule: '*_public'}", {"storage", "bigquery"}),
        ("{service: storage, rule: 'iam/*'}", set()),
        ("{kind: job_failure}", set()),
        ("{kind: load_issue}", set()),
        ("{rule: 'load/*'}", set()),
        ("{rule: platform/unintended_access}", set()),
        ("{rule: composer/task_failed}", set()),
        ("{severity: low}", {"storage", "bigquery", "resourcemanager"}),
    ],
)
@pytest.mark.parametrize("mode", ["auto", "dry_run"])
def test_a_handler_rule_brings_only_what_the_services_of_its_match_need(
    handlers: Any, match: str, services: set[str], mode: str
) -> None:
    file = handlers("remove_iam_member", mode, match=match)
    found = declared(
        "metrics_analysis",
        artifact={**WITH_LOAD, "load": []} if "load" not in match else WITH_LOAD,
        handlers_file=file,
        settings=WITHOUT_JOBS,
    )
    assert {name.partition(".")[0] for name in found} - {"monitoring"} == services


@pytest.mark.parametrize(
    ("resource", "kinds"),
    [
        ("projects/*/topics/*", {"pubsub.topics"}),
        ("[gs://exports-*, '//secretmanager.googleapis.com/*']", {"storage.buckets", "secretmanager.secrets"}),
    ],
)
@pytest.mark.parametrize("mode", ["auto", "dry_run"])
def test_a_pattern_of_resources_alone_narrows_the_role(
    handlers: Any, resource: str, kinds: set[str], mode: str
) -> None:
    rule = {**RULES[2], "name": "iam/powerful_role_granted"}
    file = handlers("remove_iam_member", mode, match=f"{{resource: {resource}}}")
    found = declared("metrics_analysis", artifact={**EMPTY, "rules": [rule]}, handlers_file=file, settings=HERE)
    verbs = {"getIamPolicy", "setIamPolicy"} if mode == "auto" else {"getIamPolicy"}
    assert set(found) == {f"{kind}.{verb}" for kind in kinds for verb in verbs}


@pytest.mark.parametrize(
    ("match", "kinds"),
    [
        ("{rule: platform/lost_access, resource: 'projects/*/topics/*'}", {"pubsub.topics"}),
        ("{rule: platform/lost_access, resource: 'gs://exports-*'}", {"storage.buckets"}),
        ("{rule: platform/lost_access}", None),
        (
            "{rule: 'platform/*', resource: 'gs://exports-*'}",
            None,
        ),  # of the other rule, the action restores nothing here
        ("{kind: job_failure, service: bigquery, resource: 'gs://exports-*'}", None),
    ],
)
def test_a_pattern_narrows_what_restores_roles_only_where_the_incident_is_about_the_policy(
    handlers: Any, match: str, kinds: set[str] | None
) -> None:
    file = handlers("restore_iam_member", "auto", match=match)
    settings = Settings(platform_file="map.yaml")
    found = declared("metrics_analysis", artifact=WITH_RULES, handlers_file=file, settings=settings)
    writing = {name.removesuffix(".setIamPolicy") for name in found if name.endswith(".setIamPolicy")}
    assert writing == kinds if kinds else len(writing) > 5
    assert "iam.serviceAccounts.get" in found


def test_two_handler_rules_together_bring_what_both_need(tmp_path: Path) -> None:
    file = tmp_path / "handlers.yaml"
    rules = [("close", "{service: storage}", "auto"), ("look", "{service: iam}", "dry_run")]
    text = "".join(
        f"  - {{name: {name}, match: {match}, action: remove_iam_member, mode: {mode}}}\n"
        for name, match, mode in rules
    )
    file.write_text(f"handlers:\n{text}")
    assert set(declared("metrics_analysis", artifact=WITH_RULES, handlers_file=file, settings=HERE)) == {
        "storage.buckets.getIamPolicy",
        "storage.buckets.setIamPolicy",
        "resourcemanager.folders.getIamPolicy",
        "resourcemanager.organizations.getIamPolicy",
        "resourcemanager.projects.getIamPolicy",
    }


@pytest.mark.parametrize(("map_file", "services"), [("", set()), ("map.yaml", {"pubsub", "secretmanager"})])
def test_the_incidents_of_the_platform_map_need_permissions_where_there_is_one(
    handlers: Any, map_file: str, services: set[str]
) -> None:
    file = handlers("remove_iam_member", match="{rule: platform/unintended_access}")
    settings = Settings(platform_file=map_file)
    found = declared("metrics_analysis", artifact=WITH_RULES, handlers_file=file, settings=settings)
    assert {name.partition(".")[0] for name in found} >= services
    assert bool(found) is bool(services)


def test_a_rule_of_iam_brings_the_permissions_for_the_apis_that_it_is_about(handlers: Any) -> None:
    rule = {**RULES[2], "name": "iam/credentials_made_public"}
    file = handlers("remove_iam_member", "dry_run", match="{rule: iam/credentials_made_public}")
    found = declared("metrics_analysis", artifact={**EMPTY, "rules": [rule]}, handlers_file=file, settings=HERE)
    assert {name for name in found if not name.startswith("resourcemanager.")} == {
        "cloudkms.cryptoKeys.getIamPolicy",
        "cloudkms.keyRings.getIamPolicy",
        "iam.serviceAccounts.getIamPolicy",
        "secretmanager.secrets.getIamPolicy",
    }


def test_a_correlation_and_a_reporter_count_as_sources_too(handlers: Any) -> None:
    reporter = {"name": "dq", "kind": ["irregular_access"], "service": ["bigquery"]}
    correlation = {**RULES[2], "name": "iam/burst"}
    silent = {**RULES[0], "silent": True}
    made = {**EMPTY, "rules": [silent], "correlations": [correlation], "reporters": [reporter]}
    found = declared("metrics_analysis", artifact=made, handlers_file=handlers("remove_iam_member"), settings=HERE)
    assert {name.partition(".")[0] for name in found} == {"resourcemanager"}


@pytest.mark.parametrize(
    ("action", "match", "asks"),
    [
        ("cancel_bigquery_job", "{service: bigquery}", True),
        ("cancel_bigquery_job", "{service: storage}", False),
        ("rerun_bigquery_job", "{kind: job_failure, service: composer}", False),
        ("rerun_bigquery_job", "{rule: report/dq}", True),
        ("disable_service_account_key", "{service: pubsub}", False),
        ("disable_service_account_key", "{rule: iam/public_member}", True),
        ("disable_service_account", "{rule: 'no/such*'}", False),
        ("http_call, params: {endpoint: restart}", "{service: iam}", False),
        ("teams", "{}", False),
    ],
)
def test_an_action_brings_nothing_for_incidents_that_it_cannot_repair(
    handlers: Any, action: str, match: str, *, asks: bool
) -> None:
    reporter = {"name": "dq", "kind": ["job_failure"], "service": ["bigquery"]}
    file = handlers(action.replace(", ", "\n    "), match=match)
    found = declared(
        "metrics_analysis", artifact={**WITH_RULES, "reporters": [reporter]}, handlers_file=file, settings=HERE
    )
    assert bool(found) is asks


def test_incidents_without_a_policy_change_bring_no_right_to_change_policies(handlers: Any) -> None:
    rule = {"name": "iam/key_created", "kind": "irregular_access", "service": "iam", "fingerprint": "{labels.key}"}
    file = handlers("remove_iam_member", match="{rule: 'iam/key*'}")
    assert declared("metrics_analysis", artifact={**EMPTY, "rules": [rule]}, handlers_file=file, settings=HERE) == {}


def test_the_dashboard_reads_logs_only_where_people_may_fetch_lines() -> None:
    for lines, expected in ((0, set()), (40, {"logging.logEntries.list", "logging.privateLogEntries.list"})):
        found = declared("dashboard", artifact=EMPTY, handlers_file=None, settings=Settings(dashboard_log_lines=lines))
        assert set(found) == expected
