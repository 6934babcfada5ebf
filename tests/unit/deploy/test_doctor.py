"""`hinomi doctor` when reads are denied."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import typer

from cli.commands import doctor as command
from deploy import bootstrap
from deploy.doctor import AREAS, examine, is_installed, monitored, summary
from deploy.site import read_plan
from tests.support.gcloud_server import Call
from tests.support.gcloud_services import PROJECT
from tests.support.injected_failures import FailureMode, InjectedFailure
from tests.support.planning import HOME, LABELLED, REGION, Ground, aim

pytestmark = pytest.mark.server

DENIED = (403, {"error": {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}})


class Always(InjectedFailure):
    """Fails every call that counts."""

    def applies(self, call: Call) -> bool:
        return self.counts(call)


@pytest.fixture
def guarded(ground: Ground) -> Ground:
    """Denies reads of topics and subscriptions, and of jobs."""
    hidden = ("pubsub", "run")
    ground.server.injected = Always(FailureMode.ERROR, counts=lambda call: call.api in hidden, response=DENIED)
    return ground


def test_unknown_values_are_shown_as_unknown(guarded: Ground) -> None:
    sentence = summary(guarded.site())
    assert (sentence["endpoint"], sentence["released"]) == ("unknown", "unknown")


def test_every_area_is_checked_and_reports_each_denied_call_once(guarded: Ground) -> None:
    found = dict(examine(guarded.site()))
    assert set(AREAS.values()) <= set(found)
    base = [problem.what for problem in found[AREAS["base"]]]
    assert len([what for what in base if "pubsub rejected" in what]) == 2  # topics, and subscriptions
    assert any(what.startswith("Cloud SQL instance hinomi: missing") for what in base)
    assert all("roles/viewer" in problem.fix for problem in found[AREAS["base"]] if "rejected" in problem.what)


def test_an_empty_project_has_no_installation(ground: Ground) -> None:
    assert not is_installed(ground.site())


def test_databases_that_a_removal_kept_are_no_installation(ground: Ground) -> None:
    labels = {"userLabels": LABELLED["labels"]}
    ground.state[f"sql/{HOME}/instances/hinomi"] = {"name": "hinomi", "project": PROJECT, "settings": labels}
    assert not is_installed(ground.site())


def test_an_interrupted_deployment_is_an_installation(ground: Ground) -> None:
    ground.state[f"pubsub/{HOME}/topics/hinomi-evidence"] = {"name": f"{HOME}/topics/hinomi-evidence", **LABELLED}
    assert is_installed(ground.site())


def test_a_project_that_cannot_be_read_is_not_called_empty(guarded: Ground) -> None:
    assert is_installed(guarded.site())


@pytest.fixture
def doctor(ground: Ground, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The output of `hinomi doctor` at 80 columns; it must end with exit code 1."""
    monkeypatch.setattr(bootstrap, "token", lambda: "x")
    monkeypatch.setattr(bootstrap, "open_cloud", lambda _token: ground.site().cloud)
    monkeypatch.setenv("COLUMNS", "80")

    def run(**options: bool) -> str:
        with pytest.raises(typer.Exit, match="1"):
            command.doctor(project=PROJECT, region=REGION, **options)
        return capsys.readouterr().out

    return run


def test_on_an_empty_project_the_doctor_says_one_sentence(doctor: Callable[..., str]) -> None:
    text = (
        f"Hinomi is not installed in project {PROJECT}. Run: ./deploy.sh --project {PROJECT} --region {REGION} --plan\n"
    )
    assert doctor() == text
    whole = doctor(verbose=True)
    assert whole.startswith(text)
    assert "problems found" in whole


def test_the_report_fits_80_columns_but_for_commands(doctor: Callable[..., str], ground: Ground) -> None:
    ground.deployed(aim())
    lines = doctor().splitlines()
    assert lines[0] == f"Hinomi in project {PROJECT}, region {REGION}, monitors"
    long = [line for line in lines if len(line) > 80 and not line.startswith("       Fix: ")]
    assert [line for line in long if len(line.split()) > 1] == []  # an address cannot be broken
    assert max(map(len, lines)) < 500
    assert "OK   BigQuery dataset" not in lines
    assert "     - topic hinomi-evidence: missing" in lines
    assert lines[-1].endswith("problems found.")


def test_problems_with_the_same_fix_share_it(doctor: Callable[..., str], ground: Ground) -> None:
    ground.deployed(aim())
    text = doctor()
    alerts = [f"     - alert '{spec['name']}': missing\n" for spec in read_plan()["alerts"]["policies"]]
    assert "".join(alerts) + f"       Fix: ./deploy.sh --project {PROJECT} --region {REGION}\n" in text


def test_the_report_is_in_the_language_of_the_settings(
    doctor: Callable[..., str], ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground.deployed(aim())
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    lines = doctor().splitlines()
    assert lines[0].startswith(f"Hinomi (プロジェクト {PROJECT}、リージョン {REGION}) の監視対")
    assert "     - トピック hinomi-evidence: なし" in lines
    assert lines[-1].endswith("件の問題が見つかりました。")
    assert [line for line in lines if "missing" in line or "Fix:" in line] == []


@pytest.mark.parametrize("scope", ["", "folders/1"])
def test_the_monitored_projects_show_only_project_ids(scope: str) -> None:
    values = {"HINOMI_PROJECTS": "my-project,Correcthorse", "HINOMI_PROJECTS_MAX": "Correcthorse"}
    text = monitored(aim(scope, settings=values))
    assert "Correcthorse" not in text.en + text.ja
    assert text.en.startswith("my-project, <secret>")
