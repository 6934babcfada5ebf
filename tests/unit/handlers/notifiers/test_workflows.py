from datetime import UTC, datetime

import pytest

from handlers.notifiers._workflows import WebhookResponse, check_response, post
from shared.errors import ActionError
from shared.secret import Secret

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
SETTING = "HINOMI_TEAMS_WEBHOOK_URL"


def refusal(status: int, text: str = "", retry_after: str = "") -> ActionError:
    with pytest.raises(ActionError) as caught:
        check_response(WebhookResponse(status, text, 0.1, retry_after), SETTING, NOW)
    return caught.value


@pytest.mark.parametrize(
    ("status", "text"), [(202, ""), (200, "1"), (200, ""), (204, ""), (200, '{"status": "ok"}'), (200, "[1]")]
)
def test_a_2xx_that_reports_no_error_is_success(status: int, text: str) -> None:
    check_response(WebhookResponse(status, text, 0.1), SETTING, NOW)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_transient_errors_are_retried(status: int) -> None:
    assert not refusal(status).permanent


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 410, 413, 422])
def test_other_errors_are_permanent(status: int) -> None:
    assert refusal(status).permanent


@pytest.mark.parametrize(
    ("text", "permanent"),
    [
        ("Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429", False),
        ("Microsoft Teams endpoint returned HTTP error 413 with ContextId x", True),
        ("Webhook message delivery failed with error: unknown", False),
        ('{"error": {"code": "WorkflowNotFound", "message": "gone"}, "status": 404}', True),
        ('{"error": "busy"}', False),
        ('{"statusCode": "503"}', False),
        ('{"status": "failed"}', False),
        ("<!DOCTYPE html><title>Sign in</title>", True),
    ],
)
def test_a_2xx_whose_body_reports_an_error_is_none(text: str, *, permanent: bool) -> None:
    assert refusal(200, text).permanent is permanent


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("Mon, 23 Nov 2026 06:01:30 GMT", 90.0),
        ("Mon, 23 Nov 2026 05:00:00 GMT", 0.0),
        ("999999999", 86_400.0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_the_server_says_when_to_try_again(header: str, seconds: float | None) -> None:
    assert refusal(429, retry_after=header).retry_after == seconds


def test_the_error_of_a_deleted_workflow_names_the_fix() -> None:
    message = refusal(404).text.en

    assert message == (
        "Teams answered 404: the workflow no longer exists: create a new one and set HINOMI_TEAMS_WEBHOOK_URL"
    )


def test_an_unknown_refusal_carries_the_start_of_the_body() -> None:
    assert refusal(422, "no {braces}\nplease").text.en == "Teams answered 422: no {braces} please"


def test_a_response_after_a_redirect_is_not_from_a_workflow() -> None:
    with pytest.raises(ActionError, match="leads to a web page"):
        check_response(WebhookResponse(200, "", 0.1, redirected=True), SETTING, NOW)


@pytest.mark.parametrize(
    "address", ["http://teams.example/workflows/secret", "ftp://127.0.0.1/secret", "secret", "", "https://[secret"]
)
def test_a_webhook_must_be_https(address: str) -> None:
    with pytest.raises(ActionError, match="not an https address") as caught:
        post(Secret(address), {})

    assert caught.value.permanent
    assert "secret" not in str(caught.value)
