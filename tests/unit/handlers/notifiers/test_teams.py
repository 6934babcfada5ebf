from dataclasses import dataclass, field
from typing import Any

import pytest

from demo.platform.teams import TeamsServer
from handlers.channels.rate_limit import RateLimit
from handlers.context import ActionContext, Notification, Turn
from handlers.notifiers import teams
from handlers.notifiers.teams import Params
from shared.clients import Clients
from shared.config import Settings
from shared.errors import ActionError, ChannelError, InputError
from shared.model import Mode, RunState, Trigger
from shared.secret import Secret
from shared.texts import Text, as_text
from tests.support.incidents import NOW, action_run, incident

pytestmark = pytest.mark.server

NOTIFIED = (Trigger.OPENED, Trigger.RESOLVED)


@dataclass
class Channel:
    """The worker's part: waits that the channel imposes in turn, and notifications that share a message."""

    waits: list[float] = field(default_factory=list)
    others: int = 0
    own: tuple[Notification, ...] = ()

    def take_turn(self, _rate_limit: RateLimit) -> Turn:
        if self.waits and (wait := self.waits.pop(0)):
            return Turn(wait_seconds=wait, reason=as_text("busy"))
        others = (Notification(100 + n, incident(id=n), Trigger.OPENED) for n in range(self.others))
        return Turn((*others, *self.own), is_digest=self.others > 1)


def context(server: TeamsServer, channel: Channel | None = None, **changes: Any) -> ActionContext:
    channel = channel or Channel()
    settings = Settings(
        environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(server.webhook)}, dashboard_url="https://hinomi.example.com"
    )
    given: dict[str, Any] = {
        "incident": incident(),
        "trigger": Trigger.OPENED,
        "mode": Mode.AUTO,
        "now": NOW,
        "clients": Clients(settings),
        "settings": settings,
        "take_turn": channel.take_turn,
    }
    return ActionContext(**{**given, **changes})


def sent_text(server: TeamsServer) -> str:
    return str(server.cards[-1])


def test_a_card_reaches_the_channel(teams_server: TeamsServer) -> None:
    outcome = teams.run(context(teams_server), Params())

    assert outcome.text.en == "card sent to teams:default: HTTP 202"
    assert len(teams_server.cards) == 1


def test_a_card_links_to_known_hosts_only(teams_server: TeamsServer) -> None:
    links = {"log_url": "https://evil.example/log", "labels": {"runbook": "https://evil.example/runbook"}}
    teams.run(context(teams_server, incident=incident(**links)), Params())

    assert "evil.example" not in str(teams_server.cards)


def test_a_dry_run_sends_nothing(teams_server: TeamsServer) -> None:
    outcome = teams.run(context(teams_server, mode=Mode.DRY_RUN), Params())

    assert not outcome.changed
    assert teams_server.requests == []


def test_a_busy_channel_puts_the_run_off(teams_server: TeamsServer) -> None:
    # 4 s is the end of a short window: waiting for it would hold the message behind the run.
    waits = [55.0, 4.0]
    outcomes = [teams.run(context(teams_server, Channel(waits=[wait])), Params()) for wait in waits]

    assert [outcome.wait_seconds for outcome in outcomes] == waits
    assert teams_server.requests == []


def test_a_short_wait_is_waited_out(teams_server: TeamsServer) -> None:
    outcome = teams.run(context(teams_server, Channel(waits=[0.01, 0.02, 0.01, 0.0])), Params())

    assert outcome.wait_seconds is None
    assert len(teams_server.cards) == 1


def test_a_wait_that_does_not_end_puts_the_run_off(teams_server: TeamsServer) -> None:
    outcome = teams.run(context(teams_server, Channel(waits=[0.01, 0.01, 0.0])), Params())

    assert outcome.wait_seconds == 0.01


def test_several_notifications_share_a_digest(teams_server: TeamsServer) -> None:
    outcome = teams.run(context(teams_server, Channel(others=6)), Params())

    assert outcome.text.en == "digest of 6 notifications sent to teams:default: HTTP 202"
    assert "6 incidents at once" in sent_text(teams_server)


def test_a_digest_shows_the_latest_state_of_an_incident(teams_server: TeamsServer) -> None:
    over = Notification(200, incident(id=0, title="It was open", resolved_at=NOW), Trigger.RESOLVED, notified=True)

    teams.run(context(teams_server, Channel(others=5, own=(over,))), Params())

    assert "5 incidents at once" in sent_text(teams_server)
    assert "Resolved" in sent_text(teams_server)


def test_an_incident_that_resolved_before_its_first_card_has_one_card(teams_server: TeamsServer) -> None:
    both = [Notification(n, incident(resolved_at=NOW), trigger) for n, trigger in enumerate(NOTIFIED)]

    teams.run(context(teams_server, Channel(own=tuple(both))), Params())

    assert len(teams_server.cards) == 1
    assert "Opened and resolved" in sent_text(teams_server)


def test_a_card_that_is_rejected_is_sent_in_plain_form(teams_server: TeamsServer) -> None:
    teams_server.fail_next_with(400, '{"error": {"code": "BadRequest", "message": "the card is not valid"}}')

    outcome = teams.run(context(teams_server), Params())

    assert outcome.text.en.startswith("plain notification sent to teams:default")
    assert "Bucket example-exports is public" in sent_text(teams_server)
    assert "FactSet" not in sent_text(teams_server)


def test_a_plain_digest_names_its_incidents(teams_server: TeamsServer) -> None:
    teams_server.fail_next_with(413, "Request Entity too large")

    teams.run(context(teams_server, Channel(others=2)), Params())

    assert "#0 High" in sent_text(teams_server)
    assert "#1 High" in sent_text(teams_server)


def test_a_channel_that_rejects_every_form_takes_nothing(teams_server: TeamsServer) -> None:
    for _ in range(3):
        teams_server.fail_next_with(400, '{"error": {"code": "BadRequest"}}')

    with pytest.raises(ChannelError):
        teams.run(context(teams_server), Params())


def test_the_next_card_counts_from_the_last_one(teams_server: TeamsServer) -> None:
    first = teams.run(context(teams_server, incident=incident(occurrence_count=2)), Params())
    earlier = action_run(action="teams", target="teams:default", state=RunState.DONE, details=first.details)
    again = incident(occurrence_count=9)

    teams.run(context(teams_server, incident=again, trigger=Trigger.REOCCURRED, actions_so_far=(earlier,)), Params())

    assert "7 times since the last message" in sent_text(teams_server)


def test_a_card_lists_repairs_and_not_of_other_cards(teams_server: TeamsServer) -> None:
    runs = (action_run(), action_run(action="teams", handler_rule="tell-teams"))

    teams.run(context(teams_server, actions_so_far=runs), Params())

    assert "close-public-access" in sent_text(teams_server)
    assert "tell-teams" not in sent_text(teams_server)


def test_a_channel_without_a_webhook_is_a_permanent_error(teams_server: TeamsServer) -> None:
    with pytest.raises(ActionError, match="set HINOMI_TEAMS_WEBHOOK_URL_DATA") as caught:
        teams.run(context(teams_server), Params(channel="data"))

    assert caught.value.permanent


@pytest.mark.parametrize("channel", ["", "Data Platform", "a-b", "x" * 41])
def test_a_channel_has_a_name(channel: str) -> None:
    with pytest.raises(InputError):
        Params(channel=channel)


def test_the_target_is_the_channel() -> None:
    assert teams.target(incident(), Params(channel="data")) == "teams:data"


@pytest.mark.parametrize(("trigger", "printed"), [(Trigger.OPENED, 1), (Trigger.ESCALATED, 1), (Trigger.REOCCURRED, 0)])
def test_the_first_card_of_a_failure_shows_its_likely_cause(
    teams_server: TeamsServer, trigger: Trigger, printed: int
) -> None:
    teams.run(context(teams_server, trigger=trigger, likely_cause=lambda: as_text("deployment: it")), Params())

    assert sent_text(teams_server).count("deployment: it") == printed


def test_a_later_card_does_not_search_for_a_cause(teams_server: TeamsServer) -> None:
    asked: list[str] = []
    first = teams.run(context(teams_server), Params())
    earlier = action_run(action="teams", target="teams:default", state=RunState.DONE, details=first.details)

    def cause() -> None:
        asked.append("again")

    later = context(teams_server, trigger=Trigger.ESCALATED, actions_so_far=(earlier,), likely_cause=cause)
    teams.run(later, Params())

    assert asked == []


def test_a_channel_has_a_language_and_a_time_zone_of_its_own(teams_server: TeamsServer) -> None:
    environment = {
        "HINOMI_TEAMS_WEBHOOK_URL_TOKYO": Secret(teams_server.webhook),
        "HINOMI_TEAMS_LANGUAGE_TOKYO": Secret("ja"),
        "HINOMI_TEAMS_TIMEZONE_TOKYO": Secret("Asia/Tokyo"),
    }
    settings = Settings(environment=environment)
    cause = Text(en="deployment", ja="デプロイ")

    teams.run(context(teams_server, settings=settings, likely_cause=lambda: cause), Params(channel="tokyo"))

    assert "2026-11-23 15:02:05 JST" in sent_text(teams_server)
    assert "デプロイ" in sent_text(teams_server)


def test_a_card_has_the_number_of_its_incident_and_the_command_that_shows_it(teams_server: TeamsServer) -> None:
    teams.run(context(teams_server), Params())
    teams.run(context(teams_server, Channel(others=2)), Params())

    assert "Incident #42" in str(teams_server.cards[0])
    assert "hinomi incidents show 42" in str(teams_server.cards[0])
    assert "#1 · Cloud Storage" in str(teams_server.cards[1])
