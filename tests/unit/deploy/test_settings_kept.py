"""Later deployments keep the options, unless they are changed or removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli.commands import deploy as commands
from deploy import bootstrap
from deploy.parts import functions
from tests.support.gcloud_services import PROJECT
from tests.support.planning import HOME, REGION, Ground, aim, write_no_rules

pytestmark = pytest.mark.server

SETTINGS = {"HINOMI_LANGUAGE": "ja"}
Plan = Callable[..., str]


@pytest.fixture
def plan(ground: Ground, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Plan:
    """The output of `hinomi deploy plan`, without rules."""
    write_no_rules(tmp_path)
    monkeypatch.setenv("HINOMI_RULES_DIR", str(tmp_path))
    ground.deployed(aim(settings=SETTINGS))
    monkeypatch.setattr(bootstrap, "token", lambda: "x")
    monkeypatch.setattr(bootstrap, "open_cloud", lambda _token: ground.site().cloud)

    def run(**options: object) -> str:
        commands.show_plan(project=PROJECT, region=REGION, verbose=True, **options)  # type: ignore[arg-type]
        return capsys.readouterr().out

    return run


def test_without_the_option_they_stay_and_the_plan_says_so(plan: Plan) -> None:
    text = plan()
    assert "Kept from the last deployment: --settings HINOMI_LANGUAGE" in text
    assert "HINOMI_LANGUAGE=ja" in text


def test_other_settings_replace_them(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "my.env"
    file.write_text("HINOMI_TIMEZONE=Asia/Tokyo\n", encoding="utf-8")
    text = plan(settings=file)
    assert "HINOMI_TIMEZONE=Asia/Tokyo" in text
    assert "HINOMI_LANGUAGE=ja" not in text


def test_the_estimate_has_no_instance_where_the_last_deployment_named_one(plan: Plan, ground: Ground) -> None:
    assert "Cloud SQL" in plan(log_gib_per_day=20.0)
    ground.state[f"sql/{HOME}/instances/shared"] = {"name": "shared", "settings": {}}
    ground.state[f"secretmanager/{HOME}/secrets/teams"] = {"name": "teams"}
    ground.deployed(aim(database_instance="shared", secrets={"HINOMI_TEAMS_WEBHOOK_URL": "teams"}))
    text = plan(log_gib_per_day=20.0)
    assert "Kept from the last deployment: --database-instance shared; --secret HINOMI_TEAMS_WEBHOOK_URL=teams" in text
    assert "US dollars a month for 20 GiB of logs a day" in text
    assert "Cloud SQL" not in text.partition("Estimated cost")[2]
    assert "Secret Manager: 2 secrets" in text


def test_the_steps_of_the_first_phase_are_written_for_deploy_sh(plan: Plan, tmp_path: Path) -> None:
    plan(out=tmp_path / "steps")
    phase, title, count, *words, end = (tmp_path / "steps").read_text(encoding="utf-8").split("\0")
    assert (phase, title, words[:2], end) == ("apis", "create APIs", ["services", "enable"], "")
    assert len(words) == int(count)


def test_they_can_be_dropped(plan: Plan) -> None:
    assert "HINOMI_LANGUAGE=ja" not in plan(no_settings=True)


def test_both_options_contradict_each_other(plan: Plan, tmp_path: Path) -> None:
    file = tmp_path / "my.env"
    file.write_text("", encoding="utf-8")
    with pytest.raises(Exception, match="use either"):
        plan(settings=file, no_settings=True)


def test_a_second_run_finds_the_functions_as_they_should_be(ground: Ground) -> None:
    ground.deployed(aim(settings=SETTINGS))
    site = bootstrap.remember(ground.site(), keep=["settings"])
    assert functions.environment(site, site.functions[0])["HINOMI_LANGUAGE"] == "ja"
    assert site.earlier == ()


def test_the_address_for_alerts_stays_until_another_one_is_given(ground: Ground) -> None:
    ground.deployed(aim(alert_email="alice@example.com"))
    assert bootstrap.remember(ground.site()).target.alert_email == "alice@example.com"
    assert bootstrap.remember(ground.site(aim(alert_email="bob@example.com"))).target.alert_email == "bob@example.com"


WIDE = aim("folders/2", database_instance="theirs", bigquery_history="analytics-project.history")


@pytest.fixture
def wide(ground: Ground, plan: Plan) -> Plan:
    """An installation deployed with every option."""
    ground.state["cloudresourcemanager/folders/2"] = {"name": "folders/2", "parent": "organizations/1"}
    ground.state[f"sql/{HOME}/instances/theirs"] = {"name": "theirs", "settings": {}}
    ground.state["bigquery/projects/analytics-project/datasets/history"] = {"id": "history"}
    ground.deployed(WIDE)
    return plan


def test_every_option_that_is_not_given_stays(wide: Plan) -> None:
    kept = "--scope folders/2; --database-instance theirs; --bigquery-history analytics-project.history"
    text = wide()
    assert f"Kept from the last deployment: {kept}\n" in text
    assert "HINOMI_BIGQUERY_HISTORY=analytics-project.history" in text
    assert "HINOMI_SCOPE=folders/2" in text


def test_an_option_can_be_reset_to_its_default(wide: Plan) -> None:
    text = wide(scope=f"projects/{PROJECT}", instance="hinomi", copy="none")
    assert "Kept from" not in text
    assert f"/cloudsql/{PROJECT}:{REGION}:hinomi" in text
    assert "HINOMI_BIGQUERY_HISTORY=" not in text
    assert "HINOMI_SCOPE=" not in text


def test_a_secret_that_is_kept_is_named(ground: Ground, plan: Plan) -> None:
    secret = {"HINOMI_TEAMS_WEBHOOK_URL": "teams"}
    ground.state[f"secretmanager/{HOME}/secrets/teams"] = {"name": "teams"}
    ground.deployed(aim(secrets=secret))
    assert "Kept from the last deployment: --secret HINOMI_TEAMS_WEBHOOK_URL=teams\n" in plan()
    assert "Kept from" not in plan(secret=["HINOMI_TEAMS_WEBHOOK_URL=teams"])
