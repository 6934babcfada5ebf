"""A deployment plan at the terminal."""

from __future__ import annotations

import pytest

from cli.views.deploy_plan import print_plan, short
from deploy.step import Step, later
from shared.texts import Text
from shared.texts.deploy import differences, placeholders, resources

AGENT = "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
STEPS = [
    Step(
        resources.TOPIC(name="hinomi-evidence"),
        differences.MISSING,
        ("pubsub", "topics", "create", "hinomi-evidence"),
        Text(en="log entries", ja="ログエントリ"),
    ),
    Step(resources.INSTANCE(name="hinomi"), differences.MISSING_INSTANCE, ("sql", "instances", "create")),
    Step(
        resources.GRANT(role="roles/iam.serviceAccountTokenCreator", where="account hinomi-push", member=AGENT),
        differences.MISSING,
        ("iam", "service-accounts", "add-iam-policy-binding", f"--member={AGENT}"),
    ),
    Step(
        resources.SUBSCRIPTION(name="s"),
        differences.DIFFERENT(name=differences.setting("retention"), actual="1 day", planned="7 days"),
        ("pubsub", "subscriptions", "update", "s"),
    ),
    Step(
        resources.SINK(name="hinomi-evidence-2", parent="folders/1"),
        differences.SINK_NOT_NEEDED,
        ("logging", "sinks", "delete", "--log-filter=-- a comment\nNOT x"),
    ),
]


@pytest.fixture(params=[80, 200])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def test_a_plan_has_counts_and_one_entry_a_resource(width: int, capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(STEPS, project="p")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "3 to create, 1 to change, 1 to remove"
    assert all(len(line) <= width for line in lines)
    assert "  ~ subscription s: retention is 1 day instead of 7 days" in lines
    assert "  + Cloud SQL instance hinomi: creating it takes about ten minutes" in lines
    assert "  - hinomi-evidence-2 in folders/1" in lines
    at = lines.index(f"  to {AGENT.removeprefix('serviceAccount:')}")
    assert lines[at + 1] == "    + roles/iam.serviceAccountTokenCreator on account hinomi-push"
    assert "gcloud" not in " ".join(lines)


def test_a_plan_in_japanese_has_no_english_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HINOMI_LANGUAGE", "ja")
    print_plan(STEPS, project="p")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "作成 3 件、変更 1 件、削除 1 件"
    assert "  + Cloud SQL インスタンス hinomi: 作成に 10 分ほどかかります" in lines
    assert "  ~ サブスクリプション s: 保持期間が 1 day (計画では 7 days)" in lines
    assert "  - hinomi-evidence-2 (folders/1)" in lines
    at = lines.index(f"  → {AGENT.removeprefix('serviceAccount:')}")
    assert lines[at + 1] == "    + roles/iam.serviceAccountTokenCreator (account hinomi-push)"


def test_verbose_adds_purposes_and_commands_that_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    print_plan(STEPS, project="p", verbose=True)
    text = capsys.readouterr().out
    assert "  + topic hinomi-evidence\n    log entries\n    gcloud pubsub topics create hinomi-evidence\n" in text
    assert "    gcloud logging sinks delete '--log-filter=-- a comment\nNOT x'\n" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("to serviceAccount:hinomi-push@my-project.iam.gserviceaccount.com", "to hinomi-push"),
        ("user hinomi-metrics@my-project.iam", "user hinomi-metrics"),
        ("to serviceAccount:x@other.iam.gserviceaccount.com", "to x@other.iam.gserviceaccount.com"),
        ("projects/my-project/roles/hinomi_release on project my-project", "hinomi_release on project my-project"),
        ("not enabled: run.googleapis.com, sqladmin.googleapis.com", "not enabled: run, sqladmin"),
        ("有効になっていません: run.googleapis.com、sqladmin.googleapis.com", "有効になっていません: run、sqladmin"),
    ],
)
def test_what_is_the_same_on_every_line_is_left_out(text: str, shown: str) -> None:
    assert short(text, "my-project") == shown


def test_grants_are_listed_by_recipient_and_a_recipient_that_does_not_exist_yet_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    writer = later(placeholders.WRITER(sink="hinomi-evidence-1", parent="projects/p"))
    grants = [(AGENT, "topic a"), (writer, "topic hinomi-evidence"), (AGENT, "topic b")]
    steps = [
        Step(
            resources.GRANT(role="roles/pubsub.publisher", where=where, member=member),
            differences.MISSING,
            ("pubsub", "topics", "add-iam-policy-binding", "t", f"--member={member}"),
        )
        for member, where in grants
    ]
    print_plan(steps, project="p")
    assert capsys.readouterr().out.splitlines()[2:] == [
        "Grants",
        f"  to {AGENT.removeprefix('serviceAccount:')}",
        "    + roles/pubsub.publisher on topic a",
        "    + roles/pubsub.publisher on topic b",
        "  to (known later: the writer identity of hinomi-evidence-1 in projects/p)",
        "    + roles/pubsub.publisher on topic hinomi-evidence",
    ]
