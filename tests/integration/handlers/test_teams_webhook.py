"""The transport against a webhook server on loopback: every response is handled, and no secret is exposed."""

import logging
import socket
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from demo.platform.http import Reply
from demo.platform.teams import SIGNATURE, TeamsServer
from handlers.cards.elements import BUDGET, TEAMS_LIMIT
from handlers.cards.test_card import channel_test_message
from handlers.notifiers._workflows import check_response, post
from shared.errors import ActionError
from shared.secret import Secret
from shared.texts.locale import Locale

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
CARD = channel_test_message("default", Locale("en", "UTC", NOW), "")


@pytest.fixture
def teams_server() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server


def send(url: str) -> None:
    check_response(post(Secret(url), CARD), "HINOMI_TEAMS_WEBHOOK_URL", NOW)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_card_is_accepted_with_202(teams_server: TeamsServer) -> None:
    answer = post(Secret(teams_server.webhook), CARD)

    assert (answer.status, answer.text) == (202, "")
    assert teams_server.cards == [CARD]


def test_a_429_waits_for_retry_after(teams_server: TeamsServer) -> None:
    teams_server.fail_next_with(429, "Rate limit is exceeded.", retry_after="17")

    with pytest.raises(ActionError) as caught:
        send(teams_server.webhook)

    assert (caught.value.permanent, caught.value.retry_after) == (False, 17.0)


def test_a_200_with_an_error_text_is_a_failure(teams_server: TeamsServer) -> None:
    teams_server.fail_next_with(200, "Webhook message delivery failed with error: HTTP error 429")

    with pytest.raises(ActionError, match="reported an error"):
        send(teams_server.webhook)


def test_a_deleted_workflow_is_a_permanent_error(teams_server: TeamsServer) -> None:
    with pytest.raises(ActionError, match="create a new one") as caught:
        send(f"{teams_server.url}/workflows/another-{SIGNATURE}")

    assert caught.value.permanent


def test_a_wrong_signature_is_a_permanent_error(teams_server: TeamsServer) -> None:
    with pytest.raises(ActionError, match="copy its URL again") as caught:
        send(teams_server.webhook + "x")

    assert caught.value.permanent


def test_a_redirect_to_a_page_is_a_failure(teams_server: TeamsServer) -> None:
    teams_server.fail_next(Reply(302, None, {"Location": f"{teams_server.url}/sign-in"}), Reply(200, b"<html>"))

    with pytest.raises(ActionError, match="web page"):
        send(teams_server.webhook)


def test_a_redirect_does_not_carry_the_card_to_another_address(teams_server: TeamsServer) -> None:
    before = len(teams_server.cards)
    teams_server.fail_next(Reply(307, None, {"Location": teams_server.webhook}))

    with pytest.raises(ActionError, match="web page") as caught:
        send(teams_server.webhook)

    assert caught.value.permanent
    assert len(teams_server.cards) == before


@pytest.mark.parametrize("host", ["example.webhook.office.com", "outlook.office.com"])
def test_the_url_of_a_disabled_connector_is_recognized_before_it_is_called(host: str) -> None:
    with pytest.raises(ActionError, match=r"Office 365 connector.* create a workflow") as caught:
        send(f"https://{host}/webhookb2/{SIGNATURE}")

    assert caught.value.permanent


def test_a_refused_connection_is_retried() -> None:
    with pytest.raises(ActionError, match="ConnectionError") as caught:
        send(f"http://127.0.0.1:{free_port()}/workflows/{SIGNATURE}")

    assert not caught.value.permanent


def test_a_timeout_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.notifiers._workflows.TIMEOUT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(ActionError, match="ReadTimeout") as caught:
        send(f"http://127.0.0.1:{silent.getsockname()[1]}/workflows/{SIGNATURE}")

    assert not caught.value.permanent


def test_the_simulated_server_rejects_what_teams_rejects(teams_server: TeamsServer) -> None:
    too_large = {**CARD, "filler": "x" * TEAMS_LIMIT}

    assert post(Secret(teams_server.webhook), too_large).status == 413
    assert BUDGET < TEAMS_LIMIT


@pytest.mark.parametrize("message", [{}, {"type": "message"}, {**CARD, "attachments": None}, {**CARD, "text": "x"}])
def test_the_simulated_server_rejects_another_envelope(teams_server: TeamsServer, message: dict[str, object]) -> None:
    assert post(Secret(teams_server.webhook), message).status == 400
    assert teams_server.cards == []


@pytest.mark.parametrize("fault", ["refused", "echo", "gone", "error", "page", "no server"])
def test_no_error_log_or_trace_contains_the_webhook(
    teams_server: TeamsServer, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    caplog.set_level(logging.DEBUG)
    url = teams_server.webhook
    match fault:
        case "refused":
            teams_server.fail_next_with(403, "no")
        case "echo":
            teams_server.fail_next_with(422, f"cannot call {url}")
        case "gone":
            url = url.replace("invoke", f"invoke/{SIGNATURE}")
        case "error":
            teams_server.fail_next_with(500, f"sig={SIGNATURE}")
        case "page":
            teams_server.fail_next_with(200, f"<html>{url}")
        case _:
            url = url.replace(teams_server.url, f"http://127.0.0.1:{free_port()}")

    with pytest.raises(ActionError) as caught:
        send(url)

    trace = "".join(traceback.format_exception(caught.value, chain=True))
    everything = f"{caught.value!r} {trace} {caplog.text} {caught.value.__context__!r} {Secret(url)!r}"
    assert SIGNATURE not in everything
    assert "0f1e2d3c4b5a6978" not in everything
