"""The configuration of the dashboard."""

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

    `local_user` is the name of the person who runs the dashboard on this machine; this person has all permissions. It is empty
    for a deployed dashboard, where Identity-Aware Proxy identifies the sender of a request.
    """

    settings: Settings
    error_store: Callable[[], ErrorStore]
    schema_store: Callable[[], SchemaStore]
    clock: Callable[[], datetime]
    local_user: str = ""
