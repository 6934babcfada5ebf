from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from google.api_core import exceptions as google_errors
from sqlalchemy.exc import OperationalError

from handlers.errors import check, translated
from shared.errors import ActionError, TransientError
from shared.texts import Text

CALL = Text.verbatim("the call")


def response(status: int, body: bytes = b"", **headers: str) -> requests.Response:
    made = requests.Response()
    made.status_code = status
    made._content = body  # noqa: SLF001
    made.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return made


def google(kind: Callable[[str], Exception]) -> Exception:
    return kind("secret")


def fault(error: Exception) -> ActionError:
    with pytest.raises(ActionError) as caught, translated("the call"):
        raise error
    return caught.value


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        (requests.ConnectionError("secret"), False),
        (requests.Timeout("secret"), False),
        (requests.HTTPError("secret", response=response(503)), False),
        (requests.HTTPError("secret", response=response(401)), True),
        (requests.exceptions.InvalidURL("secret"), True),
        (google(google_errors.ServiceUnavailable), False),
        (google(google_errors.TooManyRequests), False),
        (google(google_errors.Forbidden), True),
        (google(google_errors.PreconditionFailed), True),
        (OperationalError("secret", {}, Exception("secret")), False),
        (ConnectionResetError("secret"), False),
        (KeyError("secret"), True),
    ],
)
def test_each_third_party_error_is_transient_or_permanent(error: Exception, *, permanent: bool) -> None:
    assert fault(error).permanent is permanent


def test_an_error_says_its_kind_and_no_more() -> None:
    assert fault(requests.ConnectionError("https://example.com/?sig=secret")).text.en == "the call: ConnectionError"


def test_our_own_errors_pass_through() -> None:
    with pytest.raises(TransientError), translated("the call"):
        raise TransientError("the database is away")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_answer_of_success_is_given_back(status: int) -> None:
    assert check(response(status), CALL).status_code == status


@pytest.mark.parametrize("status", [301, 302, 304, 400, 401, 403, 404, 409, 412, 408, 429, 500, 502, 503, 504])
def test_every_other_answer_is_an_error(status: int) -> None:
    with pytest.raises(ActionError, match=f"the call: HTTP {status}") as caught:
        check(response(status), CALL)
    assert caught.value.permanent is (status not in (408, 429) and status < 500)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"error": {"code": 403, "message": "denied\\nfor you"}}', "denied for you"),
        (b'{"detail": "no such dag"}', "no such dag"),
        (b'{"title": "Bad Request"}', "Bad Request"),
        (b"<html>", ""),
        (b"[1]", ""),
        (b'{"error": "text"}', ""),
    ],
)
def test_the_answer_of_a_server_is_reported_in_one_line(body: bytes, words: str) -> None:
    with pytest.raises(ActionError) as caught:
        check(response(400, body), CALL)
    assert caught.value.text.en == f"the call: HTTP 400 {words}".strip()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("120", 120.0), ("Mon, 23 Nov 2026 12:02:00 GMT", 120.0), ("", None), ("²", None), ("9999999", 86_400.0)],
)
def test_the_requested_wait_is_observed(header: str, seconds: float | None) -> None:
    answer = response(429, Date="Mon, 23 Nov 2026 12:00:00 GMT", Retry_After=header)
    with pytest.raises(ActionError) as caught:
        check(answer, CALL)
    assert caught.value.retry_after == seconds


def test_a_date_to_wait_for_says_nothing_without_the_date_of_the_answer() -> None:
    with pytest.raises(ActionError) as caught:
        check(response(429, Retry_After="Mon, 23 Nov 2026 12:00:00 GMT"), CALL)
    assert caught.value.retry_after is None
