from __future__ import annotations

import pytest

from tests.support.api_client import ApiClient, new_token
from tests.support.dashboard import Dashboard


@pytest.fixture
def api(dashboard: Dashboard) -> ApiClient:
    """A program whose token has every scope."""
    return ApiClient(dashboard.local(), new_token(dashboard.error_store))
