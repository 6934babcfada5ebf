"""Hinomi may publish to the topics that enabled handler rules use; the role is revoked when no rule uses the topic."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cli.views.doctor_report import print_warnings
from deploy import option_checks
from deploy.doctor import CHANNEL_TOPICS, Problem, examine
from deploy.parts import channel_topics
from deploy.removal import leftovers, removal
from deploy.required_settings import published_topics
from deploy.site import Site
from shared.errors import InputError
from shared.secret import Secret
from shared.texts import Text
from tests.support.gcloud_server import Call
from tests.support.gcloud_services import PROJECT
from tests.support.injected_failures import FailureMode, InjectedFailure
from tests.support.planning import HOME, GivenState, Ground, aim

pytestmark = pytest.mark.server

THEIRS = "projects/other-project/topics/incidents"
MEMBER = f"serviceAccount:hinomi-metrics@{PROJECT}.iam.gserviceaccount.com"
BY = {THEIRS: [Text.verbatim("handler rule queue (pubsub)")]}
USED = GivenState(published_topics=BY)
NAMED = {"HINOMI_PUBSUB_TOPIC": THEIRS}
WHO = f"--member={MEMBER} --role=roles/pubsub.publisher --quiet"
ADD, REMOVE = (
    f"gcloud pubsub topics {verb}-iam-policy-binding incidents --project=other-project {WHO}"
    for verb in ("add", "remove")
)
RULES = """\
handlers:
  - {name: queue, action: pubsub, mode: auto}
  - {name: data, action: pubsub, mode: auto, params: {channel: data}}
  - {name: same, action: pubsub, mode: auto, params: {channel: again}}
  - {name: unset, action: pubsub, mode: auto, params: {channel: unset}}
  - {name: off, action: pubsub, mode: auto, enabled: false, params: {channel: off}}
  - {name: dry, action: pubsub, mode: dry_run, params: {channel: dry}}
  - {name: cards, action: teams}
"""


class Denied(InjectedFailure):
    """Denies every read in another project."""

    def applies(self, call: Call) -> bool:
        return self.counts(call)


@pytest.fixture
def topic(ground: Ground) -> Ground:
    """A project with access to another one's topic."""
    ground.state[f"pubsub/{THEIRS}"] = {"name": THEIRS}
    return ground


def site(ground: Ground, desired: GivenState = USED, **settings: str) -> Site:
    return ground.site(aim(settings=settings or NAMED), desired)


def grant(ground: Ground) -> None:
    policy = {"bindings": [{"role": "roles/pubsub.publisher", "members": [MEMBER]}], "version": 1}
    ground.state[f"pubsub/{THEIRS}:policy"] = policy


def commands(of: Site) -> list[str]:
    return [step.command for step in channel_topics.steps(of)]


def warned(of: Site) -> list[Problem]:
    return dict(examine(of))[CHANNEL_TOPICS]


def test_a_used_topic_is_granted_once(topic: Ground) -> None:
    (step,) = channel_topics.steps(site(topic))
    assert step.command == ADD
    assert step.purpose.en == "handler rule queue (pubsub) publishes to it"
    grant(topic)
    assert commands(site(topic)) == []
    assert warned(site(topic)) == []


def test_a_topic_that_no_enabled_handler_rule_uses_loses_its_grant(topic: Ground) -> None:
    grant(topic)
    assert commands(site(topic, GivenState())) == [REMOVE]


def test_a_topic_that_only_the_last_settings_name_loses_its_grant(topic: Ground) -> None:
    grant(topic)
    topic.deployed(aim(settings=NAMED))
    now = replace(topic.site(aim()), target=aim())
    assert commands(now) == [REMOVE]
    assert [step.command for step in leftovers(site(topic))] == []


def test_a_removal_revokes_the_grants_of_these_and_the_last_settings(topic: Ground) -> None:
    grant(topic)
    assert REMOVE in [step.command for step in removal(site(topic), databases=False)]
    topic.deployed(aim(settings=NAMED))
    assert [step.command for step in removal(topic.site(), databases=False)].count(REMOVE) == 1


def test_a_missing_topic_is_a_warning_with_the_command_that_creates_it(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = site(ground)
    assert commands(missing) == []
    (found,) = warned(missing)
    assert (found.is_warning, found.fix) == (True, "gcloud pubsub topics create incidents --project=other-project")
    assert found.what.startswith(f"{THEIRS} does not exist: handler rule queue (pubsub) cannot publish to it.")
    print_warnings(missing)
    assert found.fix in capsys.readouterr().out


def test_a_topic_whose_grants_cannot_be_read_is_a_warning_with_the_command_for_its_owner(topic: Ground) -> None:
    body = {"error": {"code": 403, "message": "Permission denied", "status": "PERMISSION_DENIED"}}
    topic.server.injected = Denied(
        FailureMode.ERROR, counts=lambda call: "other-project" in call.path, response=(403, body)
    )
    denied = site(topic)
    assert commands(denied) == []
    (found,) = warned(denied)
    assert (found.is_warning, found.fix) == (True, ADD)
    assert "Permission denied" in found.what


@pytest.mark.parametrize("name", ["hinomi-evidence", "hinomi-dead-letter", "hinomi-reports", "hinomi-reports-airflow"])
def test_a_topic_of_hinomi_itself_is_rejected_and_never_granted(ground: Ground, name: str) -> None:
    loop = f"{HOME}/topics/{name}"
    ground.state[f"pubsub/{loop}"] = {"name": loop}
    looping = site(ground, GivenState(published_topics={loop: []}), HINOMI_PUBSUB_TOPIC_DATA=loop)
    with pytest.raises(InputError, match=f"HINOMI_PUBSUB_TOPIC_DATA is {loop}, a topic of Hinomi"):
        option_checks.check(looping)
    assert commands(looping) == []
    (found,) = warned(looping)
    assert not found.is_warning


def test_a_topic_of_that_name_in_another_project_is_accepted(ground: Ground) -> None:
    option_checks.check(site(ground, HINOMI_PUBSUB_TOPIC="projects/other-project/topics/hinomi-evidence"))


def test_only_the_channels_of_enabled_handler_rules_that_publish_count(tmp_path: Path) -> None:
    file = tmp_path / "handlers.yaml"
    file.write_text(RULES, encoding="utf-8")
    named = {"": "a", "_DATA": "b", "_AGAIN": "b", "_OFF": "c", "_DRY": "d", "_NOBODY": "e"}
    environment = {f"HINOMI_PUBSUB_TOPIC{end}": Secret(value) for end, value in named.items()}
    found = published_topics(file, environment)
    assert {topic: [rule.en for rule in rules] for topic, rules in found.items()} == {
        "a": ["handler rule queue (pubsub)"],
        "b": ["handler rule data (pubsub)", "handler rule same (pubsub)"],
    }
