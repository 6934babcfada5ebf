"""The account in the token of a request."""

import pytest

from shared.front_door.caller import caller
from tests.support.tokens import bearer

EMAIL = "hinomi-push-reports@example-project.iam.gserviceaccount.com"


def test_the_account_is_the_email_of_the_token() -> None:
    assert caller({"HTTP_AUTHORIZATION": bearer(EMAIL)}) == EMAIL


def test_the_scheme_is_written_in_any_case() -> None:
    assert caller({"HTTP_AUTHORIZATION": bearer(EMAIL).replace("Bearer", "bearer")}) == EMAIL


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Bearer a.b.c",
        "Bearer a.b",
        "Basic " + bearer(EMAIL).partition(" ")[2],
        "Bearer ....",
        "Bearer x.W10.y",
        "Bearer x.é.y",
        bearer(EMAIL, email_verified=False),
        bearer(["x"]),
        bearer(EMAIL) + "x" * 20_000 + ".y",
    ],
)
def test_another_header_has_no_account(header: str) -> None:
    assert caller({"HTTP_AUTHORIZATION": header}) == ""


def test_a_call_without_a_token_has_no_account() -> None:
    assert caller({}) == ""


def test_only_the_token_that_cloud_run_verified_counts() -> None:
    forged = {"HTTP_AUTHORIZATION": bearer("hinomi-push-evidence@example-project.iam.gserviceaccount.com")}
    assert caller({**forged, "HTTP_X_SERVERLESS_AUTHORIZATION": bearer(EMAIL)}) == EMAIL
    assert caller({**forged, "HTTP_X_SERVERLESS_AUTHORIZATION": "Bearer x"}) == ""
