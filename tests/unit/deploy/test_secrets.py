"""Any number of secrets: each version is mounted into the functions that read it, and kept in later deployments."""

from __future__ import annotations

import pytest

from deploy import bootstrap, doctor, secrets
from deploy.parts import functions, grants, unexpected_grants
from deploy.step import Step
from deploy.target import DeployTarget
from handlers import registry
from shared.errors import InputError
from shared.texts import Text
from tests.support import gcloud_run
from tests.support.planning import HOME, GivenState, Ground, aim, whats

pytestmark = pytest.mark.server

DEFAULT, DATA = "HINOMI_TEAMS_WEBHOOK_URL", "HINOMI_TEAMS_WEBHOOK_URL_DATA"
ETL, LAKE = "HINOMI_AIRFLOW_ETL_PASSWORD", "HINOMI_AIRFLOW_LAKE_DB_URL"
ALL = {DEFAULT: "teams", DATA: "teams-data", ETL: "etl", LAKE: "lake"}


def add(ground: Ground, number: int, state: str = "ENABLED", name: str = "teams") -> None:
    path = f"secretmanager/{HOME}/secrets/{name}"
    ground.state[path] = {"name": name}
    version = {"name": f"{HOME}/secrets/{name}/versions/{number}", "state": state}
    ground.state[f"{path}/versions/{number}"] = version


def deployment(ground: Ground, target: DeployTarget | None = None, function: str = "metrics-analysis") -> Step:
    steps = functions.steps(ground.site(target or aim(secrets={DEFAULT: "teams"})))
    return next(step for step in steps if step.what == f"function {function}")


def mounted(step: Step) -> list[str]:
    return [word for word in step.argv if word.startswith(("--set-secrets", "--clear-secrets"))]


def test_the_newest_version_is_mounted(ground: Ground) -> None:
    add(ground, 9)
    add(ground, 10)
    assert mounted(deployment(ground)) == [f"--set-secrets={DEFAULT}=teams:10"]


def test_a_new_version_is_a_change_to_deploy(ground: Ground) -> None:
    add(ground, 1)
    before = deployment(ground)
    add(ground, 2)
    assert deployment(ground).argv[-2] != before.argv[-2]  # the label with the digest


@pytest.mark.parametrize("state", ["DISABLED", "DESTROYED"])
def test_an_unusable_version_is_skipped(ground: Ground, state: str) -> None:
    add(ground, 1)
    add(ground, 2, state)
    assert mounted(deployment(ground)) == [f"--set-secrets={DEFAULT}=teams:1"]


def test_a_secret_without_a_version_is_not_mounted(ground: Ground) -> None:
    ground.state[f"secretmanager/{HOME}/secrets/teams"] = {"name": "teams"}
    assert mounted(deployment(ground)) == ["--clear-secrets"]


def test_each_function_gets_the_secrets_that_it_reads(ground: Ground) -> None:
    for name in ALL.values():
        add(ground, 1, name=name)
    target = aim(secrets=ALL)
    metrics = f"--set-secrets={ETL}=etl:1,{DEFAULT}=teams:1,{DATA}=teams-data:1"
    assert mounted(deployment(ground, target)) == [metrics]
    assert mounted(deployment(ground, target, "history-analysis")) == [f"--set-secrets={ETL}=etl:1,{LAKE}=lake:1"]


def test_each_account_may_read_the_secrets_of_its_function_and_no_others(ground: Ground) -> None:
    for name in ALL.values():
        add(ground, 1, name=name)
    given = [what for what in whats(grants.steps(ground.site(aim(secrets=ALL)))) if " on secret " in what]
    readers = {tuple(what.split(" on secret ")[1].split("@")[0].split(" to serviceAccount:")) for what in given}
    assert readers - {("hinomi-release-password", "hinomi-release")} == {
        ("teams", "hinomi-metrics"),
        ("teams-data", "hinomi-metrics"),
        ("etl", "hinomi-metrics"),
        ("etl", "hinomi-history"),
        ("lake", "hinomi-history"),
    }


def test_a_secret_that_everybody_may_read_is_closed(ground: Ground) -> None:
    add(ground, 1, name="etl")
    open_to_all = {"role": secrets.READER, "members": ["allUsers"]}
    ground.state[f"secretmanager/{HOME}/secrets/etl:policy"] = {"bindings": [open_to_all]}
    found = whats(unexpected_grants.steps(ground.site(aim(secrets={ETL: "etl"}))))
    assert found == [f"grant of {secrets.READER} on secret etl to allUsers"]


def test_the_secrets_of_the_last_deployment_stay(ground: Ground) -> None:
    ground.deployed(aim(secrets={DEFAULT: "teams", ETL: "etl"}))
    assert ground.site(aim()).target.secrets == {DEFAULT: "teams", ETL: "etl"}
    assert ground.site(aim(secrets={DATA: "teams-data"})).target.secrets == {
        DEFAULT: "teams",
        DATA: "teams-data",
        ETL: "etl",
    }


def test_a_secret_goes_when_it_is_dropped(ground: Ground) -> None:
    ground.deployed(aim(secrets={DEFAULT: "teams", ETL: "etl"}))
    dropped = aim(secrets=secrets.parse([], [ETL]))
    assert ground.site(dropped).target.secrets == {DEFAULT: "teams"}


def test_the_secrets_of_an_installation_that_does_not_name_them_are_those_that_are_mounted(ground: Ground) -> None:
    function = ground.deployed(aim())
    service = function["serviceConfig"]
    text = service["environmentVariables"]["HINOMI_DEPLOYED_WITH"]
    service["environmentVariables"]["HINOMI_DEPLOYED_WITH"] = text.replace('"secrets": {}', '"teams_secret": "teams"')
    service["secretEnvironmentVariables"] = [{"key": DEFAULT, "secret": "teams", "version": "3"}]
    assert ground.site(aim()).target.secrets == {DEFAULT: "teams"}


def test_more_secrets_leave_nothing_of_the_earlier_ones_behind(ground: Ground) -> None:
    ground.deployed(aim(secrets={DEFAULT: "teams"}))
    assert ground.site(aim(secrets={ETL: "etl"})).earlier == ()
    assert ground.site(aim(secrets={DEFAULT: ""})).earlier == (aim(secrets={DEFAULT: "teams"}),)


@pytest.mark.parametrize(
    ("given", "dropped", "message"),
    [
        (["teams"], [], "use VARIABLE=NAME"),
        ([f"{DEFAULT}="], [], "use VARIABLE=NAME"),
        (
            ["HINOMI_TEAMS_WEBHOOK=teams"],
            [],
            "no plug-in, connection or script reads HINOMI_TEAMS_WEBHOOK: .*WEBHOOK_URL",
        ),
        (["HINOMI_AIRFLOW_ETL_URL=etl"], [], "HINOMI_AIRFLOW_ETL_URL is not a secret"),
        ([f"{ETL}=a", f"{ETL}=b"], [], f"{ETL} appears twice"),
        ([f"{ETL}=a"], [ETL], f"{ETL} appears twice"),
    ],
)
def test_an_invalid_option_is_rejected(given: list[str], dropped: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        secrets.parse(given, dropped)


def test_the_options_are_the_names_by_variable() -> None:
    assert secrets.parse([f"{ETL}=etl", f"{DEFAULT}=teams"], [DATA]) == {ETL: "etl", DEFAULT: "teams", DATA: ""}


def test_the_secrets_of_every_notifier_are_mounted_into_the_function_that_notifies(ground: Ground) -> None:
    variables = sorted(
        setting.of("night") for name in registry.notifiers() for setting in getattr(registry.find(name), "SECRETS", ())
    )
    for variable in variables:
        add(ground, 3, name=variable.lower())
    target = aim(secrets={variable: variable.lower() for variable in variables})
    pairs = ",".join(f"{variable}={variable.lower()}:3" for variable in variables)
    assert mounted(deployment(ground, target)) == [f"--set-secrets={pairs}"]
    assert mounted(deployment(ground, target, "history-analysis")) == ["--clear-secrets"]
    assert len(variables) >= 5


def problems(ground: Ground, target: DeployTarget, **needed: list[str]) -> dict[str, str]:
    site = ground.site(
        target,
        GivenState(
            required_settings={name: [Text.verbatim(reason) for reason in reasons] for name, reasons in needed.items()}
        ),
    )
    return {
        problem.what: problem.fix for area, some in doctor.examine(site) for problem in some if area == doctor.SECRETS
    }


def test_the_doctor_checks_each_secret(ground: Ground) -> None:
    add(ground, 1, name="etl")
    add(ground, 1, "DISABLED", name="teams-data")
    found = problems(ground, aim(secrets={DEFAULT: "teams", DATA: "teams-data", ETL: "etl"}))
    options = "--project=example-project"
    assert found == {
        f"secret teams for {DEFAULT}: missing": f'printf %s "${DEFAULT}" | gcloud secrets create teams {options} --replication-policy=automatic --data-file=-',
        f"secret teams-data for {DATA}: no enabled version": f'printf %s "${DATA}" | gcloud secrets versions add teams-data {options} --data-file=-',
    }


def test_the_doctor_names_a_variable_that_a_handler_rule_needs_and_the_commands_that_set_it(ground: Ground) -> None:
    needed = {DATA: ["handler rule tell-data-team (teams)"], "HINOMI_AIRFLOW_ETL_USERNAME": ["Airflow connection etl"]}
    found = problems(ground, aim(secrets={ETL: "etl"}), **needed)
    fix = found[f"{DATA} is not set, needed by handler rule tell-data-team (teams)"]
    assert "gcloud secrets create hinomi-teams-webhook-url-data " in fix
    assert fix.endswith(f"--secret {ETL}=etl --secret {DATA}=hinomi-teams-webhook-url-data")
    assert "--settings FILE" in found["HINOMI_AIRFLOW_ETL_USERNAME is not set, needed by Airflow connection etl"]


def test_the_doctor_names_a_secret_that_nothing_reads(ground: Ground) -> None:
    add(ground, 1, name="old")
    found = problems(ground, aim(secrets={"HINOMI_OLD_KEY": "old"}))
    assert found["no plug-in, connection or script reads HINOMI_OLD_KEY"].endswith(" --no-secret HINOMI_OLD_KEY")


def test_a_change_of_the_mounted_secrets_by_hand_is_found(ground: Ground) -> None:
    add(ground, 1)
    site = ground.site(aim(secrets={DEFAULT: "teams"}))
    deployed = ground.deployed(site.target)
    digest = deployment(ground).argv[-2].rpartition("=")[2]
    deployed["labels"] = {**deployed["labels"], functions.DIGEST_LABEL: digest}
    service = deployed["serviceConfig"]
    service["environmentVariables"] = functions.environment(site, site.functions[0])
    service["secretEnvironmentVariables"] = [{"key": ETL, "secret": "etl", "version": "1"}]
    ground.state[f"run/{HOME}/locations/asia-northeast1/services/metrics-analysis"] = gcloud_run.deployed(deployed, {})
    step = deployment(ground)
    assert f"secret {DEFAULT}" in step.problem
    assert f"secret {ETL}" in step.problem


def test_kept_settings_are_those_that_permissions_depend_on(ground: Ground) -> None:
    ground.deployed(aim(settings={"HINOMI_AIRFLOW_ETL_URL": "https://x"}))
    assert bootstrap.remember(ground.site(), keep=["settings"]).target.settings == {
        "HINOMI_AIRFLOW_ETL_URL": "https://x"
    }
