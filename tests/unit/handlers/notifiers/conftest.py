from collections.abc import Iterator

import pytest

from demo.platform.teams import TeamsServer


@pytest.fixture
def teams_server() -> Iterator[TeamsServer]:
    with TeamsServer() as server:
        yield server
