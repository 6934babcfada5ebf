"""The state of a project, for which steps are planned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.gcloud_server import GoogleServer
from tests.support.planning import Ground


@pytest.fixture
def server() -> Iterator[GoogleServer]:
    """The simulated Google APIs, with an empty project."""
    with GoogleServer() as made:
        yield made


@pytest.fixture
def ground(server: GoogleServer) -> Ground:
    """An empty project with views of it."""
    return Ground(server)
