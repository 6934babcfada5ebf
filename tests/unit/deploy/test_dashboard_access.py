"""The dashboard behind Identity-Aware Proxy is planned only on request, and closed to everybody else."""

from __future__ import annotations

import pytest

from deploy import doctor, record
from deploy.parts import accounts, functions, iap, roles
from deploy.phases import all_steps
from deploy.record import Record
from deploy.removal import removal
from deploy.target import DeployTarget
from shared.errors import InputError
from tests.support.gcloud_services import NUMBER, PROJECT
from tests.support.planning import HOME, LABELLED, MARKED, REGION, Ground, aim, whats

pytestmark = pytest.mark.server

MEMBER = "group:platform@example.com"
ROLE = "roles/iap.httpsResourceAccessor"
POLICY = f"iap/projects/{NUMBER}/iap_web/cloud_run-{REGION}/services/dashboard:policy"
SERVICE = f"run/{HOME}/locations/{REGION}/services/dashboard"
ENABLED = f"serviceusage/{HOME}/services/iap.googleapis.com"
URL = f"https://dashboard-{NUMBER}.{REGION}.run.app"


def asked(**settings: str) -> DeployTarget:
    return aim(dashboard_access=(MEMBER,), settings=settings)


def enable(ground: Ground, *members: str) -> None:
    ground.state[ENABLED] = {"config": {"name": "iap.googleapis.com"}, "state": "ENABLED"}
    ground.state[SERVICE] = {"name": "dashboard", "annotations": {}, "env": {}, "serviceAccount": "", "ingress": ""}
    ground.state[SERVICE] |= {"unchecked": "", "hidden": "", "proxy": "", "scaling": "", "traffic": []}
    ground.state[POLICY] = {"bindings": [{"role": ROLE, "members": [*members]}], "version": 1}


def test_without_the_option_nothing_of_it_is_planned(ground: Ground) -> None:
    words = [word for step in all_steps(ground.site()) for word in step.argv if "--policy=" not in word]
    assert [word for word in words if "iap" in word or word in ("dashboard", "hinomi-dashboard")] == []
    assert "HINOMI_DASHBOARD_URL" not in functions.environment(ground.site(), ground.site().functions[0])


def test_with_the_option_the_function_has_an_account_and_a_role_without_permissions_in_the_scope(
    ground: Ground,
) -> None:
    site = ground.site(asked())
    assert "service account hinomi-dashboard" in whats(accounts.steps(site))
    mine = {role.id: role.permissions for role in roles.of(site) if role.account == "hinomi-dashboard"}
    assert mine == {"hinomi_dashboard": (), "hinomi_dashboard_home": tuple(sorted(site.plan["plumbing"]))}


def test_the_function_gets_the_audience_and_the_others_the_address(ground: Ground) -> None:
    site = ground.site(asked())
    metrics, history, dashboard = (functions.environment(site, function) for function in site.functions)
    assert dashboard["HINOMI_DASHBOARD_AUDIENCE"] == f"/projects/{NUMBER}/locations/{REGION}/services/dashboard"
    assert [one["HINOMI_DASHBOARD_URL"] for one in (metrics, history, dashboard)] == [URL] * 3
    assert "HINOMI_DASHBOARD_AUDIENCE" not in metrics
    assert "dashboard" not in metrics["HINOMI_SERVICE_ACCOUNTS"]


def test_an_address_of_the_settings_wins(ground: Ground) -> None:
    site = ground.site(asked(HINOMI_DASHBOARD_URL="https://hinomi.example.com"))
    assert functions.environment(site, site.functions[0])["HINOMI_DASHBOARD_URL"] == "https://hinomi.example.com"


def test_browsers_reach_the_dashboard_and_no_other_function(ground: Ground) -> None:
    deployments = [step.argv for step in functions.steps(ground.site(asked())) if step.argv[1] == "deploy"]
    ingress = {words[2]: word for words in deployments for word in words if word.startswith("--ingress-settings=")}
    assert ingress == {
        "metrics-analysis": "--ingress-settings=internal-only",
        "history-analysis": "--ingress-settings=internal-only",
        "dashboard": "--ingress-settings=all",
    }
    assert all("--no-allow-unauthenticated" in words for words in deployments)


def test_the_proxy_is_turned_on_and_lets_in_the_members_only(ground: Ground) -> None:
    enable(ground, "user:former@example.com")
    steps = list(iap.steps(ground.site(asked())))
    assert [step.argv[:4] for step in steps] == [
        ("beta", "services", "identity", "create"),
        ("run", "services", "add-iam-policy-binding", "dashboard"),
        ("beta", "run", "services", "update"),
        ("beta", "iap", "web", "add-iam-policy-binding"),
        ("beta", "iap", "web", "remove-iam-policy-binding"),
    ]
    assert f"--member={MEMBER}" in steps[3].argv
    assert "--member=user:former@example.com" in steps[4].argv


def test_when_it_is_no_longer_asked_for_all_of_it_is_removed(ground: Ground) -> None:
    enable(ground, MEMBER)
    ground.deployed(aim(), "dashboard")
    email = f"hinomi-dashboard@{PROJECT}.iam.gserviceaccount.com"
    ground.state[f"iam/{HOME}/serviceAccounts/{email}"] = {"email": email, **MARKED}
    ground.state[f"iam/{HOME}/roles/hinomi_dashboard_home"] = {"includedPermissions": ["x.y.z"], **MARKED}
    ground.grant(HOME, f"{HOME}/roles/hinomi_dashboard_home", "hinomi-dashboard")
    removed = [step.what for step in all_steps(ground.site()) if step.operation == "remove"]
    assert removed == [
        f"grant of {HOME}/roles/hinomi_dashboard_home on project {PROJECT} to serviceAccount:{email}",
        f"role {HOME}/roles/hinomi_dashboard_home",
        f"grant of {ROLE} on Identity-Aware Proxy of dashboard to {MEMBER}",
        "function dashboard",
        "service account hinomi-dashboard",
    ]


def test_a_dashboard_that_somebody_else_deployed_stays(ground: Ground) -> None:
    enable(ground, MEMBER)
    ground.deployed(aim(), "dashboard")["labels"] = {}
    assert [*functions.undeclared(ground.site()), *iap.undeclared(ground.site())] == []
    assert removal(ground.site(), databases=True) == []


def test_a_removal_revokes_access_before_it_deletes_the_function(ground: Ground) -> None:
    enable(ground, MEMBER)
    ground.deployed(asked(), "dashboard")
    assert whats(removal(ground.site(), databases=False)) == [
        f"grant of {ROLE} on Identity-Aware Proxy of dashboard to {MEMBER}",
        "function dashboard",
    ]


def test_the_option_is_kept_and_recorded(ground: Ground) -> None:
    assert record.from_text(record.as_text(Record(asked()))) == Record(asked())
    ground.deployed(asked())["labels"] = LABELLED["labels"]
    assert f"--dashboard-access {MEMBER}" in doctor.deploy_command(ground.site(asked()))


@pytest.mark.parametrize(
    "member", ["allUsers", "allAuthenticatedUsers", "alice@example.com", "group:x", "user:a@b.c,d@e.f"]
)
def test_only_people_groups_and_domains_can_be_let_in(member: str) -> None:
    with pytest.raises(InputError, match="--dashboard-access"):
        aim(dashboard_access=(member,))
