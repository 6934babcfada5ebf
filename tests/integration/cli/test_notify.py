"""`hinomi notify-test` against a webhook server on loopback."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from cli.app import run
from db.error_db import channels, notifications
from db.error_db.store import ErrorStore
from demo.platform.http import Reply
from demo.platform.teams import SIGNATURE, TeamsServer
from handlers.spec import HandlerSpec
from shared.config import Settings
from shared.model import Mode, RunState
from shared.secret import Secret
from tests.support.cards import titles
from tests.support.handling import Desk


@pytest.fixture
def teams_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        monkeypatch.setenv("HINOMI_TEAMS_WEBHOOK_URL", server.webhook)
        yield server


def test_a_card_is_sent_and_202_is_explained(teams_server: TeamsServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notify-test"]) == 0

    message = capsys.readouterr().out
    assert message.startswith("HTTP 202 after ")
    assert "Accepted: the workflow was started." in message
    assert len(teams_server.cards) == 1


def test_the_result_is_in_japanese(teams_server: TeamsServer) -> None:
    run(["notify-test", "--lang", "ja"])

    assert teams_server.cards[0]["attachments"][0]["content"]["lang"] == "ja"


def test_a_rejection_is_reported_with_its_body(teams_server: TeamsServer, capsys: pytest.CaptureFixture[str]) -> None:
    teams_server.fail_next_with(404, f"no such flow \x1b[31m sig={SIGNATURE}")

    assert run(["notify-test"]) == 1

    message = capsys.readouterr()
    assert "Body: no such flow" in message.out
    assert "create a new one and set HINOMI_TEAMS_WEBHOOK_URL" in message.err
    assert "\x1b" not in message.out
    assert SIGNATURE not in message.out + message.err


def test_a_transient_error_asks_for_another_attempt(
    teams_server: TeamsServer, capsys: pytest.CaptureFixture[str]
) -> None:
    teams_server.fail_next_with(429, "Rate limit is exceeded.")

    assert run(["notify-test"]) == 1
    assert "too many messages on this channel: try again later" in capsys.readouterr().err


def test_another_channel_has_its_own_webhook(
    teams_server: TeamsServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_TEAMS_WEBHOOK_URL_DATA", teams_server.webhook + "x")

    assert run(["notify-test", "--channel", "data"]) == 1
    assert "HINOMI_TEAMS_WEBHOOK_URL_DATA" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--channel", "nobody"], "'nobody' is not set up (HINOMI_TEAMS_WEBHOOK_URL_NOBODY): use 'default', or set"),
        (["--channel", "defalt"], "is not set up (HINOMI_TEAMS_WEBHOOK_URL_DEFALT): did you mean 'default'?"),
        (["--lang", "fr"], "give 'en' or 'ja'"),
        (["--notifier", "pigeon"], "there is no notifier 'pigeon': use apprise, "),
        (["--notifier", "teems"], "there is no notifier 'teems': did you mean 'teams'?"),
    ],
)
@pytest.mark.usefixtures("teams_server")
def test_a_wrong_argument_is_invalid_input(args: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notify-test", *args]) == 2
    assert message in capsys.readouterr().err


def test_all_missing_variables_are_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_EMAIL_TO", "oncall@example.com")
    assert run(["notify-test", "--notifier", "email"]) == 2
    assert capsys.readouterr().err == (
        "hinomi: not set: HINOMI_EMAIL_SERVER, HINOMI_EMAIL_FROM (`hinomi handlers reference email` describes the "
        "settings)\n"
    )


@pytest.fixture
def broken_channel(
    teams_server: TeamsServer, sqlite_store: ErrorStore, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A channel that was broken for ten minutes; it works now, and its next attempt is due in three minutes."""
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", sqlite_url)
    desk = Desk(sqlite_store, Settings(environment={"HINOMI_TEAMS_WEBHOOK_URL": Secret(teams_server.webhook)}))
    desk.now = datetime.now(UTC) - timedelta(minutes=10)
    desk.apply(HandlerSpec(name="card", action="teams", mode=Mode.AUTO))
    teams_server.always(Reply(403))
    desk.public_bucket()
    for _ in range(4):
        desk.work()
        desk.wait(minutes=3)
    teams_server.always(None)
    return desk


def test_a_test_that_is_accepted_makes_a_broken_channel_due_at_once(
    teams_server: TeamsServer, sqlite_store: ErrorStore, broken_channel: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["notify-test"]) == 0
    assert "teams:default was broken: Hinomi retries it within a minute" in capsys.readouterr().out

    broken_channel.now = datetime.now(UTC)
    broken_channel.work()
    assert (len(titles(teams_server)), broken_channel.runs()[0].state) == (2, RunState.DONE)
    with sqlite_store.reading() as session:
        assert channels.broken(session) == []

    assert run(["notify-test"]) == 0
    assert "was broken" not in capsys.readouterr().out


def test_without_waiting_notifications_the_channel_counts_as_working(
    sqlite_store: ErrorStore, broken_channel: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite_store.transaction(broken_channel.now) as transaction:
        notifications.skip_all(transaction.session, "teams:default", "test", broken_channel.now)

    assert run(["notify-test"]) == 0
    assert "counts as working again; no notifications wait" in capsys.readouterr().out
    with sqlite_store.reading() as session:
        assert channels.broken(session) == []


def test_a_test_that_is_rejected_leaves_the_channel_to_its_next_attempt(
    teams_server: TeamsServer, broken_channel: Desk
) -> None:
    teams_server.fail_next_with(403)

    assert run(["notify-test"]) == 1

    broken_channel.now = datetime.now(UTC)
    broken_channel.work()
    assert (titles(teams_server), broken_channel.runs()[0].state) == ([], RunState.PLANNED)


def test_an_unavailable_error_db_does_not_fail_the_test(
    teams_server: TeamsServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HINOMI_ERROR_DB_URL", "postgresql+psycopg://nobody@127.0.0.1:1/away")

    assert run(["notify-test"]) == 0
    assert "Could not check whether notifications wait" in capsys.readouterr().out
    assert len(teams_server.cards) == 1
