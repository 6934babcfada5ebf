"""Reads of Google's APIs: missing resources, and errors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import pytest

from demo.platform.http import JsonServer, Reply, Request
from deploy.cloud import Cloud, CloudError
from shared.clients import new_session
from shared.errors import HinomiError, TransientError
from shared.secret import Secret

pytestmark = pytest.mark.server


def disabled(consumer: str) -> dict[str, Any]:
    detail = {"reason": "SERVICE_DISABLED", "metadata": {"consumer": consumer}}
    return {"error": {"message": "not enabled", "details": [detail]}}


class Answers(JsonServer):
    """Answers each path with a given response."""

    REPLIES: ClassVar[dict[str, Reply]] = {
        "there": Reply(200, {"name": "there"}),
        "missing": Reply(404, {"error": {"code": 404, "message": "not found"}}),
        "project": Reply(200, {"projectId": "mine", "projectNumber": "7"}),
        "disabled": Reply(403, disabled("projects/7")),
        "disabled-elsewhere": Reply(403, disabled("projects/8")),
        "proxy": Reply(404, ["no such page"]),
        "list": Reply(200, ["there"]),
        "text": Reply(200, "<html>"),
        "forbidden": Reply(403, {"error": {"message": "Permission\n'x' denied"}}),
        "away": Reply(503, {}),
    }

    def answer(self, request: Request) -> Reply:
        if request.parts[:2] == ("v1", "projects"):
            found = {"projectId": "other", "projectNumber": request.parts[2]}
            return Reply(200, found) if request.parts[2].isdigit() else Reply(403, disabled("projects/9"))
        if request.parts[0] == "torn":
            torn = Reply(200, {"items": [{"name": "first"}], "nextPageToken": "second"})
            return torn if "pageToken" not in request.query else self.REPLIES["missing"]
        if request.parts[0] == "some":
            return Reply(200, {"items": [{"name": "first"}], "unreachable": ["projects/p/locations/far"]})
        if request.parts[0] == "pages":
            token = request.query.get("pageToken", "")
            page = {"items": [{"name": token or "first"}], **({} if token else {"nextPageToken": "second"})}
            return Reply(200, page)
        return self.REPLIES[request.parts[0]]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Answers() as server:
        yield Cloud(new_session(), Secret("made-up"), {"iam": server.url, "cloudresourcemanager": server.url})


def test_a_resource_is_read(cloud: Cloud) -> None:
    assert cloud.get("iam", "there") == {"name": "there"}


def test_a_netrc_file_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("default login alice password made-up\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Answers() as server:
        Cloud(new_session(), Secret("token"), {"iam": server.url}).get("iam", "there")
    assert [request.headers["authorization"] for request in server.requests] == ["Bearer token"]


@pytest.mark.parametrize("path", ["missing", "disabled"])
def test_what_is_not_there_is_none(cloud: Cloud, path: str) -> None:
    cloud.get("iam", "project")
    assert cloud.get("iam", path) is None


@pytest.mark.parametrize("path", ["proxy", "list", "text", "away", "forbidden", "disabled-elsewhere"])
def test_an_empty_response_does_not_count_as_a_missing_resource(cloud: Cloud, path: str) -> None:
    cloud.get("iam", "project")
    with pytest.raises(HinomiError):
        cloud.get("iam", path)


@pytest.mark.parametrize("path", ["torn", "some"])
def test_a_partly_hidden_list_does_not_count_as_the_list(cloud: Cloud, path: str) -> None:
    with pytest.raises(TransientError):
        cloud.items("iam", path, "items")


def test_a_project_that_was_not_read_yet_is_looked_up(cloud: Cloud) -> None:
    assert cloud.get("iam", "v1/projects/other/roles/x") is None


def test_an_api_that_is_not_enabled_elsewhere_is_named_with_its_project(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match="iam is not enabled in projects/8"):
        cloud.get("iam", "disabled-elsewhere")


def test_a_denied_call_shows_googles_message_in_one_line(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match="iam rejected GET forbidden: Permission 'x' denied"):
        cloud.get("iam", "forbidden")


def test_a_transient_error_can_be_retried(cloud: Cloud) -> None:
    with pytest.raises(TransientError, match="503"):
        cloud.get("iam", "away")


def test_a_list_is_read_to_its_end(cloud: Cloud) -> None:
    assert cloud.items("iam", "pages", "items") == [{"name": "first"}, {"name": "second"}]


def test_an_unavailable_server_is_a_transient_error() -> None:
    cloud = Cloud(new_session(), Secret("made-up"), {"iam": "http://127.0.0.1:9"})
    with pytest.raises(TransientError, match="cannot be reached"):
        cloud.get("iam", "there")
