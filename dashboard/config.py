"""What the dashboard needs from its process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from shared.config import Settings
from shared.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from db.error_db.store import ErrorStore
    from db.schema_db.store import SchemaStore


@dataclass(frozen=True)
class DashboardConfig:
    """The settings, the databases (each opened on first use), and the clock, which returns the current time.

    `local_user` is the name of the person who runs the dashboard on this machine; they may do everything. It is empty for a
    deployed dashboard: there Identity-Aware Proxy says who sent a request.
    """

    settings: Settings
    error_store: Callable[[], ErrorStore]
    schema_store: Callable[[], SchemaStore]
    clock: Callable[[], datetime]
    local_user: str = ""
