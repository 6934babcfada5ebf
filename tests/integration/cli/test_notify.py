"""`hinomi notify-test` against a webhook server on loopback."""

from collections.abc import Iterator

import pytest

from cli.app import run
from demo.platform.teams import SIGNATURE, TeamsServer


@pytest.fixture
def teams_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        monkeypatch.setenv("HINOMI_TEAMS_WEBHOOK_URL", server.webhook)
        yield server


def test_it_sends_a_card_and_says_what_202_means(teams_server: TeamsServer, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notify-test"]) == 0

    said = capsys.readouterr().out
    assert said.startswith("HTTP 202 after ")
    assert "Accepted: the workflow was started." in said
    assert len(teams_server.cards) == 1


def test_it_speaks_japanese(teams_server: TeamsServer) -> None:
    run(["notify-test", "--lang", "ja"])

    assert teams_server.cards[0]["attachments"][0]["content"]["lang"] == "ja"


def test_a_refusal_is_told_with_its_body(teams_server: TeamsServer, capsys: pytest.CaptureFixture[str]) -> None:
    teams_server.fail_next_with(404, f"no such flow \x1b[31m sig={SIGNATURE}")

    assert run(["notify-test"]) == 1

    said = capsys.readouterr()
    assert "Body: no such flow" in said.out
    assert "create a new one and set HINOMI_TEAMS_WEBHOOK_URL" in said.err
    assert "\x1b" not in said.out
    assert SIGNATURE not in said.out + said.err


def test_what_may_pass_is_to_be_tried_again_by_hand(
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
    ("args", "said"),
    [
        (["--channel", "nobody"], "HINOMI_TEAMS_WEBHOOK_URL_NOBODY is not set"),
        (["--lang", "fr"], "give 'en' or 'ja'"),
        (["--notifier", "pigeon"], "there is no notifier 'pigeon': use one of teams"),
    ],
)
@pytest.mark.usefixtures("teams_server")
def test_a_wrong_argument_is_bad_input(args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notify-test", *args]) == 2
    assert said in capsys.readouterr().err
