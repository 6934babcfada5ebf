"""The dashboard in a function: one application per process, created on the first request from the environment."""

from __future__ import annotations

import gc
import getpass
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from werkzeug import Response
from werkzeug.middleware.proxy_fix import ProxyFix

from dashboard.app import make_app
from dashboard.config import DashboardConfig
from shared import config, logs
from shared.config import Settings

if TYPE_CHECKING:
    from db.error_db.store import ErrorStore
    from db.schema_db.store import SchemaStore

Made = TypeVar("Made")
OBJECTS_BETWEEN_COLLECTIONS = 50_000
_lock = threading.Lock()


def respond(environ: dict[str, Any]) -> Response:
    """The response to a request, from its WSGI environment."""
    with _lock:
        if not _application.cache_info().currsize:
            return _first_response(environ)
    return Response.from_app(_application(), environ)


def _first_response(environ: dict[str, Any]) -> Response:
    """The first response of a process, without garbage collection: imported modules live as long as the process."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return Response.from_app(_application(), environ)
    finally:
        keep_start()
        if collects:
            gc.enable()


def keep_start() -> None:
    """Excludes the objects of the start from garbage collection, and makes collections rare.

    A page makes thousands of objects and hardly any garbage: a collection after every 700 of them takes a tenth of its time.
    """
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def dashboard_config(settings: Settings) -> DashboardConfig:
    """The configuration of the dashboard; databases are opened for the first page that needs them.

    On Google Cloud every request must carry the token of Identity-Aware Proxy; elsewhere the person at this machine has
    all permissions.
    """

    def error_store() -> ErrorStore:
        from db.first_use import open_error_store  # noqa: PLC0415

        return open_error_store(settings.error_db_url)

    def schema_store() -> SchemaStore:
        from db.first_use import open_schema_store  # noqa: PLC0415

        return open_schema_store(settings.schema_db_url)

    local_user = "" if settings.on_google_cloud else getpass.getuser()
    return DashboardConfig(settings, _once(error_store), _once(schema_store), lambda: datetime.now(UTC), local_user)


def _once(make: Callable[[], Made]) -> Callable[[], Made]:
    """Makes the value on the first call, in one thread; a call that raised is repeated."""
    lock = threading.Lock()
    cached = lru_cache(maxsize=1)(make)

    def get() -> Made:
        with lock:
            return cached()

    return get


@lru_cache(maxsize=1)
def _application() -> Any:
    logs.install()
    settings = config.load()
    app = make_app(dashboard_config(settings))
    # The front end of Google Cloud ends TLS, and appends to the header what it saw.
    return ProxyFix(app.wsgi_app, x_for=0, x_proto=1) if settings.on_google_cloud else app.wsgi_app
