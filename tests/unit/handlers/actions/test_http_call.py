"""A configured endpoint is called once with a checked body, and its secret is sent nowhere else."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from demo.platform.http import JsonServer, Reply, Request
from handlers.actions import http_call
from handlers.context import ActionContext, ActionResult
from handlers.errors import translated
from handlers.remediations import runner
from handlers.remediations.model import Effect, Journal
from shared import config
from shared.clients import Clients
from shared.errors import ActionError, InputError
from shared.model import Mode, Trigger
from tests.support.incidents import NOW, incident
from tests.support.receiver import Receiver

pytestmark = pytest.mark.server

PATTERN = "[a-z_]+"
BODY = {"job": {"from": "label.dag_id", "pattern": PATTERN}, "why": ["repair", {"from": "resource"}], "count": 2}
LABELS = {"dag_id": "load_mart"}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        yield server


def run(receiver: Receiver, *, mode: Mode = Mode.AUTO, body: Any = None, **more: Any) -> ActionResult:
    auth = more.pop("auth", {"AUTH": "header", "HEADER": "X-Key", "SECRET": "hunter2-secret"})
    given = {"URL": f"{receiver.url}/jobs/restart", **auth}
    settings = config.load({f"HINOMI_ENDPOINT_JOBS_{name}": value for name, value in given.items()})
    labels = more.pop("labels", LABELS)
    view = incident(labels=labels, resource="mart")
    more.setdefault("journal", Journal())
    context = ActionContext(view, Trigger.OPENED, mode, NOW, Clients(settings), settings, run_id=7, **more)
    with translated("http_call"):
        return runner.run(http_call, context, http_call.Params("jobs", BODY if body is None else body))


def test_the_call_has_the_checked_body_a_key_and_the_secret(receiver: Receiver) -> None:
    receiver.always = Reply(202, {"queued": True, "echo": "hunter2-secret"})
    result = run(receiver)
    (request,) = receiver.requests
    assert (request.method, request.parts) == ("POST", ("jobs", "restart"))
    assert request.body == {"job": "load_mart", "why": ["repair", "mart"], "count": 2}
    assert request.headers["x-key"] == "hunter2-secret"
    assert len(request.headers["idempotency-key"]) == 32
    assert result.text.en == "sent POST to the endpoint jobs"
    assert result.details is not None
    assert '"queued": true' in result.details["output"]
    assert "hunter2" not in str((result.plan, result.details))


def test_a_dry_run_shows_the_call_and_makes_none(receiver: Receiver) -> None:
    result = run(receiver, mode=Mode.DRY_RUN)
    assert result.text.en == f"would send POST to the endpoint jobs ({receiver.url}/jobs/restart)"
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("labels", "body", "problem"),
    [
        ({"dag_id": "a-b"}, None, "the value 'a-b' of 'body.job' does not match"),
        ({"dag_id": "a\n"}, None, "U+000A"),
        ({}, None, "the incident has no label.dag_id"),
        ({"dag_id": "x" * 501}, {"job": {"from": "label.dag_id"}}, "has 501 characters: at most 500"),
    ],
)
def test_a_hostile_value_calls_nothing(receiver: Receiver, labels: dict[str, str], body: Any, problem: str) -> None:
    with pytest.raises(ActionError) as caught:
        run(receiver, labels=labels, body=body)
    assert problem in caught.value.text.en
    assert receiver.requests == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"a": {"from": "labels"}}, "body.a: an incident has no 'labels'"),
        ({"a": {"from": "label.x", "patern": "y"}}, "body.a: use {from: label.NAME}"),
        ({"a": {"from": "label.x", "pattern": "(?=x)"}}, "not a regular expression of RE2"),
        ({"a": [{"from": "label.x", "max_length": 0}]}, "body.a[0]: use"),
        ({"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": 1}}}}}}}}}, "nested more than 8 deep"),
    ],
)
def test_a_wrong_body_is_rejected_with_the_rule(body: Any, problem: str) -> None:
    with pytest.raises(InputError) as caught:
        http_call.Params("jobs", body)
    assert problem in caught.value.message


@pytest.mark.parametrize(
    ("reply", "permanent", "effect"),
    [
        (Reply(400, {"error": {"message": "no such job"}}), True, Effect.NONE),
        (Reply(403), True, Effect.NONE),
        (Reply(302, headers={"Location": "http://127.0.0.1:1/"}), True, Effect.NONE),
        (Reply(429, headers={"Retry-After": "7"}), False, Effect.NONE),
        (Reply(503), False, Effect.UNKNOWN),
    ],
)
def test_an_error_says_whether_the_call_had_an_effect(
    receiver: Receiver, reply: Reply, effect: Effect, *, permanent: bool
) -> None:
    receiver.always = reply
    journal = Journal()
    with pytest.raises(ActionError, match=r"POST to the endpoint jobs: HTTP \d+") as caught:
        run(receiver, journal=journal)
    assert (caught.value.permanent, journal.effects) == (permanent, [effect])


@pytest.mark.parametrize(
    ("more", "repeats"),
    [({}, False), ({"REPEATABLE": "yes"}, True), ({"METHOD": "PUT"}, True), ({"METHOD": "GET"}, True)],
)
def test_a_call_whose_response_was_lost_is_repeated_only_where_that_is_safe(
    receiver: Receiver, more: dict[str, str], *, repeats: bool
) -> None:
    auth = {"AUTH": "none", **more}
    run(receiver, auth=auth)
    key = receiver.requests[0].headers["idempotency-key"]
    journal = Journal()
    journal.effects.append(Effect.UNKNOWN)
    if repeats:
        run(receiver, auth=auth, journal=journal)
        assert receiver.requests[1].headers["idempotency-key"] == key
        return
    with pytest.raises(ActionError, match="may have taken effect: its response was lost") as caught:
        run(receiver, auth=auth, journal=journal)
    assert caught.value.permanent
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"METHOD": "POST"}, "HINOMI_ENDPOINT_JOBS_URL is not set"),
        ({"URL": "http://example.com"}, "HINOMI_ENDPOINT_JOBS_URL is not an https address"),
        ({"URL": "https://u:p@example.com"}, "HINOMI_ENDPOINT_JOBS_URL contains a password"),
        ({"URL": "https://example.com", "METHOD": "TRACE"}, "HINOMI_ENDPOINT_JOBS_METHOD is invalid: set one of POST"),
        ({"URL": "https://example.com", "AUTH": "basic"}, "HINOMI_ENDPOINT_JOBS_AUTH is invalid: set one of oidc"),
        ({"URL": "https://example.com", "HEADER": "a b"}, "HINOMI_ENDPOINT_JOBS_HEADER is not the name of a header"),
        ({"URL": "https://example.com", "AUTH": "header"}, "AUTH=header needs HINOMI_ENDPOINT_JOBS_SECRET"),
    ],
)
def test_a_wrong_setting_is_named(given: dict[str, str], problem: str) -> None:
    with pytest.raises(InputError) as caught:
        config.load({f"HINOMI_ENDPOINT_JOBS_{name}": value for name, value in given.items()})
    assert problem in caught.value.message


def test_an_endpoint_that_is_not_declared_is_named(receiver: Receiver) -> None:
    settings = config.load({"HINOMI_ENDPOINT_JOBS_URL": f"{receiver.url}/x", "HINOMI_ENDPOINT_JOBS_AUTH": "none"})
    problem = http_call.problem(settings, http_call.Params("job"))
    assert problem.en == "no endpoint is named 'job': set HINOMI_ENDPOINT_JOB_URL"


class MetadataServer(JsonServer):
    """The metadata server of Cloud Run: identity tokens of the function's account for any audience."""

    def answer(self, request: Request) -> Reply:
        flavor = {"Metadata-Flavor": "Google"}
        if request.parts[-1] != "identity":
            return Reply(200, {"email": "functions@example-project.iam.gserviceaccount.com"}, flavor)
        claims = {"aud": request.query["audience"], "exp": int(time.time()) + 3600}
        parts = ({"alg": "RS256"}, claims)
        token = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        return Reply(200, f"{token}.c2lnbmF0dXJl", flavor)


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[MetadataServer]:
    from google.auth.compute_engine import _metadata

    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with MetadataServer() as server:
        address = server.url.removeprefix("http://")
        monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", address)
        monkeypatch.setenv("GCE_METADATA_IP", address)
        yield server


def audience(request: Request) -> str:
    """The audience of the identity token of a call."""
    kind, _, token = request.headers["authorization"].partition(" ")
    claims = token.split(".")[1]
    assert kind == "Bearer"
    return str(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["aud"])


@pytest.mark.parametrize("given", ["", "https://restart.example.com"])
def test_a_service_of_cloud_run_gets_an_identity_token_for_its_audience(
    receiver: Receiver, metadata: MetadataServer, given: str
) -> None:
    result = run(receiver, auth={"AUTH": "oidc", "AUDIENCE": given})
    (request,) = receiver.requests
    assert audience(request) == (given or receiver.url)
    assert request.headers["authorization"].partition(" ")[2] not in str((result.plan, result.details))
    assert metadata.requests[-1].query == {"audience": given or receiver.url, "format": "full"}


def test_nothing_is_called_without_an_identity_token(receiver: Receiver, metadata: MetadataServer) -> None:
    metadata.fail_next(Reply(200, b"", {"Metadata-Flavor": "Google"}), *[Reply(404, b"no account")] * 8)
    with pytest.raises(ActionError):
        run(receiver, auth={"AUTH": "oidc"})
    assert receiver.requests == []
