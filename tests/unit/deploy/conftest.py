from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gcloud_server import GoogleServer


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    """The server that stands for Google, with an empty project."""
    with GoogleServer() as made:
        yield made
