"""The paths of the function, and the one kind of message that each of them takes.

Each path has a topic, a push subscription and a push account of its own, so a sender can do on its path only what the
path is for: a reporter cannot forge a log entry, and a log sink cannot send ticks.
"""

from __future__ import annotations

from collections.abc import Iterable

from collectors.metrics_analysis.evidence import (
    Evidence,
    LogEntry,
    MonitoringIncident,
    NotUnderstoodError,
    Report,
    Tick,
)
from shared.errors import InputError
from shared.texts import evidence as texts
from shared.texts import validation

OPEN_ROUTE = "/"  # accepts every kind: for local use, where nobody else sends
ROUTES: dict[str, type[Evidence]] = {
    "/evidence": LogEntry,
    "/monitoring": MonitoringIncident,
    "/reports": Report,
    "/ticks": Tick,
}


def paths(*, on_google_cloud: bool) -> tuple[str, ...]:
    """The paths that accept messages: on Google Cloud each kind has its own."""
    return tuple(ROUTES) if on_google_cloud else (OPEN_ROUTE, *ROUTES)


def callers(accounts: Iterable[str]) -> dict[str, str] | None:
    """The push account of each path, from `PATH=EMAIL`; None when there are none. Raises InputError."""
    by_path = dict(_caller(text) for text in accounts)
    return by_path or None


def trigger_route(name: str, *, on_google_cloud: bool) -> str:
    """The route of a function that has a topic as its trigger. Raises InputError for an unknown one."""
    if not on_google_cloud:
        return OPEN_ROUTE
    if name not in ROUTES:
        raise InputError(validation.TRIGGER_ROUTE(value=name, routes=", ".join(ROUTES)))
    return name


def check(route: str, evidence: Evidence) -> None:
    """Raises NotUnderstoodError when a message arrives on the path of another kind."""
    expected = ROUTES.get(route)
    if expected is not None and not isinstance(evidence, expected):
        kind = texts.KINDS[type(evidence).__name__]
        raise NotUnderstoodError(texts.WRONG_ROUTE(found=kind, route=route, expected=texts.KINDS[expected.__name__]))


def _caller(text: str) -> tuple[str, str]:
    path, _, email = text.partition("=")
    if path not in ROUTES or "@" not in email:
        raise InputError(validation.PUSH_ACCOUNTS(value=text, routes=", ".join(ROUTES)))
    return path, email
