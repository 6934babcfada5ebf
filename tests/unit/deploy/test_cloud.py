"""Looking at Google's APIs: what counts as missing, what as an error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest

from demo.platform.http import JsonServer, Reply, Request
from deploy.cloud import Cloud, CloudError
from shared.clients import new_session
from shared.errors import TransientError
from shared.secret import Secret

DISABLED = {"error": {"message": "not enabled", "details": [{"reason": "SERVICE_DISABLED"}]}}


class Answers(JsonServer):
    """Gives the answer that a path names."""

    REPLIES: ClassVar[dict[str, Reply]] = {
        "there": Reply(200, {"name": "there"}),
        "missing": Reply(404, {"error": {"message": "not found"}}),
        "disabled": Reply(403, DISABLED),
        "forbidden": Reply(403, {"error": {"message": "Permission\n'x' denied"}}),
        "away": Reply(503, {}),
    }

    def answer(self, request: Request) -> Reply:
        if request.parts[0] == "pages":
            token = request.query.get("pageToken", "")
            page = {"items": [{"name": token or "first"}], **({} if token else {"nextPageToken": "second"})}
            return Reply(200, page)
        return self.REPLIES[request.parts[0]]


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with Answers() as server:
        yield Cloud(new_session(), Secret("made-up"), {"iam": server.url})


def test_a_resource_is_read(cloud: Cloud) -> None:
    assert cloud.get("iam", "there") == {"name": "there"}


@pytest.mark.parametrize("path", ["missing", "disabled"])
def test_what_is_not_there_is_none(cloud: Cloud, path: str) -> None:
    assert cloud.get("iam", path) is None


def test_a_refusal_says_what_google_says_in_one_line(cloud: Cloud) -> None:
    with pytest.raises(CloudError, match="iam refuses GET forbidden: Permission 'x' denied"):
        cloud.get("iam", "forbidden")


def test_a_passing_fault_can_be_tried_again(cloud: Cloud) -> None:
    with pytest.raises(TransientError, match="503"):
        cloud.get("iam", "away")


def test_a_list_is_read_to_its_end(cloud: Cloud) -> None:
    assert cloud.items("iam", "pages", "items") == [{"name": "first"}, {"name": "second"}]


def test_a_server_that_is_away_is_a_passing_fault() -> None:
    cloud = Cloud(new_session(), Secret("made-up"), {"iam": "http://127.0.0.1:9"})
    with pytest.raises(TransientError, match="cannot be reached"):
        cloud.get("iam", "there")
