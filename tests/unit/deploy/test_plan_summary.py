"""The summary of a plan by kind of resource."""

from __future__ import annotations

import pytest

from deploy.parts.functions import list_of
from deploy.phases import all_steps
from deploy.plan_summary import PREFIXES, by_resource, counts, kind_of
from deploy.record import VARIABLE, Record, as_text
from deploy.removal import removal
from deploy.scripts.declared import DeclaredScript
from deploy.step import Operation, Step, later
from handlers.scripts.script import Script
from shared.texts import Text
from shared.texts.deploy import placeholders
from tests.support.planning import GivenState, Ground, aim

DESIRED = GivenState(
    {"metrics_analysis": {"monitoring.timeSeries.list": ["a detector"]}},
    {"hinomi-evidence-1": "severity>=ERROR"},
    scripts={"clear": DeclaredScript(Script("clear", "Clears.", ("python", "run.py"), {}), content="c" * 32)},
)


def step(what: str, *argv: str, problem: str = "missing") -> Step:
    return Step(Text.verbatim(what), Text.verbatim(problem), argv)


@pytest.mark.server
def test_an_empty_project_has_everything_to_create(ground: Ground) -> None:
    changes = by_resource(all_steps(ground.site(aim(alert_email="a@example.com"), DESIRED)))
    assert {change.operation for change in changes} == {Operation.CREATE}
    assert counts(changes).en == f"{len(changes)} to create, 0 to change, 0 to remove"
    assert {change.kind for change in changes} == set(PREFIXES)


@pytest.mark.server
def test_every_removal_has_a_kind(ground: Ground) -> None:
    ground.deployed(aim())
    steps = removal(ground.site(aim(), DESIRED), databases=True)
    assert {(kind_of(step), step.operation) for step in steps} == {("Functions", Operation.REMOVE)}


@pytest.mark.parametrize(
    ("argv", "kind", "operation"),
    [
        (("services", "enable", "run.googleapis.com"), "APIs", Operation.CHANGE),
        (("iam", "service-accounts", "enable", "hinomi-push"), "Service accounts", Operation.CHANGE),
        (("iam", "service-accounts", "add-iam-policy-binding", "hinomi-push"), "Grants", Operation.CREATE),
        (("projects", "remove-iam-policy-binding", "p"), "Grants", Operation.REMOVE),
        (("iam", "roles", "undelete", "hinomi_release"), "Custom roles", Operation.CHANGE),
        (("beta", "sql", "instances", "create", "hinomi"), "Database", Operation.CREATE),
        (("alpha", "monitoring", "policies", "delete", "1"), "Alerts", Operation.REMOVE),
        (("run", "jobs", "execute", "hinomi-release"), "Release job", Operation.CHANGE),
        (("run", "services", "update", "metrics-analysis"), "Functions", Operation.CHANGE),
        (("builds", "submit", "folder"), "Release job", Operation.CREATE),
        (("builds", "submit", ".hinomi/source/scripts"), "Scripts", Operation.CREATE),
        (("run", "jobs", "update", "hinomi-script-clear"), "Scripts", Operation.CHANGE),
        (("run", "jobs", "add-iam-policy-binding", "hinomi-script-clear"), "Grants", Operation.CREATE),
    ],
)
def test_the_command_determines_kind_and_operation(argv: tuple[str, ...], kind: str, operation: Operation) -> None:
    assert (kind_of(step("x", *argv)), step("x", *argv).operation) == (kind, operation)


def test_a_command_of_no_kind_is_an_error() -> None:
    with pytest.raises(ValueError, match="gcloud compute instances"):
        kind_of(step("x", "compute", "instances", "create"))


def test_the_steps_of_one_resource_are_one_entry() -> None:
    changes = by_resource(
        [
            step("secret s", "secrets", "create", "s"),
            step("subscription a", "pubsub", "subscriptions", "delete", "a", problem="is detached from its topic"),
            step("subscription a", "pubsub", "subscriptions", "create", "a", problem="is detached from its topic"),
            step("secret s", "secrets", "versions", "add", "s", problem="no value"),
            step("topic t", "pubsub", "topics", "delete", "t", problem="belongs to Hinomi"),
        ]
    )
    assert [(change.kind, change.what, str(change.operation)) for change in changes] == [
        ("Pub/Sub", "subscription a", "change"),
        ("Pub/Sub", "topic t", "remove"),
        ("Secrets", "secret s", "create"),
    ]
    assert [difference.en for difference in changes[0].differences] == ["is detached from its topic"]
    assert counts(changes).en == "1 to create, 1 to change, 1 to remove"


def test_a_title_says_what_happens_to_the_resource() -> None:
    assert step("topic t", "pubsub", "topics", "create", "t").title.en == "create topic t"
    assert step("topic t", "pubsub", "topics", "delete", "t").title.en == "remove topic t"
    changed = step("topic t", "pubsub", "topics", "update", "t", problem="changes messages")
    assert changed.title.en == "topic t: changes messages"


def test_a_step_is_complete_when_every_word_is_known() -> None:
    assert step("x", "run", "a").is_complete
    assert not step("x", "run", f"--url={later(placeholders.MARK)}").is_complete


@pytest.mark.parametrize("flag", ["--set-env-vars", "--update-env-vars"])
def test_a_plan_shows_no_secret_in_the_settings_of_a_function(flag: str) -> None:
    target = aim(settings={"HINOMI_EMAIL_USER": "Correcthorse", "HINOMI_LANGUAGE": "ja"})
    values = {"HINOMI_PROJECTS": "my-project,Correcthorse", VARIABLE: as_text(Record(target, (target,)))}
    word = list_of(flag.removeprefix("--"), {**values, "HINOMI_LANGUAGE": "ja", "HINOMI_OTHER": "a=Correcthorse,b"})
    deploying = step("function", "functions", "deploy", "f", word, "--quiet")
    assert "Correcthorse" not in f"{deploying.shown_argv} {deploying.command} {deploying.command_text.ja}"
    assert "HINOMI_PROJECTS=my-project,<secret>" in deploying.shown_argv[3]
    assert "HINOMI_LANGUAGE=ja" in deploying.shown_argv[3]
    assert '"HINOMI_LANGUAGE": "ja"' in deploying.shown_argv[3]
    assert "Correcthorse" in deploying.argv[3]
